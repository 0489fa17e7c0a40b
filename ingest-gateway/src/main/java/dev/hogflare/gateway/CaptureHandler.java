// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stage;
import dev.hogflare.gateway.Item.Fate;
import dev.hogflare.geoip.ClientAddresses;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.wire.AdmissionControl;
import dev.hogflare.wire.BodyReader;
import dev.hogflare.wire.FormFields;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import dev.hogflare.wire.SignatureVerifier;
import dev.hogflare.wire.StallGuard;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.RequestException;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;

/**
 * Carries a capture request from its body to its answer: decode, split, publish, wait, answer.
 *
 * <p>Success is answered only when every usable item, and the dead letter of every other one, is
 * acknowledged by Kafka or waits for it on disk. If no item is usable nothing is stored, and the
 * client is told why.
 */
final class CaptureHandler {
  private static final HeaderName API_KEY = HeaderNames.create("x-posthog-api-key");
  private static final HeaderName SENT_AT = HeaderNames.create("x-posthog-sent-at");
  private static final HeaderName POSTHOG_SIGNATURE = HeaderNames.create("x-posthog-signature");
  private static final HeaderName HUB_SIGNATURE = HeaderNames.create("x-hub-signature");
  private static final HeaderName FORWARDED_FOR = HeaderNames.create("x-forwarded-for");
  private static final HeaderName[] ENRICHMENT =
      Arrays.stream(Enrichment.Source.values())
          .map(source -> HeaderNames.create(source.header()))
          .toArray(HeaderName[]::new);
  private static final String BEARER = "bearer ";

  /** A second before now, because the policy wants to see no time but positive ones. */
  private static final long ORIGIN = System.nanoTime() - 1_000_000_000L;

  /** 2021-01-01 and 10000-01-01: an earlier {@code _} is one in seconds, or no time at all. */
  private static final long FIRST_SENT_AT_MILLIS = 1_609_459_200_000L;

  private static final long LAST_SENT_AT_MILLIS = 253_402_300_800_000L;

  private static final Intake NOTHING = new Intake(new byte[0], List.of(), null, false);

  private final GatewayConfig config;
  private final SignatureVerifier signatures;
  private final AdmissionControl admission;
  private final StallGuard guard;
  private final IntakePolicy policy;
  private final RawEventPublisher publisher;
  private final GatewayMetrics metrics;
  private final IntakeLedger ledger;
  private final ClientAddresses clients;
  private final GeoIp geo;
  private final LongSupplier clock;
  private final LongFunction<UUID> newUuid;
  private final Reshaping reshaping;

  /**
   * Creates the handler.
   *
   * @param clients tells a client from the proxies before it
   * @param geo where addresses are looked up
   * @param clock the time in microseconds since the epoch
   * @param newUuid makes the uuid of an event that has none and arrives in a millisecond
   * @param ids names visitors without cookies
   */
  CaptureHandler(
      GatewayConfig config,
      AdmissionControl admission,
      StallGuard guard,
      IntakePolicy policy,
      RawEventPublisher publisher,
      GatewayMetrics metrics,
      IntakeLedger ledger,
      ClientAddresses clients,
      GeoIp geo,
      LongSupplier clock,
      LongFunction<UUID> newUuid,
      CookielessIds ids) {
    this.config = config;
    this.signatures = config.signingSecret().map(SignatureVerifier::new).orElse(null);
    this.admission = admission;
    this.guard = guard;
    this.policy = policy;
    this.publisher = publisher;
    this.metrics = metrics;
    this.ledger = ledger;
    this.clients = clients;
    this.geo = geo;
    this.clock = clock;
    this.newUuid = newUuid;
    this.reshaping = new Reshaping(ids, () -> newUuid.apply(clock.getAsLong() / 1_000));
  }

