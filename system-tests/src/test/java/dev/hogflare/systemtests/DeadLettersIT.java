// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.RedriveMark;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stage;
import dev.hogflare.operations.DeadLetters;
import dev.hogflare.operations.Letter;
import dev.hogflare.operations.LetterFilter;
import dev.hogflare.runtime.KafkaSettings;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Dead letters are shown, and go back to where they belong, each once.
 *
 * <p>On a pipeline of their own: what they send to the raw topic did not come through the gateway.
 */
class DeadLettersIT {
  private static final Optional<String> NOTHING = Optional.empty();

  @TempDir private static Path folder;
  private static PipelineFixture pipeline;
  private static DeadLetters letters;

  @BeforeAll
  static void start() {
    pipeline = PipelineFixture.start(folder, Map.of());
    letters =
        new DeadLetters(
            KafkaSettings.plain(pipeline.bootstrapServers()),
            pipeline.topics(),
            InstantSource.system());
  }

  @AfterAll
  static void stop() {
    pipeline.close();
  }

  private static LetterFilter of(String token) {
    return LetterFilter.ALL.withToken(token);
  }

  @Test
  void aLetterOfTheGatewayBecomesARowOnceItHasWhatItLacked() {
    Map<String, Object> nameless = Json.event("lost", "x");
    nameless.remove("distinct_id");
    pipeline.storeBatch("phc_dlq_gateway", List.of(Json.event("kept", "anna"), nameless));
    pipeline.awaitEvents("phc_dlq_gateway", 1);
    assertThat(letters.survey(of("phc_dlq_gateway"), 10).kinds())
        .containsOnlyKeys(
            new DeadLetters.Kind("gateway", "missing_distinct_id", "phc_dlq_gateway"));
    assertThat(letters.redrive(of("phc_dlq_gateway"), NOTHING, NOTHING, false).refused())
        .hasSize(1);
    Optional<String> id = Optional.of("found");
    assertThat(letters.redrive(of("phc_dlq_gateway"), NOTHING, id, true).sent())
        .as("a dry run")
        .containsExactly(Map.entry("hogflare.events.raw", 1L));
    pipeline.awaitEvents("phc_dlq_gateway", 1);
    assertThat(letters.redrive(of("phc_dlq_gateway"), NOTHING, id, false).sent())
        .containsExactly(Map.entry("hogflare.events.raw", 1L));
    pipeline.awaitRows(
        "select event, distinct_id from hogflare_events where api_key = 'phc_dlq_gateway'"
            + " order by event",
        "kept | anna",
        "lost | found");
  }

  @Test
  void aLetterIsSentOnceHoweverOftenOneAsks() {
    String token = "phc_dlq_once";
    UUID uuid = UUID.randomUUID();
    Letter.Id id = die(token, uuid);
    assertThat(letters.find(id).orElseThrow().redriven()).isEmpty();
    DeadLetters.Outcome first = letters.redrive(of(token), NOTHING, NOTHING, false);
    assertThat(first.sent()).containsExactly(Map.entry("hogflare.events.raw", 1L));
    DeadLetters.Outcome second = letters.redrive(of(token), NOTHING, NOTHING, false);
    assertThat(second.sent()).isEmpty();
    assertThat(second.already()).isEqualTo(1);
    pipeline.awaitEvents(token, 1);
    assertThat(pipeline.log().ofProject(pipeline.topics().eventsRaw(), token))
        .singleElement()
        .satisfies(
            record -> {
              assertThat(RedriveMark.isRedriven(record.headers())).isTrue();
              assertThat(record.headers().lastHeader("redriven_from").value())
                  .isEqualTo(id.toString().getBytes(UTF_8));
              assertThat(record.headers().lastHeader("dlq_stage")).isNull();
            });
    assertThat(letters.find(id).orElseThrow().redriven())
        .hasValueSatisfying(mark -> assertThat(mark.topic()).isEqualTo("hogflare.events.raw"));
    assertThat(letters.survey(of(token), 1).kinds().values())
        .extracting(DeadLetters.Count::redriven)
        .containsExactly(1L);
  }

  /** The transaction of a redrive that was killed is open until the next one ends it. */
  @Test
  void aRedriveThatIsKilledInTheMiddleIsRepeatedWhole() {
    String token = "phc_dlq_kill";
    Letter.Id id = die(token, UUID.randomUUID());
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", pipeline.bootstrapServers());
    settings.put("transactional.id", "hogflare.dead.letters.redrive");
    try (KafkaProducer<byte[], byte[]> killed =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      killed.initTransactions();
      killed.beginTransaction();
      Letter letter = letters.find(id).orElseThrow();
      var event =
          killed.send(
              new ProducerRecord<>(
                  "hogflare.events.raw", null, letter.key(), letter.value(), letter.headers()));
      RedriveMark mark =
          new RedriveMark(id.partition(), id.offset(), 1, pipeline.topics().eventsRaw().name());
      var marked = killed.send(new ProducerRecord<>("hogflare.ledger", mark.key(), mark.value()));
      killed.flush();
      assertThat(List.of(event, marked)).allMatch(sent -> sent.resultNow().hasOffset());
      assertThat(letters.redrive(of(token), NOTHING, NOTHING, false).sent())
          .containsExactly(Map.entry("hogflare.events.raw", 1L));
    }
    pipeline.awaitEvents(token, 1);
    assertThat(pipeline.log().ofProject(pipeline.topics().eventsRaw(), token)).hasSize(1);
  }

  /** Writes the dead letter of an event that a defect of the person-processor met. */
  private Letter.Id die(String token, UUID uuid) {
    ActorKey key = new ActorKey(token, "anna");
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            pipeline.topics().deadLetters().name(),
            key.toBytes(),
            "{\"event\":\"seen\"}".getBytes(UTF_8));
    long now = System.currentTimeMillis();
    new RawEvent(key, record.value(), uuid, Route.CAPTURE, now * 1_000, null, null, null)
        .writeHeaders(record.headers());
    new DeadLetter(
            Stage.PERSON,
            ErrorCode.INTERNAL,
            "A defect.",
            now,
            new DeadLetter.Source(pipeline.topics().eventsRaw().name(), 0, 1_000_000))
        .writeHeaders(record.headers());
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", pipeline.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      var written = producer.send(record);
      producer.flush();
      return new Letter.Id(written.resultNow().partition(), written.resultNow().offset());
    }
  }
}
