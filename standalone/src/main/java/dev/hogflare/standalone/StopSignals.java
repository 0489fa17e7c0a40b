// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Catches the signals that ask a process to stop before the JVM begins to shut down.
 *
 * <p>A shutdown hook is too late: the hooks of all libraries run at the same time, and Iceberg's,
 * for one, takes its thread pool away from the last commit. Java has no public interface to
 * signals; the one that is used here, through reflection as the Kafka clients do, has been in the
 * module jdk.unsupported since Java 9. Where it is missing, a shutdown hook does what it can.
 */
final class StopSignals {
  /** Ctrl-C, kill, and the end of the terminal. */
  private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

  private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);

  private StopSignals() {}

  /**
   * Runs one action at the first signal and another at each further one, each in a thread of its
   * own. A signal that the parent process has set to be ignored stays ignored.
   */
  static void catchAll(Runnable first, Runnable again) {
    AtomicInteger count = new AtomicInteger();
    Runnable action = () -> (count.getAndIncrement() == 0 ? first : again).run();
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object caught =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                action.run();
                return null;
              });
      for (String name : NAMES) {
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(name), caught);
      }
    } catch (ReflectiveOperationException e) {
      LOG.info("This JVM gives no signals away; a shutdown hook is used", e);
      Runtime.getRuntime().addShutdownHook(new Thread(action, "shutdown"));
    }
  }
}
