// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.flags.FlagsMetrics.Outcome;
import dev.hogflare.geoip.ClientAddresses;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.geoip.GeoPlace;
import dev.hogflare.wire.AdmissionControl;
import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.BodyReader;
import dev.hogflare.wire.FormFields;
import dev.hogflare.wire.LocationHeader;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/** Carries a request for flags from its body to its answer. */
final class FlagsHandler {
  private static final HeaderName API_KEY = HeaderNames.create("x-posthog-api-key");
  private static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");
  private static final HeaderName POSTHOG_SIGNATURE = HeaderNames.create("x-posthog-signature");
  private static final HeaderName HUB_SIGNATURE = HeaderNames.create("x-hub-signature");
  private static final HeaderName FETCH_SITE = HeaderNames.create("sec-fetch-site");
  private static final HeaderName FETCH_MODE = HeaderNames.create("sec-fetch-mode");
  private static final HeaderName FORWARDED_FOR = HeaderNames.create("x-forwarded-for");
  private static final HeaderName CONNECTING_IP = HeaderNames.create("cf-connecting-ip");
  private static final HeaderName[] LOCATION =
      Arrays.stream(LocationHeader.values())
          .map(header -> HeaderNames.create(header.header()))
          .toArray(HeaderName[]::new);
  private static final String PROBLEM = "Failed to decode request: ";

  private final FlagsConfig config;
  private final FlagDefinitions definitions;
  private final FlagEvaluator evaluator;
  private final StateLookup lookup;
  private final StickyIds sticky;
  private final RemoteConfig remote;
  private final FlagsMetrics metrics;
  private final AdmissionControl admission;
  private final StallGuard guard;
  private final ClientAddresses clients;
  private final GeoIp geo;
  private final Supplier<Instant> clock;
  private final SignatureVerifier signatures;
  private final BodyDecoder decoder;

  /** Creates the handler. */
  FlagsHandler(
      FlagsConfig config,
      FlagDefinitions definitions,
      FlagEvaluator evaluator,
      StateLookup lookup,
      StickyIds sticky,
      RemoteConfig remote,
      FlagsMetrics metrics,
      AdmissionControl admission,
      StallGuard guard,
      ClientAddresses clients,
      GeoIp geo,
      Supplier<Instant> clock) {
    this.config = config;
    this.definitions = definitions;
    this.evaluator = evaluator;
    this.lookup = lookup;
    this.sticky = sticky;
    this.remote = remote;
    this.metrics = metrics;
    this.admission = admission;
    this.guard = guard;
    this.clients = clients;
    this.geo = geo;
    this.clock = clock;
    this.signatures = config.signingSecret().map(SignatureVerifier::new).orElse(null);
    this.decoder = new BodyDecoder(config.maxBodyBytes());
  }

  /**
   * Handles a request.
   *
   * @param decide whether it is for the older endpoint
   */
  void handle(ServerRequest request, ServerResponse response, boolean decide) {
    Method method = request.prologue().method();
    if (method.equals(Method.POST)) {
      post(request, response, decide);
    } else if (method.equals(Method.GET)) {
      FormFields query = query(request);
      metrics.request(Outcome.EMPTY);
      Replies.json(request, response, nothing(request, query, decide));
    } else {
      metrics.request(Outcome.PLAIN);
      if (method.equals(Method.HEAD)) {
        Replies.json(request, response, new byte[0]);
      } else {
        Replies.otherMethod(request, response);
      }
    }
  }

  private void post(ServerRequest request, ServerResponse response, boolean decide) {
    long begin = System.nanoTime();
    boolean abandoned = false;
    try (AdmissionControl.Permit permit = admission.open()) {
      BodyReader body =
          new BodyReader(
              request, config.maxBodyBytes(), permit, guard, () -> stalled(request, response));
      try {
        answer(request, response, decide, body, permit);
      } catch (RequestRefusedException e) {
        metrics.request(Outcome.REFUSED);
        abandoned = body.abandoned();
        if (!body.answered()) {
          if (abandoned) {
            response.headers().set(HeaderValues.CONNECTION_CLOSE);
          }
          refuse(request, response, e);
        }
      }
    } catch (CloseConnectionException | RequestException e) {
      throw e;
    } catch (UncheckedIOException | DataReader.InsufficientDataAvailableException e) {
      throw new CloseConnectionException("The client has gone.", e);
    } finally {
      metrics.took(System.nanoTime() - begin);
    }
    if (abandoned) {
      throw new CloseConnectionException("The rest of the body is not read.");
    }
  }

