// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.runtime.Health;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.SidePaths;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.RequestException;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table of every path and method.
 *
 * <p>Paths are matched exactly, with and without a slash at the end, and nothing is redirected: an
 * SDK that follows no redirect would lose its events.
 */
final class GatewayRoutes implements HttpService {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayRoutes.class);
  private static final String HEALTH = "/healthz";
  private static final byte[] OK = "{\"status\":\"ok\"}".getBytes(StandardCharsets.US_ASCII);
  private final Map<String, Endpoint> endpoints;
  private final CaptureHandler capture;
  private final PersonDebugHandler debug;
  private final Answers answers;
  private final GatewayMetrics metrics;
  private final Supplier<Health> health;
  private final SidePaths side;

  /**
   * Creates the table.
   *
   * @param endpoints the paths that take events, without slashes at their ends
   * @param side answers what is not in it
   */
  GatewayRoutes(
      Map<String, Endpoint> endpoints,
      CaptureHandler capture,
      PersonDebugHandler debug,
      Answers answers,
      GatewayMetrics metrics,
      Supplier<Health> health,
      SidePaths side) {
    this.endpoints = withSlashes(endpoints);
    this.capture = capture;
    this.debug = debug;
    this.answers = answers;
    this.metrics = metrics;
    this.health = health;
    this.side = side;
  }

  private static Map<String, Endpoint> withSlashes(Map<String, Endpoint> paths) {
    Map<String, Endpoint> both = new HashMap<>(paths);
    paths.forEach((path, endpoint) -> both.put(path + "/", endpoint));
    return Map.copyOf(both);
  }

  @Override
  public void routing(HttpRules rules) {
    rules.any(this::route);
  }

  private void route(ServerRequest request, ServerResponse response) {
    if (isAmbiguous(request.headers())) {
      metrics.received(1);
      metrics.rejected(Refusal.UNREADABLE, 1);
      response.headers().set(HeaderValues.CONNECTION_CLOSE);
      answers.refusal(
          request, response, Refusal.UNREADABLE, "The length of the body is ambiguous.");
      throw new CloseConnectionException("Where the next request begins is unknown.");
    }
    try {
      dispatch(request, response);
    } catch (CloseConnectionException | RequestException e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.error("A request to {} failed by a defect", request.prologue().uriPath().rawPath(), e);
      if (response.isSent()) {
        throw new CloseConnectionException("The answer is broken.", e);
      }
      answers.refusal(request, response, Refusal.INTERNAL, "internal server error");
    }
  }

  /**
   * Whether a server on the way may have seen another length of the body than ours, so that what
   * follows may be a request that it never saw.
   */
  private static boolean isAmbiguous(ServerRequestHeaders headers) {
    boolean lengthGiven = headers.contains(HeaderNames.CONTENT_LENGTH);
    if (headers.contains(HeaderNames.TRANSFER_ENCODING)) {
      return lengthGiven || !headers.contains(HeaderValues.TRANSFER_ENCODING_CHUNKED);
    }
    if (!lengthGiven) {
      return false;
    }
    Header length = headers.get(HeaderNames.CONTENT_LENGTH);
    String text = length.get();
    boolean number = length.valueCount() == 1 && text.length() <= 18;
    for (int i = 0; i < text.length() && number; i++) {
      number = text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    return !number;
  }

  private void dispatch(ServerRequest request, ServerResponse response) {
    String path = request.prologue().uriPath().rawPath();
    Method method = request.prologue().method();
    Endpoint endpoint = endpoints.get(path);
    if (endpoint != null) {
      boolean gets = endpoint.protocol().takesGet();
      if (method.equals(Method.POST) || (gets && method.equals(Method.GET))) {
        capture.handle(request, response, endpoint);
      } else if (method.equals(Method.OPTIONS)) {
        answers.preflight(request, response);
      } else {
        answers.methodNotAllowed(request, response, gets);
      }
    } else if (path.equals(HEALTH)) {
      whenGet(request, response, () -> health(request, response));
    } else if (path.startsWith(PersonDebugHandler.PREFIX)) {
      whenGet(request, response, () -> debug.handle(request, response, path));
    } else if (side.serves(path)) {
      side.handle(request, response);
    } else {
      answers.empty(request, response, Status.NOT_FOUND_404);
    }
  }

  private void whenGet(ServerRequest request, ServerResponse response, Runnable handler) {
    if (request.prologue().method().equals(Method.GET)) {
      handler.run();
    } else {
      answers.methodNotAllowed(request, response, true);
    }
  }

  private void health(ServerRequest request, ServerResponse response) {
    Health now = health.get();
    switch (now.state()) {
      case OK -> answers.json(request, response, Status.OK_200, OK);
      case DEGRADED ->
          answers.json(request, response, Status.OK_200, healthBody("degraded", "warning", now));
      case DOWN ->
          answers.json(
              request, response, Status.SERVICE_UNAVAILABLE_503, healthBody("down", "error", now));
    }
  }

  private static byte[] healthBody(String status, String member, Health health) {
    return new JsonBuffer(256)
        .openObject()
        .name("status")
        .string(status)
        .name(member)
        .string(health.message())
        .closeObject()
        .toBytes();
  }
}
