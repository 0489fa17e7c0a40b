// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.DistinctIds;
import dev.hogflare.contract.JsonBuffer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Says on the admin port how flags come to their values: {@code GET
 * /flags/explain?token=&distinct_id=&flag=&group=type:key}.
 */
final class ExplainRoutes implements HttpService {
  /** Where the routes belong on the admin server. */
  static final String PATH = "/flags";

  private final FlagDefinitions definitions;
  private final FlagEvaluator evaluator;
  private final FlagsHandler handler;
  private final Supplier<Instant> clock;

  ExplainRoutes(
      FlagDefinitions definitions,
      FlagEvaluator evaluator,
      FlagsHandler handler,
      Supplier<Instant> clock) {
    this.definitions = definitions;
    this.evaluator = evaluator;
    this.handler = handler;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/explain", this::explain);
  }

  private void explain(ServerRequest request, ServerResponse response) {
    response.header(HeaderNames.CONTENT_TYPE, "application/json");
    String token = request.query().first("token").orElse("");
    Optional<String> id = request.query().first("distinct_id").asOptional();
    if (id.isEmpty()) {
      response.status(Status.BAD_REQUEST_400);
      response.send(error("distinct_id is missing; say /flags/explain?token=…&distinct_id=…"));
      return;
    }
    FlagSet flags = definitions.current().flags();
    EvaluationRequest plain =
        EvaluationRequest.of(token, DistinctIds.normalize(id.get()), clock.get());
    EvaluationRequest evaluation = withGroups(plain, request);
    List<String> keys =
        request
            .query()
            .first("flag")
            .map(List::of)
            .orElseGet(
                () -> flags.project(token).flags().stream().map(FlagDefinition::key).toList());
    List<FlagExplanation> explanations = new ArrayList<>();
    for (String key : keys) {
      evaluator
          .explain(flags, evaluation, handler.state(flags, evaluation), key)
          .ifPresent(explanations::add);
    }
    if (explanations.isEmpty() && request.query().contains("flag")) {
      response.status(Status.NOT_FOUND_404);
      response.send(error("There is no flag " + keys.get(0) + " for this project."));
      return;
    }
    response.send(json(explanations, flags.problems()));
  }

  private static EvaluationRequest withGroups(EvaluationRequest plain, ServerRequest request) {
    if (!request.query().contains("group")) {
      return plain;
    }
    Map<String, String> groups = new HashMap<>();
    for (String text : request.query().all("group")) {
      int colon = text.indexOf(':');
      if (colon > 0) {
        groups.put(text.substring(0, colon), text.substring(colon + 1));
      }
    }
    return new EvaluationRequest(
        plain.token(),
        plain.distinctId(),
        plain.deviceId(),
        plain.anonDistinctId(),
        plain.personProperties(),
        plain.storedPersonIgnored(),
        groups,
        plain.groupProperties(),
        plain.flagKeys(),
        plain.surveyFlagsOnly(),
        plain.evaluationContexts(),
        plain.runtime(),
        plain.now());
  }

  private static byte[] json(List<FlagExplanation> explanations, List<FlagProblem> problems) {
    JsonBuffer json = new JsonBuffer(4_096).openObject().name("flags").openArray();
    for (FlagExplanation explanation : explanations) {
      json.separate();
      ExplanationJson.write(json, explanation);
    }
    json.closeArray().name("problems").openArray();
    for (FlagProblem problem : problems) {
      json.separate().string(problem.toString());
    }
    return json.closeArray().closeObject().toBytes();
  }

  private static byte[] error(String message) {
    return new JsonBuffer(128).openObject().name("error").string(message).closeObject().toBytes();
  }
}
