// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Topics;
import dev.hogflare.person.PersonConfig;
import dev.hogflare.person.PersonMetrics;
import dev.hogflare.person.PersonTopology;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.StreamsRunner;
import dev.hogflare.runtime.StreamsSettings;
import dev.hogflare.runtime.TopicProvisioner;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;

/**
 * Measures how fast a generation that is rebuilt reads a raw topic from its start, by how many
 * threads and instances do it. It is muted, as every rebuild is until it takes over.
 *
 * <p>All runs of one log read the same records; each has application id, state and mail of its own.
 */
final class RebuildBench {
  /** What the control topic says of a rebuild. */
  static final GenerationRecord REBUILDING =
      new GenerationRecord(
          new Generation(2),
          GenerationRecord.State.REBUILDING,
          new GenerationRecord.Setup(
              new Generation(2),
              false,
              GenerationRecord.Setup.BEGINNING,
              0,
              GenerationRecord.CODE_VERSION,
              Map.of()),
          Optional.empty());

  private static final Duration PATIENCE = Duration.ofMinutes(15);

  private final KafkaSettings kafka;
  private final Path folder;
  private final Topics topics;
  private final long records;
  private final int partitions;
  private int runs;

  /**
   * Writes a log.
   *
   * @param events plain events of so many persons as the template has
   * @param merges identifies of as many further users, each with a device, before them
   */
  RebuildBench(
      KafkaSettings kafka,
      Path folder,
      String name,
      int partitions,
      EventTemplate template,
      long events,
      long merges) {
    this.kafka = kafka;
    this.folder = folder.resolve(name);
    this.topics = new Topics("bench-" + name + ".");
    this.records = events + merges;
    this.partitions = partitions;
    new TopicProvisioner(kafka, Duration.ofMinutes(1))
        .ensure(PersonTopology.topics(config(1, 1), topics), partitions, 1);
    try (RawLog log = new RawLog(kafka, topics.eventsRaw().name())) {
      log.write(0, merges, EventTemplate::merge);
      log.write(0, events, template::raw);
    }
  }

  private PersonConfig config(int instance, int threads) {
    StreamsSettings streams =
        new StreamsSettings(
            "bench-" + folder.getFileName() + "-" + runs,
            Integer.toString(instance),
            folder.resolve("state-" + runs + "-" + instance),
            threads,
            Duration.ofMillis(100),
            1,
            Optional.empty());
    return new PersonConfig(
        streams, Optional.empty(), PersonConfig.Snapshots.ALL, Duration.ofHours(24));
  }

  /**
   * Reads the whole log once, beginning when all instances have their shares of the partitions; the
   * first tenth is not timed.
   */
  Sample run(int instances, int threads) throws Exception {
    runs++;
    PersonMetrics metrics = new PersonMetrics(new SimpleMeterRegistry());
    new TopicProvisioner(kafka, Duration.ofMinutes(1))
        .ensure(List.of(PersonTopology.mail(config(1, threads), topics)), partitions, 1);
    List<StreamsRunner> runners = new ArrayList<>();
    try {
      for (int instance = 1; instance <= instances; instance++) {
        PersonConfig config = config(instance, threads);
        StreamsRunner runner =
            new StreamsRunner(
                "bench",
                new PersonTopology(config, REBUILDING, topics, metrics).get(),
                config.streams(),
                kafka);
        runners.add(runner);
        runner.streams().pause();
        runner.start();
      }
      awaitShares(config(1, threads).streams().applicationId(), instances);
      runners.forEach(runner -> runner.streams().resume());
      await(metrics, records / 10);
      return Sample.of(
          () -> {
            long start = metrics.muted();
            await(metrics, records);
            return metrics.muted() - start;
          });
    } finally {
      runners.forEach(StreamsRunner::close);
    }
  }

  /** Waits until every instance was given as many partitions as the others. */
  private void awaitShares(String application, int instances) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (Admin admin = Admin.create(kafka.client(Map.of()))) {
      while (!isShared(
          admin
              .describeConsumerGroups(List.of(application))
              .describedGroups()
              .get(application)
              .get(),
          instances)) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("The partitions were not shared evenly.");
        }
        LockSupport.parkNanos(10_000_000);
      }
    }
  }

  private boolean isShared(ConsumerGroupDescription group, int instances) {
    Map<String, Integer> shares = new HashMap<>();
    for (MemberDescription member : group.members()) {
      // Kafka Streams appends the number of the thread to the name of the instance.
      String instance = member.groupInstanceId().orElseThrow().replaceFirst("-\\d+$", "");
      int events =
          (int)
              member.assignment().topicPartitions().stream()
                  .filter(partition -> partition.topic().equals(topics.eventsRaw().name()))
                  .count();
      shares.merge(instance, events, Integer::sum);
    }
    return group.groupState() == GroupState.STABLE
        && shares.size() == instances
        && shares.values().stream().allMatch(share -> share == partitions / instances);
  }

  private void await(PersonMetrics metrics, long target) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (metrics.muted() < target) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Only " + metrics.muted() + " of " + target + " events were processed.");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