  /** Handles a POST, or a GET whose payload is in the query. */
  void handle(ServerRequest request, ServerResponse response, Endpoint endpoint) {
    boolean abandoned = false;
    try (AdmissionControl.Permit permit = admission.open()) {
      Protocol.Exchange exchange =
          new Protocol.Exchange(request, response, FormFields.ofQuery(rawQuery(request)));
      int limit =
          endpoint.route() == Route.S ? config.maxRecordingBodyBytes() : config.maxBodyBytes();
      BodyReader body =
          new BodyReader(request, limit, permit, guard, () -> stalled(exchange, endpoint));
      try {
        capture(exchange, endpoint, body, permit);
      } catch (RequestRefusedException e) {
        metrics.received(1);
        metrics.rejected(e.refusal(), 1);
        ledger.refused(e.refusal(), clock.getAsLong());
        abandoned = body.abandoned();
        if (!body.answered()) {
          if (abandoned) {
            response.headers().set(HeaderValues.CONNECTION_CLOSE);
          }
          endpoint.protocol().refusal(exchange, e.refusal(), e.tagOrNull(), e.getMessage());
        }
      }
    } catch (CloseConnectionException | RequestException e) {
      throw e;
    } catch (UncheckedIOException | DataReader.InsufficientDataAvailableException e) {
      throw new CloseConnectionException("The client has gone.", e);
    }
    if (abandoned) {
      throw new CloseConnectionException("The rest of the body is not read.");
    }
  }

  /** Answers on a connection from which the handler still reads. */
  private static void stalled(Protocol.Exchange exchange, Endpoint endpoint) {
    exchange.response().headers().set(HeaderValues.CONNECTION_CLOSE);
    endpoint.protocol().refusal(exchange, Refusal.STALLED, null, BodyReader.STALLED);
  }

  private static String rawQuery(ServerRequest request) {
    return request.prologue().query().rawValue();
  }

  private void capture(
      Protocol.Exchange exchange, Endpoint endpoint, BodyReader body, MemoryBudget budget)
      throws RequestRefusedException {
    long now = clock.getAsLong();
    ServerRequest request = exchange.request();
    FormFields query = exchange.query();
    Protocol protocol = endpoint.protocol();
    Octets data = protocol.takesGet() ? query.octets("data") : null;
    boolean inQuery = data != null && !data.isEmpty();
    boolean post = request.prologue().method().equals(Method.POST);
    if (!post && !inQuery) {
      // An old browser SDK with method GET asks without any data and expects to be satisfied.
      protocol.success(exchange, NOTHING);
      return;
    }
    Octets raw = post ? body.read() : null;
    ServerRequestHeaders headers = request.headers();
    if (signatures != null) {
      verify(inQuery ? null : raw, headers);
    }
    Enrichment enrichment = enrichment(request, query);
    Intake intake =
        protocol.read(
            new Protocol.Incoming(
                exchange,
                inQuery ? null : raw,
                new RequestReader.Context(
                    endpoint.route(),
                    credentials(headers, query),
                    sentAt(headers, query),
                    enrichment.mostBytes()),
                budget));
    intake =
        reshaping.apply(
            intake, () -> sender(request, enrichment, now), protocol.splitsHeatmaps(), budget);
    boolean lane = goesIntoLane(endpoint.route(), intake);
    policy.apply(intake.items(), lane || endpoint.route() == Route.S, System.nanoTime() - ORIGIN);
    settle(exchange, endpoint, intake, enrichment, now);
  }

  /** Recordings have a topic of their own already. */
  private static boolean goesIntoLane(Route route, Intake intake) {
    return intake.historical() && route != Route.S;
  }

