// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

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
import dev.hogflare.wire.SidePaths;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a gateway as a process of its own. */
public final class GatewayMain {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayMain.class);
  private static final Duration TOPIC_PATIENCE = Duration.ofSeconds(60);

  /** With a spool, clients need not wait for Kafka to come. */
  private static final Duration TOPIC_PATIENCE_WITH_SPOOL = Duration.ofSeconds(3);

  private GatewayMain() {}

  /** Starts the gateway with the settings of the environment and runs until SIGTERM. */
  public static void main(String[] args) {
    ServiceProcess.run("ingest-gateway", GatewayMain::start);
  }

  static AutoCloseable start(Settings settings) {
    GatewayConfig config = GatewayConfig.from(settings);
    KafkaSettings kafka = KafkaSettings.from(settings);
    Topics topics = new Topics(settings.required(Variable.HOGFLARE_TOPIC_PREFIX));
    int partitions = settings.wholeNumber(Variable.HOGFLARE_PARTITIONS, 1, 4_096);
    int replicas = settings.wholeNumber(Variable.HOGFLARE_REPLICATION_FACTOR, 1, 10);
    HostPort admin =
        new HostPort(
            settings.required(Variable.HOGFLARE_ADMIN_HOST),
            settings.wholeNumber(Variable.HOGFLARE_ADMIN_PORT, 0, 65_535));
    Optional<FlagsProxy> flags =
        settings
            .optionalUrl(Variable.FLAGS_SERVICE_URL)
            .map(
                url ->
                    new FlagsProxy(
                        url, settings.millis(Variable.FLAGS_SERVICE_TIMEOUT_MS, 100, 600_000)));
    ClientAddresses clients =
        settings
            .parsed(Variable.HOGFLARE_TRUSTED_PROXIES, ClientAddresses::parse)
            .orElse(ClientAddresses.DIRECT);
    Optional<Path> places = settings.optional(Variable.HOGFLARE_GEOIP_DB).map(Path::of);
    Optional<Path> operators = settings.optional(Variable.HOGFLARE_GEOIP_ASN_DB).map(Path::of);
    settings.check();
    Runnable preparation =
        provide(
            patience -> {
              TopicProvisioner provisioner = new TopicProvisioner(kafka, patience);
              provisioner.ensure(
                  List.of(
                      topics.eventsRaw(),
                      topics.recordingsRaw(),
                      topics.historicalRaw(),
                      topics.deadLetters()),
                  partitions,
                  replicas);
              provisioner.ensure(List.of(topics.ledger()), 1, replicas);
            },
            config.spool().isPresent());
    GeoIp geo = GeoIp.open(places, operators);
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Gateway gateway =
        new Gateway(
            config,
            kafka,
            topics,
            registry,
            Optional.empty(),
            flags.map(SidePaths.class::cast).orElse(SidePaths.NONE),
            clients,
            geo,
            preparation);
    AdminServer adminServer =
        new AdminServer(admin, registry, () -> Map.of("gateway", gateway.health()), Map.of());
    Runnable close =
        () -> {
          gateway.close();
          flags.ifPresent(FlagsProxy::close);
          geo.close();
          adminServer.close();
        };
    try {
      gateway.start();
      adminServer.start();
    } catch (RuntimeException e) {
      close.run();
      throw e;
    }
    return close::run;
  }

  /**
   * Provides the topics.
   *
   * @return what has to be done later because Kafka does not answer now, or null
   */
  private static Runnable provide(Consumer<Duration> topics, boolean hasSpool) {
    if (!hasSpool) {
      topics.accept(TOPIC_PATIENCE);
      return null;
    }
    try {
      topics.accept(TOPIC_PATIENCE_WITH_SPOOL);
      return null;
    } catch (TopicProvisioner.UnansweredException e) {
      LOG.warn("{} The gateway starts all the same: events wait in the spool", e.getMessage());
      return () -> topics.accept(TOPIC_PATIENCE);
    }
  }
}
