// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
  @TempDir Path root;

  @Test
  void isGivenToOneAtATime() throws Exception {
    DataFolder data = new DataFolder(root.resolve("new"));
    try (AutoCloseable lock = data.lock()) {
      assertThat(lock).isNotNull();
      assertThatThrownBy(data::lock)
          .isInstanceOf(CommandException.class)
          .hasMessageContaining("is in use by another hogflare up; stop that one");
      new RunFile(77, 0, "g", "k", "l", "a").write(data.runFile());
      assertThatThrownBy(data::lock).hasMessageContaining("(process 77)");
    }
    data.lock().close();
  }

  @Test
  void saysThatItCannotBeWritten() throws Exception {
    Path file = Files.writeString(root.resolve("file"), "");
    assertThatThrownBy(() -> new DataFolder(file).lock())
        .isInstanceOf(CommandException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("make it writable or name another with --data.");
  }

  @Test
  void letsTheLakeLieElsewhere() {
    DataFolder data = new DataFolder(root);
    assertThat(data.lake(Map.of())).isEqualTo(root.resolve("lake"));
    assertThat(data.lake(Map.of("HOGFLARE_LAKE_DIR", " "))).isEqualTo(root.resolve("lake"));
    assertThat(data.lake(Map.of("HOGFLARE_LAKE_DIR", "/x/y"))).isEqualTo(Path.of("/x/y"));
  }
}
