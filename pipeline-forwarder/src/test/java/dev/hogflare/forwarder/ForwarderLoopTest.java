// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.PersonOverride;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.Stage;
import dev.hogflare.forwarder.FakePipeline.Reply;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.RetriableCommitFailedException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForwarderLoopTest {

  @Test
  void deliversEveryRowOnceAndCommitsBehindIt() throws IOException {
    try (LoopFixture loop = new LoopFixture().start(0, 1)) {
      loop.rows(0, 0, 1_000);
      loop.rows(1, 0, 500);
      loop.awaitCommitted(0, 1_000);
      loop.awaitCommitted(1, 500);

      assertThat(loop.sink.stored()).hasSize(1_500).doesNotHaveDuplicates();
      assertThat(loop.progress())
          .isEqualTo(new StreamProgress(1_500, 1_500, 0, 0, 0, loop.progress().lag()));
      assertThat(loop.status.health().up()).isTrue();
      assertThat(loop.producer.history()).isEmpty();
    }
  }

  @Test
  void sendsTheBytesOfTheRowsAsTheyAre() throws IOException {
    byte[] odd =
        Rows.bytes(
            " { \"uuid\" : \"\\u0041\" , \"source\":\"s\",\"event\":\"é\",\"distinct_id\":\"d\","
                + "\"created_at\":\"2026-01-02T03:04:05Z\",\"properties\":{\"n\":1.50e+1} } ");
    try (LoopFixture loop = new LoopFixture().start(0)) {
      loop.row(0, 0, odd);
      loop.awaitCommitted(0, 1);

      assertThat(new String(loop.sink.requests().getFirst().body(), StandardCharsets.UTF_8))
          .isEqualTo("[" + new String(odd, StandardCharsets.UTF_8) + "]");
    }
  }

  @Test
  void skipsOffsetsThatHoldNoRow() throws IOException {
    try (LoopFixture loop = new LoopFixture().start(0)) {
      for (long offset : List.of(0L, 2L, 3L, 10L)) {
        loop.row(0, offset, Rows.event(LoopFixture.uuid(0, offset)));
      }
      loop.awaitCommitted(0, 11);

      assertThat(loop.sink.stored()).containsExactlyInAnyOrder("0-0", "0-2", "0-3", "0-10");
    }
  }

  @Test
  void keepsToItsLimitsAndItsRequestsInFlight() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.always(new Reply.JudgeAmong(4));
      loop.start(0);
      loop.rows(0, 0, 3_000);
      loop.awaitCommitted(0, 3_000);

      assertThat(loop.sink.requests())
          .allSatisfy(request -> assertThat(request.body()).hasSizeLessThanOrEqualTo(10_000));
      assertThat(loop.sink.mostConcurrent()).isEqualTo(4);
    }
  }

  @Test
  void measuresTheLag() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      assertThat(loop.progress().lag()).isEmpty();
      loop.sink.always(FakePipeline.answer(503));
      loop.start(0);
      loop.rows(0, 0, 70);
      Await.until("a lag of 70", () -> loop.progress().lag().equals(OptionalLong.of(70)));
      assertThat(loop.registry.get("hogflare_forwarder_lag_rows").gauge().value()).isEqualTo(70);

      loop.sink.always(new Reply.Judge());
      Await.until("no lag", () -> loop.progress().lag().equals(OptionalLong.of(0)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void sendsTheSameBatchAgainUntilTheSinkTakesIt(int status) throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.script(FakePipeline.answer(status), FakePipeline.answer(status));
      loop.start(0).rows(0, 0, 10);
      loop.awaitCommitted(0, 10);

      assertThat(loop.sink.requests()).hasSize(3);
      assertThat(loop.sink.requests())
          .allSatisfy(
              request -> assertThat(request.body()).isEqualTo(loop.sink.requests().get(0).body()));
      assertThat(loop.sink.stored()).hasSize(10);
      assertThat(requests(loop, "busy")).isEqualTo(2);
      assertThat(requests(loop, "accepted")).isEqualTo(1);
    }
  }

  @Test
  void leavesTheSinkAloneForAsLongAsItWishes() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      // Longer than the policy of these tests obeys, which is 100 ms.
      loop.sink.script(new Reply.Answer(429, Map.of("Retry-After", "3600"), ""));
      long start = System.nanoTime();
      loop.start(0).rows(0, 0, 1);
      loop.awaitCommitted(0, 1);

      assertThat(System.nanoTime() - start).isGreaterThan(100_000_000);
    }
  }

  @Test
  void repeatsWhatWasNotAnswered() throws IOException {
    try (LoopFixture loop = new LoopFixture(ForwarderLoopTest::impatient, true)) {
      loop.sink.script(
          new Reply.Hang(), new Reply.Reset(), new Reply.HalfAnAnswer(), new Reply.Reset());
      loop.start(0).rows(0, 0, 5);
      loop.awaitCommitted(0, 5);

      assertThat(loop.sink.stored()).contains("0-0", "0-1", "0-2", "0-3", "0-4");
      assertThat(requests(loop, "timeout")).isGreaterThanOrEqualTo(2);
      assertThat(requests(loop, "broken")).isEqualTo(2);
    }
  }

  @Test
  void sendsRowsTwiceRatherThanNotAtAll() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.script(new Reply.StoreAndReset());
      loop.start(0).rows(0, 0, 1);
      loop.awaitCommitted(0, 1);

      assertThat(loop.sink.stored()).containsExactly("0-0", "0-0");
      assertThat(loop.progress().delivered()).isEqualTo(1);
    }
  }

  @Test
  void commitsNothingWhileTheFirstBatchIsOpen() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.failsOn("0-0"::equals);
      loop.start(0).rows(0, 0, 1);
      Await.until("the first request", () -> !loop.sink.requests().isEmpty());
      loop.rows(0, 1, 99);
      Await.until("99 rows", () -> loop.progress().delivered() == 99);

      assertThat(loop.consumer.committed(0)).isLessThanOrEqualTo(0);
      loop.sink.failsOn(uuid -> false);
      loop.awaitCommitted(0, 100);
      assertThat(loop.sink.stored()).hasSize(100).doesNotHaveDuplicates();
    }
  }

  @Test
  void halvesABatchThatIsTooLong() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.maxBytes(400);
      loop.start(0).rows(0, 0, 60);
      loop.awaitCommitted(0, 60);

      assertThat(loop.sink.stored()).hasSize(60).doesNotHaveDuplicates();
      assertThat(loop.producer.history()).isEmpty();
      assertThat(requests(loop, "too_large")).isPositive();
    }
  }

  @Test
  void putsASingleRowThatIsTooLongForTheSinkAmongTheDeadLetters() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.maxBytes(2_000);
      loop.start(0).rows(0, 0, 4);
      byte[] big = Rows.event(LoopFixture.uuid(0, 4), 3_000);
      loop.row(0, 4, big);
      loop.rows(0, 5, 5);
      loop.awaitCommitted(0, 10);

      assertThat(loop.sink.stored()).hasSize(9).doesNotContain("0-4");
      ProducerRecord<byte[], byte[]> letter = onlyLetter(loop);
      assertThat(letter.value()).isEqualTo(big);
      assertThat(DeadLetter.read(letter.headers()).code()).isEqualTo(ErrorCode.ROW_TOO_LARGE);
    }
  }

  @Test
  void findsTheRowsThatTheSinkDoesNotLike() throws IOException {
    Set<String> poison = Set.of("0-0", "0-17", "0-18", "0-99", "0-640");
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.refuses(poison::contains);
      loop.start(0).rows(0, 0, 1_000);
      loop.awaitCommitted(0, 1_000);

      assertThat(loop.sink.stored()).hasSize(995).doesNotHaveDuplicates();
      assertThat(loop.sink.stored()).doesNotContainAnyElementsOf(poison);
      assertThat(loop.producer.history()).hasSize(5);
      assertThat(loop.producer.history())
          .allSatisfy(
              letter -> {
                DeadLetter reason = DeadLetter.read(letter.headers());
                assertThat(reason.stage()).isEqualTo(Stage.FORWARDER);
                assertThat(reason.code()).isEqualTo(ErrorCode.REFUSED_BY_SINK);
                assertThat(reason.message()).contains("400 (I do not like 0-");
                assertThat(reason.at()).isEqualTo(LoopFixture.NOW.toEpochMilli());
                assertThat(poison).contains("0-" + reason.source().offset());
                assertThat(letter.key()).isEqualTo(Rows.bytes("key" + reason.source().offset()));
              });
      assertThat(loop.status.health().up()).isTrue();
    }
  }

  @Test
  void sendsNothingThatTheSinkWouldDropSilently() throws IOException {
    byte[] wrong = Rows.eventWithoutName("x");
    try (LoopFixture loop = new LoopFixture().start(2)) {
      RecordHeaders headers = new RecordHeaders();
      headers.add("trace", Rows.bytes("7"));
      loop.consumer.records(
          List.of(
              new ConsumerRecord<>(
                  LoopFixture.TOPIC,
                  2,
                  0,
                  5L,
                  TimestampType.CREATE_TIME,
                  1,
                  wrong.length,
                  Rows.bytes("k"),
                  wrong,
                  headers,
                  Optional.empty())));
      loop.row(2, 1, null);
      loop.row(2, 2, Rows.bytes("no json"));
      loop.row(2, 3, Rows.bytes(""));
      loop.row(2, 4, Rows.event("good"));
      loop.row(2, 5, Rows.event("long", RowSchema.MAX_ROW_BYTES));
      loop.awaitCommitted(2, 6);

      assertThat(loop.sink.stored()).containsExactly("good");
      assertThat(loop.producer.history()).hasSize(5);
      ProducerRecord<byte[], byte[]> first = loop.producer.history().getFirst();
      assertThat(first.topic()).isEqualTo("t.dead.letters");
      assertThat(first.key()).isEqualTo(Rows.bytes("k"));
      assertThat(first.value()).isEqualTo(wrong);
      assertThat(first.headers().lastHeader("trace").value()).isEqualTo(Rows.bytes("7"));
      assertThat(DeadLetter.read(first.headers()))
          .isEqualTo(
              new DeadLetter(
                  Stage.FORWARDER,
                  ErrorCode.SCHEMA_VIOLATION,
                  "The required column event is missing.",
                  LoopFixture.NOW.toEpochMilli(),
                  new DeadLetter.Source(LoopFixture.TOPIC, 2, 0)));
      assertThat(loop.producer.history())
          .extracting(letter -> DeadLetter.read(letter.headers()).code())
          .containsExactly(
              ErrorCode.SCHEMA_VIOLATION,
              ErrorCode.SCHEMA_VIOLATION,
              ErrorCode.SCHEMA_VIOLATION,
              ErrorCode.SCHEMA_VIOLATION,
              ErrorCode.ROW_TOO_LARGE);
      assertThat(
              loop.registry
                  .get("hogflare_forwarder_rows_dead_lettered_total")
                  .tag("code", "schema_violation")
                  .functionCounter()
                  .count())
          .isEqualTo(4);
    }
  }

  @Test
  void commitsNoBadRowBeforeItsDeadLetterIsOnKafka() throws IOException {
    try (LoopFixture loop = new LoopFixture(config -> config, false).start(0)) {
      loop.row(0, 0, Rows.eventWithoutName("x"));
      loop.rows(0, 1, 10);
      Await.until("the good rows", () -> loop.progress().delivered() == 10);
      assertThat(loop.consumer.committed(0)).isLessThanOrEqualTo(0);
      Await.until("one row in flight", () -> loop.progress().inFlight() == 1);

      assertThat(loop.producer.completeNext()).isTrue();
      loop.awaitCommitted(0, 11);
      assertThat(loop.progress().deadLettered()).isEqualTo(1);
    }
  }

  @Test
  void writesADeadLetterAgainThatKafkaDidNotTake() throws IOException {
    try (LoopFixture loop = new LoopFixture(config -> config, false).start(0)) {
      loop.row(0, 0, Rows.eventWithoutName("x"));
      Await.until("the first attempt", () -> loop.producer.history().size() == 1);
      loop.producer.errorNext(new TimeoutException("no broker"));
      Await.until("the second attempt", () -> loop.producer.history().size() == 2);
      assertThat(loop.consumer.committed(0)).isLessThanOrEqualTo(0);

      assertThat(loop.producer.completeNext()).isTrue();
      loop.awaitCommitted(0, 1);
      assertThat(loop.progress().deadLettered()).isEqualTo(1);
    }
  }

  @Test
  void keepsDeadLettersWhileTheProducerIsInTrouble() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.producer.sendException = new TimeoutException("no metadata");
      loop.start(0);
      for (int offset = 0; offset < 20; offset++) {
        loop.row(0, offset, Rows.eventWithoutName("x"));
      }
      loop.rows(0, 20, 5);
      Await.until("the good rows", () -> loop.progress().delivered() == 5);
      assertThat(loop.progress().deadLettered()).isZero();
      assertThat(loop.consumer.committed(0)).isLessThanOrEqualTo(0);

      loop.consumer.schedulePollTask(() -> loop.producer.sendException = null);
      loop.awaitCommitted(0, 25);
      assertThat(loop.progress().deadLettered()).isEqualTo(20);
      assertThat(loop.producer.history()).hasSize(20);
    }
  }

  @Test
  void writesADeadLetterWithoutItsValueWhenItIsTooLong() throws IOException {
    try (LoopFixture loop = new LoopFixture(config -> config, false).start(0)) {
      loop.row(0, 0, Rows.eventWithoutName("x"));
      Await.until("the first attempt", () -> loop.producer.history().size() == 1);
      loop.producer.errorNext(new RecordTooLargeException("too long"));
      Await.until("the second attempt", () -> loop.producer.history().size() == 2);
      assertThat(loop.producer.completeNext()).isTrue();
      loop.awaitCommitted(0, 1);

      ProducerRecord<byte[], byte[]> letter = loop.producer.history().get(1);
      assertThat(letter.value()).isNull();
      assertThat(DeadLetter.read(letter.headers()).source())
          .isEqualTo(new DeadLetter.Source(LoopFixture.TOPIC, 0, 0));
    }
  }

  @Test
  void stopsReadingWhileTooManyDeadLettersAreUnderWay() throws IOException {
    try (LoopFixture loop = new LoopFixture(config -> config, false).start(0)) {
      loop.consumer.setMaxPollRecords(500);
      List<ConsumerRecord<byte[], byte[]>> bad = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        bad.add(LoopFixture.record(0, i, Rows.eventWithoutName("x")));
      }
      loop.consumer.records(bad);
      Await.until("a pause", () -> !loop.consumer.paused().isEmpty());
      assertThat(loop.progress().received()).isEqualTo(1_000);

      Await.until(
          "all dead letters",
          () -> {
            while (loop.producer.completeNext()) {
              Thread.onSpinWait();
            }
            return loop.progress().deadLettered() == 3_000;
          });
      loop.awaitCommitted(0, 3_000);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void stopsAndSaysSoWhenTheTokenIsWrong(int status) throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.always(FakePipeline.answer(status));
      loop.start(0).rows(0, 0, 1_000);
      Await.until("down", () -> loop.status.health().message().contains("stopped"));

      assertThat(loop.status.health().up()).isFalse();
      assertThat(loop.status.health().message())
          .contains("answered " + status, "CLOUDFLARE_PIPELINE_AUTH_TOKEN");
      assertThat(loop.registry.get("hogflare_forwarder_up").gauge().value()).isZero();
      Await.until("a probe", () -> loop.sink.requests().size() > 5);
      assertThat(loop.sink.stored()).isEmpty();
      assertThat(loop.producer.history()).isEmpty();
      assertThat(loop.consumer.committed(0)).isLessThanOrEqualTo(0);

      loop.sink.always(new Reply.Judge());
      loop.awaitCommitted(0, 1_000);
      assertThat(loop.sink.stored()).hasSize(1_000).doesNotHaveDuplicates();
      assertThat(loop.status.health().up()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 503})
  void triesAStoppedStreamWithOneBatchAtATime(int whileStopped) throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.script(FakePipeline.answer(404));
      loop.sink.always(FakePipeline.answer(whileStopped));
      loop.start(0).rows(0, 0, 1);
      Await.until("down", () -> loop.status.health().message().contains("stopped"));
      assertThat(loop.status.health().message()).contains("CLOUDFLARE_PIPELINE_ENDPOINT");
      loop.rows(0, 1, 1_000);
      Await.until("six requests", () -> loop.sink.requests().size() >= 6);

      assertThat(loop.status.health().up()).isFalse();
      for (int i = 1; i < 6; i++) {
        long gap = loop.sink.requests().get(i).at() - loop.sink.requests().get(i - 1).at();
        assertThat(gap).isGreaterThanOrEqualTo(LoopFixture.PACE.probe().toNanos());
      }
    }
  }

  @Test
  void holdsABoundedNumberOfRowsWhileTheSinkHangs() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.consumer.setMaxPollRecords(50);
      loop.sink.always(FakePipeline.answer(503));
      loop.start(0).rows(0, 0, 20_000);
      Await.until("a pause", () -> !loop.consumer.paused().isEmpty());
      Await.until("some attempts", () -> loop.sink.requests().size() > 30);

      // Four batches in flight, one that finds no place, and what one poll brings at most.
      assertThat(loop.progress().received()).isLessThan(600);
      assertThat(loop.sink.mostConcurrent()).isLessThanOrEqualTo(4);
      loop.sink.always(new Reply.Judge());
      loop.awaitCommitted(0, 20_000);
      assertThat(loop.consumer.paused()).isEmpty();
    }
  }

  @Test
  void readsOnlySoFarBehindARowThatIsNotTaken() throws IOException {
    try (LoopFixture loop =
        new LoopFixture(config -> with(config, 200_000, 1_000, Duration.ofMillis(5)), true)) {
      loop.consumer.setMaxPollRecords(500);
      loop.sink.failsOn("0-0"::equals);
      loop.start(0).rows(0, 0, 1);
      Await.until("some attempts", () -> loop.sink.requests().size() > 3);
      loop.rows(0, 1, 103_000);
      Await.until("a pause", () -> !loop.consumer.paused().isEmpty());
      Await.until("the rows behind", () -> loop.progress().inFlight() == 1);

      assertThat(loop.progress().received()).isBetween(100_001L, 102_000L);
      assertThat(loop.consumer.committed(0)).isLessThanOrEqualTo(0);
      loop.sink.failsOn(uuid -> false);
      loop.awaitCommitted(0, 103_001);
      assertThat(loop.sink.stored()).hasSize(103_001);
    }
  }

  @Test
  void doesNotWaitForASinkInTroubleWhenItCloses() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.always(new Reply.Answer(503, Map.of("Retry-After", "60"), ""));
      loop.start(0).rows(0, 0, 2_000);
      Await.until("all places taken", () -> requests(loop, "busy") >= 4);
      long start = System.nanoTime();
      loop.stop();

      assertThat(System.nanoTime() - start).isLessThan(1_500_000_000);
      assertThat(loop.progress().returned()).isEqualTo(loop.progress().received());
    }
  }

  @Test
  void endsWhenATopicIsCreatedAnewSoThatTheNextRunReadsItFromItsBeginning() throws IOException {
    try (LoopFixture loop = new LoopFixture().start(0)) {
      loop.rows(0, 0, 10);
      loop.awaitCommitted(0, 10);
      loop.consumer.schedulePollTask(
          () -> loop.consumer.seek(new TopicPartition(LoopFixture.TOPIC, 0), 0));
      loop.rows(0, 0, 10);
      Await.until("the end", loop::failed);

      assertThat(loop.failure()).hasMessageContaining("Offset 0 of partition 0 came after 9");
    }
  }

  @Test
  void finishesWhatIsUnderWayBeforeItHandsAPartitionOver() throws IOException {
    try (LoopFixture loop = new LoopFixture(config -> withLinger(config, 10_000), true)) {
      loop.start(0, 1).rows(0, 0, 40);
      loop.rows(1, 0, 30);
      Await.until("the rows", () -> loop.progress().received() == 70);
      loop.consumer.assign(1);
      loop.awaitCommitted(0, 40);

      assertThat(loop.progress().returned()).isZero();
      Await.until("the rows of both", () -> loop.progress().delivered() == 70);
    }
  }

  @Test
  void commitsNothingForALostPartition() throws IOException {
    try (LoopFixture loop = new LoopFixture(config -> withLinger(config, 10_000), true)) {
      loop.start(0, 1).rows(0, 0, 40);
      loop.rows(1, 0, 30);
      Await.until("the rows", () -> loop.progress().received() == 70);
      loop.consumer.lose(0);
      Await.until("the rows of the lost one", () -> loop.progress().returned() == 40);
      loop.stop();

      assertThat(loop.consumer.committed(0)).isLessThanOrEqualTo(0);
      assertThat(loop.consumer.committed(1)).isEqualTo(30);
      assertThat(loop.sink.stored()).hasSize(30).allMatch(uuid -> uuid.startsWith("1-"));
    }
  }

  @Test
  void givesUpTheLostRowsOfABatchInTrouble() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.always(FakePipeline.answer(500));
      loop.start(0, 1).rows(0, 0, 3);
      loop.rows(1, 0, 3);
      Await.until("some attempts", () -> loop.sink.requests().size() > 3);
      loop.consumer.lose(0);
      Await.until("the rows of the lost one", () -> loop.progress().returned() == 3);
      loop.sink.always(new Reply.Judge());
      loop.awaitCommitted(1, 3);

      assertThat(loop.sink.stored()).containsExactlyInAnyOrder("1-0", "1-1", "1-2");
      assertThat(loop.consumer.committed(0)).isLessThanOrEqualTo(0);
    }
  }

  @Test
  void readsAPartitionAnewThatComesBack() throws IOException {
    try (LoopFixture loop = new LoopFixture().start(0)) {
      loop.rows(0, 0, 10);
      loop.awaitCommitted(0, 10);
      loop.consumer.lose(0);
      Await.until("nothing", () -> loop.consumer.assignment().isEmpty());
      loop.consumer.assign(0);
      loop.rows(0, 10, 10);
      loop.awaitCommitted(0, 20);

      assertThat(loop.sink.stored()).hasSize(20).doesNotHaveDuplicates();
    }
  }

  @Test
  void commitsAgainWhatCouldNotBeCommitted() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.consumer.failCommits(new RetriableCommitFailedException("coordinator moved"));
      loop.start(0).rows(0, 0, 10);
      Await.until(
          "failed commits",
          () -> loop.registry.get("hogflare_forwarder_failed_commits_total").counter().count() > 2);
      assertThat(loop.consumer.committed(0)).isEqualTo(-1);

      loop.consumer.failCommits(null);
      loop.awaitCommitted(0, 10);
    }
  }

  @Test
  void drainsWhatIsUnderWayWhenItCloses() throws IOException {
    try (LoopFixture loop = new LoopFixture(config -> withLinger(config, 10_000), true)) {
      loop.start(0).rows(0, 0, 250);
      Await.until("the rows", () -> loop.progress().received() == 250);
      loop.stop();

      assertThat(loop.sink.stored()).hasSize(250);
      assertThat(loop.consumer.committed(0)).isEqualTo(250);
    }
  }

  @Test
  void closesWithinItsBoundWhenTheSinkHangs() throws IOException {
    try (LoopFixture loop = new LoopFixture()) {
      loop.sink.always(new Reply.Hang());
      loop.start(0).rows(0, 0, 5);
      Await.until("a request", () -> !loop.sink.requests().isEmpty());
      long start = System.nanoTime();
      loop.stop();

      assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
      assertThat(loop.consumer.committed(0)).isLessThanOrEqualTo(0);
      assertThat(loop.progress().returned()).isEqualTo(5);
    }
  }

  @Test
  void leavesItsRowsToTheNextRunWhenKafkaFails() throws IOException {
    try (LoopFixture loop = new LoopFixture(config -> withLinger(config, 10_000), true)) {
      loop.start(0).rows(0, 0, 10);
      Await.until("the rows", () -> loop.progress().received() == 10);
      loop.consumer.setPollException(new KafkaException("corrupt"));
      Await.until("the end", loop::failed);

      assertThat(loop.failure()).hasMessage("corrupt");
      assertThat(loop.progress().returned()).isEqualTo(10);
      assertThat(loop.consumer.committed(0)).isLessThanOrEqualTo(0);
    }
  }

  /**
   * Whatever the sink does, every row ends in the sink or among the dead letters and the position
   * ends behind the last. A failure names the seed.
   */
  @Property(tries = 25)
  void losesNoRowWhateverTheSinkDoes(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    int partitions = 1 + random.nextInt(4);
    Set<String> poison = new HashSet<>();
    Set<String> good = new TreeSet<>();
    int bad = 0;
    try (LoopFixture loop = new LoopFixture()) {
      loop.consumer.setMaxPollRecords(1 + random.nextInt(200));
      for (int i = random.nextInt(30); i > 0; i--) {
        loop.sink.script(
            switch (random.nextInt(8)) {
              case 0 -> new Reply.Reset();
              case 1 -> new Reply.StoreAndReset();
              case 2 -> new Reply.Answer(429, Map.of("Retry-After", "0"), "");
              case 3 -> FakePipeline.answer(401);
              case 4 -> FakePipeline.answer(413 - random.nextInt(2) * 13);
              case 5 -> FakePipeline.answer(503);
              default -> new Reply.Judge();
            });
      }
      loop.start(IntStream.range(0, partitions).toArray());
      long[] ends = new long[partitions];
      for (int i = random.nextInt(400); i >= 0; i--) {
        int partition = random.nextInt(partitions);
        ends[partition] += random.nextInt(10) == 0 ? 2 : 1;
        String uuid = LoopFixture.uuid(partition, ends[partition] - 1);
        if (random.nextInt(20) == 0) {
          bad++;
          loop.row(partition, ends[partition] - 1, Rows.eventWithoutName(uuid));
        } else {
          (random.nextInt(50) == 0 ? poison : good).add(uuid);
          loop.row(partition, ends[partition] - 1, Rows.event(uuid, random.nextInt(300)));
        }
      }
      loop.sink.refuses(poison::contains);
      for (int partition = 0; partition < partitions; partition++) {
        if (ends[partition] > 0) {
          loop.awaitCommitted(partition, ends[partition]);
        }
      }

      Set<String> ended = new TreeSet<>(loop.sink.stored());
      int letters = 0;
      for (ProducerRecord<byte[], byte[]> letter : loop.producer.history()) {
        DeadLetter reason = DeadLetter.read(letter.headers());
        ended.add(LoopFixture.uuid(reason.source().partition(), reason.source().offset()));
        letters++;
      }
      assertThat(ended)
          .containsAll(good)
          .containsAll(poison)
          .hasSize(good.size() + poison.size() + bad);
      assertThat(loop.sink.stored()).noneMatch(poison::contains);
      assertThat(letters).isGreaterThanOrEqualTo(poison.size() + bad);
    }
  }

  @Test
  void sendsOverridesInOrderAndAsRowsOfTheirTable() throws Exception {
    try (LoopFixture loop =
        new LoopFixture(
            RowStream.OVERRIDES, config -> with(config, 10_000, 1, Duration.ofMillis(5)), true)) {
      String topic = "t.person.overrides";
      List<String> expected = new ArrayList<>();
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        byte[] key = Rows.bytes("phc_1\0id-" + i % 3);
        byte[] value =
            i % 5 == 4
                ? null
                : new PersonOverride(ActorKey.fromBytes(key), new UUID(0, i), i).toJson();
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(topic, 0, i, key, value);
        records.add(record);
        expected.add(uuidOf(PersonOverride.toRow(key, value, record.timestamp())));
      }
      records.add(new ConsumerRecord<>(topic, 0, 20, Rows.bytes("no distinct id"), null));
      loop.sink.script(FakePipeline.answer(503), FakePipeline.answer(503));
      loop.start(0);
      loop.consumer.records(records);
      loop.awaitCommitted(0, 21);

      assertThat(loop.sink.stored()).containsExactlyElementsOf(expected);
      assertThat(onlyLetter(loop).key()).isEqualTo(Rows.bytes("no distinct id"));
    }
  }

  private static String uuidOf(byte[] row) throws IOException {
    return new ObjectMapper().readTree(row).get("uuid").textValue();
  }

  private static ForwarderConfig impatient(ForwarderConfig config) {
    return new ForwarderConfig(
        config.topicPrefix(),
        config.instanceId(),
        config.events(),
        config.persons(),
        Duration.ofMillis(300),
        config.batchBytes(),
        config.batchRows(),
        config.linger(),
        config.inFlight());
  }

  private static ForwarderConfig withLinger(ForwarderConfig config, int millis) {
    return with(config, config.batchBytes(), config.batchRows(), Duration.ofMillis(millis));
  }

  private static ForwarderConfig with(
      ForwarderConfig config, int batchBytes, int batchRows, Duration linger) {
    return new ForwarderConfig(
        config.topicPrefix(),
        config.instanceId(),
        config.events(),
        config.persons(),
        config.requestTimeout(),
        batchBytes,
        batchRows,
        linger,
        config.inFlight());
  }

  private static ProducerRecord<byte[], byte[]> onlyLetter(LoopFixture loop) {
    assertThat(loop.producer.history()).hasSize(1);
    return loop.producer.history().getFirst();
  }

  private static long requests(LoopFixture loop, String outcome) {
    Timer timer =
        loop.registry.find("hogflare_forwarder_request_seconds").tag("outcome", outcome).timer();
    return timer == null ? 0 : timer.count();
  }
}
