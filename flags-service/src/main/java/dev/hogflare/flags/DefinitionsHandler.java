// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.hogflare.flags.FlagsMetrics.Outcome;
import dev.hogflare.runtime.PathSegments;
import dev.hogflare.wire.FormFields;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Gives flag definitions, and the payloads of remote configuration flags, to servers. */
final class DefinitionsHandler {
  /** Where the paths of payloads begin. */
  static final String PROJECTS = "/api/projects/";

  private static final String BEARER = "bearer ";
  private static final String REMOTE_CONFIG = "remote_config";

  private final FlagsConfig config;
  private final FlagDefinitions definitions;
  private final BooleanSupplier ready;
  private final FlagsMetrics metrics;

  /**
   * Creates the handler.
   *
   * @param ready whether all sources of flags have been read; before, a client that clears its
   *     flags on an empty answer must not get one
   */
  DefinitionsHandler(
      FlagsConfig config,
      FlagDefinitions definitions,
      BooleanSupplier ready,
      FlagsMetrics metrics) {
    this.config = config;
    this.definitions = definitions;
    this.ready = ready;
    this.metrics = metrics;
  }

  /** Answers what server SDKs poll. */
  void definitions(ServerRequest request, ServerResponse response) {
    metrics.request(Outcome.PLAIN);
    if (Replies.isNoGet(request, response)) {
      return;
    }
    Optional<String> token = authorized(request, response);
    if (token.isEmpty()) {
      return;
    }
    if (definitions.current().flags().project(token.get()).quotaLimited()) {
      Replies.problem(
          request,
          response,
          Replies.Problem.QUOTA,
          "You have exceeded your feature flag request quota");
      return;
    }
    if (!ready.getAsBoolean()) {
      Replies.problem(
          request,
          response,
          Replies.Problem.NOT_READY,
          "The flags are being read; ask again in a moment.");
      return;
    }
    LocalDefinitions.Document document = definitions.current().local(token.get());
    response.header(HeaderNames.ETAG, document.tag());
    response.header(HeaderNames.CACHE_CONTROL, "private, must-revalidate");
    ServerRequestHeaders headers = request.headers();
    if (headers.contains(HeaderNames.IF_NONE_MATCH)
        && document.matches(headers.get(HeaderNames.IF_NONE_MATCH).get())) {
      Replies.empty(request, response, Status.NOT_MODIFIED_304);
    } else {
      Replies.json(request, response, document.json());
    }
  }

  /** Answers {@code /api/projects/{id}/feature_flags/{key}/remote_config}. */
  void payload(ServerRequest request, ServerResponse response, String path) {
    metrics.request(Outcome.PLAIN);
    String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    List<String> parts = PathSegments.decodeOrNull(trimmed, "/api/projects", 4);
    if (parts == null
        || !parts.get(1).equals("feature_flags")
        || !parts.get(3).equals(REMOTE_CONFIG)) {
      Replies.empty(request, response, Status.NOT_FOUND_404);
      return;
    }
    if (Replies.isNoGet(request, response)) {
      return;
    }
    Optional<String> token = authorized(request, response);
    if (token.isEmpty()) {
      return;
    }
    Optional<FlagDefinition> flag =
        definitions
            .current()
            .flags()
            .project(token.get())
            .flag(parts.get(2))
            .filter(FlagDefinition::remoteConfiguration);
    if (flag.isEmpty()) {
      Replies.problem(
          request,
          response,
          Replies.Problem.NOT_FOUND,
          "There is no remote configuration flag of this key.");
      return;
    }
    JsonNode payload = flag.get().source().path("filters").path("payloads").path("true");
    if (payload.isMissingNode() || payload.isNull()) {
      Replies.json(request, response, new byte[0]);
      return;
    }
    // A JSON string with JSON in it: SDKs parse it once more, and the one for Go takes nothing
    // else.
    JsonNode text = payload.isTextual() ? payload : new TextNode(payload.toString());
    Replies.json(request, response, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the project that a request may read, or answers it. */
  private Optional<String> authorized(ServerRequest request, ServerResponse response) {
    String key = bearer(request.headers());
    if (key.isEmpty()) {
      Replies.problem(
          request,
          response,
          Replies.Problem.NOT_AUTHENTICATED,
          "No secret key provided. Send it as Authorization: Bearer.");
      return Optional.empty();
    }
    FormFields query = FormFields.ofQuery(request.prologue().query().rawValue());
    String named = query.text("token") == null ? query.text("api_key") : query.text("token");
    String token =
        named == null
            ? config.secretKeys().projectOf(key).or(config::apiKey).orElse("")
            : named.strip();
    switch (config.secretKeys().access(key, token)) {
      case GRANTED -> {
        if (config.projectKeys().isEmpty()
            || token.isEmpty()
            || config.projectKeys().contains(token)) {
          return Optional.of(token);
        }
        Replies.problem(
            request,
            response,
            Replies.Problem.AUTHENTICATION_FAILED,
            "The project key in the query is not one of this host.");
      }
      case OTHER_PROJECT ->
          Replies.problem(
              request,
              response,
              Replies.Problem.PERMISSION_DENIED,
              "This key does not open the project in the query.");
      case NONE ->
          Replies.problem(
              request,
              response,
              Replies.Problem.AUTHENTICATION_FAILED,
              config.secretKeys().isEmpty()
                  ? "This host gives no definitions; set HOGFLARE_FLAGS_SECRET_KEYS."
                  : "The secret key is not valid.");
    }
    return Optional.empty();
  }

  private static String bearer(ServerRequestHeaders headers) {
    if (!headers.contains(HeaderNames.AUTHORIZATION)) {
      return "";
    }
    String text = headers.get(HeaderNames.AUTHORIZATION).get();
    return text.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? text.substring(BEARER.length()).strip()
        : "";
  }
}
