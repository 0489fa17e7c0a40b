// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@link ServiceProcess} in a process of its own, because it ends the one that it is in. */
@Timeout(60)
class ServiceProcessTest {
  @TempDir private Path folder;
  private Process process;

  /** A service that leaves a file behind when it is closed in order. */
  public static final class Main {
    private Main() {}

    /** Runs the service; the first argument says what happens at its start. */
    public static void main(String[] arguments) {
      ServiceProcess.run(
          "test-service",
          settings -> {
            switch (arguments[0]) {
              case "settings" -> {
                settings.number(Variable.HOGFLARE_PARTITIONS, 1, 4096);
                settings.check();
              }
              case "wait for a byte" -> {
                System.out.println("starting");
                if (System.in.read() < 0) {
                  throw new IllegalStateException("Nobody let the start go on.");
                }
              }
              case "fail" -> throw new IllegalStateException("Kafka did not answer.");
              case "fail half-started" -> {
                Thread.ofPlatform().start(LockSupport::park);
                throw new UnsatisfiedLinkError("There is no rocksdb.");
              }
              default -> System.out.println("started");
            }
            return () -> {
              Files.writeString(Path.of(arguments[1]), "closed");
              if (arguments[0].equals("fail at close")) {
                throw new IllegalStateException("The disk is full.");
              }
            };
          });
      System.out.println("returned");
    }
  }

  @AfterEach
  void endProcess() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  @Test
  void closesTheServiceOnSigterm() throws Exception {
    start(Map.of(), "run");
    try (BufferedReader out = process.inputReader()) {
      assertThat(out.readLine()).isEqualTo("started");
      process.toHandle().destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(process.exitValue()).as("128 + SIGTERM").isEqualTo(143);
    assertThat(closed()).exists();
  }

  @Test
  void closesTheServiceOnASignalThatCameDuringItsStart() throws Exception {
    start(Map.of(), "wait for a byte");
    try (BufferedReader out = process.inputReader();
        OutputStream in = process.getOutputStream()) {
      assertThat(out.readLine()).isEqualTo("starting");
      process.toHandle().destroy();
      in.write('x');
      in.flush();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(process.exitValue()).isEqualTo(143);
    assertThat(closed()).exists();
  }

  @Test
  void endsAlsoWhenTheServiceCannotBeClosed() throws Exception {
    start(Map.of(), "fail at close");
    try (BufferedReader out = process.inputReader()) {
      assertThat(out.readLine()).isEqualTo("started");
      process.toHandle().destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(process.exitValue()).isEqualTo(143);
    assertThat(closed()).exists();
  }

  @Test
  void endsWithStatus2AndALineForEachProblemOfTheEnvironment() throws Exception {
    start(Map.of("HOGFLARE_PARTITIONS", "none", "HOGFLARE_PARTITIONSS", "4"), "settings");
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(2);
    assertThat(errors())
        .containsSubsequence(
            "test-service cannot start:",
            "  HOGFLARE_PARTITIONSS is not a variable of Hogflare Streams;"
                + " did you mean HOGFLARE_PARTITIONS?",
            "  HOGFLARE_PARTITIONS is \"none\"; set it to a whole number from 1 to 4096.");
    assertThat(closed()).doesNotExist();
  }

  @Test
  void endsWithStatus1WhenTheStartFails() throws Exception {
    start(Map.of(), "fail");
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(errors()).contains("test-service cannot start: Kafka did not answer.");
    assertThat(closed()).doesNotExist();
  }

  @Test
  void endsWithStatus1WhenALibraryIsMissing() throws Exception {
    start(Map.of(), "fail half-started");
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(errors()).contains("test-service cannot start: There is no rocksdb.");
  }

  private void start(Map<String, String> environment, String what) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                what,
                closed().toString())
            .redirectError(folder.resolve("err").toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("HOGFLARE_"));
    builder.environment().putAll(environment);
    process = builder.start();
  }

  private Path closed() {
    return folder.resolve("closed");
  }

  private List<String> errors() throws IOException {
    return Files.readAllLines(folder.resolve("err"), StandardCharsets.UTF_8);
  }
}
