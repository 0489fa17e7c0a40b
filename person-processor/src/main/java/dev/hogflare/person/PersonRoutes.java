// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DistinctIds;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.runtime.PathSegments;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.function.Supplier;

/** Person lookups over HTTP: {@code GET /persons/{token}/{distinct_id}} on the admin port. */
public final class PersonRoutes implements HttpService {
  /** Where the routes belong on the admin server. */
  public static final String PATH = "/persons";

  private static final String JSON = "application/json";

  private final Supplier<PersonLookup> lookup;

  /** Creates the routes of a lookup. */
  public PersonRoutes(PersonLookup lookup) {
    this(() -> lookup);
  }

  /** Creates the routes of a lookup that can be another one at each request. */
  public PersonRoutes(Supplier<PersonLookup> lookup) {
    this.lookup = lookup;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/*", this::find);
  }

  private void find(ServerRequest request, ServerResponse response) {
    response.header(HeaderNames.CONTENT_TYPE, JSON);
    ActorKey key = keyOrNull(request.prologue().uriPath().rawPath());
    if (key == null) {
      response.status(Status.BAD_REQUEST_400);
      response.send(
          error("The path is not /persons/{token}/{distinct_id}; percent-encode its two parts."));
      return;
    }
    String asked = request.query().first("asked").orElse(key.distinctId());
    int hops = Math.max(0, number(request.query().first("hops").orElse(""), 0));
    int life =
        Math.max(
            PersonLookup.PRESENT,
            number(request.query().first("life").orElse(""), PersonLookup.PRESENT));
    PersonLookup.Answer answer = lookup.get().find(key, life, asked, hops);
    switch (answer) {
      case PersonLookup.Answer.Found found -> response.send(found.json());
      case PersonLookup.Answer.Unavailable unavailable -> {
        response.status(Status.SERVICE_UNAVAILABLE_503);
        response.header(HeaderNames.RETRY_AFTER, "1");
        response.send(error(unavailable.reason()));
      }
    }
  }

  private static ActorKey keyOrNull(String rawPath) {
    List<String> parts = PathSegments.decodeOrNull(rawPath, PATH, 2);
    if (parts == null) {
      return null;
    }
    try {
      return new ActorKey(parts.get(0), DistinctIds.normalize(parts.get(1)));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static byte[] error(String message) {
    return new JsonBuffer(128).openObject().name("error").string(message).closeObject().toBytes();
  }

  private static int number(String text, int otherwise) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }
}
