// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.JsonBuffer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** Person lookups over HTTP: {@code GET /persons/{token}/{distinct_id}} on the admin port. */
public final class PersonRoutes implements HttpService {
  private static final String JSON = "application/json";

  private final PersonLookup lookup;

  /** Creates the routes of a lookup. */
  public PersonRoutes(PersonLookup lookup) {
    this.lookup = lookup;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/{token}/{distinctId}", this::find);
  }

  private void find(ServerRequest request, ServerResponse response) {
    String token = request.path().pathParameters().get("token");
    String distinctId = request.path().pathParameters().get("distinctId");
    String asked = request.query().first("asked").orElse(distinctId);
    int hops = hops(request.query().first("hops").orElse("0"));
    PersonLookup.Answer answer = lookup.find(new ActorKey(token, distinctId), asked, hops);
    response.header(HeaderNames.CONTENT_TYPE, JSON);
    switch (answer) {
      case PersonLookup.Answer.Found found -> response.send(found.json());
      case PersonLookup.Answer.Unavailable unavailable -> {
        response.status(Status.SERVICE_UNAVAILABLE_503);
        response.header(HeaderNames.RETRY_AFTER, "1");
        response.send(
            new JsonBuffer(128)
                .openObject()
                .name("error")
                .string(unavailable.reason())
                .closeObject()
                .toBytes());
      }
    }
  }

  private static int hops(String text) {
    try {
      return Math.max(0, Integer.parseInt(text));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
