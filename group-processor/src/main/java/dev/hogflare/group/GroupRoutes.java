// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.runtime.PathSegments;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.function.Supplier;

/**
 * Answers {@code GET /groups/{token}/{type}/{key}}.
 *
 * <p>200 with the group, 404 if nothing is known of it, 503 with Retry-After while partitions move.
 */
final class GroupRoutes implements HttpService {
  /** Where the routes belong on the admin server. */
  static final String PATH = "/groups";

  private static final HeaderName FORWARDED = HeaderNames.create(GroupPeerClient.FORWARDED);
  private static final String JSON = "application/json";
  private static final String RETRY_AFTER_SECONDS = "1";

  private final Supplier<GroupLookup> lookup;

  /** Creates the routes of a lookup, asked for at each request. */
  GroupRoutes(Supplier<GroupLookup> lookup) {
    this.lookup = lookup;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/*", this::find);
  }

  private void find(ServerRequest request, ServerResponse response) {
    GroupKey key = keyOrNull(request.prologue().uriPath().rawPath());
    response.header(HeaderNames.CONTENT_TYPE, JSON);
    if (key == null) {
      response.status(Status.BAD_REQUEST_400);
      response.send(
          error("The path is not /groups/{token}/{type}/{key}; percent-encode its three parts."));
      return;
    }
    GroupLookup current = lookup.get();
    GroupAnswer answer =
        request.headers().contains(FORWARDED) ? current.findHere(key) : current.find(key);
    switch (answer) {
      case GroupAnswer.Found found -> response.send(found.json());
      case GroupAnswer.Unknown unknown -> {
        response.status(Status.NOT_FOUND_404);
        response.send(error("Nothing is known of this group."));
      }
      case GroupAnswer.Unavailable unavailable -> {
        response.status(Status.SERVICE_UNAVAILABLE_503);
        response.header(HeaderNames.RETRY_AFTER, RETRY_AFTER_SECONDS);
        response.send(error(unavailable.reason()));
      }
    }
  }

  private static GroupKey keyOrNull(String rawPath) {
    List<String> parts = PathSegments.decodeOrNull(rawPath, PATH, 3);
    return parts == null ? null : new GroupKey(parts.get(0), parts.get(1), parts.get(2));
  }

  private static byte[] error(String message) {
    return new JsonBuffer(128).openObject().name("error").string(message).closeObject().toBytes();
  }
}
