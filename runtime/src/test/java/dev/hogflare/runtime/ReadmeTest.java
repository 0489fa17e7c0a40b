// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the README to the code. */
class ReadmeTest {
  private static final Pattern ROW =
      Pattern.compile("^\\| `([A-Z0-9_]+)` \\| (\\S+) \\| (.*) \\|$", Pattern.MULTILINE);

  @Test
  void theConfigurationTableSaysWhatTheCodeSays() throws IOException {
    Set<Variable> named = EnumSet.noneOf(Variable.class);
    Matcher row = ROW.matcher(Files.readString(Path.of("README.md")));
    while (row.find()) {
      Variable variable = Variable.valueOf(row.group(1));
      named.add(variable);
      String value = variable.defaultOrNull();
      assertThat(row.group(2))
          .as("default of %s", variable)
          .isEqualTo(value == null ? "unset" : '`' + value + '`');
      assertThat(row.group(3)).as("meaning of %s", variable).isEqualTo(variable.meaning());
    }
    assertThat(named)
        .containsExactlyInAnyOrder(
            Variable.HOGFLARE_TOPIC_PREFIX,
            Variable.HOGFLARE_REPLICATION_FACTOR,
            Variable.HOGFLARE_INSTANCE_ID,
            Variable.HOGFLARE_ADVERTISED_ADDRESS,
            Variable.HOGFLARE_STANDBY_REPLICAS,
            Variable.HOGFLARE_RACK,
            Variable.HOGFLARE_ON_STOP,
            Variable.HOGFLARE_STATE_DIR,
            Variable.HOGFLARE_GENERATION,
            Variable.HOGFLARE_STREAM_THREADS,
            Variable.HOGFLARE_COMMIT_INTERVAL_MS);
  }
}
