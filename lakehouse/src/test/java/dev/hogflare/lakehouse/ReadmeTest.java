// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.runtime.Variable;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {
  @Test
  void listsEveryVariableOfTheLakeWithItsDefaultAndMeaning() throws Exception {
    String readme = Files.readString(Path.of("README.md")).replace("`", "");
    for (Variable variable : Variable.values()) {
      if (variable.name().startsWith("HOGFLARE_LAKE_")
          || variable.name().startsWith("HOGFLARE_ICEBERG_")) {
        String fallback = variable.defaultOrNull() == null ? "\u2013" : variable.defaultOrNull();
        assertThat(readme)
            .contains("| " + variable + " | " + fallback + " | " + variable.meaning() + " |");
      }
    }
  }
}
