// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Generations;
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

/** Starts the group-processor as a process of its own. */
public final class GroupProcessorMain {
  private static final String NAME = GroupConfig.NAME;
  private static final Duration KAFKA_PATIENCE = Duration.ofMinutes(2);

  private GroupProcessorMain() {}

  /** Runs until SIGTERM. */
  public static void main(String[] args) {
    ServiceProcess.run(NAME, GroupProcessorMain::start);
  }

  private static AutoCloseable start(Settings settings) {
    GroupConfig config = GroupConfig.from(settings);
    KafkaSettings kafka = KafkaSettings.from(settings);
    Topics topics = new Topics(settings.required(Variable.HOGFLARE_TOPIC_PREFIX));
    HostPort admin =
        new HostPort(
            settings.required(Variable.HOGFLARE_ADMIN_HOST),
            settings.wholeNumber(Variable.HOGFLARE_ADMIN_PORT, 0, 65_535));
    long storeMegabytes = settings.number(Variable.HOGFLARE_STORE_MEMORY_MB, 16, 1_000_000);
    Optional<Generation> wanted = GenerationChoice.from(settings);
    settings.check();

    BoundedRocksDb.limitTo(storeMegabytes);
    ControlTopic control = new ControlTopic(kafka, topics, KAFKA_PATIENCE);
    control.ensure(config.streams().replicationFactor());
    GenerationRecord generation = groupsOf(control.noteFirst(), wanted);
    Topics own = generation.topics(topics);
    TopicProvisioner provisioner = new TopicProvisioner(kafka, KAFKA_PATIENCE);
    int replicas = config.streams().replicationFactor();
    provisioner.ensure(
        List.of(own.groupEvents(), own.events(), own.deadLetters()), config.partitions(), replicas);
    provisioner.ensure(List.of(topics.ledger()), 1, replicas);
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    GroupProcessorService service =
        new GroupProcessorService(config, generation, kafka, topics, registry);
    AdminServer server =
        new AdminServer(admin, registry, () -> Map.of(NAME, service.health()), service.routes());
    service.start();
    server.start();
    return () -> {
      server.close();
      service.close();
    };
  }

  /** Where only persons were rebuilt, the groups are those of an earlier generation. */
  private static GenerationRecord groupsOf(Generations all, Optional<Generation> wanted) {
    GenerationRecord chosen = GenerationChoice.of(all, wanted);
    return all.find(chosen.setup().groups()).orElse(chosen);
  }
}
