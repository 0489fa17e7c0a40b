// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.Topic;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs the direct sink: rows from their topics into an Iceberg catalog, exactly once. */
public final class IcebergSinkMain {
  private static final Duration KAFKA_PATIENCE = Duration.ofSeconds(60);

  private IcebergSinkMain() {}

  /** Starts the sink from the environment and runs until a signal ends it. */
  public static void main(String[] arguments) {
    ServiceProcess.run("iceberg-sink", IcebergSinkMain::start);
  }

  private static AutoCloseable start(Settings settings) {
    IcebergSinkConfig config = IcebergSinkConfig.from(settings);
    KafkaSettings kafka = KafkaSettings.from(settings);
    int partitions = settings.wholeNumber(Variable.HOGFLARE_PARTITIONS, 1, 4_096);
    int replicas = settings.wholeNumber(Variable.HOGFLARE_REPLICATION_FACTOR, 1, 32);
    HostPort admin =
        new HostPort(
            settings.required(Variable.HOGFLARE_ADMIN_HOST),
            settings.wholeNumber(Variable.HOGFLARE_ADMIN_PORT, 0, 65_535));
    settings.check();
    Topics topics = config.topics();
    List<Topic> needed = new ArrayList<>(List.of(topics.deadLetters()));
    for (SinkStream stream : config.streams()) {
      needed.addAll(stream.topics(topics, config.recordingsApart()));
    }
    new TopicProvisioner(kafka, KAFKA_PATIENCE).ensure(needed, partitions, replicas);
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    IcebergSinkService sink = new IcebergSinkService(config, kafka, registry);
    AdminServer server =
        new AdminServer(admin, registry, () -> Map.of("iceberg-sink", sink.health()), Map.of());
    sink.start();
    server.start();
    return () -> {
      server.close();
      sink.close();
    };
  }
}