  /** Stores what is usable and answers. */
  private void settle(
      Protocol.Exchange exchange,
      Endpoint endpoint,
      Intake intake,
      Enrichment enrichment,
      long now) {
    Protocol protocol = endpoint.protocol();
    List<Item> items = intake.items();
    int usable = intake.count(Fate.USABLE);
    int filtered = intake.count(Fate.FILTERED);
    int unusable = items.size() - usable - filtered;
    metrics.received(items.size());
    metrics.filtered(filtered);
    if (usable == 0 && !(unusable > 0 && protocol.tellsOfEach(intake))) {
      if (unusable == 0) {
        protocol.success(exchange, intake);
      } else {
        long wait =
            policy.strangerHasToWait(
                addressOf(exchange.request()), items, System.nanoTime() - ORIGIN);
        if (wait > 0) {
          metrics.rejected(Refusal.LIMITED, unusable);
          ledger.refused(items, Refusal.LIMITED, now);
          protocol.limited(exchange, 1 + TimeUnit.NANOSECONDS.toSeconds(wait));
          return;
        }
        reject(exchange, protocol, items);
      }
      ledger.unusable(items, now);
      return;
    }
    boolean waits;
    try {
      waits = publish(endpoint.route(), intake, enrichment, now);
    } catch (PublicationFailedException e) {
      Refusal refusal = e.tooLarge() ? Refusal.TOO_LARGE : Refusal.UNAVAILABLE;
      metrics.rejected(refusal, usable + unusable);
      ledger.refused(items, refusal, now);
      protocol.refusal(
          exchange,
          refusal,
          null,
          e.tooLarge()
              ? "An event is larger than the topic takes; send less."
              : "The events could not be stored now; send the request again later.");
      return;
    }
    metrics.stored(usable);
    boolean lane = goesIntoLane(endpoint.route(), intake);
    if (lane) {
      metrics.historical(usable);
    }
    if (waits) {
      ledger.waiting(items, now);
    } else if (lane) {
      ledger.inLane(items, now);
    } else {
      ledger.stored(items, now);
    }
    if (unusable > 0) {
      for (Item item : items) {
        if (item.fate() == Fate.UNUSABLE) {
          metrics.deadLettered(item.problem());
        }
      }
    }
    protocol.success(exchange, intake);
  }

  private Reshaping.Sender sender(ServerRequest request, Enrichment enrichment, long now) {
    String address = enrichment.addressOrNull();
    String agent = textOrNull(request.headers(), HeaderNames.USER_AGENT);
    return new Reshaping.Sender(
        address == null ? addressOf(request) : address, agent == null ? "" : agent, now);
  }

  private String addressOf(ServerRequest request) {
    String peer = request.remotePeer().host();
    String client = clients.clientOrNull(peer, request.headers().all(FORWARDED_FOR, List::of));
    return client == null ? peer : client;
  }

  private void reject(Protocol.Exchange exchange, Protocol protocol, List<Item> items) {
    Item first = null;
    for (Item item : items) {
      if (item.fate() == Fate.UNUSABLE) {
        metrics.rejected(item.problem());
        first = first == null ? item : first;
      }
    }
    protocol.unusable(exchange, first);
  }

  /**
   * Puts a request's items on Kafka, or where they are safe until Kafka takes them.
   *
   * <p>Between two tries nothing changes but the claims: the uuids stay, so that it does not matter
   * if the first one was not in vain after all.
   *
   * @return whether they wait for Kafka
   */
  private boolean publish(Route route, Intake intake, Enrichment enrichment, long now)
      throws PublicationFailedException {
    RawEventPublisher.Publication first = publisher.begin();
    try {
      publish(first, route, intake, enrichment, now);
      return first.waits();
    } catch (PublicationFailedException e) {
      RawEventPublisher.Publication second = e.tooLarge() ? null : publisher.insteadOrNull(first);
      if (second == null) {
        throw e;
      }
      publish(second, route, intake, enrichment, now);
      return second.waits();
    }
  }

  private void publish(
      RawEventPublisher.Publication publication,
      Route route,
      Intake intake,
      Enrichment enrichment,
      long now)
      throws PublicationFailedException {
    long begin = System.nanoTime();
    boolean lane = goesIntoLane(route, intake);
    Map<Item, RawEventPublisher.SentClaim> claims = lane ? Map.of() : claim(publication, intake);
    long arrivedAt = now;
    for (Item item : intake.items()) {
      if (item.fate() == Fate.FILTERED) {
        continue;
      }
      RawEventPublisher.SentClaim claim = claims.get(item);
      Long offset = claim == null ? null : claim.offset();
      RawEvent event = rawEvent(item, intake, route, enrichment, arrivedAt, offset);
      arrivedAt++;
      if (item.fate() == Fate.UNUSABLE) {
        publication.deadLetter(
            event,
            new DeadLetter(Stage.GATEWAY, item.problem(), item.message(), now / 1_000, null));
      } else if (route == Route.S) {
        publication.recording(event);
      } else if (lane) {
        publication.historical(event, item.mergedId());
      } else {
        publication.event(event);
      }
    }
    publication.awaitAcknowledgement();
    if (!publication.waits()) {
      metrics.acknowledged(System.nanoTime() - begin);
    }
  }

