// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerEntryTest {
  private static final LedgerEntry ENTRY =
      new LedgerEntry(
          Stage.PERSON,
          "hogflare.person-processor",
          "1f",
          "phc_1",
          491_731,
          Map.of("received", 7L, "rows", 6L, "dead_letters.internal", 1L),
          Map.of(new LedgerEntry.Place("hogflare.events.raw", 3), new LedgerEntry.Offsets(10, 42)));
  private static final RedriveMark MARK = new RedriveMark(2, 17, 1_795_236_205_000L, "t");

  @Test
  void anEntryIsWrittenAsThePinnedTextSays() {
    assertThat(ENTRY.key())
        .isEqualTo(utf8("count\0person\0hogflare.person-processor\u00001f\0phc_1\u0000491731"));
    assertThat(ENTRY.value())
        .isEqualTo(
            utf8(
                "{\"counts\":{\"dead_letters.internal\":1,\"received\":7,\"rows\":6},\"raw\":["
                    + "{\"topic\":\"hogflare.events.raw\",\"partition\":3,\"first\":10,"
                    + "\"last\":42}]}"));
  }

  @Test
  void anEntryIsReadBack() {
    assertThat(LedgerEntry.read(ENTRY.key(), ENTRY.value())).contains(ENTRY);
  }

  @Test
  void aMarkIsReadBackAndIsNoEntry() {
    assertThat(MARK.key()).isEqualTo(utf8("redriven\u00002\u000017"));
    assertThat(RedriveMark.read(MARK.key(), MARK.value())).contains(MARK);
    assertThat(LedgerEntry.read(MARK.key(), MARK.value())).isEmpty();
    assertThat(RedriveMark.read(ENTRY.key(), ENTRY.value())).isEmpty();
    assertThat(RedriveMark.read(null, null)).isEmpty();
    assertThat(LedgerEntry.read(utf8("x"), utf8("y"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"counts\":{\"rows\":\"many\"}}",
        "{\"raw\":[{\"topic\":\"t\"}]}",
        "{\"raw\":[{\"topic\":\"t\",\"partition\":0,\"first\":5,\"last\":4}]}"
      })
  void aDamagedEntryIsRefused(String value) {
    assertThatThrownBy(() -> LedgerEntry.read(ENTRY.key(), utf8(value)))
        .isInstanceOf(MalformedRecordException.class);
  }

  @Test
  void aDamagedMarkIsRefused() {
    assertThatThrownBy(() -> RedriveMark.read(utf8("redriven\0x\u000017"), MARK.value()))
        .isInstanceOf(MalformedRecordException.class);
  }

  @Test
  void whatWasSentAgainSaysSo() {
    Headers headers = new RecordHeaders();
    assertThat(RedriveMark.isRedriven(headers)).isFalse();
    MARK.writeHeaders(headers);
    MARK.writeHeaders(headers);
    assertThat(headers.toArray()).hasSize(2);
    assertThat(RedriveMark.isRedriven(headers)).isTrue();
    assertThat(headers.lastHeader("redriven_from").value()).isEqualTo(utf8("2:17"));
    assertThat(headers.lastHeader("redriven_at").value()).isEqualTo(utf8("1795236205000"));
  }

  @Test
  void theHourIsThatOfTheClockInUtc() {
    assertThat(LedgerEntry.hourOf(0)).isZero();
    assertThat(LedgerEntry.hourOf(3_599_999_999L)).isZero();
    assertThat(LedgerEntry.hourOf(3_600_000_000L)).isEqualTo(1);
    assertThat(LedgerEntry.hourOf(-1)).isEqualTo(-1);
  }
}
