// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.runtime.Health;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Answers what the command {@code status} asks. */
final class StatusRoute implements HttpService {
  /** Where it is on the admin endpoint. */
  static final String PATH = "/status";

  private final LongSupplier uptimeSeconds;
  private final Supplier<Figures> figures;
  private final LongSupplier lakeWaiting;
  private final Supplier<Map<String, Health>> health;

  /**
   * Creates the route.
   *
   * @param lakeWaiting the rows that the lake holds and has not committed
   */
  StatusRoute(
      LongSupplier uptimeSeconds,
      Supplier<Figures> figures,
      LongSupplier lakeWaiting,
      Supplier<Map<String, Health>> health) {
    this.uptimeSeconds = uptimeSeconds;
    this.figures = figures;
    this.lakeWaiting = lakeWaiting;
    this.health = health;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/", this::answer);
  }

  private void answer(ServerRequest request, ServerResponse response) {
    Figures now = figures.get();
    JsonBuffer json =
        new JsonBuffer(512)
            .openObject()
            .name("uptimeSeconds")
            .number(uptimeSeconds.getAsLong())
            .name("eventsIn")
            .number(now.eventsIn())
            .name("persons")
            .number(now.persons())
            .name("lakeRows")
            .number(now.lakeRows())
            .name("lakeWaiting")
            .number(lakeWaiting.getAsLong())
            .name("lag")
            .number(now.lag())
            .name("parts")
            .openObject();
    new TreeMap<>(health.get())
        .forEach(
            (name, part) ->
                json.name(name)
                    .openObject()
                    .name("up")
                    .bool(part.up())
                    .name("message")
                    .string(part.message())
                    .closeObject());
    response.header(HeaderNames.CONTENT_TYPE, "application/json");
    response.send(json.closeObject().closeObject().toBytes());
  }
}
