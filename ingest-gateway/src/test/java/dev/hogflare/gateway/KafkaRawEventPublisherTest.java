// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Topics;
import dev.hogflare.contract.Uuids;
import dev.hogflare.runtime.KafkaSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KafkaRawEventPublisherTest {
  private static final Topics TOPICS = new Topics("test.");
  private static final Duration TIMEOUT = Duration.ofMillis(300);

  private static final ActorKey ANONYMOUS = new ActorKey("t", "anonymous");
  private static final RawCommand.Claim CLAIM = new RawCommand.Claim("user");

  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final KafkaHealth health =
      new KafkaHealth(KafkaSettings.plain("127.0.0.1:1"), TOPICS.eventsRaw().name());
  private final RawEventPublisher publisher =
      new KafkaRawEventPublisher(producer, health, TOPICS, TIMEOUT);

  @AfterEach
  void close() {
    publisher.close();
  }

  @Test
  void sendsTheEventAsItCameWithWhatTheGatewayKnows() throws Exception {
    RawEvent event = event("d", "{\"event\":\"e\"}");
    publisher.begin().event(event);
    ProducerRecord<byte[], byte[]> record = producer.history().getFirst();
    assertThat(record.topic()).isEqualTo("test.events.raw");
    assertThat(record.partition()).isNull();
    RawEvent read = RawEvent.read(record.key(), record.value(), record.headers());
    assertThat(read).usingRecursiveComparison().isEqualTo(event);
    assertThat(record.value()).isSameAs(event.json());
  }

  @Test
  void sendsRecordingsToTheirOwnTopic() throws Exception {
    publisher.begin().recording(event("d", "{}"));
    assertThat(producer.history().getFirst().topic()).isEqualTo("test.recordings.raw");
  }

  @Test
  void keepsTheBeginningOfAnEndlessDeadLetter() throws Exception {
    DeadLetter reason =
        new DeadLetter(Stage.GATEWAY, ErrorCode.EVENT_TOO_LARGE, "Too large.", 7, null);
    RawEventPublisher.Publication publication = publisher.begin();
    publication.deadLetter(event("", "x".repeat(900_000)), reason);
    publication.deadLetter(event("", "x".repeat(900_001)), reason);
    List<ProducerRecord<byte[], byte[]>> records = producer.history();
    assertThat(records).allMatch(r -> r.topic().equals("test.dead.letters"));
    assertThat(records).allMatch(r -> r.value().length == 900_000);
    assertThat(records).allMatch(r -> DeadLetter.read(r.headers()).equals(reason));
    assertThat(records.get(0).headers().lastHeader("dlq_truncated_from")).isNull();
    assertThat(
            new String(
                records.get(1).headers().lastHeader("dlq_truncated_from").value(),
                StandardCharsets.UTF_8))
        .isEqualTo("900001");
    assertThat(ActorKey.fromBytes(records.get(0).key())).isEqualTo(new ActorKey("t", ""));
  }

  @Test
  void returnsWhenEverythingIsAcknowledgedAndNotBefore() throws Exception {
    CompletableFuture<Thread> sent = new CompletableFuture<>();
    CompletableFuture<Void> done =
        run(
            () -> {
              RawEventPublisher.Publication publication = slow().begin();
              publication.event(event("a", "{}"));
              publication.event(event("b", "{}"));
              sent.complete(Thread.currentThread());
              publication.awaitAcknowledgement();
            });
    Thread waiter = sent.get();
    Await.until("it waits", () -> waiter.getState() == Thread.State.WAITING);
    assertThat(producer.completeNext()).isTrue();
    assertThat(done).isNotDone();
    assertThat(producer.completeNext()).isTrue();
    done.get();
    assertThat(health.now().message()).doesNotContain("acknowledge");
  }

  @Test
  void tellsWhereAClaimStandsBeforeItsEventIsSent() throws Exception {
    CompletableFuture<Thread> sent = new CompletableFuture<>();
    CompletableFuture<Long> offset = new CompletableFuture<>();
    CompletableFuture<Void> done =
        run(
            () -> {
              RawEventPublisher.Publication publication = slow().begin();
              RawEventPublisher.SentClaim first = publication.claim(ANONYMOUS, CLAIM);
              RawEventPublisher.SentClaim second = publication.claim(ANONYMOUS, CLAIM);
              sent.complete(Thread.currentThread());
              publication.awaitAcknowledgement();
              offset.complete(second.offset() - first.offset());
              publication.event(event("a", "{}"));
              publication.awaitAcknowledgement();
            });
    Thread waiter = sent.get();
    Await.until("it waits", () -> waiter.getState() == Thread.State.WAITING);
    assertThat(producer.history()).hasSize(2);
    ProducerRecord<byte[], byte[]> record = producer.history().getFirst();
    assertThat(record.topic()).isEqualTo("test.events.raw");
    assertThat(ActorKey.fromBytes(record.key())).isEqualTo(ANONYMOUS);
    assertThat(RawCommand.isCommand(record.headers())).isTrue();
    assertThat(RawCommand.read(record.value(), record.headers())).isEqualTo(CLAIM);
    assertThat(producer.completeNext()).isTrue();
    assertThat(offset).isNotDone();
    assertThat(producer.completeNext()).isTrue();
    assertThat(offset.get()).isEqualTo(1);
    Await.until("the event is sent", () -> producer.history().size() == 3);
    assertThat(done).isNotDone();
    assertThat(producer.completeNext()).isTrue();
    done.get();
  }

  @Test
  void sendsNoEventWhoseClaimFailed() throws Exception {
    RawEventPublisher.Publication publication = publisher.begin();
    assertThat(publication.claim(ANONYMOUS, CLAIM)).isNotNull();
    producer.errorNext(new TimeoutException("expired"));
    assertThatThrownBy(publication::awaitAcknowledgement)
        .isInstanceOf(PublicationFailedException.class);
    assertThatThrownBy(() -> publication.event(event("b", "{}")))
        .isInstanceOf(PublicationFailedException.class);
    assertThat(producer.history()).hasSize(1);
  }

  @Test
  void failsIfOneOfThemFails() throws Exception {
    RawEventPublisher.Publication publication = publisher.begin();
    publication.event(event("a", "{}"));
    publication.event(event("b", "{}"));
    producer.completeNext();
    producer.errorNext(new TimeoutException("expired"));
    assertThatThrownBy(publication::awaitAcknowledgement)
        .isInstanceOfSatisfying(
            PublicationFailedException.class, e -> assertThat(e.tooLarge()).isFalse());
    assertThat(health.now().up()).isFalse();
    assertThat(health.now().message()).contains("expired", "check the brokers");
  }

  @Test
  void sendsNoMoreAfterAFailure() throws Exception {
    RawEventPublisher.Publication publication = publisher.begin();
    publication.event(event("a", "{}"));
    producer.errorNext(new TimeoutException("expired"));
    assertThatThrownBy(() -> publication.event(event("b", "{}")))
        .isInstanceOf(PublicationFailedException.class);
    assertThat(producer.history()).hasSize(1);
  }

  @Test
  void failsWhenTheTimeIsUp() throws Exception {
    RawEventPublisher.Publication publication = publisher.begin();
    publication.event(event("a", "{}"));
    assertThatThrownBy(publication::awaitAcknowledgement)
        .isInstanceOf(PublicationFailedException.class)
        .hasMessageContaining("300 ms");
    assertThatThrownBy(() -> publication.event(event("b", "{}")))
        .isInstanceOf(PublicationFailedException.class);
    // A late acknowledgement disturbs nobody.
    assertThat(producer.completeNext()).isTrue();
  }

  @Test
  void tellsARecordThatNoBrokerTakesFromAnOutage() throws Exception {
    RawEventPublisher.Publication publication = publisher.begin();
    publication.event(event("a", "{}"));
    producer.errorNext(new RecordTooLargeException("large"));
    assertThatThrownBy(publication::awaitAcknowledgement)
        .isInstanceOfSatisfying(
            PublicationFailedException.class, e -> assertThat(e.tooLarge()).isTrue());
    assertThat(health.now().message()).doesNotContain("acknowledge");
  }

  @Test
  void failsWhenTheProducerIsClosed() {
    producer.close();
    assertThatThrownBy(() -> publisher.begin().event(event("a", "{}")))
        .isInstanceOf(PublicationFailedException.class);
  }

  @Test
  void waitsForNothingIfNothingWasSent() throws Exception {
    publisher.begin().awaitAcknowledgement();
  }

  @Test
  void forgetsAnOutageWithTheNextAcknowledgement() throws Exception {
    RawEventPublisher.Publication publication = publisher.begin();
    publication.event(event("a", "{}"));
    publication.event(event("b", "{}"));
    producer.errorNext(new TimeoutException("expired"));
    assertThat(health.now().message()).contains("expired");
    producer.completeNext();
    assertThat(health.now().message()).doesNotContain("expired");
  }

  @Test
  void givesUpOnARecordBeforeItsRequestIsGivenUp() {
    Map<String, Object> settings = KafkaRawEventPublisher.settings(Duration.ofSeconds(8));
    assertThat(settings)
        .containsEntry("acks", "all")
        .containsEntry("enable.idempotence", true)
        .containsEntry("compression.type", "lz4")
        .containsEntry("linger.ms", 2)
        .containsEntry("batch.size", 131_072);
    for (int millis : new int[] {100, 1_000, 8_000, 600_000}) {
      Map<String, Object> each = KafkaRawEventPublisher.settings(Duration.ofMillis(millis));
      int block = (int) each.get("max.block.ms");
      int delivery = (int) each.get("delivery.timeout.ms");
      int request = (int) each.get("request.timeout.ms");
      assertThat(block + delivery).isLessThanOrEqualTo(millis);
      assertThat(request + 5).isLessThanOrEqualTo(delivery);
      each.put("bootstrap.servers", "127.0.0.1:1");
      each.put("key.serializer", ByteArraySerializer.class);
      each.put("value.serializer", ByteArraySerializer.class);
      assertThat(new ProducerConfig(each).getInt("max.in.flight.requests.per.connection"))
          .isEqualTo(5);
    }
  }

  private RawEventPublisher slow() {
    return new KafkaRawEventPublisher(producer, health, TOPICS, Duration.ofSeconds(60));
  }

  private interface Body {
    void run() throws Exception;
  }

  private static CompletableFuture<Void> run(Body body) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                body.run();
                done.complete(null);
              } catch (Exception e) {
                done.completeExceptionally(e);
              }
            });
    return done;
  }

  private static RawEvent event(String distinctId, String json) {
    UUID uuid = Uuids.v7(1, 2, 3);
    return new RawEvent(
        new ActorKey("t", distinctId),
        json.getBytes(StandardCharsets.UTF_8),
        uuid,
        Route.E,
        5,
        6L,
        "{\"$ip\":\"x\"}".getBytes(StandardCharsets.UTF_8),
        "{\"a\":1}".getBytes(StandardCharsets.UTF_8));
  }
}
