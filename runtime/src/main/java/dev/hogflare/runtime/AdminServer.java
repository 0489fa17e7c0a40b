// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpService;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The operator's endpoint of a process: {@code /healthz}, {@code /metrics}, and the services' own
 * lookups.
 */
public final class AdminServer implements AutoCloseable {
  private static final String JSON = "application/json";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final HostPort address;
  private final WebServer server;

  /**
   * Creates a server that is not started yet.
   *
   * @param address where to listen; port 0 takes a free one
   * @param registry what {@code /metrics} shows
   * @param health the parts of the process by name, asked at each request
   * @param lookups further services by path
   */
  public AdminServer(
      HostPort address,
      PrometheusMeterRegistry registry,
      Supplier<Map<String, Health>> health,
      Map<String, HttpService> lookups) {
    this.address = address;
    HttpRouting.Builder routing =
        HttpRouting.builder()
            .get(
                "/healthz",
                (request, response) -> {
                  Map<String, Health> parts = new TreeMap<>(health.get());
                  boolean up = parts.values().stream().allMatch(Health::up);
                  response.status(up ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
                  response.header(HeaderNames.CONTENT_TYPE, JSON);
                  response.send(HealthReport.toJson(parts));
                })
            .get(
                "/metrics",
                (request, response) -> {
                  response.header(HeaderNames.CONTENT_TYPE, PROMETHEUS);
                  response.send(registry.scrape());
                });
    lookups.forEach(routing::register);
    server =
        WebServer.builder()
            .host(address.host())
            .port(address.port())
            .connectionOptions(connection -> connection.tcpNoDelay(true))
            .shutdownHook(false)
            .addRouting(routing)
            .build();
  }

  /**
   * Starts to listen.
   *
   * @throws IllegalStateException if the port is taken
   */
  public void start() {
    server.start();
    if (!server.isRunning()) {
      // The server itself only logs it.
      throw new IllegalStateException(
          "The admin endpoint cannot listen on "
              + address
              + "; free the port, or change HOGFLARE_ADMIN_PORT.");
    }
  }

  /** Returns the port that is listened on. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.stop();
  }
}
