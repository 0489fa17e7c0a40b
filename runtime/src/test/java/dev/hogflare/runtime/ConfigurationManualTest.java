// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ConfigurationManualTest {
  private static final Path MANUAL = Path.of("..", "docs", "configuration.md");

  @Test
  void theManualListsEveryVariableWithItsDefaultAndMeaning() throws Exception {
    List<String> rows =
        Files.readAllLines(MANUAL).stream().filter(line -> line.startsWith("| `")).toList();

    assertThat(rows)
        .containsExactlyElementsOf(
            Stream.of(Variable.values()).map(ConfigurationManualTest::row).toList());
  }

  private static String row(Variable variable) {
    String value = variable.defaultOrNull();
    return "| `"
        + variable
        + "` | "
        + (value == null ? "" : "`" + value + "`")
        + " | "
        + variable.meaning()
        + " |";
  }
}
