// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static dev.hogflare.systemtests.Json.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.Uuids;
import dev.hogflare.rebuild.Difference;
import dev.hogflare.rebuild.StateTopics;
import dev.hogflare.rebuild.Verification;
import dev.hogflare.rebuild.VerificationReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two generations are compared while events of many merging persons go on. */
class VerifyIT {
  private static final long SEED = 20_261_121;
  private static final int PARTITIONS = 4;
  private static final String QUIET = "phc_quiet";
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @TempDir Path data;
  @TempDir Path state;

  @Test
  void findsNothingUnderLoadUntilSomethingIsReallyDifferent() throws Exception {
    try (PipelineFixture pipeline =
            PipelineFixture.start(
                data, Map.of("HOGFLARE_PARTITIONS", Integer.toString(PARTITIONS)));
        Load load = new Load(pipeline)) {
      pipeline.storeBatch(
          QUIET,
          List.of(
              event("one", "changed", "$set", Map.of("plan", "pro")),
              event("two", "lost", "$set", Map.of("plan", "pro")),
              event(
                  "$groupidentify",
                  "changed",
                  "$group_type",
                  "company",
                  "$group_key",
                  "acme",
                  "$group_set",
                  Map.of("size", 3))));
      load.await(1_000);
      try (SecondGeneration second = SecondGeneration.start(pipeline, state, PARTITIONS)) {
        VerificationReport equal = verify(pipeline);
        assertThat(equal.differences()).as("seed %d", SEED).isEmpty();
        assertThat(equal.equal()).isTrue();
        assertThat(equal.persons()).isGreaterThan(100);
        assertThat(equal.ids()).isGreaterThan(equal.persons());
        assertThat(equal.groups()).isGreaterThan(10);
        assertThat(equal.overrides()).isPositive();
        assertThat(second.up()).isTrue();
        long during = load.events.sent();
        assertThat(verify(pipeline).equal()).isTrue();
        assertThat(load.events.sent()).as("events go on meanwhile").isGreaterThan(during);

        byte[] changed = new ActorKey(QUIET, "changed").toBytes();
        byte[] acme = new GroupKey(QUIET, "company", "acme").toBytes();
        damage(pipeline, "hogflare.person-processor.g2-actors-changelog", changed, "pro", "PRO");
        damage(
            pipeline,
            "hogflare.person-processor.g2-actors-changelog",
            new ActorKey(QUIET, "lost").toBytes(),
            null,
            null);
        damage(pipeline, "hogflare.group-processor.g2-groups-changelog", acme, ":3}", ":4}");
        VerificationReport different = verify(pipeline);
        assertThat(different.equal()).isFalse();
        assertThat(different.undecided()).isZero();
        assertThat(different.differences())
            .extracting(Difference::kind, Difference::token, Difference::name)
            .containsExactlyInAnyOrder(
                org.assertj.core.groups.Tuple.tuple("person", QUIET, person("changed")),
                org.assertj.core.groups.Tuple.tuple("person", QUIET, person("lost")),
                org.assertj.core.groups.Tuple.tuple("id", QUIET, "lost"),
                org.assertj.core.groups.Tuple.tuple("group", QUIET, "company acme"));
        assertThat(different.differing()).isEqualTo(4);
        Difference person = find(different, person("changed"));
        assertThat(person.fields()).containsExactly("$set.plan");
        assertThat(person.left().get("$set.plan")).startsWith("\"pro\" at ");
        assertThat(person.right().get("$set.plan")).startsWith("\"PRO\" at ");
        assertThat(find(different, person("lost")).right()).isEmpty();
        assertThat(find(different, "company acme").fields()).containsExactly("property.size");
      }
    }
  }

  private static String person(String id) {
    return Uuids.person(new ActorKey(QUIET, id)).toString();
  }

  private static Difference find(VerificationReport report, String name) {
    return report.differences().stream()
        .filter(difference -> difference.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static VerificationReport verify(PipelineFixture pipeline) {
    StateTopics live = StateTopics.of(GenerationRecord.first(), pipeline.topics());
    StateTopics other = StateTopics.of(SecondGeneration.RECORD, pipeline.topics());
    return new Verification(pipeline.kafka(), live, other, phase -> {}).run(PATIENCE, 10);
  }

  /** Writes a state that the processors did not: with a text replaced, or none at all. */
  private static void damage(
      PipelineFixture pipeline, String changelog, byte[] key, String text, String by)
      throws Exception {
    ConsumerRecord<byte[], byte[]> latest =
        pipeline.log().all(new dev.hogflare.contract.Topic(changelog, Map.of())).stream()
            .filter(record -> Arrays.equals(record.key(), key))
            .reduce((earlier, later) -> later)
            .orElseThrow();
    byte[] value = null;
    if (text != null) {
      value = latest.value().clone();
      String bytes = new String(value, java.nio.charset.StandardCharsets.ISO_8859_1);
      int at = bytes.lastIndexOf(text);
      assertThat(at).isPositive();
      for (int i = 0; i < by.length(); i++) {
        value[at + i] = (byte) by.charAt(i);
      }
    }
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            pipeline.kafka().client(Map.of()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(changelog, latest.partition(), key, value)).get();
    }
  }

  /** Sends a batch every now and then, all the time. */
  private static final class Load implements AutoCloseable {
    private static final long PERIOD_MILLIS = 50;

    private final MergeLoad events = new MergeLoad(SEED);
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> running;

    Load(PipelineFixture pipeline) {
      running =
          timer.scheduleAtFixedRate(
              () -> events.send(pipeline), 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    void await(long count) {
      Await.until(count + " events are sent", () -> events.sent() >= count);
    }

    @Override
    public void close() {
      assertThat(running.isDone()).as("the load failed").isFalse();
      timer.close();
    }
  }
}
