// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.group.GroupConfig;
import dev.hogflare.group.GroupProcessorService;
import dev.hogflare.person.PersonConfig;
import dev.hogflare.person.PersonProcessorService;
import dev.hogflare.person.PersonTopology;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Processors that build the state of a pipeline a second time, beside its own. */
final class SecondGeneration implements AutoCloseable {
  static final GenerationRecord RECORD =
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

  private final PersonProcessorService persons;
  private final GroupProcessorService groups;

  private SecondGeneration(PersonProcessorService persons, GroupProcessorService groups) {
    this.persons = persons;
    this.groups = groups;
  }

  /** Starts them. */
  static SecondGeneration start(PipelineFixture pipeline, Path state, int partitions) {
    KafkaSettings kafka = pipeline.kafka();
    Settings settings = new Settings(Map.of("HOGFLARE_STATE_DIR", state.toString()));
    PersonConfig config = PersonConfig.from(settings);
    Topics own = RECORD.topics(pipeline.topics());
    Set<Topic> all =
        new LinkedHashSet<>(PersonTopology.topics(config.of(RECORD.generation()), own));
    new TopicProvisioner(kafka, Duration.ofSeconds(30)).ensure(all, partitions, 1);
    SecondGeneration generation =
        new SecondGeneration(
            new PersonProcessorService(
                config, RECORD, kafka, pipeline.topics(), new SimpleMeterRegistry()),
            new GroupProcessorService(
                GroupConfig.from(settings),
                RECORD,
                kafka,
                pipeline.topics(),
                new SimpleMeterRegistry()));
    generation.persons.start();
    generation.groups.start();
    return generation;
  }

  /** Whether both processors work. */
  boolean up() {
    return persons.health().up() && groups.health().up();
  }

  @Override
  public void close() {
    persons.close();
    groups.close();
  }
}
