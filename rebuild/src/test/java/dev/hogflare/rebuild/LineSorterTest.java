// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineSorterTest {
  private static final long SEED = 20_261_121L;

  @TempDir Path folder;

  private List<String> sorted(long maxBytes, List<String> lines) throws Exception {
    try (LineSorter sorter = new LineSorter(folder, maxBytes)) {
      for (String line : lines) {
        sorter.add(line.getBytes(StandardCharsets.UTF_8));
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      sorter.writeTo(out);
      return out.toString(StandardCharsets.UTF_8).lines().toList();
    }
  }

  @Test
  void sortsWithFilesAsWithout() throws Exception {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      lines.add(String.format("[\"id\",%d]", i * 7 % 1_000));
    }
    Collections.shuffle(lines, new Random(SEED));
    List<String> expected = lines.stream().sorted().toList();
    assertThat(sorted(Long.MAX_VALUE, lines)).isEqualTo(expected);
    assertThat(sorted(2_000, lines)).as("in many files").isEqualTo(expected);
    try (var left = Files.list(folder)) {
      assertThat(left).as("files that were left").isEmpty();
    }
  }

  @Test
  void sortsByBytes() throws Exception {
    assertThat(sorted(1, List.of("\uD83E\uDD94", "\uFFFD", "a", "", "B")))
        .containsExactly("", "B", "a", "\uFFFD", "\uD83E\uDD94");
  }

  @Test
  void nothingGivesNothing() throws Exception {
    assertThat(sorted(10, List.of())).isEmpty();
  }
}
