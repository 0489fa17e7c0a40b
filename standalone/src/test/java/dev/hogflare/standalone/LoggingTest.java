// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class LoggingTest {
  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @AfterEach
  void letGoOfTheFile() {
    Logging.off();
  }

  @Test
  void showsOurWarningsWithoutTheStackTraceThatTheFileHas() throws Exception {
    Path file = start();
    LoggerFactory.getLogger("dev.hogflare.x").warn("the disk is {}", "slow", new Exception("why"));
    LoggerFactory.getLogger("dev.hogflare.x").info("a detail");
    assertThat(err).hasToString("the disk is slow\n");
    assertThat(out.toString()).isEmpty();
    assertThat(Files.readString(file))
        .contains("WARN  [main] dev.hogflare.x: the disk is slow")
        .contains("java.lang.Exception: why\n\tat ")
        .contains("INFO  [main] dev.hogflare.x: a detail");
  }

  @Test
  void keepsTheLibrariesOffTheConsoleAndTheirDetailsOutOfTheFile() throws Exception {
    Path file = start();
    LoggerFactory.getLogger("org.apache.kafka.clients.X").warn("rebalanced");
    LoggerFactory.getLogger("kafka.log.Y").info("rolled");
    java.util.logging.Logger.getLogger("io.helidon.Z").warning("bridged");
    java.util.logging.Logger.getLogger("io.helidon.Z").info("started");
    assertThat(err.toString()).isEmpty();
    assertThat(Files.readString(file))
        .contains("rebalanced", "bridged")
        .doesNotContain("rolled", "started");
  }

  @Test
  void boundsTheFiles() throws Exception {
    start();
    String line = "x".repeat(1 << 20);
    for (int megabytes = 0; megabytes < 80; megabytes++) {
      LoggerFactory.getLogger("dev.hogflare.x").info(line);
    }
    try (Stream<Path> files = Files.list(folder.resolve("logs"))) {
      long bytes = 0;
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
      assertThat(bytes).isLessThan(75L << 20);
    }
  }

  private Path start() {
    Path file = folder.resolve("logs").resolve("hogflare.log");
    Logging.to(file, new Console(new PrintWriter(out), new PrintWriter(err), false));
    return file;
  }
}
