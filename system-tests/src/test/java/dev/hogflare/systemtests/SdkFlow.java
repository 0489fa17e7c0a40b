// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A script of {@code src/test/sdk} that uses a published SDK, taken forward step by step.
 *
 * <p>The packages are installed from the lock file into {@code target/sdk} when that has changed.
 */
final class SdkFlow implements AutoCloseable {
  private static final Path SOURCES = Path.of("src", "test", "sdk");
  private static final Path FOLDER = Path.of("target", "sdk");
  private static final String LOCK = "package-lock.json";

  /** What posthog-node asks for. */
  private static final int OLDEST_NODE = 20;

  private static final Duration INSTALL_PATIENCE = Duration.ofMinutes(5);
  private static final Duration STEP_PATIENCE = Duration.ofMinutes(2);
  private static final Pattern VERSION = Pattern.compile("v(\\d+)\\..*", Pattern.DOTALL);

  private final Process process;
  private final Path errors;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private SdkFlow(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
  }

  /** Starts a script; the test is skipped with a line on standard error if Node.js is missing. */
  static SdkFlow start(String script, String... arguments) {
    Path errors = FOLDER.resolve(script + ".err").toAbsolutePath();
    SdkFlow flow = new SdkFlow(launch(errors, Map.of(), script, arguments), errors);
    Thread.ofVirtual().start(flow::readLines);
    return flow;
  }

  /**
   * Starts the process of a script; the test is skipped with a line if Node.js is missing.
   *
   * @param errors gets what the process writes to standard error
   * @param environment further variables
   */
  static Process launch(
      Path errors, Map<String, String> environment, String script, String... arguments) {
    assume(
        nodeMajor() >= OLDEST_NODE && findOnPath("npm").isPresent(),
        "Node.js " + OLDEST_NODE + " or newer with npm is needed to run the published SDKs");
    try {
      install();
      List<String> command = new ArrayList<>(List.of("node", script));
      command.addAll(List.of(arguments));
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(FOLDER.toFile()).redirectError(errors.toFile());
      builder.environment().putAll(environment);
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Skips the test with a line that everybody sees, if something that is not ours is missing. */
  static void assume(boolean present, String reason) {
    if (!present) {
      System.err.println("Skipped: " + reason + ".");
    }
    assumeTrue(present, reason);
  }

  /** Returns where Chromium is; without it the test is skipped with a line. */
  static Path chromium() {
    Optional<Path> chromium = findOnPath("chromium", "chromium-browser", "google-chrome");
    assume(
        chromium.isPresent(), "Chromium is needed to run posthog-js: install the package chromium");
    return chromium.get();
  }

  /** Returns the path of the first of these programs that is there. */
  private static Optional<Path> findOnPath(String... programs) {
    return Stream.of(programs)
        .flatMap(
            program ->
                Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                    .map(folder -> Path.of(folder, program)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static int nodeMajor() {
    if (findOnPath("node").isEmpty()) {
      return 0;
    }
    Matcher version =
        VERSION.matcher(run(Path.of("."), Duration.ofSeconds(20), "node", "--version"));
    return version.matches() ? Integer.parseInt(version.group(1)) : 0;
  }

  private static synchronized void install() throws IOException {
    Files.createDirectories(FOLDER);
    Path installed = FOLDER.resolve("installed-" + LOCK);
    boolean stale =
        !Files.exists(installed) || Files.mismatch(installed, SOURCES.resolve(LOCK)) >= 0;
    try (Stream<Path> sources = Files.list(SOURCES)) {
      for (Path source : sources.filter(Files::isRegularFile).toList()) {
        Files.copy(
            source, FOLDER.resolve(source.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    if (stale) {
      run(
          FOLDER,
          INSTALL_PATIENCE,
          "npm",
          "ci",
          "--ignore-scripts",
          "--no-audit",
          "--no-fund",
          "--loglevel=error");
      Files.copy(SOURCES.resolve(LOCK), installed, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static String run(Path folder, Duration patience, String... command) {
    try {
      Path output = Files.createTempFile("hogflare-", ".out");
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
        process.destroyForcibly();
        String text = Files.readString(output);
        if (!ended || process.waitFor() != 0) {
          throw new AssertionError(String.join(" ", command) + " failed:\n" + text);
        }
        return text;
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void readLines() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add("the output broke off: " + e);
    }
    lines.add("the script ended");
  }

  /** Waits for the script's report on a step. */
  JsonNode await(String step) {
    try {
      String line = lines.poll(STEP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (line == null || !line.startsWith("{")) {
        throw new AssertionError(
            "Instead of the step \"" + step + "\" came: " + line + "\n" + Files.readString(errors));
      }
      JsonNode report = Json.parse(line);
      if (!report.path("step").asText().equals(step)) {
        throw new AssertionError("Instead of the step \"" + step + "\" came: " + line);
      }
      return report;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Lets the script go on. */
  void proceed() {
    try {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException("The script does not listen any more.", e);
    }
  }

  /** Ends the script, and what it started, if it has not ended itself. */
  @Override
  public void close() {
    end(process);
  }

  /** Closes a script's input, and ends it with all that it started if it goes on all the same. */
  static void end(Process process) {
    // A script whose input ends closes its browser.
    List<ProcessHandle> all =
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        all.forEach(ProcessHandle::destroyForcibly);
      }
    } catch (IOException e) {
      all.forEach(ProcessHandle::destroyForcibly);
    } catch (InterruptedException e) {
      all.forEach(ProcessHandle::destroyForcibly);
      Thread.currentThread().interrupt();
    }
  }
}
