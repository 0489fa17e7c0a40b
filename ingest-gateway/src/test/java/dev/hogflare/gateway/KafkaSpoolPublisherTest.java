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
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.runtime.Health;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaSpoolPublisherTest {
  private static final Topics TOPICS = new Topics("test.");
  private static final KafkaRecords RECORDS = new KafkaRecords(TOPICS);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final ActorKey ANONYMOUS = new ActorKey("t", "anonymous");
  private static final RawCommand.Claim CLAIM = new RawCommand.Claim("user");

  @TempDir Path folder;
  private final Brokers brokers = new Brokers();
  private final AtomicInteger producers = new AtomicInteger();
  private final AtomicBoolean prepared = new AtomicBoolean(true);
  private SimpleMeterRegistry registry;
  private SpoolMetrics metrics;
  private KafkaSpoolPublisher publisher;

  @AfterEach
  void close() {
    publisher.close();
  }

  /** Kafka as both the direct way and the drain see it. */
  private static final class Brokers extends MockProducer<byte[], byte[]> {
    private final AtomicBoolean away = new AtomicBoolean();

    /** A try that met them away fails as a whole, also if they come back in the middle of it. */
    private boolean failing;

    Brokers() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public synchronized Future<RecordMetadata> send(
        ProducerRecord<byte[], byte[]> record, Callback callback) {
      failing |= away.get();
      RuntimeException failure =
          failing
              ? new NetworkException("away")
              : isTooLarge(record) ? new RecordTooLargeException("large") : null;
      if (failure == null) {
        return super.send(record, callback);
      }
      callback.onCompletion(null, failure);
      return null;
    }

    @Override
    public synchronized void flush() {
      super.flush();
      failing = false;
    }

    private static boolean isTooLarge(ProducerRecord<byte[], byte[]> record) {
      return record.topic().equals("test.recordings.raw") && record.value().length > 1_000;
    }

    @Override
    public void close(Duration timeout) {
      // It is used again, as brokers are.
    }

    List<ProducerRecord<byte[], byte[]>> of(String topic) {
      return history().stream().filter(record -> record.topic().equals(topic)).toList();
    }

    List<String> ids() {
      return of("test.events.raw").stream()
          .map(record -> ActorKey.fromBytes(record.key()).distinctId())
          .toList();
    }
  }

  /** Sends straight to the brokers. */
  private final class Direct implements RawEventPublisher {
    @Override
    public Publication begin() {
      return new Publication() {
        private boolean failed;

        private void send(ProducerRecord<byte[], byte[]> record) {
          var unused = brokers.send(record, (metadata, e) -> failed |= e != null);
        }

        @Override
        public SentClaim claim(ActorKey claimed, RawCommand.Claim claim) {
          send(RECORDS.claim(claimed, claim));
          return () -> 0;
        }

        @Override
        public void event(RawEvent event) {
          send(RECORDS.event(event));
        }

        @Override
        public void historical(RawEvent event, String mergedId) {
          send(RECORDS.historical(event, mergedId));
        }

        @Override
        public void recording(RawEvent recording) {
          send(RECORDS.recording(recording));
        }

        @Override
        public void deadLetter(RawEvent item, DeadLetter reason) {
          send(RECORDS.deadLetter(item, reason));
        }

        @Override
        public void awaitAcknowledgement() throws PublicationFailedException {
          if (failed) {
            throw PublicationFailedException.unavailable("away", null);
          }
        }
      };
    }

    @Override
    public Health health() {
      return brokers.away.get() ? Health.down("Kafka is away.") : Health.up("Kafka takes events.");
    }

    @Override
    public void start() {
      // There is nothing to connect to.
    }

    @Override
    public void close() {
      // There is nothing to free.
    }
  }

  private void start(Runnable preparation) {
    registry = new SimpleMeterRegistry();
    metrics = new SpoolMetrics(registry);
    Spool spool = new Spool(new SpoolConfig(folder, 1 << 20), metrics);
    publisher =
        new KafkaSpoolPublisher(
            new Direct(),
            RECORDS,
            spool,
            new KafkaSpoolDrain(
                () -> {
                  producers.incrementAndGet();
                  return brokers;
                },
                RECORDS,
                spool,
                metrics,
                new GatewayMetrics(registry),
                new IntakeLedger(null),
                preparation),
            PATIENCE);
    publisher.start();
  }

  private interface Items {
    void send(RawEventPublisher.Publication publication) throws PublicationFailedException;
  }

  /** Publishes as a request does; returns whether it waits. */
  private boolean publish(Items items) throws PublicationFailedException {
    RawEventPublisher.Publication first = publisher.begin();
    try {
      items.send(first);
      first.awaitAcknowledgement();
      return first.waits();
    } catch (PublicationFailedException e) {
      RawEventPublisher.Publication second = publisher.insteadOrNull(first);
      if (second == null) {
        throw e;
      }
      items.send(second);
      second.awaitAcknowledgement();
      return second.waits();
    }
  }

  @Test
  void goesPastTheSpoolWhileKafkaIsThere() throws Exception {
    start(null);
    assertThat(publish(p -> p.event(event("a")))).isFalse();
    assertThat(brokers.ids()).containsExactly("a");
    assertThat(publisher.health()).isEqualTo(Health.up("Kafka takes events."));
    assertThat(producers).hasValue(0);
  }

  @Test
  void keepsWhatKafkaDoesNotTakeAndSendsItInOrder() throws Exception {
    start(null);
    assertThat(publish(p -> p.event(event("before")))).isFalse();
    brokers.away.set(true);
    RawEvent first = event("first");
    assertThat(publish(p -> p.event(first))).isTrue();
    assertThat(
            publish(
                p -> {
                  p.event(event("second"));
                  p.event(event("third"));
                }))
        .isTrue();
    assertThat(publisher.health().state()).isEqualTo(Health.State.DEGRADED);
    assertThat(publisher.health().message()).contains("3 events wait");
    brokers.away.set(false);
    Await.until("it is sent", () -> metrics.waiting() == 0);
    Await.until("all is well", () -> publisher.health().state() == Health.State.OK);
    assertThat(publish(p -> p.event(event("after")))).isFalse();
    assertThat(brokers.ids()).containsExactly("before", "first", "second", "third", "after");
    ProducerRecord<byte[], byte[]> record = brokers.of("test.events.raw").get(1);
    assertThat(RawEvent.read(record.key(), record.value(), record.headers()))
        .usingRecursiveComparison()
        .isEqualTo(first);
    assertThat(record.partition()).isNull();
  }

  @Test
  void anEventNamesTheOffsetThatItsClaimHasWhenItIsSent() throws Exception {
    start(null);
    brokers.away.set(true);
    for (int i = 0; i < 2; i++) {
      publish(
          p -> {
            RawEventPublisher.SentClaim one = p.claim(ANONYMOUS, CLAIM);
            RawEventPublisher.SentClaim two = p.claim(ANONYMOUS, CLAIM);
            p.awaitAcknowledgement();
            p.event(event("anonymous"));
            p.event(event("user", one.offset()));
            p.event(event("user", two.offset()));
          });
    }
    brokers.away.set(false);
    Await.until("it is sent", () -> metrics.waiting() == 0);
    List<ProducerRecord<byte[], byte[]>> all = brokers.of("test.events.raw");
    List<Long> claims = new ArrayList<>();
    List<Boolean> commands = new ArrayList<>();
    for (ProducerRecord<byte[], byte[]> record : all) {
      boolean command = RawCommand.isCommand(record.headers());
      commands.add(command);
      claims.add(
          command ? null : RawEvent.read(record.key(), record.value(), record.headers()).claim());
    }
    assertThat(commands)
        .containsExactly(true, true, false, false, false, true, true, false, false, false);
    // One partition, so that the place in the history is the offset.
    assertThat(claims).containsExactly(null, null, null, 0L, 1L, null, null, null, 5L, 6L);
    Await.until(
        "the claims are counted",
        () -> registry.get("hogflare_gateway_claims_total").counter().count() == 4);
  }

  @Test
  void aRecordThatNoBrokerTakesBecomesADeadLetterAndHoldsNobodyUp() throws Exception {
    start(null);
    brokers.away.set(true);
    publish(p -> p.recording(event("large", "x".repeat(2_000), null)));
    publish(p -> p.event(event("small")));
    brokers.away.set(false);
    Await.until("it is sent", () -> metrics.waiting() == 0);
    assertThat(brokers.ids()).containsExactly("small");
    ProducerRecord<byte[], byte[]> letter = brokers.of("test.dead.letters").getFirst();
    assertThat(letter.value()).hasSize(2_000);
    assertThat(DeadLetter.read(letter.headers()).code()).isEqualTo(ErrorCode.EVENT_TOO_LARGE);
    assertThat(DeadLetter.read(letter.headers()).message()).contains("max.message.bytes");
    assertThat(registry.get("hogflare_gateway_spool_too_large_total").counter().count())
        .isEqualTo(1);
    assertThat(registry.get("hogflare_gateway_spool_drained_total").counter().count()).isEqualTo(2);
  }

  @Test
  void sendsNothingBeforeItIsPrepared() throws Exception {
    prepared.set(false);
    start(
        () -> {
          if (!prepared.get()) {
            throw new IllegalStateException("Kafka did not list its topics.");
          }
        });
    assertThat(publish(p -> p.event(event("a")))).isTrue();
    Await.until("it is told", () -> publisher.health().message().contains("list its topics"));
    assertThat(publisher.health().up()).isTrue();
    assertThat(brokers.ids()).isEmpty();
    prepared.set(true);
    Await.until("it is sent", () -> metrics.waiting() == 0);
    assertThat(brokers.ids()).containsExactly("a");
  }

  @Test
  void whatIsNotSentAtTheEndIsSentByTheNext() throws Exception {
    start(null);
    brokers.away.set(true);
    publish(p -> p.event(event("a")));
    publish(
        p ->
            p.deadLetter(
                event(""), new DeadLetter(Stage.GATEWAY, ErrorCode.INVALID_FIELD, "No.", 7, null)));
    publisher.close();
    assertThat(brokers.ids()).isEmpty();
    brokers.away.set(false);
    start(null);
    Await.until("it is sent", () -> metrics.waiting() == 0);
    assertThat(brokers.ids()).containsExactly("a");
    assertThat(DeadLetter.read(brokers.of("test.dead.letters").getFirst().headers()).code())
        .isEqualTo(ErrorCode.INVALID_FIELD);
  }

  @Test
  void aFullSpoolRefusesAsIfThereWereNone() throws Exception {
    start(null);
    brokers.away.set(true);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 20_000; i++) {
                publish(p -> p.event(event("a", "x".repeat(900), null)));
              }
            })
        .isInstanceOf(PublicationFailedException.class)
        .hasMessageContaining("full");
    assertThat(publisher.health().state()).isEqualTo(Health.State.DOWN);
    assertThat(publisher.health().message()).contains("HOGFLARE_SPOOL_MAX_MB");
  }

  @Test
  void whatIsHistoricalGoesBackIntoItsLane() throws Exception {
    start(null);
    brokers.away.set(true);
    publish(p -> p.historical(event("user"), "device"));
    brokers.away.set(false);
    Await.until("it is sent", () -> metrics.waiting() == 0);
    assertThat(brokers.ids()).isEmpty();
    ProducerRecord<byte[], byte[]> record = brokers.of("test.historical.raw").getFirst();
    assertThat(record.headers().lastHeader("merges").value()).isEqualTo(Encodings.utf8("device"));
  }

  @Test
  void whatIsHistoricalLeavesHalfOfTheSpoolToOthers() throws Exception {
    start(null);
    brokers.away.set(true);
    publish(p -> p.event(event("first")));
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 20_000; i++) {
                publish(p -> p.historical(event("a", "x".repeat(900), null), null));
              }
            })
        .isInstanceOf(PublicationFailedException.class)
        .hasMessageContaining("kept for others");
    long historical = metrics.waiting();
    for (int i = 0; i < historical / 2; i++) {
      assertThat(publish(p -> p.event(event("a", "x".repeat(900), null)))).isTrue();
    }
    assertThat(publisher.health().state()).isEqualTo(Health.State.DEGRADED);
  }

  @Test
  void triesKafkaForNoLongerThanClientsWait() {
    assertThat(KafkaSpoolPublisher.tryKafkaFor(Duration.ofSeconds(8)))
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(KafkaSpoolPublisher.tryKafkaFor(Duration.ofMillis(800)))
        .isEqualTo(Duration.ofMillis(400));
    start(null);
  }

  private static RawEvent event(String distinctId) {
    return event(distinctId, "{}", null);
  }

  private static RawEvent event(String distinctId, long claim) {
    return event(distinctId, "{}", claim);
  }

  private static RawEvent event(String distinctId, String json, Long claim) {
    return new RawEvent(
        new ActorKey("t", distinctId),
        Encodings.utf8(json),
        UUID.fromString("b3b0c4d4-0000-4000-8000-000000000001"),
        Route.E,
        1_795_236_205_000_123L,
        null,
        null,
        null,
        claim);
  }
}
