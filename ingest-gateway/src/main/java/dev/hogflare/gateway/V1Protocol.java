// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Uuids;
import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.Compression;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.Status;
import java.util.List;
import java.util.Locale;

/**
 * PostHog's protocol of {@code /i/v1/analytics/events}: strict about its headers, and with an
 * answer that says of each event what becomes of it.
 */
final class V1Protocol implements Protocol {
  private static final HeaderName SDK_INFO =
      HeaderNames.create("posthog-sdk-info", "PostHog-Sdk-Info");
  private static final HeaderName ATTEMPT =
      HeaderNames.create("posthog-attempt", "PostHog-Attempt");
  private static final HeaderName REQUEST_ID =
      HeaderNames.create("posthog-request-id", "PostHog-Request-Id");
  private static final HeaderName REQUEST_TIMESTAMP =
      HeaderNames.create("posthog-request-timestamp", "PostHog-Request-Timestamp");
  private static final List<HeaderName> REQUIRED =
      List.of(SDK_INFO, ATTEMPT, REQUEST_ID, REQUEST_TIMESTAMP, HeaderNames.USER_AGENT);
  private static final Header EXPOSED =
      HeaderValues.createCached(
          HeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, "Retry-After, PostHog-Request-Id");
  private static final Header SOON = HeaderValues.createCached(HeaderNames.RETRY_AFTER, "1");
  private static final String BEARER = "bearer";
  private static final String DOCS = "https://posthog.com/docs/api";
  private static final String PERFORMANCE_EVENT = "dropped_performance_event";

  /** The most that the answer says of one event. */
  private static final int BYTES_OF_RESULT = 112;

  private static final String WITHOUT_PERSON = "person_processing_disabled";

  private final BodyDecoder decoder;
  private final RequestReader reader;
  private final int ceiling;
  private final Answers answers;

  /**
   * Creates the protocol.
   *
   * @param ceiling the most bytes of a batch after decompression
   */
  V1Protocol(BodyDecoder decoder, RequestReader reader, int ceiling, Answers answers) {
    this.decoder = decoder;
    this.reader = reader;
    this.ceiling = ceiling;
    this.answers = answers;
  }

  @Override
  public boolean takesGet() {
    return false;
  }

  @Override
  public Intake read(Incoming in) throws RequestRefusedException {
    ServerRequestHeaders headers = in.exchange().request().headers();
    RequestReader.Context given = in.context();
    String key = key(headers, given.credentials().configured());
    for (HeaderName name : REQUIRED) {
      if (textOrEmpty(headers, name).isBlank()) {
        throw refused(
            "missing_required_headers",
            "The header " + name.defaultCase() + " is missing; send it with each request.");
      }
    }
    String attempt = textOrEmpty(headers, ATTEMPT);
    if (!isPositive(attempt)) {
      throw invalid(ATTEMPT, "count the attempts from 1");
    }
    if (Uuids.parseOrNull(textOrEmpty(headers, REQUEST_ID)) == null) {
      throw invalid(REQUEST_ID, "send a UUID, the same at each attempt");
    }
    Long sentAt = Rfc3339.parseOrNull(textOrEmpty(headers, REQUEST_TIMESTAMP));
    if (sentAt == null) {
      throw invalid(REQUEST_TIMESTAMP, "send the time of the attempt as RFC 3339 text");
    }
    if (!isJson(textOrEmpty(headers, HeaderNames.CONTENT_TYPE))) {
      throw new RequestRefusedException(
          Refusal.UNSUPPORTED,
          "unsupported_content_type",
          "The content type is not read here; send application/json.");
    }
    Octets body =
        decode(in.body(), textOrEmpty(headers, HeaderNames.CONTENT_ENCODING), in.budget());
    V1Batch.Read batch =
        V1Batch.read(body, V1Batch.Sdk.of(textOrEmpty(headers, SDK_INFO)), ceiling, in.budget());
    // The header's key alone: a property that is called token is the user's own here.
    RequestReader.Context context =
        new RequestReader.Context(
            given.route(),
            new Credentials(key, null, null, given.credentials().configured()),
            sentAt,
            given.addedBytes());
    Intake intake =
        reader.read(new BodyDecoder.Payload(batch.events(), null, null), context, in.budget());
    in.budget().reserve((long) BYTES_OF_RESULT * intake.items().size());
    for (int i = 0; i < intake.items().size(); i++) {
      V1Batch.Verdict verdict = batch.verdicts().get(i);
      Item item = intake.items().get(i);
      // One that is left out has none otherwise.
      item.uuid(verdict.uuid());
      item.detail(item.fate() == Item.Fate.FILTERED ? PERFORMANCE_EVENT : verdict.detail());
      if (verdict.problem() != null) {
        item.refuse(verdict.problem(), verdict.sentence());
      }
    }
    return new Intake(intake.json(), intake.items(), intake.defaults(), batch.historical());
  }

