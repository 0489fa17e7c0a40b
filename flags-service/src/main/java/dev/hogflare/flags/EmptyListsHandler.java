// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.flags.FlagsMetrics.Outcome;
import dev.hogflare.wire.FormFields;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Says of products that are not part of this one that a project has none of them. */
final class EmptyListsHandler {
  /** Where the paths of conversations begin. */
  static final String CONVERSATIONS = "/api/conversations/";

  private static final String SURVEYS = "/api/surveys";
  private static final Map<String, byte[]> LISTS =
      Map.of(
          SURVEYS,
          utf8("{\"surveys\":[],\"survey_config\":null}"),
          "/surveys",
          utf8("{\"surveys\":[],\"survey_config\":null}"),
          "/api/early_access_features",
          utf8("{\"earlyAccessFeatures\":[]}"),
          "/api/web_experiments",
          utf8("{\"experiments\":[]}"),
          "/api/product_tours",
          utf8("{\"product_tours\":[]}"));
  private static final byte[] NO_CONVERSATION =
      utf8("{\"count\":0,\"results\":[],\"messages\":[],\"has_more\":false,\"unread_count\":0}");

  private final FlagsMetrics metrics;

  EmptyListsHandler(FlagsMetrics metrics) {
    this.metrics = metrics;
  }

  /** Whether a path, without a slash at its end, is one of the lists. */
  static boolean serves(String path) {
    return LISTS.containsKey(path);
  }

  void list(ServerRequest request, ServerResponse response, String path) {
    metrics.request(Outcome.PLAIN);
    Method method = request.prologue().method();
    boolean surveys = path.endsWith("surveys");
    if (!(surveys && method.equals(Method.POST)) && Replies.isNoGet(request, response)) {
      return;
    }
    FormFields query = FormFields.ofQuery(request.prologue().query().rawValue());
    if (surveys
        && !method.equals(Method.POST)
        && query.text("token") == null
        && query.text("api_key") == null) {
      Replies.problem(request, response, Replies.Problem.NOT_AUTHENTICATED, "Token not provided");
      return;
    }
    Replies.json(request, response, LISTS.get(path));
  }

  void conversations(ServerRequest request, ServerResponse response) {
    metrics.request(Outcome.PLAIN);
    if (request.prologue().method().equals(Method.POST)) {
      Replies.empty(request, response, Status.NOT_FOUND_404);
    } else if (!Replies.isNoGet(request, response)) {
      Replies.json(request, response, NO_CONVERSATION);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
