// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Topics;
import dev.hogflare.contract.Uuids;
import dev.hogflare.geoip.ClientAddresses;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.PeriodicLedger;
import dev.hogflare.runtime.Service;
import dev.hogflare.wire.AdmissionControl;
import dev.hogflare.wire.AsSentEncodings;
import dev.hogflare.wire.Cors;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.SharedMappers;
import dev.hogflare.wire.SidePaths;
import dev.hogflare.wire.StallGuard;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public endpoint: takes events over HTTP and answers when they are on Kafka, or on disk until
 * Kafka takes them.
 *
 * <p>The topics must exist and be served before it is started.
 */
public final class Gateway implements Service {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

  /** How long a small body may take to arrive; a large one may take longer. */
  private static final Duration BODY_PATIENCE = Duration.ofSeconds(30);

  private static final int MAX_HEADERS_BYTES = 32 * 1024;
  private static final int MAX_REQUEST_LINE_BYTES = 64 * 1024;

  private final HostPort address;
  private final RawEventPublisher publisher;
  private final KafkaHistoricalLane lane;
  private final PeriodicLedger ledger;
  private final GeoIp geo;
  private final HttpPersonLookup ownLookup;
  private final StallGuard guard;
  private final GatewayMetrics metrics;
  private final IntakePolicy policy;
  private final WebServer server;
  private volatile boolean closing;

  /**
   * Creates a gateway.
   *
   * @param lookup finds persons for the debug endpoint, where a person-processor runs in the same
   *     process; without it the one at {@code HOGFLARE_PERSON_PROCESSOR_URL} is asked
   */
  public Gateway(
      GatewayConfig config,
      KafkaSettings kafka,
      Topics topics,
      MeterRegistry registry,
      Optional<PersonLookup> lookup) {
    this(
        config,
        kafka,
        topics,
        registry,
        lookup,
        SidePaths.NONE,
        ClientAddresses.DIRECT,
        GeoIp.off());
  }

  /**
   * Creates a gateway that answers further paths and knows places.
   *
   * @param lookup as above
   * @param side answers paths that are not the gateway's own; closed by whoever made it
   * @param clients tells a client from the proxies before it
   * @param geo where addresses are looked up; closed by whoever made it
   */
  public Gateway(
      GatewayConfig config,
      KafkaSettings kafka,
      Topics topics,
      MeterRegistry registry,
      Optional<PersonLookup> lookup,
      SidePaths side,
      ClientAddresses clients,
      GeoIp geo) {
    this(config, kafka, topics, registry, lookup, side, clients, geo, null);
  }

  /**
   * Creates a gateway that may be started before Kafka can be used, if it has a spool.
   *
   * @param lookup as above
   * @param side as above
   * @param clients as above
   * @param geo as above
   * @param preparation what has to succeed before anything is sent to Kafka; it is tried until it
   *     does, while events go into the spool; null if nothing has to
   */
  Gateway(
      GatewayConfig config,
      KafkaSettings kafka,
      Topics topics,
      MeterRegistry registry,
      Optional<PersonLookup> lookup,
      SidePaths side,
      ClientAddresses clients,
      GeoIp geo,
      Runnable preparation) {
    this(
        config,
        kafka,
        topics,
        registry,
        lookup,
        side,
        clients,
        geo,
        new PeriodicLedger(Stage.GATEWAY, "gateway", kafka, topics),
        preparation);
  }

  private Gateway(
      GatewayConfig config,
      KafkaSettings kafka,
      Topics topics,
      MeterRegistry registry,
      Optional<PersonLookup> lookup,
      SidePaths side,
      ClientAddresses clients,
      GeoIp geo,
      PeriodicLedger ledger,
      Runnable preparation) {
    this(
        config,
        config
            .spool()
            .map(spool -> spooling(config, spool, kafka, topics, registry, ledger, preparation))
            .orElseGet(() -> new KafkaRawEventPublisher(kafka, topics, config.ackTimeout())),
        new KafkaHistoricalLane(
            kafka,
            topics,
            config.historicalPerSecond(),
            new HistoricalMetrics(registry),
            new GatewayMetrics(registry),
            new IntakeLedger(ledger)),
        ledger,
        registry,
        lookup,
        side,
        clients,
        geo,
        Gateway::micros,
        Gateway::newUuid,
        BODY_PATIENCE);
  }

