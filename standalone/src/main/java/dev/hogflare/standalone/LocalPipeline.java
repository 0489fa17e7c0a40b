// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.catalog.CatalogService;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.flags.FlagsService;
import dev.hogflare.forwarder.Forwarder;
import dev.hogflare.gateway.Gateway;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.group.GroupProcessorService;
import dev.hogflare.lakehouse.LakeConfig;
import dev.hogflare.lakehouse.Lakehouse;
import dev.hogflare.person.PersonLookup;
import dev.hogflare.person.PersonProcessorService;
import dev.hogflare.person.PersonRoutes;
import dev.hogflare.runtime.AdminServer;
import dev.hogflare.runtime.BoundedRocksDb;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.Service;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import io.helidon.webserver.http.HttpService;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole pipeline in this JVM: broker, lake, processors, forwarder, catalogue, gateway.
 *
 * <p>All that it keeps is in one folder: a pipeline that is created again on the same folder goes
 * on where the last one stopped, however that one stopped. An instance is started once and closed
 * once; two must not use one folder at the same time.
 */
public final class LocalPipeline implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalPipeline.class);
  private static final Duration BROKER_PATIENCE = Duration.ofSeconds(30);
  private static final Duration READY_PATIENCE = Duration.ofSeconds(8);
  private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(8);
  private static final Duration STALL_PATIENCE = Duration.ofSeconds(3);
  private static final Duration POLL = Duration.ofMillis(25);

  private final long createdAt = System.nanoTime();
  private final LocalPipelineConfig config;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final EmbeddedBroker broker;
  private final Totals totals;
  private final Optional<Lakehouse> lake;

  /** Held while the parts are started or closed, so that a close waits for a start's next step. */
  private final ReentrantLock lifeCycle = new ReentrantLock();

  private volatile boolean closing;
  private boolean closed;
  private volatile GenerationParts generations;
  private volatile CatalogService catalog;
  private volatile Forwarder forwarder;
  private volatile GeoIp geo = GeoIp.off();
  private volatile FlagsService flags;
  private volatile Gateway gateway;
  private volatile AdminServer admin;
  private volatile KafkaFlow flow;

  private LocalPipeline(LocalPipelineConfig config, EmbeddedBroker broker, Totals totals) {
    this.config = config;
    this.broker = broker;
    this.totals = totals;
    this.lake = config.lake().map(settings -> new Lakehouse(settings, registry));
  }

  /**
   * Creates a pipeline that is not started yet.
   *
   * <p>Whatever the environment does not decide is chosen for one machine: the gateway listens on
   * 127.0.0.1:8080, every other port is free, the rows go to a lake within the folder, which
   * commits every 5 s. {@code APP_ADDR=127.0.0.1:0} takes a free port for the gateway too.
   *
   * @param data the folder of everything, created if missing
   * @param environment variables of the services
   * @throws dev.hogflare.runtime.SettingsException if a variable is missing or malformed
   */
  public static LocalPipeline create(Path data, Map<String, String> environment) {
    return create(
        new DataFolder(data.toAbsolutePath().normalize()),
        environment,
        new UpEnvironment.Options(Optional.empty(), OptionalInt.empty(), OptionalInt.empty()),
        port -> Ports.free());
  }

  /**
   * Creates a pipeline that is not started yet.
   *
   * @param freePort returns the given port if it is free, else another one; for 0 any
   */
  static LocalPipeline create(
      DataFolder data,
      Map<String, String> operator,
      UpEnvironment.Options options,
      IntUnaryOperator freePort) {
    EmbeddedBroker broker =
        new EmbeddedBroker(data.kafka(), freePort.applyAsInt(EmbeddedBroker.USUAL_PORT));
    Map<String, String> environment =
        UpEnvironment.complete(
            operator, options, data, broker.bootstrapServers(), secret(), freePort);
    return new LocalPipeline(
        LocalPipelineConfig.from(new Settings(environment), UpEnvironment.usesLocalLake(operator)),
        broker,
        new Totals(data.totals()));
  }

  private static String secret() {
    byte[] bytes = new byte[16];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /**
   * Starts all parts and returns when the gateway listens and the others are at work, or, if they
   * have a lot to restore, a few seconds later: events are taken and kept from then on.
   *
   * @throws CancellationException if the pipeline is closed meanwhile
   */
  public void start() {
    lifeCycle.lock();
    try {
      BoundedRocksDb.limitTo(config.storeMegabytes());
      inParallel(
          this::startBroker,
          () -> {
            lake.ifPresent(Lakehouse::start);
          });
      step();
      startProcessors();
      step();
      startGateway();
      awaitHealth();
    } finally {
      lifeCycle.unlock();
    }
  }

  private void step() {
    if (closing) {
      throw new CancellationException("The pipeline is being closed.");
    }
  }

  /** Runs independent parts of the start at once and fails with what one of them failed with. */
  private static void inParallel(Runnable one, Runnable other) {
    Executor lane = task -> Thread.ofPlatform().name("start").start(task);
    CompletableFuture<Void> beside = CompletableFuture.runAsync(other, lane);
    try {
      one.run();
    } finally {
      beside.exceptionally(e -> null).join();
    }
    try {
      beside.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }

  private void startBroker() {
    broker.start();
    step();
    TopicProvisioner provisioner = new TopicProvisioner(config.kafka(), BROKER_PATIENCE);
    // Those that belong to a generation are created with it.
    provisioner.ensure(sharedTopics(), config.partitions(), 1);
    provisioner.ensure(FlagsService.topics(config.topics()), 1, 1);
    provisioner.ensure(List.of(config.topics().ledger(), config.topics().deliveries()), 1, 1);
    CatalogService.provision(config.catalog(), config.topics(), provisioner);
  }

  private List<Topic> sharedTopics() {
    List<Topic> shared = new ArrayList<>(config.topics().all());
    shared.remove(config.topics().groupEvents());
    return shared;
  }

  private void startProcessors() {
    generations = new GenerationParts(config, registry);
    lake.ifPresent(live -> live.eraseAlso(generations::eraseFromShadows));
    generations.start();
    forwarder = new Forwarder(config.forwarder(), config.kafka(), registry);
    forwarder.start();
    catalog = new CatalogService(config.catalog(), config.kafka(), config.topics(), registry);
    catalog.start();
    geo = GeoIp.open(config.places(), config.operators());
    flags =
        new FlagsService(
            config.flags(),
            config.kafka(),
            config.topics(),
            registry,
            Optional.of(new LocalStateLookup(() -> persons().lookup(), () -> groups().lookup())),
            config.clients(),
            geo);
    flags.start();
    flow = new KafkaFlow(config.kafka(), this::hops, config.partitions());
  }

  /** Returns the hops of an event's way, the raw events first. */
  private List<KafkaFlow.Hop> hops() {
    GenerationRecord live = generations.live();
    Topics topics = live.topics(config.topics());
    String personGroup = config.topics().personApplication(live.generation());
    String groupGroup = config.topics().groupApplication(live.setup().groups());
    String forwarderGroups = config.forwarder().topicPrefix() + "forwarder-";
    List<KafkaFlow.Hop> hops = new ArrayList<>();
    hops.add(new KafkaFlow.Hop(topics.eventsRaw().name(), personGroup, false));
    hops.add(new KafkaFlow.Hop(topics.recordingsRaw().name(), personGroup, false));
    hops.add(new KafkaFlow.Hop(topics.historicalRaw().name(), topics.historicalLane(), false));
    hops.add(new KafkaFlow.Hop(topics.groupEvents().name(), groupGroup, true));
    hops.add(new KafkaFlow.Hop(topics.events().name(), forwarderGroups + "events", true));
    hops.add(new KafkaFlow.Hop(topics.recordings().name(), forwarderGroups + "recordings", true));
    if (config.forwarder().persons().isPresent()) {
      hops.add(new KafkaFlow.Hop(topics.persons().name(), forwarderGroups + "persons", true));
    }
    if (config.forwarder().overrides().isPresent()) {
      hops.add(
          new KafkaFlow.Hop(topics.personOverrides().name(), forwarderGroups + "overrides", true));
    }
    return hops;
  }

  private void startGateway() {
    gateway =
        new Gateway(
            config.gateway(),
            config.kafka(),
            config.topics(),
            registry,
            Optional.of(this::lookUp),
            flags.paths(),
            config.clients(),
            geo);
    gateway.start();
    Map<String, HttpService> routes =
        new HashMap<>(GroupProcessorService.routes(() -> groups().lookup()));
    routes.putAll(flags.routes());
    routes.put(PersonRoutes.PATH, new PersonRoutes(() -> persons().lookup()));
    routes.put(
        StatusRoute.PATH,
        new StatusRoute(
            () -> Duration.ofNanos(System.nanoTime() - createdAt).toSeconds(),
            this::figures,
            () -> lake.map(Lakehouse::backlogRows).orElse(0L),
            this::health));
    admin = new AdminServer(config.admin(), registry, this::health, routes);
    admin.start();
  }

  /** Returns the person-processor that knows the persons as the rows show them. */
  private PersonProcessorService persons() {
    return generations.livePersons().orElseThrow(this::notRunning);
  }

  private GroupProcessorService groups() {
    return generations.liveGroups().orElseThrow(this::notRunning);
  }

  private IllegalStateException notRunning() {
    return new IllegalStateException(
        "The processors of "
            + generations.live().generation()
            + " are not running; 'hogflare status' says why.");
  }

  /** Answers the gateway's debug endpoint without a detour over HTTP. */
  private byte[] lookUp(String token, String distinctId) {
    return switch (persons().lookup().find(token, distinctId)) {
      case PersonLookup.Answer.Found found -> found.json();
      case PersonLookup.Answer.Unavailable unavailable -> {
        LOG.info("A person could not be looked up: {}", unavailable.reason());
        yield null;
      }
    };
  }

  /**
   * A processor that takes its partitions over is not ready yet, though nothing is wrong with it:
   * its lookups do not answer.
   */
  private void awaitHealth() {
    long deadline = System.nanoTime() + READY_PATIENCE.toNanos();
    while (!closing
        && System.nanoTime() < deadline
        && !(generations.atWork() && health().values().stream().allMatch(Health::up))) {
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /** Returns how each part is, by name; parts that are not started yet are left out. */
  public Map<String, Health> health() {
    Map<String, Health> parts = new LinkedHashMap<>();
    put(parts, "gateway", gateway);
    if (generations != null) {
      parts.putAll(generations.health());
    }
    put(parts, "pipeline-forwarder", forwarder);
    put(parts, "property-catalog", catalog);
    put(parts, "flags-service", flags);
    lake.ifPresent(service -> put(parts, "lakehouse", service));
    return parts;
  }

  private static void put(Map<String, Health> parts, String name, Service service) {
    if (service != null) {
      parts.put(name, service.health());
    }
  }

  /**
   * Returns how far events have come.
   *
   * @throws IllegalStateException if the broker does not answer
   */
  Figures figures() {
    long waiting = flow.waiting();
    Totals.Counts all = totals.of(counted());
    return new Figures(all.events(), all.persons(), all.lakeRows(), waiting);
  }

  private Totals.Counts counted() {
    return new Totals.Counts(
        gateway == null ? 0 : gateway.eventsAccepted(), generations.born(), rowsCommitted());
  }

  private long rowsCommitted() {
    return lake.map(
            service ->
                service.rowsCommitted(RowSchema.EVENTS)
                    + service.rowsCommitted(RowSchema.RECORDINGS)
                    + service.rowsCommitted(RowSchema.PERSONS))
        .orElse(0L);
  }

  /** Returns where the gateway is to listen. */
  HostPort gatewayAddress() {
    return config.gateway().address();
  }

  /** Keeps the figures that the next process goes on from. */
  void saveTotals() {
    if (generations == null) {
      return;
    }
    try {
      totals.save(counted());
    } catch (CommandException e) {
      LOG.warn("The figures are not kept for the next start: {}", e.getMessage());
    }
  }

  /** Returns the base URL of the gateway, as this machine reaches it; known once it is started. */
  public URI gateway() {
    return url(config.gateway().address().host(), gateway.port());
  }

  /** Returns the base URL of health, metrics and lookups. */
  public URI admin() {
    return url(config.admin().host(), config.admin().port());
  }

  /** Returns the base URL of the local lake, or nothing if the rows go elsewhere. */
  public Optional<URI> lake() {
    return config.lake().map(settings -> url(settings.address().host(), settings.address().port()));
  }

  /** Returns the token that the local lake demands, if there is a lake and it demands one. */
  Optional<String> lakeToken() {
    return config.lake().flatMap(LakeConfig::token);
  }

  /** Returns the folder of the local lake's tables, or nothing if the rows go elsewhere. */
  public Optional<Path> lakeFolder() {
    return config.lake().map(LakeConfig::folder);
  }

  /** Returns the embedded broker's address, as {@code host:port}. */
  public String bootstrapServers() {
    return broker.bootstrapServers();
  }

  /** Returns the registry of all parts. */
  public PrometheusMeterRegistry registry() {
    return registry;
  }

  private static URI url(String host, int port) {
    return URI.create("http://" + UpEnvironment.reachable(host) + ":" + port);
  }

  /**
   * Stops in the direction in which events flow, so that what was taken gets as far as it can
   * within a few seconds; the rest is on Kafka and goes on at the next start.
   */
  @Override
  public void close() {
    closing = true;
    lifeCycle.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      close(gateway);
      close(flags);
      geo.close();
      awaitDrained();
      if (generations != null) {
        generations.close();
      }
      close(forwarder);
      close(catalog);
      lake.ifPresent(Lakehouse::close);
      saveTotals();
      if (admin != null) {
        admin.close();
      }
      if (flow != null) {
        flow.close();
      }
      broker.close();
    } finally {
      lifeCycle.unlock();
    }
  }

  private static void close(Service service) {
    if (service != null) {
      service.close();
    }
  }

  /** Waits while events come further, within bounds. */
  private void awaitDrained() {
    if (gateway == null) {
      return;
    }
    long begin = System.nanoTime();
    long progressAt = begin;
    long least = Long.MAX_VALUE;
    try {
      while (true) {
        long waiting = flow.waiting();
        long now = System.nanoTime();
        if (waiting == 0) {
          return;
        }
        if (waiting < least) {
          least = waiting;
          progressAt = now;
        }
        if (now - progressAt > STALL_PATIENCE.toNanos() || now - begin > DRAIN_PATIENCE.toNanos()) {
          LOG.info("{} records are still under way; they go on at the next start", waiting);
          return;
        }
        LockSupport.parkNanos(POLL.toNanos());
      }
    } catch (IllegalStateException e) {
      LOG.warn("The broker does not say what is under way; all of it goes on at the next start", e);
    }
  }
}
