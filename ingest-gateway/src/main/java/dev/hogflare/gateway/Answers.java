// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.wire.Cors;
import dev.hogflare.wire.Refusal;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;

/** Writes the gateway's answers, each with its CORS headers, and counts them. */
final class Answers {
  /** What an address is told that sends too much that is none of ours. */
  static final String LIMITED =
      "Too many requests with unknown project keys; send the key of a project that is known.";

  private static final byte[] SUCCESS = "{\"status\":1}".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NOTHING = new byte[0];
  private static final Header JSON =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json");
  private static final Header ALLOWED =
      HeaderValues.createCached(HeaderNames.ALLOW, "GET, POST, OPTIONS");
  private static final Header POSTS_ALLOWED =
      HeaderValues.createCached(HeaderNames.ALLOW, "POST, OPTIONS");
  private static final Header SOON = HeaderValues.createCached(HeaderNames.RETRY_AFTER, "1");

  private final GatewayMetrics metrics;

  Answers(GatewayMetrics metrics) {
    this.metrics = metrics;
  }

  /** Says that everything is stored: 200, because SDKs send again after any other success. */
  void success(ServerRequest request, ServerResponse response) {
    json(request, response, Status.OK_200, SUCCESS);
  }

  /** Says the same to a page that is being closed and reads no answer. */
  void beacon(ServerRequest request, ServerResponse response) {
    send(request, response, Status.NO_CONTENT_204, NOTHING);
  }

  /** Answers a preflight. */
  void preflight(ServerRequest request, ServerResponse response) {
    Cors.applyPreflight(request.headers(), response.headers());
    send(request, response, Status.OK_200, NOTHING);
  }

  /** Says why a request is refused. */
  void refusal(ServerRequest request, ServerResponse response, Refusal refusal, String sentence) {
    if (refusal.status() == Status.SERVICE_UNAVAILABLE_503.code()) {
      response.headers().set(SOON);
    }
    error(request, response, Status.create(refusal.status()), sentence);
  }

  /** Says that an address sends too much that is none of ours, and when it may go on. */
  void limited(ServerRequest request, ServerResponse response, long seconds) {
    response.headers().set(HeaderNames.RETRY_AFTER, Long.toString(seconds));
    refusal(request, response, Refusal.LIMITED, LIMITED);
  }

  /** Says why nothing of a request is usable. */
  void unusable(ServerRequest request, ServerResponse response, ErrorCode code, String sentence) {
    error(request, response, status(code), sentence);
  }

  /** Returns the status of the answer to a request of which nothing is usable. */
  static Status status(ErrorCode code) {
    return switch (code) {
      case MISSING_TOKEN, INVALID_TOKEN, UNKNOWN_TOKEN -> Status.UNAUTHORIZED_401;
      case TOO_DEEP, EVENT_TOO_LARGE -> Status.REQUEST_ENTITY_TOO_LARGE_413;
      default -> Status.BAD_REQUEST_400;
    };
  }

  /** Answers with an error that has a sentence. */
  void error(ServerRequest request, ServerResponse response, Status status, String sentence) {
    json(request, response, status, errorBody(sentence));
  }

  /**
   * Answers a method that a path does not have.
   *
   * @param gets whether it has GET
   */
  void methodNotAllowed(ServerRequest request, ServerResponse response, boolean gets) {
    response.headers().set(gets ? ALLOWED : POSTS_ALLOWED);
    empty(request, response, Status.METHOD_NOT_ALLOWED_405);
  }

  /** Answers without a body. */
  void empty(ServerRequest request, ServerResponse response, Status status) {
    send(request, response, status, NOTHING);
  }

  /** Answers with JSON. */
  void json(ServerRequest request, ServerResponse response, Status status, byte[] body) {
    response.headers().set(JSON);
    send(request, response, status, body);
  }

  private void send(ServerRequest request, ServerResponse response, Status status, byte[] body) {
    Cors.apply(request.headers(), response.headers());
    metrics.answered(status.code());
    response.status(status).send(body);
  }

  /** Returns the body of an error. */
  static byte[] errorBody(String sentence) {
    return new JsonBuffer(64 + 2 * sentence.length())
        .openObject()
        .name("status")
        .number(0)
        .name("error")
        .string(sentence)
        .closeObject()
        .toBytes();
  }
}
