// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.person.PersonConfig;
import dev.hogflare.person.PersonProcessorService;
import dev.hogflare.person.PersonTopology;
import dev.hogflare.rebuild.StateTopics;
import dev.hogflare.rebuild.Verification;
import dev.hogflare.rebuild.VerificationReport;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.StreamsSettings;
import dev.hogflare.runtime.TopicProvisioner;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Measures how long it takes to compare a rebuilt generation with the live one. */
final class VerifyBench {
  private static final int PARTITIONS = 4;
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  private final KafkaSettings kafka;
  private final Path folder;
  private final int persons;
  private final Topics topics = new Topics("bench-verify.");

  VerifyBench(KafkaSettings kafka, Path folder, int persons) {
    this.kafka = kafka;
    this.folder = folder;
    this.persons = persons;
  }

  /**
   * What was measured.
   *
   * @param seconds from the command to its answer
   * @param compared the persons that were compared
   * @param differing what differed, which has to be nothing
   */
  record Result(double seconds, long compared, long differing) {}

  Result run() {
    GenerationRecord live = GenerationRecord.first();
    GenerationRecord rebuilt = RebuildBench.REBUILDING;
    Set<Topic> needed = new LinkedHashSet<>(topics.all());
    for (GenerationRecord generation : new GenerationRecord[] {live, rebuilt}) {
      PersonConfig own = config().of(generation.generation());
      needed.addAll(PersonTopology.topics(own, generation.topics(topics)));
    }
    TopicProvisioner provisioner = new TopicProvisioner(kafka, Duration.ofMinutes(1));
    provisioner.ensure(needed, PARTITIONS, 1);
    provisioner.ensure(List.of(topics.ledger()), 1, 1);
    EventTemplate template = new EventTemplate(persons);
    try (RawLog log = new RawLog(kafka, topics.eventsRaw().name())) {
      log.write(0, persons, template::first);
    }
    try (PersonProcessorService one = start(live);
        PersonProcessorService two = start(rebuilt)) {
      await(() -> one.metrics().rows());
      await(() -> two.metrics().muted());
      VerificationReport report =
          new Verification(
                  kafka,
                  withoutGroups(StateTopics.of(live, topics)),
                  withoutGroups(StateTopics.of(rebuilt, topics)),
                  step -> {})
              .run(PATIENCE, 1);
      return new Result(
          report.took().toMillis() / 1e3,
          report.persons(),
          report.differing() + report.undecided());
    }
  }

  private PersonProcessorService start(GenerationRecord generation) {
    PersonProcessorService service =
        new PersonProcessorService(config(), generation, kafka, topics, new SimpleMeterRegistry());
    service.start();
    return service;
  }

  private PersonConfig config() {
    StreamsSettings streams =
        new StreamsSettings(
            topics.personApplication(GenerationRecord.first().generation()),
            "1",
            folder.resolve("state"),
            1,
            Duration.ofMillis(100),
            1,
            Optional.empty());
    return new PersonConfig(
        streams, Optional.empty(), PersonConfig.Snapshots.ALL, Duration.ofHours(24));
  }

  /** No group-processor runs here. */
  private static StateTopics withoutGroups(StateTopics state) {
    return new StateTopics(
        state.generation(),
        state.personApplication(),
        Optional.empty(),
        state.topics(),
        state.overrides());
  }

  private void await(LongSupplier done) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (done.getAsLong() < persons) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Only " + done.getAsLong() + " of " + persons + " persons were made.");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
