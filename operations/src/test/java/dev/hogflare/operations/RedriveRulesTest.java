// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Topics;
import dev.hogflare.operations.RedriveRules.Decision;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RedriveRulesTest {
  private static final Topics TOPICS = new Topics("hogflare.");
  private static final byte[] JSON = utf8("{\"event\":\"seen\"}");
  private static final RedriveRules RULES = rules(null, null);

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static RedriveRules rules(String token, String distinctId) {
    return new RedriveRules(
        TOPICS,
        Set.of(
            "hogflare.events.raw",
            "hogflare.recordings.raw",
            "hogflare.group.events",
            "hogflare.events"),
        Optional.ofNullable(token),
        Optional.ofNullable(distinctId));
  }

  private static Letter letter(DeadLetter reason, String key, byte[] value, Route route) {
    Headers headers = new RecordHeaders();
    new RawEvent(new ActorKey("t", "d"), JSON, new UUID(1, 2), route, 5, null, null, null)
        .writeHeaders(headers);
    reason.writeHeaders(headers);
    return new Letter(
        new Letter.Id(0, 1),
        0,
        key == null ? null : utf8(key),
        value,
        headers,
        Optional.of(reason),
        Optional.empty());
  }

  private static Letter gateway(ErrorCode code, String key, byte[] value) {
    return letter(
        new DeadLetter(Stage.GATEWAY, code, "Send it.", 7, null), key, value, Route.CAPTURE);
  }

  private static Letter from(Stage stage, String topic, String key, byte[] value) {
    return letter(
        new DeadLetter(stage, ErrorCode.INTERNAL, "Oh.", 7, new DeadLetter.Source(topic, 3, 42)),
        key,
        value,
        Route.CAPTURE);
  }

  private static Decision.Send sent(Decision decision) {
    assertThat(decision).isInstanceOf(Decision.Send.class);
    return (Decision.Send) decision;
  }

  private static String refused(Decision decision) {
    assertThat(decision).isInstanceOf(Decision.Refuse.class);
    return ((Decision.Refuse) decision).reason();
  }

  @Test
  void whatStoodOnATopicGoesBackThereAsItWas() {
    for (String topic : Set.of("hogflare.events.raw", "hogflare.group.events", "hogflare.events")) {
      Decision.Send send = sent(RULES.decide(from(Stage.PERSON, topic, "phc_1\0u", JSON)));
      assertThat(send.topic()).isEqualTo(topic);
      assertThat(send.key()).isEqualTo(utf8("phc_1\0u"));
      assertThat(send.value()).isEqualTo(JSON);
      assertThat(send.headers().toArray())
          .extracting(Header::key)
          .containsExactly("uuid", "route", "arrived_at");
    }
  }

  @Test
  void aLetterWhoseTopicIsGoneStays() {
    assertThat(
            refused(RULES.decide(from(Stage.GROUP, "hogflare.group.events.g7", "phc_1\0u", JSON))))
        .contains("hogflare.group.events.g7 is gone");
  }

  @Test
  void aLetterWithoutKeyOrValueStaysAndSaysWhereTheRecordIs() {
    assertThat(refused(RULES.decide(from(Stage.GROUP, "hogflare.events", null, JSON))))
        .contains("no key");
    assertThat(refused(RULES.decide(from(Stage.GROUP, "hogflare.events", null, null))))
        .contains("hogflare.events-3 offset 42");
  }

  @Test
  void aCommandIsNoEvent() {
    Letter letter = from(Stage.PERSON, "hogflare.events.raw", "phc_1\0u", JSON);
    new RawCommand.Claim("x").writeHeader(letter.headers());
    assertThat(refused(RULES.decide(letter))).contains("command");
  }

  @Test
  void whatLacksAProjectKeyGoesToTheRawTopicOnceOneIsGiven() {
    Letter letter = gateway(ErrorCode.MISSING_TOKEN, "\0u", JSON);
    assertThat(refused(RULES.decide(letter))).contains("--with-token");
    Decision.Send send = sent(rules("phc_1", null).decide(letter));
    assertThat(send.topic()).isEqualTo("hogflare.events.raw");
    assertThat(send.key()).isEqualTo(utf8("phc_1\0u"));
  }

  @Test
  void whatLacksADistinctIdGoesToTheRawTopicOnceOneIsGiven() {
    Letter letter = gateway(ErrorCode.MISSING_DISTINCT_ID, "phc_1\0", JSON);
    assertThat(refused(RULES.decide(letter))).contains("--with-distinct-id");
    Decision.Send send = sent(rules("phc_other", "u").decide(letter));
    assertThat(send.key()).as("a known project holds").isEqualTo(utf8("phc_1\0u"));
  }

  @Test
  void aRecordingGoesToTheRecordings() {
    Letter letter =
        letter(
            new DeadLetter(Stage.GATEWAY, ErrorCode.MISSING_TOKEN, "Send it.", 7, null),
            "\0u",
            JSON,
            Route.S);
    assertThat(sent(rules("phc_1", null).decide(letter)).topic())
        .isEqualTo("hogflare.recordings.raw");
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {
        "MISSING_TOKEN",
        "INVALID_TOKEN",
        "UNKNOWN_TOKEN",
        "MISSING_DISTINCT_ID",
        "INTERNAL"
      },
      mode = EnumSource.Mode.EXCLUDE)
  void whatIsWrongWithTheEventItselfIsForItsClient(ErrorCode code) {
    assertThat(refused(rules("phc_1", "u").decide(gateway(code, "phc_1\0u", JSON))))
        .contains("client")
        .endsWith("Send it.");
  }

  @Test
  void whatIsNoWholeJsonObjectStays() {
    for (String value : Set.of("17", "[]", "{\"a\":", "{} {}", "")) {
      assertThat(
              refused(
                  rules("phc_1", "u").decide(gateway(ErrorCode.MISSING_TOKEN, "\0u", utf8(value)))))
          .as(value)
          .contains("JSON object");
    }
    Letter cut = gateway(ErrorCode.MISSING_TOKEN, "\0u", JSON);
    cut.headers().add("dlq_truncated_from", utf8("1000001"));
    assertThat(refused(rules("phc_1", "u").decide(cut))).contains("cut off");
  }
}
