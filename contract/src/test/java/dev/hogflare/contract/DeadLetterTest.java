// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeadLetterTest {
  private static final DeadLetter FROM_A_TOPIC =
      new DeadLetter(
          Stage.PERSON,
          ErrorCode.INVALID_ALIAS,
          "alias is a number; send a string, such as \"Zoë\".",
          1_795_236_205_000L,
          new DeadLetter.Source("hogflare.events.raw", 3, 42));
  private static final DeadLetter FROM_A_REQUEST =
      new DeadLetter(
          Stage.GATEWAY, ErrorCode.NOT_AN_OBJECT, "Item 2 is a string.", 1_795_236_205_000L, null);

  @Test
  void isWrittenAsTheGoldenFileSays() {
    Headers headers = new RecordHeaders().add("route", utf8("alias"));
    FROM_A_TOPIC.writeHeaders(headers);
    assertThat(Golden.tree(utf8("phc_1\0user 1"), utf8("{\"alias\":7}"), headers))
        .isEqualTo(Golden.tree("dead-letter.json"));
  }

  @Test
  void isReadFromTheGoldenFile() {
    assertThat(DeadLetter.read(Golden.record("dead-letter.json").headers()))
        .isEqualTo(FROM_A_TOPIC);
  }

  @Test
  void leavesOutThePlaceOfWhatNeverWasOnATopic() {
    Headers headers = headersOf(FROM_A_REQUEST);
    assertThat(headers.toArray())
        .extracting(Header::key)
        .containsExactly("dlq_stage", "dlq_code", "dlq_message", "dlq_at");
    assertThat(DeadLetter.read(headers)).isEqualTo(FROM_A_REQUEST);
  }

  @Test
  void leavesTheHeadersOfTheOriginalAlone() {
    Headers headers = new RecordHeaders().add("uuid", utf8("x"));
    FROM_A_TOPIC.writeHeaders(headers);
    assertThat(headers.lastHeader("uuid").value()).isEqualTo(utf8("x"));
  }

  @Test
  void replacesTheReasonOfAnEarlierDeath() {
    Headers headers = headersOf(FROM_A_TOPIC);
    FROM_A_REQUEST.writeHeaders(headers);
    assertThat(DeadLetter.read(headers)).isEqualTo(FROM_A_REQUEST);
    assertThat(headers.toArray()).hasSize(4);
  }

  @Property
  void everyDeadLetterSurvivesItsHeaders(
      @ForAll Stage stage,
      @ForAll ErrorCode code,
      @ForAll("sentences") String message,
      @ForAll long at,
      @ForAll int partition,
      @ForAll long offset) {
    DeadLetter letter =
        new DeadLetter(stage, code, message, at, new DeadLetter.Source("t", partition, offset));
    assertThat(DeadLetter.read(headersOf(letter))).isEqualTo(letter);
  }

  @Provide
  Arbitrary<String> sentences() {
    return Arbitraries.strings().withCharRange('\0', '\uD7FF');
  }

  @Test
  void keepsTheFirstThousandCharactersOfAMessage() {
    assertThat(withMessage("m".repeat(1_000)).message()).hasSize(1_000);
    assertThat(withMessage("m".repeat(1_001)).message()).hasSize(1_000);
  }

  @Test
  void doesNotCutACharacterInTwo() {
    DeadLetter letter = withMessage("m".repeat(999) + "🦔");
    assertThat(letter.message()).isEqualTo("m".repeat(999));
    assertThat(DeadLetter.read(headersOf(letter))).isEqualTo(letter);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dlq_stage", "dlq_code", "dlq_message", "dlq_at"})
  void refusesHeadersWithoutTheReason(String name) {
    assertMalformed(headersOf(FROM_A_REQUEST).remove(name), "The header " + name + " is missing.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dlq_partition", "dlq_offset"})
  void refusesAPlaceThatIsIncomplete(String name) {
    assertMalformed(headersOf(FROM_A_TOPIC).remove(name), "The header " + name + " is missing.");
  }

  @ParameterizedTest
  @CsvSource({
    "dlq_at, soon",
    "dlq_at, 1.5",
    "dlq_partition, x",
    "dlq_offset, ''",
    "dlq_offset, 9223372036854775808"
  })
  void refusesWhatIsNoWholeNumber(String name, String text) {
    assertMalformed(
        headersOf(FROM_A_TOPIC).remove(name).add(name, utf8(text)),
        "The header " + name + " holds \"" + text + "\", which is no whole number.");
  }

  @Test
  void refusesAPartitionThatIsNone() {
    assertMalformed(
        headersOf(FROM_A_TOPIC).remove("dlq_partition").add("dlq_partition", utf8("4294967296")),
        "The header dlq_partition holds \"4294967296\", which is no whole number of 32 bits.");
  }

  @ParameterizedTest
  @CsvSource({
    "dlq_stage, ''",
    "dlq_stage, kitchen",
    "dlq_stage, PERSON",
    "dlq_code, no_idea",
    "dlq_code, 'internal '",
    "dlq_code, MISSING_TOKEN"
  })
  void refusesUnknownStagesAndCodes(String name, String text) {
    assertMalformed(
        headersOf(FROM_A_TOPIC).remove(name).add(name, utf8(text)),
        "The header " + name + " holds \"" + text + "\", which is unknown.");
  }

  private static DeadLetter withMessage(String message) {
    return new DeadLetter(Stage.GROUP, ErrorCode.INTERNAL, message, 0, null);
  }

  private static Headers headersOf(DeadLetter letter) {
    Headers headers = new RecordHeaders();
    letter.writeHeaders(headers);
    return headers;
  }

  private static void assertMalformed(Headers headers, String message) {
    assertThatThrownBy(() -> DeadLetter.read(headers))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage(message);
  }
}
