// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.runtime.PathSegments;
import dev.hogflare.wire.FormFields;
import dev.hogflare.wire.Refusal;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/** Shows the person behind a distinct id to whoever holds the debug token. */
final class PersonDebugHandler {
  /** Behind this stands a slash and the distinct id. */
  static final String PREFIX = "/__debug/person";

  private static final HeaderName TOKEN = HeaderNames.create("x-hogflare-debug-token");

  private final byte[] token;
  private final String apiKey;
  private final PersonLookup lookup;
  private final Answers answers;

  /**
   * Creates the handler.
   *
   * @param lookup where persons are found, or null if nowhere
   */
  PersonDebugHandler(GatewayConfig config, PersonLookup lookup, Answers answers) {
    this.token = config.debugToken().map(t -> t.getBytes(StandardCharsets.UTF_8)).orElse(null);
    this.apiKey = config.apiKey().orElse(null);
    this.lookup = lookup;
    this.answers = answers;
  }

  /**
   * Handles a GET.
   *
   * @param path the path as it was sent, with the distinct id as its last segment
   */
  void handle(ServerRequest request, ServerResponse response, String path) {
    List<String> id = PathSegments.decodeOrNull(path, PREFIX, 1);
    if (token == null || lookup == null || id == null) {
      answers.empty(request, response, Status.NOT_FOUND_404);
      return;
    }
    String given =
        request.headers().contains(TOKEN) ? request.headers().get(TOKEN).get().strip() : "";
    if (!MessageDigest.isEqual(token, given.getBytes(StandardCharsets.UTF_8))) {
      answers.empty(request, response, Status.UNAUTHORIZED_401);
      return;
    }
    String named = FormFields.ofQuery(request.prologue().query().rawValue()).text("token");
    String project = named == null ? apiKey : named;
    if (project == null || ProjectKeys.shapeProblemOrNull(project) != null) {
      answers.error(
          request,
          response,
          Status.BAD_REQUEST_400,
          "The project key is missing or invalid; send it as ?token= or set POSTHOG_API_KEY.");
      return;
    }
    byte[] person = lookup.find(project.strip(), id.getFirst());
    if (person == null) {
      answers.refusal(request, response, Refusal.UNAVAILABLE, "failed to load person record");
    } else {
      answers.json(request, response, Status.OK_200, person);
    }
  }
}
