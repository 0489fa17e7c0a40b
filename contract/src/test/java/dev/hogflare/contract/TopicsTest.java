// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicsTest {
  private static final Topics TOPICS = new Topics("hogflare.");
  private static final String DAYS_14 = "1209600000";
  private static final String DAYS_30 = "2592000000";
  private static final String DAYS_90 = "7776000000";

  @Test
  void namesAndSettingsArePinned() {
    assertThat(TOPICS.eventsRaw()).isEqualTo(deleting("hogflare.events.raw", "-1"));
    assertThat(TOPICS.recordingsRaw()).isEqualTo(deleting("hogflare.recordings.raw", DAYS_30));
    assertThat(TOPICS.historicalRaw()).isEqualTo(deleting("hogflare.historical.raw", "-1"));
    assertThat(TOPICS.historicalLane()).isEqualTo("hogflare.historical-lane");
    assertThat(TOPICS.mail("hogflare.person")).isEqualTo(deleting("hogflare.person-mail", DAYS_14));
    assertThat(TOPICS.groupEvents()).isEqualTo(deleting("hogflare.group.events", DAYS_14));
    assertThat(TOPICS.events()).isEqualTo(deleting("hogflare.events", DAYS_14));
    assertThat(TOPICS.recordings()).isEqualTo(deleting("hogflare.recordings", DAYS_14));
    assertThat(TOPICS.persons()).isEqualTo(deleting("hogflare.persons", DAYS_14));
    assertThat(TOPICS.deadLetters()).isEqualTo(deleting("hogflare.dead.letters", DAYS_90));
    assertThat(TOPICS.schemaChanges()).isEqualTo(deleting("hogflare.schema.changes", DAYS_90));
    assertThat(TOPICS.definitionCounts(TOPICS.catalogApplication()))
        .isEqualTo(deleting("hogflare.property-catalog-counts", DAYS_14));
    assertThat(TOPICS.personOverrides())
        .isEqualTo(
            new Topic(
                "hogflare.person.overrides",
                Map.of("cleanup.policy", "compact", "max.message.bytes", "16777216")));
  }

  @Test
  void whatHoldsTheDeploymentTogetherIsCompacted() {
    Map<String, String> settings =
        Map.of("cleanup.policy", "compact", "max.message.bytes", "16777216");
    assertThat(TOPICS.control()).isEqualTo(new Topic("hogflare.control", settings));
    Map<String, String> small = new HashMap<>(settings);
    small.put("segment.bytes", "16777216");
    small.put("min.cleanable.dirty.ratio", "0.2");
    assertThat(TOPICS.ledger()).isEqualTo(new Topic("hogflare.ledger", small));
    assertThat(TOPICS.definitions()).isEqualTo(new Topic("hogflare.definitions", small));
    small.put("cleanup.policy", "compact,delete");
    small.put("retention.ms", "2592000000");
    assertThat(TOPICS.deliveries()).isEqualTo(new Topic("hogflare.deliveries", small));
    assertThat(TOPICS.flags()).isEqualTo(new Topic("hogflare.flags", settings));
    assertThat(TOPICS.flagStickyIds()).isEqualTo(new Topic("hogflare.flags.sticky.ids", settings));
  }

  @Test
  void aGenerationHasItsOwnInnerTopicsAndAShadowItsOwnOutputToo() {
    assertThat(TOPICS.of(Generation.FIRST).all()).isEqualTo(TOPICS.all());
    assertThat(TOPICS.of(new Generation(2)).all())
        .extracting(Topic::name)
        .containsExactly(
            "hogflare.events.raw",
            "hogflare.recordings.raw",
            "hogflare.historical.raw",
            "hogflare.group.events.g2",
            "hogflare.events",
            "hogflare.recordings",
            "hogflare.persons",
            "hogflare.person.overrides",
            "hogflare.dead.letters");
    assertThat(TOPICS.shadowOf(new Generation(3)).all())
        .extracting(Topic::name)
        .containsExactly(
            "hogflare.events.raw",
            "hogflare.recordings.raw",
            "hogflare.historical.raw",
            "hogflare.group.events.g3",
            "hogflare.events.g3",
            "hogflare.recordings.g3",
            "hogflare.persons.g3",
            "hogflare.person.overrides.g3",
            "hogflare.dead.letters.g3");
  }

  @Test
  void sizesArePinnedAndFitIntoOneAnother() {
    assertThat(Topics.MAX_EVENT_BYTES).isEqualTo(1_000_000);
    assertThat(Topics.MAX_RECORDING_BYTES).isEqualTo(8_000_000);
    assertThat(Topics.MAX_RECORD_BYTES).isEqualTo(16_777_216);
    assertThat(Topics.MAX_EVENT_BYTES).isLessThan(Topics.MAX_RECORDING_BYTES);
    assertThat(Topics.MAX_RECORDING_BYTES).isLessThan(Topics.MAX_RECORD_BYTES);
  }

  @Test
  void listsEveryTopicButTheMailInTheOrderOfAnEvent() {
    assertThat(TOPICS.all())
        .extracting(Topic::name)
        .containsExactly(
            "hogflare.events.raw",
            "hogflare.recordings.raw",
            "hogflare.historical.raw",
            "hogflare.group.events",
            "hogflare.events",
            "hogflare.recordings",
            "hogflare.persons",
            "hogflare.person.overrides",
            "hogflare.dead.letters");
  }

  @Test
  void aDeploymentHasItsOwnPrefix() {
    assertThat(new Topics("blue.").all())
        .extracting(Topic::name)
        .allMatch(name -> name.startsWith("blue."));
    assertThat(new Topics("").events().name()).isEqualTo("events");
  }

  @Test
  void aTopicCannotBeChanged() {
    Map<String, String> settings = new HashMap<>(Map.of("a", "b"));
    Topic topic = new Topic("t", settings);
    settings.put("c", "d");
    assertThat(topic.settings()).isEqualTo(Map.of("a", "b"));
    for (Map<String, String> given : List.of(topic.settings(), TOPICS.events().settings())) {
      assertThatThrownBy(() -> given.put("x", "y"))
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  private static Topic deleting(String name, String retentionMillis) {
    return new Topic(
        name,
        Map.of(
            "cleanup.policy", "delete",
            "retention.ms", retentionMillis,
            "retention.bytes", "-1",
            "message.timestamp.type", "LogAppendTime",
            "max.message.bytes", "16777216"));
  }
}