  /** Answers on a connection from which the handler still reads. */
  private static void stalled(ServerRequest request, ServerResponse response) {
    response.headers().set(HeaderValues.CONNECTION_CLOSE);
    Replies.text(request, response, Refusal.STALLED.status(), BodyReader.STALLED);
  }

  private void refuse(ServerRequest request, ServerResponse response, RequestRefusedException e) {
    Refusal refusal = e.refusal();
    switch (refusal) {
      case UNSIGNED ->
          Replies.problem(
              request, response, Replies.Problem.AUTHENTICATION_FAILED, e.getMessage() + ".");
      case TOO_LARGE ->
          Replies.text(
              request,
              response,
              refusal.status(),
              "The request has more than "
                  + config.maxBodyBytes()
                  + " bytes; send fewer properties with it.");
      case UNREADABLE ->
          Replies.text(
              request,
              response,
              refusal.status(),
              e.getMessage().startsWith(PROBLEM) ? e.getMessage() : PROBLEM + e.getMessage());
      default -> Replies.text(request, response, refusal.status(), e.getMessage());
    }
  }

  private void answer(
      ServerRequest request,
      ServerResponse response,
      boolean decide,
      BodyReader body,
      MemoryBudget budget)
      throws RequestRefusedException {
    FormFields query = query(request);
    Octets raw = body.read();
    ServerRequestHeaders headers = request.headers();
    if (signatures != null) {
      signatures.verify(
          raw, headers.all(POSTHOG_SIGNATURE, List::of), headers.all(HUB_SIGNATURE, List::of));
    }
    BodyDecoder.Payload payload =
        decoder.decodeBody(
            raw,
            query.text("compression"),
            textOrNull(headers, HeaderNames.CONTENT_TYPE),
            textOrNull(headers, HeaderNames.CONTENT_ENCODING),
            budget);
    if (payload.unknown() != null) {
      throw new RequestRefusedException(
          Refusal.UNREADABLE, PROBLEM + "Unsupported compression type: " + payload.unknown());
    }
    Instant now = clock.get();
    FlagsRequest asked =
        FlagsRequestReader.read(
            payload.json(),
            new FlagsRequestReader.Context(
                credential(headers, query),
                given(query, "only_use_override_person_properties"),
                given(query, "only_evaluate_survey_feature_flags"),
                RuntimeRule.of(
                    textOrNull(headers, HeaderNames.USER_AGENT),
                    headers.contains(HeaderNames.ORIGIN)
                        || headers.contains(HeaderNames.REFERER)
                        || headers.contains(FETCH_SITE)
                        || headers.contains(FETCH_MODE)),
                VisitorLocation.of(header -> textOrNull(headers, LOCATION[header.ordinal()])),
                address -> place(request, query, address),
                now));
    if (isStranger(request, response, asked)) {
      return;
    }
    Replies.json(request, response, evaluated(request, query, decide, asked, now));
  }

  /**
   * Returns where somebody is, or null if that is not known.
   *
   * @param address the address, null for that of the client
   */
  private GeoPlace place(ServerRequest request, FormFields query, String address) {
    if (!geo.isOn() || "0".equals(query.text("ip"))) {
      return null;
    }
    if (address != null) {
      return geo.findOrNull(address);
    }
    ServerRequestHeaders headers = request.headers();
    String proxied = textOrNull(headers, CONNECTING_IP);
    return geo.findOrNull(
        proxied == null || proxied.isBlank()
            ? clients.clientOrNull(
                request.remotePeer().host(), headers.all(FORWARDED_FOR, List::of))
            : proxied.strip());
  }

  /** Refuses a request of a project that may not ask. */
  private boolean isStranger(ServerRequest request, ServerResponse response, FlagsRequest asked)
      throws RequestRefusedException {
    String token = asked.evaluation().token();
    boolean closed = !config.projectKeys().isEmpty();
    if (token.isEmpty() && (closed || config.mode() == FlagsConfig.Mode.POSTHOG)) {
      metrics.request(Outcome.REFUSED);
      Replies.problem(
          request,
          response,
          Replies.Problem.NOT_AUTHENTICATED,
          "No API token provided. Send the project key as token or api_key in the body.");
      return true;
    }
    if (!token.isEmpty()
        && (!isPossible(token) || (closed && !config.projectKeys().contains(token)))) {
      metrics.request(Outcome.REFUSED);
      Replies.problem(
          request,
          response,
          Replies.Problem.AUTHENTICATION_FAILED,
          "The provided API key is invalid or has expired. Please check your API key and try again.");
      return true;
    }
    if (asked.distinctId().isEmpty() && config.mode() == FlagsConfig.Mode.POSTHOG) {
      throw new RequestRefusedException(
          Refusal.UNREADABLE, PROBLEM + "the field distinct_id is missing; send the user's id.");
    }
    return false;
  }

