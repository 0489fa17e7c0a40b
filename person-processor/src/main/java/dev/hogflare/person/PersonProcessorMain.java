// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.AdminServer;
import dev.hogflare.runtime.BoundedRocksDb;
import dev.hogflare.runtime.ControlTopic;
import dev.hogflare.runtime.GenerationChoice;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.ServiceProcess;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import dev.hogflare.runtime.Variable;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs the person-processor as a process of its own. */
public final class PersonProcessorMain {
  private static final Duration KAFKA_PATIENCE = Duration.ofMinutes(2);

  private PersonProcessorMain() {}

  /** Starts the process; it is configured by the environment alone. */
  public static void main(String[] args) {
    ServiceProcess.run(PersonConfig.NAME, PersonProcessorMain::start);
  }

  private static AutoCloseable start(Settings settings) {
    PersonConfig config = PersonConfig.from(settings);
    KafkaSettings kafka = KafkaSettings.from(settings);
    Topics topics = new Topics(settings.required(Variable.HOGFLARE_TOPIC_PREFIX));
    HostPort admin =
        new HostPort(
            settings.required(Variable.HOGFLARE_ADMIN_HOST),
            settings.wholeNumber(Variable.HOGFLARE_ADMIN_PORT, 0, 65_535));
    int partitions = settings.wholeNumber(Variable.HOGFLARE_PARTITIONS, 1, 4_096);
    int replicas = settings.wholeNumber(Variable.HOGFLARE_REPLICATION_FACTOR, 1, 10);
    long storeMemory = settings.number(Variable.HOGFLARE_STORE_MEMORY_MB, 16, 1_000_000);
    Optional<Generation> wanted = GenerationChoice.from(settings);
    settings.check();
    BoundedRocksDb.limitTo(storeMemory);
    ControlTopic control = new ControlTopic(kafka, topics, KAFKA_PATIENCE);
    control.ensure(replicas);
    GenerationRecord generation = GenerationChoice.of(control.noteFirst(), wanted);
    TopicProvisioner provisioner = new TopicProvisioner(kafka, KAFKA_PATIENCE);
    provisioner.ensure(
        PersonTopology.topics(config.of(generation.generation()), generation.topics(topics)),
        partitions,
        replicas);
    provisioner.ensure(List.of(topics.ledger()), 1, replicas);
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    PersonProcessorService service =
        new PersonProcessorService(config, generation, kafka, topics, registry);
    AdminServer server =
        new AdminServer(
            admin,
            registry,
            () -> Map.of(PersonConfig.NAME, service.health()),
            Map.of(PersonRoutes.PATH, new PersonRoutes(service.lookup())));
    service.start();
    server.start();
    return () -> {
      server.close();
      service.close();
    };
  }
}