  private static String key(ServerRequestHeaders headers, String configured)
      throws RequestRefusedException {
    String authorization = textOrEmpty(headers, HeaderNames.AUTHORIZATION).strip();
    if (authorization.isEmpty()) {
      if (configured == null) {
        throw new RequestRefusedException(
            Refusal.KEYLESS,
            "missing_authorization",
            "The header Authorization is missing; send Bearer and the project key in it.");
      }
      return null;
    }
    int space = authorization.indexOf(' ');
    String scheme = space < 0 ? authorization : authorization.substring(0, space);
    if (!scheme.equalsIgnoreCase(BEARER)) {
      throw invalid(HeaderNames.AUTHORIZATION, "send Bearer and the project key");
    }
    String key = authorization.substring(scheme.length()).strip();
    if (key.isEmpty()) {
      throw new RequestRefusedException(
          Refusal.KEYLESS,
          "missing_authorization",
          "The header Authorization has no key; send Bearer and the project key in it.");
    }
    return key;
  }

  private Octets decode(Octets body, String encoding, MemoryBudget budget)
      throws RequestRefusedException {
    String name = encoding.strip().toLowerCase(Locale.ROOT);
    try {
      return switch (name) {
        case "", "identity", "gzip", "x-gzip", "deflate" ->
            decoder.unwrap(body, Compression.named(name), false, budget);
        case "br" -> decoder.brotli(body, budget);
        case "zstd" -> decoder.zstd(body, budget);
        default ->
            throw new RequestRefusedException(
                Refusal.UNSUPPORTED,
                "unsupported_content_encoding",
                "The content encoding is not read here; send gzip, deflate, br, zstd or none.");
      };
    } catch (RequestRefusedException e) {
      String tag = e.tagOrNull();
      throw new RequestRefusedException(
          e.refusal(), tag == null ? tag(e.refusal()) : tag, e.getMessage());
    }
  }

  private static boolean isJson(String contentType) {
    int end = contentType.indexOf(';');
    String type = end < 0 ? contentType : contentType.substring(0, end);
    return type.strip().equalsIgnoreCase("application/json");
  }

