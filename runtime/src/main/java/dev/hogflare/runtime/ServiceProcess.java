// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a process alive from its start to the signal that ends it. */
public final class ServiceProcess {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceProcess.class);

  private ServiceProcess() {}

  /** What a {@code main} method does, given the environment. */
  public interface Start {
    /**
     * Builds and starts everything.
     *
     * @return what is to be closed at the end
     */
    AutoCloseable start(Settings settings) throws Exception;
  }

  /**
   * Starts a service, then waits for SIGTERM or SIGINT and closes it.
   *
   * <p>A start that fails because of the environment prints one line for each problem and ends the
   * process with status 2; one that fails otherwise, with status 1.
   */
  public static void run(String name, Start start) {
    AutoCloseable running;
    try {
      running = start.start(new Settings(System.getenv()));
    } catch (SettingsException e) {
      System.err.println(name + " cannot start:");
      e.getMessage().lines().forEach(line -> System.err.println("  " + line));
      Runtime.getRuntime().halt(2);
      return;
    } catch (Exception e) {
      LOG.error("{} cannot start", name, e);
      System.err.println(name + " cannot start: " + e.getMessage());
      Runtime.getRuntime().halt(1);
      return;
    }
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  LOG.info("{} stops", name);
                  try {
                    running.close();
                  } catch (Exception e) {
                    LOG.error("{} did not close cleanly", name, e);
                  } finally {
                    closed.countDown();
                  }
                },
                "shutdown"));
    LOG.info("{} runs", name);
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
