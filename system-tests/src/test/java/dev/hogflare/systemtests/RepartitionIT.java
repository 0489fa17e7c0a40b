// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.FlagRecordKey;
import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Topics;
import dev.hogflare.flags.FlagStore;
import dev.hogflare.rebuild.Deployment;
import dev.hogflare.rebuild.ProgressSurvey;
import dev.hogflare.rebuild.Repartition;
import dev.hogflare.rebuild.StateDigest;
import dev.hogflare.rebuild.StateTopics;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.standalone.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A deployment of four partitions goes on with eight. */
class RepartitionIT {
  private static final long SEED = 20_261_121;
  private static final int BATCHES = 100;
  private static final int PARTITIONS = 8;
  private static final String PREFIX = "hogflare.p8.";
  private static final Pattern STAMP = Pattern.compile("\\b(\\d{13}):(\\d+):(\\d+)\\b");
  private static final Pattern NUMBER = Pattern.compile("\"number\":\"(\\d+) by");

  @TempDir Path data;
  @TempDir Path dumps;

  @Test
  void personsAndGroupsAreTheSameAndEveryRowIsWrittenOnce() throws Exception {
    Topics old = new Topics("hogflare.");
    Topics copied = new Topics(PREFIX);
    StateTopics first = StateTopics.of(GenerationRecord.first(), old);
    MergeLoad load = new MergeLoad(SEED);
    StateDigest.Report before;
    StickyUsers users = new StickyUsers();
    try (PipelineFixture pipeline = PipelineFixture.start(data, Map.of())) {
      users.askAt(pipeline);
      new FlagStore(pipeline.kafka(), old)
          .put(Map.of(new FlagRecordKey("", "sticky"), StickyUsers.FLAG.getBytes(UTF_8)));
      Await.until("the stored flag is in force", users::haveTheFlag);
      users.logIn();
      for (int i = 0; i < BATCHES; i++) {
        load.send(pipeline);
      }
      before = digest(pipeline.kafka(), first, "before");
      pipeline.awaitRows("select count(*) from hogflare_events_raw", Long.toString(load.sent()));
    }
    try (EmbeddedBroker broker = new EmbeddedBroker(data.resolve("kafka"))) {
      broker.start();
      Repartition repartition =
          new Repartition(
              KafkaSettings.plain(broker.bootstrapServers()),
              old,
              copied,
              Duration.ofHours(24),
              phase -> {});
      Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
      try (Producer<byte[], byte[]> producer =
              new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
          Admin admin = Admin.create(client)) {
        // What was there before and has left the log waits for nobody.
        RecordMetadata left =
            producer
                .send(new ProducerRecord<>(old.historicalRaw().name(), 0, new byte[1], new byte[1]))
                .get();
        admin
            .deleteRecords(
                Map.of(
                    new TopicPartition(left.topic(), 0),
                    RecordsToDelete.beforeOffset(left.offset() + 1)))
            .all()
            .get();
        RecordMetadata waiting =
            producer
                .send(new ProducerRecord<>(old.historicalRaw().name(), 0, new byte[1], new byte[1]))
                .get();
        assertThatThrownBy(() -> repartition.run(first, PARTITIONS, 1, 1))
            .hasMessageStartingWith("1 events of historical batches wait");
        admin
            .alterConsumerGroupOffsets(
                old.historicalLane(),
                Map.of(
                    new TopicPartition(waiting.topic(), 0),
                    new OffsetAndMetadata(waiting.offset() + 1)))
            .all()
            .get();
      }
      Repartition.Report report = repartition.run(first, PARTITIONS, 1, 1);
      assertThat(report.copied().get(copied.eventsRaw().name()))
          .isEqualTo(
              before.rawEnds().get(old.eventsRaw().name()).stream()
                  .mapToLong(Long::longValue)
                  .sum());
      assertThat(report.unclaimed()).isZero();
      assertThat(report.copied()).containsEntry(copied.flags().name(), 1L);
    }
    try (PipelineFixture pipeline =
        PipelineFixture.start(data, Map.of("HOGFLARE_TOPIC_PREFIX", PREFIX))) {
      users.askAt(pipeline);
      users.assertSeeTheSame();
      GenerationRecord live;
      try (ProgressSurvey survey =
          new ProgressSurvey(new Deployment(pipeline.kafka(), copied, PARTITIONS, false))) {
        live = survey.generations().live();
      }
      assertThat(live.generation()).isEqualTo(new Generation(2));
      StateDigest.Report after = digest(pipeline.kafka(), StateTopics.of(live, copied), "after");
      assertThat(after.persons()).isEqualTo(before.persons()).isGreaterThan(100);
      assertThat(lines("after").stream().map(RepartitionIT::asBefore).sorted())
          .as("seed %d", SEED)
          .isEqualTo(lines("before").stream().sorted().toList());
      load.send(pipeline);
      pipeline.awaitRows(
          "select count(*), count(distinct uuid) from hogflare_events_raw",
          load.sent() + " | " + load.sent());
    }
  }

  private StateDigest.Report digest(KafkaSettings kafka, StateTopics state, String dump) {
    return new StateDigest(kafka, state, phase -> {})
        .take(Await.PATIENCE.multipliedBy(2), dumps, Optional.of(dumps.resolve(dump)));
  }

  private List<String> lines(String dump) throws IOException {
    return Files.readAllLines(dumps.resolve(dump));
  }

  /** Moves the partitions of stamps, and the numbers that come of them, to where they were. */
  private static String asBefore(String line) {
    String stamps =
        STAMP
            .matcher(line)
            .replaceAll(
                stamp ->
                    stamp.group(1)
                        + ":"
                        + (Integer.parseInt(stamp.group(2)) - PARTITIONS)
                        + ":"
                        + stamp.group(3));
    return NUMBER.matcher(stamps).replaceAll(RepartitionIT::numberBefore);
  }

  private static String numberBefore(MatchResult number) {
    return "\"number\":\"" + (Long.parseLong(number.group(1)) - PARTITIONS) + " by";
  }
}
