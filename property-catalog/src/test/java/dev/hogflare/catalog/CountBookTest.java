// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.ValueCounts;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CountBookTest {
  private final CountBook book = new CountBook();
  private final RowReader reader = new RowReader();

  private void count(String token, String event, String properties) {
    reader.read(
        ("{\"event\":\""
                + event
                + "\",\"created_at\":\"2026-03-01T12:00:00Z\",\"properties\":"
                + properties
                + "}")
            .getBytes(StandardCharsets.UTF_8));
    book.count(new ActorKey(token, "d").toBytes(), reader);
  }

  @Test
  void eachProjectIsCountedOnItsOwn() {
    count("a", "e", "{\"p\":1}");
    count("b", "e", "{\"q\":1}");
    assertThat(book.take()).containsOnlyKeys("a", "b");
    count("b", "e", "{\"q\":1}");
    assertThat(book.take()).containsOnlyKeys("b");
  }

  @Test
  void namesBeyondTheMostAreCountedAsRefusedAndMemoryIsBounded() {
    for (int i = 0; i < 30; i++) {
      StringBuilder properties = new StringBuilder("{\"x\":1");
      for (int j = 0; j < 1_000; j++) {
        properties.append(",\"p").append(i).append('_').append(j).append("\":1");
      }
      count("a", "e", properties.append('}').toString());
    }

    assertThat(book.isFull()).isTrue();
    var seen = book.take().get("a");

    assertThat(seen).hasSize(CountBook.MAX_NAMES_OF_TOKEN + 1);
    assertThat(seen.get(seen.size() - 1).kind()).isEqualTo(Kind.REFUSED);
    // One event, x, and 30 times 1,000 names.
    assertThat(seen.get(seen.size() - 1).values().total())
        .isEqualTo(30_002 - CountBook.MAX_NAMES_OF_TOKEN);
    book.turnIfFull();
    count("a", "e", "{\"y\":1}");
    assertThat(book.take().get("a")).hasSize(2);
  }

  @Test
  void manyProjectsAskForACommit() {
    for (int i = 0; i <= CountBook.MAX_NAMES / 3; i++) {
      assertThat(book.isFull()).isFalse();
      count("token " + i, "e", "{\"p\":1}");
    }
    assertThat(book.isFull()).isTrue();
    assertThat(book.take()).hasSize(CountBook.MAX_NAMES / 3 + 1);
    book.turnIfFull();
    assertThat(book.isFull()).isFalse();
  }

  @Test
  void inventedProjectsWithoutAnythingOfTheirOwnTakeNoMemory() {
    for (int i = 0; i <= CountBook.MAX_NAMES; i++) {
      count("token " + i, "$$plugin_metrics", "{}");
    }
    assertThat(book.isFull()).isFalse();
    for (int i = 0; i <= CountBook.MAX_NAMES / 2; i++) {
      count("token " + i, "e", "{}");
    }
    assertThat(book.isFull()).isTrue();
  }

  @Test
  void anEventHasNoTypeWhateverAPropertyOfItsNameHas() {
    count("a", "utm_click", "{}");
    assertThat(book.take().get("a"))
        .singleElement()
        .satisfies(
            seen -> {
              assertThat(seen.kind()).isEqualTo(Kind.EVENT);
              assertThat(seen.values()).isEqualTo(new ValueCounts(0, 0, 0, 0, 1));
            });
  }

  @Test
  void aValueWhoseNameOrGroupTypeIsTooLongIsRefused() {
    String name = "n".repeat(CountBook.MAX_NAME_BYTES + 1);
    count("a", "e", "{\"" + name + "\":1,\"p\":1}");
    count(
        "b",
        "$groupidentify",
        "{\"$group_type\":\"" + name + "\",\"$group_set\":{\"x\":1,\"y\":2}}");
    var seen = book.take();
    assertThat(refused(seen.get("a"))).isEqualTo(1);
    assertThat(refused(seen.get("b"))).isEqualTo(2);
  }

  @Test
  void thePropertiesOfAnEventThatIsRefusedAreRefusedWithIt() {
    for (int i = 0; i < CountBook.MAX_NAMES_OF_TOKEN; i++) {
      count("a", "e" + i, "{}");
    }
    count("a", "one more", "{\"p\":1,\"q\":1}");
    assertThat(refused(book.take().get("a"))).isEqualTo(3);
  }

  private static long refused(List<Seen> seen) {
    return seen.stream()
        .filter(one -> one.kind() == Kind.REFUSED)
        .mapToLong(one -> one.values().total())
        .sum();
  }
}
