// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.Topics;
import dev.hogflare.geoip.ClientAddresses;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.runtime.AdminServer;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.ServiceProcess;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import dev.hogflare.runtime.Variable;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Runs a flags-service as a process of its own. */
public final class FlagsMain {
  private static final Duration TOPIC_PATIENCE = Duration.ofSeconds(60);

  private FlagsMain() {}

  /** Starts the service with the settings of the environment and runs until SIGTERM. */
  public static void main(String[] args) {
    ServiceProcess.run("flags-service", FlagsMain::start);
  }

  static AutoCloseable start(Settings settings) {
    FlagsConfig config = FlagsConfig.from(settings);
    KafkaSettings kafka = KafkaSettings.from(settings);
    Topics topics = new Topics(settings.required(Variable.HOGFLARE_TOPIC_PREFIX));
    int replicas = settings.wholeNumber(Variable.HOGFLARE_REPLICATION_FACTOR, 1, 10);
    HostPort admin =
        new HostPort(
            settings.required(Variable.HOGFLARE_ADMIN_HOST),
            settings.wholeNumber(Variable.HOGFLARE_ADMIN_PORT, 0, 65_535));
    ClientAddresses clients =
        settings
            .parsed(Variable.HOGFLARE_TRUSTED_PROXIES, ClientAddresses::parse)
            .orElse(ClientAddresses.DIRECT);
    Optional<Path> places = settings.optional(Variable.HOGFLARE_GEOIP_DB).map(Path::of);
    settings.check();
    new TopicProvisioner(kafka, TOPIC_PATIENCE).ensure(FlagsService.topics(topics), 1, replicas);
    GeoIp geo = GeoIp.open(places, Optional.empty());
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    FlagsService service =
        new FlagsService(config, kafka, topics, registry, Optional.empty(), clients, geo);
    FlagsServer server = new FlagsServer(config, service);
    AdminServer adminServer =
        new AdminServer(
            admin, registry, () -> Map.of("flags-service", service.health()), service.routes());
    Runnable close =
        () -> {
          server.close();
          service.close();
          geo.close();
          adminServer.close();
        };
    try {
      service.start();
      server.start();
      adminServer.start();
    } catch (RuntimeException e) {
      close.run();
      throw e;
    }
    return close::run;
  }
}