  private static RawEventPublisher spooling(
      GatewayConfig config,
      SpoolConfig settings,
      KafkaSettings kafka,
      Topics topics,
      MeterRegistry registry,
      PeriodicLedger ledger,
      Runnable preparation) {
    SpoolMetrics metrics = new SpoolMetrics(registry);
    Spool spool = new Spool(settings, metrics);
    KafkaRecords records = new KafkaRecords(topics);
    Duration patience = KafkaSpoolPublisher.tryKafkaFor(config.ackTimeout());
    return new KafkaSpoolPublisher(
        new KafkaRawEventPublisher(kafka, topics, patience),
        records,
        spool,
        new KafkaSpoolDrain(
            KafkaSpoolDrain.producers(kafka, "hogflare-gateway-spool"),
            records,
            spool,
            metrics,
            new GatewayMetrics(registry),
            new IntakeLedger(ledger),
            preparation),
        config.ackTimeout().minus(patience));
  }

  /**
   * Creates a gateway around a publisher, a lane and a ledger, which it starts and closes, a clock
   * and a source of uuids.
   *
   * @param lane moves what historical batches bring; null to leave it where it is
   * @param ledger where items are counted by project and hour, or null to count them nowhere
   * @param clock the time in microseconds since the epoch
   * @param newUuid makes the uuid of an event that has none and arrives in a millisecond
   */
  Gateway(
      GatewayConfig config,
      RawEventPublisher publisher,
      KafkaHistoricalLane lane,
      PeriodicLedger ledger,
      MeterRegistry registry,
      Optional<PersonLookup> lookup,
      SidePaths side,
      ClientAddresses clients,
      GeoIp geo,
      LongSupplier clock,
      LongFunction<UUID> newUuid,
      Duration bodyPatience) {
    this.publisher = publisher;
    this.lane = lane;
    this.ledger = ledger;
    this.geo = geo;
    this.address = config.address();
    this.ownLookup =
        lookup.isPresent()
            ? null
            : config.personProcessorUrl().map(HttpPersonLookup::new).orElse(null);
    this.guard = new StallGuard(bodyPatience);
    this.metrics = new GatewayMetrics(registry);
    this.policy =
        new IntakePolicy(config.limits(), metrics, ThreadLocalRandom.current().nextLong());
    AdmissionControl admission = new AdmissionControl(config.maxInFlightBytes());
    metrics.gauge(
        "in_flight_bytes", "Bytes of bodies that are held now.", admission, AdmissionControl::held);
    if (geo.isOn()) {
      metrics.gauge(
          "geoip_database_built_seconds",
          "When the database of places was built, in seconds since the epoch; 0 without one.",
          geo,
          g -> g.builtAt().map(Instant::getEpochSecond).orElse(0L));
    }
    Answers answers = new Answers(metrics);
    GatewayRoutes routes =
        new GatewayRoutes(
            Endpoints.of(config, answers),
            new CaptureHandler(
                config,
                admission,
                guard,
                policy,
                publisher,
                metrics,
                new IntakeLedger(ledger),
                clients,
                geo,
                clock,
                newUuid,
                new CookielessIds(cookielessSecret(config))),
            new PersonDebugHandler(config, lookup.orElse(ownLookup), answers),
            answers,
            metrics,
            this::health,
            side);
    this.server = server(config, routes);
  }

  /** Without a secret of the operator's the ids hold as long as this process. */
  private static byte[] cookielessSecret(GatewayConfig config) {
    if (config.cookielessSecret().isPresent()) {
      return config.cookielessSecret().get().getBytes(StandardCharsets.UTF_8);
    }
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    return secret;
  }

