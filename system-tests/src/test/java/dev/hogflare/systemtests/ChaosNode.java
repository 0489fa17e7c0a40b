// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process of the product or a broker, which can be killed, stopped, paused and started again. */
final class ChaosNode implements AutoCloseable {
  private final String name;
  private final String mainClass;
  private final List<String> arguments;
  private final Map<String, String> environment;
  private final int heapMegabytes;
  private final Path folder;
  private Process process;

  ChaosNode(
      String name,
      String mainClass,
      List<String> arguments,
      Map<String, String> environment,
      int heapMegabytes,
      Path folder) {
    this.name = name;
    this.mainClass = mainClass;
    this.arguments = List.copyOf(arguments);
    this.environment = Map.copyOf(environment);
    this.heapMegabytes = heapMegabytes;
    this.folder = folder;
  }

  String name() {
    return name;
  }

  boolean isBroker() {
    return mainClass.equals(ChaosBroker.class.getName());
  }

  /** Starts the process; its output is appended to a file of its name. */
  void start() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    if (Runtime.version().feature() >= 23) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(
        List.of(
            "-Xmx" + heapMegabytes + "m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-Dlogback.configurationFile=" + folder.resolve("logback.xml"),
            "-cp",
            System.getProperty("java.class.path"),
            mainClass));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    Map<String, String> variables = new HashMap<>(builder.environment());
    variables
        .keySet()
        .removeIf(v -> v.matches("(HOGFLARE|KAFKA|STREAMS|POSTHOG|CLOUDFLARE|PERSON)_.*|APP_ADDR"));
    variables.putAll(environment);
    // Freed memory is given back, because many processes share the machine.
    variables.put("MALLOC_ARENA_MAX", "2");
    builder.environment().clear();
    builder.environment().putAll(variables);
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path log() {
    return folder.resolve(name + ".log");
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Ends the process with SIGKILL, wherever it is. */
  void kill() {
    process.destroyForcibly();
    await();
  }

  /** Ends the process with SIGTERM. */
  void stop() {
    process.destroy();
    await();
  }

  /** Stops the process in its tracks; it notices nothing. */
  void pause() {
    signal("STOP");
  }

  /** Lets a paused process go on. */
  void resume() {
    signal("CONT");
  }

  private void signal(String signal) {
    try {
      int status =
          new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
      if (status != 0) {
        throw new AssertionError("kill -" + signal + " of " + name + " ended with " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void await() {
    try {
      if (!process.waitFor(Await.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("The process " + name + " does not stop; see " + log());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns the last lines that the process wrote. */
  String lastLines() {
    try {
      List<String> lines = Files.readAllLines(log());
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    } catch (IOException e) {
      return "no output: " + e;
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
