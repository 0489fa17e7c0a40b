// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvFileTest {
  @TempDir Path folder;

  @Test
  void makesAFileThatOnlyItsOwnerReads() throws IOException {
    Path file = folder.resolve("cloudflare.env");

    assertThat(EnvFile.set(file, Map.of("A", "1"))).isTrue();
    assertThat(Files.readAllLines(file)).containsExactly("A=1");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void keepsTheLinesOfOthersAndTheirOrder() throws IOException {
    Path file = folder.resolve("mine.env");
    Files.writeString(file, "# mine\nB=old\nMINE=x=y\n");

    assertThat(EnvFile.set(file, Map.of("B", "new", "C", "3"))).isTrue();
    assertThat(Files.readAllLines(file)).containsExactly("# mine", "B=new", "MINE=x=y", "C=3");
    assertThat(EnvFile.set(file, Map.of("B", "new", "C", "3"))).isFalse();
  }

  @Test
  void takesAFileFromOthersEyesThoughNothingInItChanges() throws IOException {
    Path file = folder.resolve("cloudflare.env");
    Files.writeString(file, "A=1\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

    assertThat(EnvFile.set(file, Map.of("A", "1"))).isFalse();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }
}