  private static boolean isPositive(String text) {
    if (text.isEmpty() || text.length() > 9) {
      return false;
    }
    int number = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return false;
      }
      number = 10 * number + (c - '0');
    }
    return number > 0;
  }

  private static RequestRefusedException invalid(HeaderName name, String fix) {
    return refused(
        "invalid_header", "The header " + name.defaultCase() + " is invalid; " + fix + ".");
  }

  private static RequestRefusedException refused(String tag, String sentence) {
    return new RequestRefusedException(Refusal.UNREADABLE, tag, sentence);
  }

  private static String textOrEmpty(ServerRequestHeaders headers, HeaderName name) {
    return headers.contains(name) ? headers.get(name).get() : "";
  }

  /**
   * A request with a key that is none of ours is refused as a whole, and everything else is told.
   */
  @Override
  public boolean tellsOfEach(Intake intake) {
    for (Item item : intake.items()) {
      if (item.fate() == Item.Fate.UNUSABLE
          && Answers.status(item.problem()).equals(Status.UNAUTHORIZED_401)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void success(Exchange exchange, Intake intake) {
    JsonBuffer out = new JsonBuffer(64 + BYTES_OF_RESULT * intake.items().size());
    out.openObject().name("results").openObject();
    for (Item item : intake.items()) {
      out.name(item.uuid().toString()).openObject().name("result");
      String detail = null;
      switch (item.fate()) {
        case USABLE -> {
          out.string(item.isOverflow() ? "warning" : "ok");
          detail = item.isOverflow() ? WITHOUT_PERSON : item.detail();
        }
        case FILTERED -> {
          out.string("drop");
          detail =
              PERFORMANCE_EVENT.equals(item.detail()) ? item.detail() : "event_restriction_drop";
        }
        case UNUSABLE -> {
          out.string("drop");
          detail = item.detail() == null ? detail(item.problem()) : item.detail();
        }
      }
      if (detail != null) {
        out.name("details").string(detail);
      }
      out.closeObject();
    }
    send(exchange, Status.OK_200, out.closeObject().closeObject().toBytes());
  }

  private static String detail(ErrorCode problem) {
    return switch (problem) {
      case EVENT_TOO_LARGE -> "event_too_big";
      case TOO_DEEP -> "malformed_event_properties";
      case MISSING_EVENT -> "missing_event_name";
      case MISSING_DISTINCT_ID -> "missing_distinct_id";
      default -> "rejected";
    };
  }

  @Override
  public void unusable(Exchange exchange, Item first) {
    Status status = Answers.status(first.problem());
    String tag =
        status.equals(Status.UNAUTHORIZED_401) ? "invalid_api_key" : first.problem().text();
    error(exchange, status, tag, first.message());
  }

  @Override
  public void refusal(Exchange exchange, Refusal refusal, String tag, String sentence) {
    Status status = Status.create(refusal.status());
    error(exchange, status, tag == null ? tag(refusal) : tag, sentence);
  }

  @Override
  public void limited(Exchange exchange, long seconds) {
    exchange.response().headers().set(HeaderNames.RETRY_AFTER, Long.toString(seconds));
    error(exchange, Status.TOO_MANY_REQUESTS_429, "rate_limited", Answers.LIMITED);
  }

  private static String tag(Refusal refusal) {
    return switch (refusal) {
      case UNREADABLE -> "request_parsing_error";
      case UNSIGNED -> "invalid_signature";
      case KEYLESS -> "missing_authorization";
      case STALLED -> "body_read_timeout";
      case TOO_LARGE, TOO_DEEP -> "payload_too_large";
      case UNSUPPORTED -> "unsupported_content_type";
      case LIMITED -> "rate_limited";
      case INTERNAL -> "internal_error";
      case OVERLOADED, UNAVAILABLE -> "service_unavailable";
    };
  }

  private void error(Exchange exchange, Status status, String tag, String sentence) {
    if (status.code() == 408 || status.code() >= 500) {
      exchange.response().headers().set(SOON);
    }
    send(
        exchange,
        status,
        new JsonBuffer(256)
            .openObject()
            .name("error")
            .string(tag)
            .name("error_description")
            .string(sentence)
            .name("error_uri")
            .string(DOCS)
            .closeObject()
            .toBytes());
  }

  private void send(Exchange exchange, Status status, byte[] body) {
    String id = textOrEmpty(exchange.request().headers(), REQUEST_ID);
    if (Uuids.parseOrNull(id) != null) {
      exchange.response().headers().set(HeaderValues.create(REQUEST_ID, id));
    }
    exchange.response().headers().set(EXPOSED);
    answers.json(exchange.request(), exchange.response(), status, body);
  }
}
