// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Ledger;
import dev.hogflare.runtime.Service;
import dev.hogflare.runtime.StreamsRunner;
import io.micrometer.core.instrument.MeterRegistry;

/** The person-processor as a part of a process. */
public final class PersonProcessorService implements Service {
  private final StreamsRunner runner;
  private final PersonMetrics metrics;
  private final PersonLookup lookup;

  /** Creates the service of a deployment that has had one generation only. */
  public PersonProcessorService(
      PersonConfig config, KafkaSettings kafka, Topics topics, MeterRegistry registry) {
    this(config, GenerationRecord.first(), kafka, topics, registry);
  }

  /**
   * Creates the service; its topics and the ledger have to exist before it is started.
   *
   * @param config the settings of the deployment
   * @param topics the topics of the deployment
   */
  public PersonProcessorService(
      PersonConfig config,
      GenerationRecord generation,
      KafkaSettings kafka,
      Topics topics,
      MeterRegistry registry) {
    PersonConfig own = config.of(generation.generation());
    Ledger ledger = ledger(generation, own.streams().applicationId(), topics);
    metrics = new PersonMetrics(registry, generation.generation(), ledger);
    runner =
        new StreamsRunner(
            PersonConfig.NAME + generation.generation().suffix(),
            new PersonTopology(own, generation, generation.topics(topics), metrics).get(),
            own.streams(),
            kafka,
            ledger);
    runner.bindTo(registry);
    lookup =
        new PersonLookup(
            runner.streams(),
            () -> new RowWriter(config.teamId()),
            config.streams().advertised(),
            new PersonClient());
  }

  /** What goes to topics of its own is none of what the deployment accounts for. */
  private static Ledger ledger(GenerationRecord generation, String application, Topics topics) {
    return generation.setup().shadow()
        ? Ledger.none()
        : new Ledger(Stage.PERSON, application, topics.ledger().name());
  }

  /** Returns the lookups of persons. */
  public PersonLookup lookup() {
    return lookup;
  }

  /** Returns the counters. */
  public PersonMetrics metrics() {
    return metrics;
  }

  @Override
  public void start() {
    runner.start();
  }

  /** Whether all partitions of this instance are worked on, so that its lookups answer. */
  public boolean atWork() {
    return runner.atWork();
  }

  @Override
  public Health health() {
    return runner.health();
  }

  @Override
  public void close() {
    runner.close();
  }
}
