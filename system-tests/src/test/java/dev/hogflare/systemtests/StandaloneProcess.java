// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** An {@code up} in a process of its own, which a test may kill. */
final class StandaloneProcess implements AutoCloseable {
  private static final String MAIN = "dev.hogflare.standalone.HogflareMain";
  private static final String READY = "ready: ";

  private final Process process;
  private final List<String> output = Collections.synchronizedList(new ArrayList<>());
  private final CompletableFuture<URI> ready = new CompletableFuture<>();

  private StandaloneProcess(Process process) {
    this.process = process;
  }

  /**
   * Starts the process and returns when it is ready.
   *
   * @param data its data folder
   * @param environment further variables
   */
  static StandaloneProcess start(Path data, Map<String, String> environment) {
    List<String> command = java();
    command.addAll(List.of("up", "--port", "0", "--data", data.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // The settings of whoever runs the tests are not those of this process.
    builder.environment().keySet().removeIf(StandaloneProcess::isSetting);
    builder.environment().putAll(environment);
    try {
      StandaloneProcess up = new StandaloneProcess(builder.start());
      Thread.ofVirtual().start(up::readOutput);
      up.gateway();
      return up;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the beginning of a command line of the product. */
  static List<String> java() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    if (Runtime.version().feature() >= 23) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(List.of("-Xmx640m", "-cp", System.getProperty("java.class.path"), MAIN));
    return command;
  }

  /** Whether a variable is a setting of whoever runs the tests. */
  static boolean isSetting(String name) {
    return name.matches("(HOGFLARE|KAFKA|STREAMS|POSTHOG|CLOUDFLARE|PERSON)_.*|APP_ADDR");
  }

  private void readOutput() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        output.add(line);
        if (line.startsWith(READY)) {
          ready.complete(URI.create(line.substring(READY.length()).strip()));
        }
      }
    } catch (IOException e) {
      output.add("the output broke off: " + e);
    }
    ready.completeExceptionally(new IllegalStateException("The process ended."));
  }

  /** Returns the base URL of the gateway. */
  URI gateway() {
    try {
      return ready.get(Await.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      process.destroyForcibly();
      throw new AssertionError("The process did not get ready:\n" + String.join("\n", output), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Ends the process with SIGKILL, wherever it is. */
  void kill() {
    process.destroyForcibly();
    await();
  }

  /** Ends the process with SIGTERM and returns its exit status. */
  int stop() {
    process.destroy();
    return await();
  }

  private int await() {
    try {
      if (!process.waitFor(Await.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("The process does not stop:\n" + String.join("\n", output));
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
