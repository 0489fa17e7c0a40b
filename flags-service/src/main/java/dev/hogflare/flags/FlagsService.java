// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.FlagRecordKey;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.geoip.ClientAddresses;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Service;
import dev.hogflare.runtime.SettingsException;
import dev.hogflare.runtime.Variable;
import dev.hogflare.wire.AdmissionControl;
import dev.hogflare.wire.SidePaths;
import dev.hogflare.wire.StallGuard;
import io.helidon.webserver.http.HttpService;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates flags on the live state of persons and groups, and configures SDKs.
 *
 * <p>It listens nowhere itself: its {@link #paths} are mounted on the gateway of the same process,
 * or on a server of their own. Its topics must exist before it is started.
 */
public final class FlagsService implements Service {
  private static final Logger LOG = LoggerFactory.getLogger(FlagsService.class);
  private static final Duration FILE_PERIOD = Duration.ofSeconds(1);
  private static final Duration BODY_PATIENCE = Duration.ofSeconds(30);
  private static final Duration READ_PATIENCE = Duration.ofSeconds(20);
  private static final Duration STORE_PATIENCE = Duration.ofSeconds(2);

  /** Short enough that a flag is right within a second of the event that changes its person. */
  private static final Duration KEPT = Duration.ofMillis(250);

  private static final int KEPT_ANSWERS = 10_000;
  private static final long LEAST_IN_FLIGHT = 64L << 20;

  private final FlagsConfig config;
  private final FlagDefinitions definitions;
  private final DefinitionsFileLoop file;
  private final CompactedTopicLoop records;
  private final StickyIdStore sticky;
  private final HttpStateLookup ownLookup;
  private final StallGuard guard;
  private final GeoIp geo;
  private final FlagRoutes routes;
  private final ExplainRoutes explain;
  private volatile boolean started;
  private volatile boolean closing;

  /**
   * Creates a service that is not started yet and knows no places.
   *
   * @param lookup as below
   * @throws SettingsException if the configured flags cannot be read
   */
  public FlagsService(
      FlagsConfig config,
      KafkaSettings kafka,
      Topics topics,
      MeterRegistry registry,
      Optional<StateLookup> lookup) {
    this(config, kafka, topics, registry, lookup, ClientAddresses.DIRECT, GeoIp.off());
  }

  /**
   * Creates a service that is not started yet.
   *
   * @param lookup finds persons and groups, where the processors run in the same process; without
   *     it the configured URLs are asked
   * @param clients tells a client from the proxies before it
   * @param geo where addresses are looked up; closed by whoever made it
   * @throws SettingsException if the configured flags cannot be read
   */
  public FlagsService(
      FlagsConfig config,
      KafkaSettings kafka,
      Topics topics,
      MeterRegistry registry,
      Optional<StateLookup> lookup,
      ClientAddresses clients,
      GeoIp geo) {
    this.config = config;
    this.geo = geo;
    FlagsMetrics metrics = new FlagsMetrics(registry);
    try {
      definitions = new FlagDefinitions(new FlagSetParser(), metrics);
      if (config.document().isPresent()) {
        definitions.base(
            Variable.HOGFLARE_FEATURE_FLAGS.name(),
            config.document().get().getBytes(StandardCharsets.UTF_8));
      }
    } catch (FlagDocumentException e) {
      throw new SettingsException(
          List.of(Variable.HOGFLARE_FEATURE_FLAGS + " cannot be read: " + e.getMessage()));
    }
    file =
        config
            .file()
            .map(path -> new DefinitionsFileLoop(path, definitions, FILE_PERIOD))
            .orElse(null);
    records = new CompactedTopicLoop(topics.flags(), kafka, this::take);
    sticky = new StickyIdStore(topics.flagStickyIds(), kafka, STORE_PATIENCE, metrics);
    ownLookup =
        lookup.isPresent()
            ? null
            : new HttpStateLookup(
                config.personProcessorUrl(), config.groupProcessorUrl(), config.stateTimeout());
    StateLookup state =
        lookup.isPresent()
            ? new CountedStateLookup(lookup.get(), metrics)
            : new CachedStateLookup(
                new CountedStateLookup(ownLookup, metrics),
                KEPT,
                KEPT_ANSWERS,
                System::nanoTime,
                metrics);
    guard = new StallGuard(BODY_PATIENCE);
    FlagEvaluator evaluator = new FlagEvaluator();
    RemoteConfig remote = new RemoteConfig(config.recordingEndpoint());
    FlagsHandler flags =
        new FlagsHandler(
            config,
            definitions,
            evaluator,
            state,
            sticky,
            remote,
            metrics,
            new AdmissionControl(Math.max(LEAST_IN_FLIGHT, Runtime.getRuntime().maxMemory() / 8)),
            guard,
            clients,
            geo,
            Instant::now);
    AssetsHandler assets = new AssetsHandler(BrowserSdk.of(config.assets()), metrics);
    routes =
        new FlagRoutes(
            flags,
            new ConfigHandler(config, definitions, remote, assets, metrics),
            assets,
            new DefinitionsHandler(config, definitions, records::isCaughtUp, metrics),
            new EmptyListsHandler(metrics),
            metrics);
    explain = new ExplainRoutes(definitions, evaluator, flags, Instant::now);
  }

  /** Returns the topics that have to exist, with one partition each. */
  public static List<Topic> topics(Topics topics) {
    return List.of(topics.flags(), topics.flagStickyIds());
  }

  /** Returns the public paths. */
  public SidePaths paths() {
    return routes;
  }

  /** Returns the public paths as a service of a web server. */
  HttpService service() {
    return routes;
  }

  /** Returns what an admin server serves for this service, by path. */
  public Map<String, HttpService> routes() {
    return Map.of(ExplainRoutes.PATH, explain);
  }

  private void take(List<CompactedTopicLoop.Entry> entries) {
    Map<FlagRecordKey, byte[]> changes = new LinkedHashMap<>();
    for (CompactedTopicLoop.Entry entry : entries) {
      try {
        changes.put(FlagRecordKey.fromBytes(entry.key()), entry.value());
      } catch (MalformedRecordException e) {
        LOG.warn("A record of the flags' topic is left out: {}", e.getMessage());
      }
    }
    if (!changes.isEmpty()) {
      definitions.records(changes);
    }
  }

  /**
   * Reads all sources of flags and begins to follow them.
   *
   * @throws SettingsException if the file of flags cannot be read
   */
  @Override
  public void start() {
    if (file != null) {
      try {
        file.start();
      } catch (FlagDocumentException e) {
        throw new SettingsException(
            List.of(Variable.HOGFLARE_FEATURE_FLAGS_FILE + ": " + e.getMessage()));
      }
    }
    records.start();
    sticky.start();
    try {
      if (!records.awaitCaughtUp(READ_PATIENCE) || !sticky.loop().awaitCaughtUp(READ_PATIENCE)) {
        LOG.warn("The topics of flags are not read to their end yet; this goes on.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while the flags were being read.", e);
    }
    started = true;
    LOG.info("{}", config);
  }

  @Override
  public Health health() {
    if (closing || !started) {
      return Health.down(closing ? "The flags-service stops." : "The flags-service starts.");
    }
    if (!records.isCaughtUp()) {
      return Health.down(
          records.problemOrNull() == null
              ? "The flags are being read."
              : records.problemOrNull() + " It is tried again; check the brokers.");
    }
    for (String problem :
        new String[] {
          definitions.problemOrNull(), records.problemOrNull(), sticky.loop().problemOrNull()
        }) {
      if (problem != null) {
        // It answers all the same, with what it had.
        return Health.degraded("Running, but: " + problem);
      }
    }
    if (geo.problem().isPresent()) {
      return Health.degraded(geo.problem().get());
    }
    int broken = definitions.current().flags().problems().size();
    return Health.up(
        broken == 0
            ? "Running."
            : "Running, with "
                + broken
                + " problems in the flags; the first: "
                + definitions.current().flags().problems().get(0));
  }

  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    if (file != null) {
      file.close();
    }
    records.close();
    sticky.close();
    guard.close();
    if (ownLookup != null) {
      ownLookup.close();
    }
  }
}
