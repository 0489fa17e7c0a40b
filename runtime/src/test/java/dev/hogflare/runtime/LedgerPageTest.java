// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.LedgerCount;
import dev.hogflare.contract.LedgerEntry;
import dev.hogflare.contract.Stage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LedgerPageTest {
  private static final long HOUR = 3_600_000_000L;
  private static final String RAW = "hogflare.events.raw";

  private final LedgerPage page = new LedgerPage(Stage.PERSON, "app");

  @Test
  void givesTheTotalsOfWhatChangedAndNothingElse() {
    page.count("a", 1, LedgerCount.ROWS);
    page.count("a", HOUR - 1, LedgerCount.ROWS);
    page.count("a", HOUR, LedgerCount.GROUPED);
    page.deadLetter("b", 5, ErrorCode.INTERNAL);
    assertThat(page.changed())
        .extracting(LedgerEntry::token, LedgerEntry::hour, LedgerEntry::counts)
        .containsExactlyInAnyOrder(
            tuple("a", 0L, Map.of("rows", 2L)),
            tuple("a", 1L, Map.of("grouped", 1L)),
            tuple("b", 0L, Map.of("dead_letters.internal", 1L)));
    assertThat(page.changed()).isEmpty();
    page.count("a", 7, LedgerCount.DUPLICATES);
    assertThat(page.changed())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.counts()).isEqualTo(Map.of("rows", 2L, "duplicates", 1L));
              assertThat(entry.stage()).isEqualTo(Stage.PERSON);
              assertThat(entry.application()).isEqualTo("app");
            });
  }

  @Test
  void anHourBeforeTheEpochIsAnHourOfItsOwn() {
    page.count("a", -1, LedgerCount.ROWS);
    assertThat(page.changed()).singleElement().extracting(LedgerEntry::hour).isEqualTo(-1L);
  }

  @Test
  void remembersTheStretchOfEachPartitionThatWasRead() {
    page.received("a", 1, false, RAW, 0, 10);
    page.received("a", 1, false, RAW, 0, 12);
    page.received("a", 1, true, RAW, 1, 3);
    page.received("a", 1, false, RAW, 0, 20);
    LedgerEntry entry = page.changed().getFirst();
    assertThat(entry.counts()).isEqualTo(Map.of("received", 4L, "redriven", 1L));
    assertThat(entry.raw())
        .isEqualTo(
            Map.of(
                new LedgerEntry.Place(RAW, 0), new LedgerEntry.Offsets(10, 20),
                new LedgerEntry.Place(RAW, 1), new LedgerEntry.Offsets(3, 3)));
    page.received("a", 1, false, RAW, 0, 21);
    assertThat(page.changed().getFirst().raw())
        .containsEntry(new LedgerEntry.Place(RAW, 0), new LedgerEntry.Offsets(10, 21));
  }

  @Test
  void whatIsForgottenNeverComesBackUnderTheSameName() {
    page.count("a", 1, LedgerCount.ROWS);
    String before = page.changed().getFirst().writer();
    page.count("a", 1, LedgerCount.ROWS);
    page.reset();
    assertThat(page.changed()).isEmpty();
    page.count("a", 1, LedgerCount.ROWS);
    LedgerEntry after = page.changed().getFirst();
    assertThat(after.counts()).isEqualTo(Map.of("rows", 1L));
    assertThat(after.writer()).isNotEqualTo(before);
  }

  @Test
  void beginsANewPageOnceThereAreManyEntries() {
    for (int i = 0; i <= LedgerPage.MOST_ENTRIES; i++) {
      page.count("project-" + i, 1, LedgerCount.ROWS);
    }
    List<LedgerEntry> first = page.changed();
    assertThat(first).hasSize(LedgerPage.MOST_ENTRIES + 1);
    page.turnIfFull();
    page.count("project-0", 1, LedgerCount.ROWS);
    LedgerEntry again = page.changed().getFirst();
    assertThat(again.counts()).isEqualTo(Map.of("rows", 1L));
    assertThat(again.writer()).isNotEqualTo(first.getFirst().writer());
  }
}
