// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void countsBytesInSteps() {
    assertThat(List.of(0L, 999L, 1_000L, 1_500_000L, 999_949L, 999_950L, 7_000_000_000L))
        .extracting(Words::bytes)
        .containsExactly("0 B", "999 B", "1.0 KB", "1.5 MB", "999.9 KB", "1.0 MB", "7.0 GB");
  }

  @Test
  void namesTheTwoLargestUnitsOfASpan() {
    assertThat(List.of(0L, 59L, 61L, 3_600L, 90_061L))
        .extracting(Words::span)
        .containsExactly("0 s", "59 s", "1 min 1 s", "1 h 0 min", "1 d 1 h");
  }

  @Test
  void wordsHowLongATopicKeepsRecords() {
    assertThat(Words.retention("delete", "-1")).isEqualTo("unlimited");
    assertThat(Words.retention("delete", "1209600000")).isEqualTo("14 d");
    assertThat(Words.retention("delete", "60000")).isEqualTo("1 min 0 s");
    assertThat(Words.retention("compact", "604800000")).isEqualTo("newest of each key");
    assertThat(Words.retention("compact,delete", "86400000")).isEqualTo("1 d, newest of each key");
  }

  @Test
  void wordsTheLiveLineWithTheRateInBetween() {
    assertThat(
            LiveLine.of(
                new Figures(1_000, 1, 900, 100),
                new Figures(4_000, 1_234, 2_000_000, 0),
                Duration.ofSeconds(2)))
        .isEqualTo("events in 4,000  1,500/s  persons 1,234  lake rows 2,000,000  lag 0");
  }

  @Test
  void keepsTheLiveLineWithinATerminal() {
    for (long many : new long[] {9_999_999, 999_949_999, 99_999_000_000L}) {
      Figures figures = new Figures(many, many, many, many);
      assertThat(LiveLine.of(figures, figures, Duration.ofSeconds(1))).hasSizeLessThan(80);
    }
  }

  @Test
  void shortensLargeCounts() {
    assertThat(List.of(0L, 9_999_999L, 12_345_678L, 999_949_999L, 2_500_000_000L))
        .extracting(Words::count)
        .containsExactly("0", "9,999,999", "12.3 M", "999.9 M", "2.5 G");
  }

  @Test
  void alignsTextToTheLeftAndNumbersToTheRight() {
    assertThat(
            new TextTable(List.of("topic", "records", "purpose"), Set.of(1))
                .row("a", "1,000", "")
                .row("longer", "1", "why")
                .lines())
        .containsExactly(
            "topic   records  purpose", //
            "a         1,000",
            "longer        1  why");
  }
}
