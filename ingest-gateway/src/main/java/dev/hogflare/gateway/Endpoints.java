// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.Route;
import dev.hogflare.wire.BodyDecoder;
import java.util.HashMap;
import java.util.Map;

/** The table of the paths that take events. */
final class Endpoints {
  private Endpoints() {}

  /** Returns what stands behind each path; each is meant with and without a slash at its end. */
  static Map<String, Endpoint> of(GatewayConfig config, Answers answers) {
    BodyDecoder decoder = new BodyDecoder(config.maxInflatedBytes());
    RequestReader reader = new RequestReader(decoder);
    Map<String, Endpoint> paths = new HashMap<>();
    Protocol events = new EventProtocol(decoder, reader, answers);
    paths.put("/capture", new Endpoint(Route.CAPTURE, events));
    paths.put("/track", new Endpoint(Route.CAPTURE, events));
    paths.put("/e", new Endpoint(Route.E, events));
    paths.put("/i/v0/e", new Endpoint(Route.E, events));
    paths.put("/batch", new Endpoint(Route.BATCH, events));
    paths.put("/i/v0/ai/batch", new Endpoint(Route.BATCH, events));
    paths.put("/identify", new Endpoint(Route.IDENTIFY, events));
    paths.put("/alias", new Endpoint(Route.ALIAS, events));
    paths.put("/engage", new Endpoint(Route.ENGAGE, events));
    paths.put("/groups", new Endpoint(Route.GROUPS, events));
    paths.put("/s", new Endpoint(Route.S, events));
    Protocol v1 = new V1Protocol(decoder, reader, config.maxInflatedBytes(), answers);
    paths.put("/i/v1/analytics/events", new Endpoint(Route.CAPTURE, v1));
    paths.put(
        "/i/v0/ai", new Endpoint(Route.CAPTURE, new AiEventProtocol(decoder, reader, answers)));
    Map.of(
            "/i/v1/logs", OtlpSignal.LOGS,
            "/i/v1/traces", OtlpSignal.TRACES,
            "/i/v1/metrics", OtlpSignal.METRICS,
            "/i/v0/ai/otel", OtlpSignal.AI)
        .forEach(
            (path, signal) ->
                paths.put(
                    path,
                    new Endpoint(
                        Route.CAPTURE,
                        new OtlpProtocol(
                            signal, decoder, reader, config.maxInflatedBytes(), answers))));
    return Map.copyOf(paths);
  }
}