  private static boolean isPossible(String token) {
    if (token.length() > 200) {
      return false;
    }
    for (int i = 0; i < token.length(); i++) {
      if (token.charAt(i) < ' ' || token.charAt(i) > '~') {
        return false;
      }
    }
    return true;
  }

  private byte[] evaluated(
      ServerRequest request, FormFields query, boolean decide, FlagsRequest asked, Instant now) {
    FlagDefinitions.Snapshot snapshot = definitions.current();
    EvaluationRequest evaluation = asked.evaluation();
    boolean limited = snapshot.flags().project(evaluation.token()).quotaLimited();
    List<RenderedFlags.Outcome> outcomes = List.of();
    boolean errors = false;
    if (limited) {
      metrics.request(Outcome.LIMITED);
    } else if (asked.disabled() || asked.distinctId().isEmpty()) {
      metrics.request(Outcome.EMPTY);
    } else {
      metrics.request(Outcome.EVALUATED);
      Evaluations evaluations =
          evaluator.evaluate(snapshot.flags(), evaluation, state(snapshot.flags(), evaluation));
      errors = evaluations.errors();
      outcomes = new ArrayList<>(evaluations.results().size());
      for (FlagResult result : evaluations.results()) {
        RenderedFlags.Outcome outcome = snapshot.rendered().of(result);
        outcome.seen().increment();
        outcomes.add(outcome);
      }
    }
    AnswerShape shape = shape(query, decide);
    return AnswerWriter.write(
        shape,
        new AnswerWriter.Content(
            outcomes,
            errors,
            limited,
            requestId(request),
            now.toEpochMilli(),
            shape.config() ? config(evaluation.token(), snapshot) : null));
  }

  /** Returns where the evaluator finds what is stored. */
  RequestState state(FlagSet flags, EvaluationRequest evaluation) {
    return new RequestState(
        lookup,
        sticky,
        evaluation.token(),
        evaluation.distinctId(),
        evaluation.anonDistinctId(),
        () -> evaluator.needs(flags, evaluation).continuityFlags());
  }

  private byte[] config(String token, FlagDefinitions.Snapshot snapshot) {
    return remote.merged(token, !snapshot.flags().project(token).flags().isEmpty());
  }

  /** Returns what a GET is answered: the shape of an answer without any flag. */
  private byte[] nothing(ServerRequest request, FormFields query, boolean decide) {
    FlagDefinitions.Snapshot snapshot = definitions.current();
    String token = credential(request.headers(), query).orElse("");
    return AnswerWriter.write(
        shape(query, decide),
        new AnswerWriter.Content(
            List.of(),
            false,
            false,
            requestId(request),
            clock.get().toEpochMilli(),
            config(token, snapshot)));
  }

  private static AnswerShape shape(FormFields query, boolean decide) {
    String version = query.text("v") == null ? query.text("version") : query.text("v");
    String config = query.text("config");
    if (config == null && query.octets("config") != null) {
      config = "true";
    }
    return decide ? AnswerShape.ofDecide(version, config) : AnswerShape.ofFlags(version, config);
  }

  private static boolean given(FormFields query, String name) {
    String text = query.text(name);
    return text == null ? query.octets(name) != null : AnswerShape.isTrue(text);
  }

  private Optional<String> credential(ServerRequestHeaders headers, FormFields query) {
    String key = textOrNull(headers, API_KEY);
    if (key == null) {
      key = query.text("token") == null ? query.text("api_key") : query.text("token");
    }
    return key == null || key.isBlank() ? config.apiKey() : Optional.of(key);
  }

  private static UUID requestId(ServerRequest request) {
    String given = textOrNull(request.headers(), REQUEST_ID);
    if (given != null && given.length() == 36) {
      try {
        return UUID.fromString(given);
      } catch (IllegalArgumentException e) {
        // A request id of another kind; the answer gets one of ours.
        return randomId();
      }
    }
    return randomId();
  }

  /** An id, not a secret: the secure generator would cost more than the evaluation. */
  private static UUID randomId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new UUID(
        random.nextLong() & 0xFFFF_FFFF_FFFF_0FFFL | 0x4000L,
        random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL | Long.MIN_VALUE);
  }

  private static FormFields query(ServerRequest request) {
    return FormFields.ofQuery(request.prologue().query().rawValue());
  }

  private static String textOrNull(ServerRequestHeaders headers, HeaderName name) {
    return headers.contains(name) ? headers.get(name).get() : null;
  }
}