  private WebServer server(GatewayConfig config, GatewayRoutes routes) {
    SharedMappers.set();
    DirectHandlers.Builder direct = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      direct.addHandler(type, this::serverError);
    }
    return WebServer.builder()
        .host(config.address().host())
        .port(config.address().port())
        .backlog(1_024)
        // An answer that is written in two parts must not wait for a late acknowledgement.
        .connectionOptions(connection -> connection.tcpNoDelay(true))
        // One that is larger than our own limit and the drain together would only be read in vain.
        .maxPayloadSize(2L * config.maxRecordingBodyBytes())
        .contentEncoding(new AsSentEncodings())
        .shutdownHook(false)
        .shutdownGracePeriod(drainTime(config))
        .directHandlers(direct.build())
        .addProtocol(
            Http1Config.builder()
                .maxHeadersSize(MAX_HEADERS_BYTES)
                .maxPrologueLength(MAX_REQUEST_LINE_BYTES)
                .validatePrologue(false)
                .receiveLog(false)
                .sendLog(false)
                .build())
        .addRouting(HttpRouting.builder().register(routes))
        .build();
  }

  /** A request that waits for Kafka is given all the time that it may wait, and a little more. */
  private static Duration drainTime(GatewayConfig config) {
    Duration wanted = config.ackTimeout().plusSeconds(1);
    Duration most = Duration.ofSeconds(10);
    return wanted.compareTo(most) < 0 ? wanted : most;
  }

  /** Answers what the server refuses before any route sees it, such as a malformed request line. */
  private DirectHandler.TransportResponse serverError(
      DirectHandler.TransportRequest request,
      DirectHandler.EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    boolean ours = status.code() >= 500;
    Refusal refusal =
        status.code() == 413 ? Refusal.TOO_LARGE : ours ? Refusal.INTERNAL : Refusal.UNREADABLE;
    metrics.received(1);
    metrics.rejected(refusal, 1);
    metrics.answered(status.code());
    headers.set(HeaderNames.CONTENT_TYPE, "application/json");
    Cors.apply(request.headers(), headers);
    String sentence =
        switch (refusal) {
          case TOO_LARGE -> "The body is too large; send fewer events in one request.";
          case INTERNAL -> "internal server error";
          default -> "The request is not valid HTTP.";
        };
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .keepAlive(false)
        .entity(Answers.errorBody(sentence))
        .build();
  }

  private static long micros() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  static UUID newUuid(long millis) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return Uuids.v7(millis, random.nextLong(), random.nextLong());
  }

  /**
   * Starts to listen.
   *
   * @throws IllegalStateException if the port is taken, or the spool cannot be used
   */
  @Override
  public void start() {
    publisher.start();
    policy.start();
    if (ledger != null) {
      ledger.start();
    }
    if (lane != null) {
      lane.start();
    }
    server.start();
    if (!server.isRunning()) {
      // The server itself only logs it.
      throw new IllegalStateException(
          "The gateway cannot listen on " + address + "; free the port, or change APP_ADDR.");
    }
    LOG.info("The gateway listens on port {}.", port());
  }

  @Override
  public Health health() {
    if (closing) {
      return Health.down("The gateway stops.");
    }
    Health kafka = publisher.health();
    return kafka.state() == Health.State.OK
        ? policy
            .problem()
            .or(geo::problem)
            .or(this::laneProblem)
            .map(Health::degraded)
            .orElse(kafka)
        : kafka;
  }

  private Optional<String> laneProblem() {
    return lane == null ? Optional.empty() : lane.problem();
  }

  /** Returns the port that is listened on. */
  public int port() {
    return server.port();
  }

  /** Returns how many events and parts of recordings were stored since the start. */
  public long eventsAccepted() {
    return metrics.storedSoFar();
  }

  /**
   * Stops to listen, lets the requests that are under way finish, sends what is buffered.
   *
   * <p>Takes no longer than the acknowledgement timeout and a second, ten seconds at most, four
   * more for the lane of historical batches (one for its questions to Kafka), five for the
   * producer, and with a spool five for what waits there, if Kafka is well.
   */
  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    server.stop();
    if (lane != null) {
      lane.close();
    }
    publisher.close();
    if (ledger != null) {
      ledger.close();
    }
    policy.close();
    guard.close();
    if (ownLookup != null) {
      ownLookup.close();
    }
  }
}
