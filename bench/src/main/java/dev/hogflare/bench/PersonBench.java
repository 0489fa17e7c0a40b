// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.person.PersonConfig;
import dev.hogflare.person.PersonMetrics;
import dev.hogflare.person.PersonTopology;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.StreamsRunner;
import dev.hogflare.runtime.StreamsSettings;
import dev.hogflare.runtime.TopicProvisioner;
import dev.hogflare.transformations.TransformationsFile;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.apache.kafka.streams.Topology;

/** Measures the person-processor against a topology that copies. */
final class PersonBench {
  private static final int PARTITIONS = 4;
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** One step of every type; none of them drops an event, so that both runs write as many rows. */
  private static final String STEPS =
      """
      transformations:
        - type: bot_detection
          patterns: [uptime-robot]
          addresses: [192.0.2.0/24]
        - type: drop_event
          when: event == "$pageview" && properties["$pathname"].startsWith("/health")
        - type: filter_properties
          properties: [$insert_id, debug_*]
        - type: ip_anonymization
        - type: pii_hashing
          properties: [email, $device_id, $set.email]
          salt: bench-salt
        - type: url_masking
          parameters: [token, ref]
        - type: url_normalization
        - type: url_parameters
          parameters: [ref, utm_source]
        - type: user_agent
        - type: timestamp
        - type: flatten
        - type: downsampling
          percentage: 100
        - type: rename
          properties: {currency: price_currency}
          when: event == "$pageview"
      """;

  private final KafkaSettings kafka;
  private final Path folder;
  private final EventTemplate template;
  private final long events;
  private int runs;

  PersonBench(KafkaSettings kafka, Path folder, EventTemplate template, long events) {
    this.kafka = kafka;
    this.folder = folder;
    this.template = template;
    this.events = events;
  }

  /** What is measured. */
  enum Variant {
    /** The baseline. */
    COPY,
    /** Deduplication and a snapshot for each event. */
    FULL,
    /** Neither. */
    LEAN,
    /** What FULL does, and a whole list of transformations. */
    TRANSFORMED
  }

  /** Measures a bare producer on a topic of its own. */
  Sample produce() throws Exception {
    Topics topics = new Topics("bench-producer-" + ++runs + ".");
    new TopicProvisioner(kafka, Duration.ofMinutes(1))
        .ensure(List.of(topics.eventsRaw()), PARTITIONS, 1);
    try (RawLog log = new RawLog(kafka, topics.eventsRaw().name())) {
      return Sample.of(() -> log.write(0, events, template::raw));
    }
  }

  /** Measures one run over a log of its own, after so many merges. */
  Sample run(Variant variant, long merges) throws Exception {
    String prefix = "bench-person-" + ++runs + ".";
    Topics topics = new Topics(prefix);
    StreamsSettings streams =
        new StreamsSettings(
            prefix + "processor",
            "1",
            folder.resolve("state-" + runs),
            1,
            Duration.ofMillis(100),
            1,
            Optional.empty());
    boolean full = variant == Variant.FULL || variant == Variant.TRANSFORMED;
    PersonConfig config =
        new PersonConfig(
            streams,
            Optional.empty(),
            full ? PersonConfig.Snapshots.ALL : PersonConfig.Snapshots.OFF,
            full ? Duration.ofHours(24) : Duration.ZERO,
            variant == Variant.TRANSFORMED
                ? Optional.of(TransformationsFile.parse("bench", STEPS.getBytes(UTF_8)))
                : Optional.empty());
    List<Topic> needed = PersonTopology.topics(config, topics);
    new TopicProvisioner(kafka, Duration.ofMinutes(1)).ensure(needed, PARTITIONS, 1);
    try (RawLog log = new RawLog(kafka, topics.eventsRaw().name())) {
      if (merges > 0) {
        log.write(0, merges, EventTemplate::merge);
      } else {
        log.write(0, events, template::raw);
      }
      LongAdder copied = new LongAdder();
      PersonMetrics metrics = new PersonMetrics(new SimpleMeterRegistry());
      Topology topology =
          variant == Variant.COPY
              ? new CopyTopology(topics, copied).get()
              : new PersonTopology(config, topics, metrics).get();
      LongSupplier done = variant == Variant.COPY ? copied::sum : metrics::rows;
      StreamsRunner runner = new StreamsRunner("bench", topology, streams, kafka);
      try {
        runner.start();
        if (merges > 0) {
          await(done, merges);
          log.write(0, events, template::raw);
        }
        long before = merges + events / 10;
        await(done, before);
        return Sample.of(
            () -> {
              long start = done.getAsLong();
              await(done, merges + events);
              return done.getAsLong() - start;
            });
      } finally {
        runner.close();
      }
    }
  }

  private static void await(LongSupplier done, long target) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (done.getAsLong() < target) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Only " + done.getAsLong() + " of " + target + " events were processed.");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  /**
   * Returns the middle one of several runs of each variant, taken in turn so that all meet the same
   * machine.
   */
  List<Sample> medians(List<Variant> variants, int times) throws Exception {
    List<List<Sample>> samples = new ArrayList<>();
    variants.forEach(variant -> samples.add(new ArrayList<>()));
    for (int i = 0; i < times; i++) {
      for (int v = 0; v < variants.size(); v++) {
        samples.get(v).add(run(variants.get(v), 0));
      }
    }
    return samples.stream().map(Sample::median).toList();
  }
}