  /**
   * Writes what the request's events claim, and waits until it is acknowledged: an event names the
   * place of its claim.
   */
  private Map<Item, RawEventPublisher.SentClaim> claim(
      RawEventPublisher.Publication publication, Intake intake) throws PublicationFailedException {
    Map<Item, RawEventPublisher.SentClaim> claims = Map.of();
    for (Item item : intake.items()) {
      if (item.fate() == Fate.USABLE && item.mergedId() != null) {
        if (claims.isEmpty()) {
          claims = new IdentityHashMap<>();
        }
        ActorKey claimed = new ActorKey(item.token(), item.mergedId());
        RawCommand.Claim claim = new RawCommand.Claim(item.key().distinctId());
        claims.put(item, publication.claim(claimed, claim));
      }
    }
    if (!claims.isEmpty()) {
      publication.awaitAcknowledgement();
      if (!publication.waits()) {
        metrics.claimed(claims.size());
      }
    }
    return claims;
  }

  private RawEvent rawEvent(
      Item item, Intake intake, Route route, Enrichment enrichment, long arrivedAt, Long claim) {
    if (item.uuid() == null) {
      // Kept, because a second try has to send the same.
      item.uuid(newUuid.apply(arrivedAt / 1_000));
    }
    return new RawEvent(
        item.key(),
        item.json(intake.json()),
        item.uuid(),
        route,
        arrivedAt,
        item.sentAt(),
        enrichment.ofOrNull(item),
        intake.defaults(),
        claim,
        item.isOverflow());
  }

  /** What stands in the query is covered by no signature. */
  private void verify(Octets body, ServerRequestHeaders headers) throws RequestRefusedException {
    if (body == null) {
      throw new RequestRefusedException(Refusal.UNSIGNED, "missing signature header");
    }
    signatures.verify(
        body, headers.all(POSTHOG_SIGNATURE, List::of), headers.all(HUB_SIGNATURE, List::of));
  }

  private Credentials credentials(ServerRequestHeaders headers, FormFields query) {
    String authorization = textOrNull(headers, HeaderNames.AUTHORIZATION);
    String bearer =
        authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
            ? authorization.substring(BEARER.length()).strip()
            : null;
    String token = query.text("token");
    return new Credentials(
        textOrNull(headers, API_KEY),
        bearer,
        token == null ? query.text("api_key") : token,
        config.apiKey().orElse(null));
  }

  private static Long sentAt(ServerRequestHeaders headers, FormFields query) {
    String header = textOrNull(headers, SENT_AT);
    Long time = header == null ? null : Rfc3339.parseOrNull(header);
    if (time != null) {
      return time;
    }
    String text = query.text("_");
    if (text == null || text.length() > 15) {
      return null;
    }
    try {
      long millis = Long.parseLong(text);
      return millis >= FIRST_SENT_AT_MILLIS && millis < LAST_SENT_AT_MILLIS ? millis * 1_000 : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private Enrichment enrichment(ServerRequest request, FormFields query) {
    ServerRequestHeaders headers = request.headers();
    String client =
        geo.isOn() || clients.anyTrusted()
            ? clients.clientOrNull(
                request.remotePeer().host(), headers.all(FORWARDED_FOR, List::of))
            : null;
    return new Enrichment(
        source -> textOrNull(headers, ENRICHMENT[source.ordinal()]),
        !"0".equals(query.text("ip")),
        client,
        geo);
  }

  private static String textOrNull(ServerRequestHeaders headers, HeaderName name) {
    return headers.contains(name) ? headers.get(name).get() : null;
  }
}
