// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Stage;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LetterFilterTest {
  private static final Letter LETTER = letter("phc_1\0user 1", Stage.PERSON, ErrorCode.INTERNAL);

  private static Letter letter(String key, Stage stage, ErrorCode code) {
    return new Letter(
        new Letter.Id(2, 17),
        1_000,
        key.getBytes(StandardCharsets.UTF_8),
        new byte[0],
        new RecordHeaders(),
        Optional.of(new DeadLetter(stage, code, "Why.", 1_000, null)),
        Optional.empty());
  }

  @Test
  void withoutConditionsEveryLetterIsMeant() {
    assertThat(LetterFilter.ALL.matches(LETTER)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stage=person",
        "code=internal",
        "token=phc_1",
        "id=2:17",
        "stage=person,code=internal,token=phc_1,id=2:17",
        " stage = person , code = internal "
      })
  void meansTheLettersThatAllConditionsHoldFor(String where) {
    assertThat(LetterFilter.parse(where).matches(LETTER)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stage=group",
        "code=too_deep",
        "token=phc_2",
        "id=2:18",
        "id=1:17",
        "stage=person,code=too_deep"
      })
  void leavesOutTheOthers(String where) {
    assertThat(LetterFilter.parse(where).matches(LETTER)).isFalse();
  }

  @Test
  void leavesOutWhatIsOlder() {
    assertThat(LetterFilter.ALL.withSince(1_000).matches(LETTER)).isTrue();
    assertThat(LetterFilter.ALL.withSince(1_001).matches(LETTER)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "stage", "stage=", "colour=red", "stage=persons", "code=x", "id=7", "id=-1:2"})
  void refusesAConditionThatCanMeanNothing(String where) {
    assertThatThrownBy(() -> LetterFilter.parse(where))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(".");
  }

  @Test
  void aKeyOfWhichPartsAreUnknownStillSaysTheOthers() {
    Letter letter = letter("\0user 1", Stage.GATEWAY, ErrorCode.MISSING_TOKEN);
    assertThat(letter.token()).isEmpty();
    assertThat(letter.subject()).isEqualTo("user 1");
    Letter group = letter("phc_1\0company\0acme", Stage.GROUP, ErrorCode.INTERNAL);
    assertThat(group.token()).isEqualTo("phc_1");
    assertThat(group.subject()).isEqualTo("company acme");
  }
}
