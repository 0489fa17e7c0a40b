// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

/** Holds the README to the code. */
class ReadmeTest {

  @Test
  void theTableOfTopicsNamesEachWithItsCleanUp() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    List<Topic> topics = new ArrayList<>(new Topics("").all());
    topics.add(new Topics("").mail("<application id>"));
    topics.add(new Topics("").control());
    topics.add(new Topics("").flags());
    topics.add(new Topics("").flagStickyIds());
    topics.add(new Topics("").ledger());
    topics.add(new Topics("").definitions());
    topics.add(new Topics("").schemaChanges());
    topics.add(new Topics("").definitionCounts("<application id>"));
    topics.add(new Topics("").deliveries());
    for (Topic topic : topics) {
      assertThat(readme)
          .contains("| `" + topic.name() + "` | " + topic.settings().get("cleanup.policy") + " |");
    }
    Matcher rows =
        Pattern.compile("^\\| `[^`]+` \\| (delete|compact|compact,delete) \\|", Pattern.MULTILINE)
            .matcher(readme);
    assertThat(rows.results()).hasSameSizeAs(topics);
  }

  @Test
  void theTableOfTopicsNamesEveryHeader() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    for (String file : List.of("raw-event.json", "grouped-event.json", "dead-letter.json")) {
      for (Header header : Golden.record(file).headers()) {
        assertThat(readme).as("%s of %s", header.key(), file).containsPattern("\\b" + header.key());
      }
    }
  }
}
