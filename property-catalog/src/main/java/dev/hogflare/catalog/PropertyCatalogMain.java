// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.AdminServer;
import dev.hogflare.runtime.BoundedRocksDb;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.ServiceProcess;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import dev.hogflare.runtime.Variable;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Map;

/** Starts the property-catalog as a process of its own. */
public final class PropertyCatalogMain {
  private static final String NAME = CatalogConfig.NAME;
  private static final Duration KAFKA_PATIENCE = Duration.ofMinutes(2);

  private PropertyCatalogMain() {}

  /** Runs until SIGTERM. */
  public static void main(String[] args) {
    ServiceProcess.run(NAME, PropertyCatalogMain::start);
  }

  private static AutoCloseable start(Settings settings) {
    CatalogConfig config = CatalogConfig.from(settings);
    KafkaSettings kafka = KafkaSettings.from(settings);
    Topics topics = new Topics(settings.required(Variable.HOGFLARE_TOPIC_PREFIX));
    HostPort admin =
        new HostPort(
            settings.required(Variable.HOGFLARE_ADMIN_HOST),
            settings.wholeNumber(Variable.HOGFLARE_ADMIN_PORT, 0, 65_535));
    long storeMegabytes = settings.number(Variable.HOGFLARE_STORE_MEMORY_MB, 16, 1_000_000);
    settings.check();

    BoundedRocksDb.limitTo(storeMegabytes);
    CatalogService.provision(config, topics, new TopicProvisioner(kafka, KAFKA_PATIENCE));
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    CatalogService service = new CatalogService(config, kafka, topics, registry);
    AdminServer server =
        new AdminServer(admin, registry, () -> Map.of(NAME, service.health()), Map.of());
    service.start();
    server.start();
    return () -> {
      server.close();
      service.close();
    };
  }
}
