// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.AdminServer;
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

/** Runs the forwarder as a process of its own. */
public final class ForwarderMain {
  private static final Duration KAFKA_PATIENCE = Duration.ofSeconds(60);

  private ForwarderMain() {}

  /** Starts the forwarder from the environment and runs until a signal ends it. */
  public static void main(String[] arguments) {
    ServiceProcess.run("pipeline-forwarder", ForwarderMain::start);
  }

  private static AutoCloseable start(Settings settings) {
    ForwarderConfig config = ForwarderConfig.from(settings);
    KafkaSettings kafka = KafkaSettings.from(settings);
    int partitions = settings.wholeNumber(Variable.HOGFLARE_PARTITIONS, 1, 4_096);
    int replicas = settings.wholeNumber(Variable.HOGFLARE_REPLICATION_FACTOR, 1, 32);
    HostPort admin =
        new HostPort(
            settings.required(Variable.HOGFLARE_ADMIN_HOST),
            settings.wholeNumber(Variable.HOGFLARE_ADMIN_PORT, 0, 65_535));
    settings.check();
    Topics topics = config.topics();
    TopicProvisioner provisioner = new TopicProvisioner(kafka, KAFKA_PATIENCE);
    provisioner.ensure(List.of(topics.deliveries()), 1, replicas);
    provisioner.ensure(
        List.of(
            topics.events(),
            topics.recordings(),
            topics.persons(),
            topics.personOverrides(),
            topics.deadLetters()),
        partitions,
        replicas);
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Forwarder forwarder = new Forwarder(config, kafka, registry);
    AdminServer server =
        new AdminServer(admin, registry, () -> Map.of("forwarder", forwarder.health()), Map.of());
    forwarder.start();
    server.start();
    return () -> {
      server.close();
      forwarder.close();
    };
  }
}
