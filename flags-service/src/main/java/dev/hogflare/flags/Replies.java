// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.wire.Cors;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;

/** Sends answers, each with its CORS headers. */
final class Replies {
  private static final byte[] NOTHING = new byte[0];
  private static final Header JSON =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json");
  private static final Header TEXT =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
  private static final Header SCRIPT =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/javascript; charset=utf-8");
  private static final Header GZIP =
      HeaderValues.createCached(HeaderNames.CONTENT_ENCODING, "gzip");
  private static final Header ALLOWED =
      HeaderValues.createCached(HeaderNames.ALLOW, "GET, POST, OPTIONS, HEAD");

  private Replies() {}

  /** The types of error that PostHog's API knows. */
  enum Problem {
    NOT_AUTHENTICATED(401, "authentication_error", "not_authenticated"),
    AUTHENTICATION_FAILED(401, "authentication_error", "authentication_failed"),
    QUOTA(402, "quota_limited", "payment_required"),
    PERMISSION_DENIED(403, "authentication_error", "permission_denied"),
    NOT_FOUND(404, "invalid_request", "not_found"),
    NOT_READY(503, "server_error", "service_unavailable");

    private final int status;
    private final String type;
    private final String code;

    Problem(int status, String type, String code) {
      this.status = status;
      this.type = type;
      this.code = code;
    }
  }

  static void json(ServerRequest request, ServerResponse response, byte[] body) {
    response.headers().set(JSON);
    send(request, response, Status.OK_200, body);
  }

  static void script(ServerRequest request, ServerResponse response, byte[] body) {
    response.headers().set(SCRIPT);
    send(request, response, Status.OK_200, body);
  }

  /** Answers with a script that is compressed already. */
  static void gzipScript(ServerRequest request, ServerResponse response, byte[] gzip) {
    response.headers().set(SCRIPT);
    response.headers().set(GZIP);
    send(request, response, Status.OK_200, gzip);
  }

  /** Answers with a sentence, as PostHog answers requests that it cannot read. */
  static void text(ServerRequest request, ServerResponse response, int status, String sentence) {
    response.headers().set(TEXT);
    send(request, response, Status.create(status), sentence.getBytes(StandardCharsets.UTF_8));
  }

  /** Answers with a text. */
  static void text(ServerRequest request, ServerResponse response, byte[] text) {
    response.headers().set(TEXT);
    send(request, response, Status.OK_200, text);
  }

  /** Answers with an error as SDKs show it: they read {@code detail}. */
  static void problem(
      ServerRequest request, ServerResponse response, Problem problem, String detail) {
    byte[] body =
        new JsonBuffer(256)
            .openObject()
            .name("type")
            .string(problem.type)
            .name("code")
            .string(problem.code)
            .name("detail")
            .string(detail)
            .name("attr")
            .raw("null".getBytes(StandardCharsets.US_ASCII))
            .closeObject()
            .toBytes();
    response.headers().set(JSON);
    send(request, response, Status.create(problem.status), body);
  }

  static void empty(ServerRequest request, ServerResponse response, Status status) {
    send(request, response, status, NOTHING);
  }

  /**
   * Answers every method but GET and HEAD, which it leaves to the caller.
   *
   * @return whether the request is answered
   */
  static boolean isNoGet(ServerRequest request, ServerResponse response) {
    Method method = request.prologue().method();
    if (method.equals(Method.GET) || method.equals(Method.HEAD)) {
      return false;
    }
    otherMethod(request, response);
    return true;
  }

  /** Answers a preflight, or refuses a method. */
  static void otherMethod(ServerRequest request, ServerResponse response) {
    response.headers().set(ALLOWED);
    if (request.prologue().method().equals(Method.OPTIONS)) {
      Cors.applyPreflight(request.headers(), response.headers());
      empty(request, response, Status.NO_CONTENT_204);
    } else {
      empty(request, response, Status.METHOD_NOT_ALLOWED_405);
    }
  }

  private static void send(
      ServerRequest request, ServerResponse response, Status status, byte[] body) {
    Cors.apply(request.headers(), response.headers());
    response.status(status);
    if (request.prologue().method().equals(Method.HEAD)) {
      response.headers().contentLength(body.length);
      response.send();
    } else {
      response.send(body);
    }
  }
}
