// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a process alive from its start to the signal that ends it. */
public final class ServiceProcess {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceProcess.class);
  private static final Duration START_PATIENCE = Duration.ofSeconds(30);

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
   * <p>A signal that comes during the start lets it finish, within bounds, and then closes the
   * service. A start that fails because of the environment prints one line for each problem and
   * ends the process with status 2; one that fails otherwise, with status 1.
   */
  public static void run(String name, Start start) {
    CompletableFuture<AutoCloseable> running = new CompletableFuture<>();
    CountDownLatch closed = new CountDownLatch(1);
    // Registered first: a signal right behind the start would otherwise find nothing to close.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  LOG.info("{} stops", name);
                  close(name, running);
                  closed.countDown();
                },
                "shutdown"));
    try {
      running.complete(start.start(new Settings(System.getenv())));
    } catch (SettingsException e) {
      System.err.println(name + " cannot start:");
      e.getMessage().lines().forEach(line -> System.err.println("  " + line));
      Runtime.getRuntime().halt(2);
      return;
    } catch (Throwable e) {
      // Errors too: a library that is missing leaves threads behind which keep the process alive.
      LOG.error("{} cannot start", name, e);
      System.err.println(name + " cannot start: " + e.getMessage());
      Runtime.getRuntime().halt(1);
      return;
    }
    LOG.info("{} runs", name);
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(String name, CompletableFuture<AutoCloseable> running) {
    try {
      running.get(START_PATIENCE.toMillis(), TimeUnit.MILLISECONDS).close();
    } catch (TimeoutException e) {
      LOG.error("{} did not finish its start within {} and is not closed", name, START_PATIENCE, e);
    } catch (Exception e) {
      LOG.error("{} did not close cleanly", name, e);
    }
  }
}
