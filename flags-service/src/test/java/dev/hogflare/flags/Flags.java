// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Short ways to write definitions, requests and stored state in tests. */
final class Flags {
  static final String TOKEN = "phc_test";
  static final Instant NOW = Instant.parse("2026-03-31T12:30:15Z");
  static final FlagEvaluator EVALUATOR = new FlagEvaluator();

  private static final ObjectMapper JSON = new ObjectMapper();

  private Flags() {}

  /** Returns JSON that is written with single quotes. */
  static JsonNode json(String text) {
    try {
      return JSON.readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  static Map<String, JsonNode> properties(String text) {
    Map<String, JsonNode> out = new HashMap<>();
    json(text).properties().forEach(entry -> out.put(entry.getKey(), entry.getValue()));
    return out;
  }

  /** Parses a document that is written with single quotes. */
  static FlagSet parse(String document) {
    try {
      return new FlagSetParser()
          .parse(document.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    } catch (FlagDocumentException e) {
      throw new IllegalArgumentException(document, e);
    }
  }

  static EvaluationRequest request(String distinctId) {
    return EvaluationRequest.of(TOKEN, distinctId, NOW);
  }

  /** A request that can be varied field by field. */
  static final class Request {
    private String distinctId = "alice";
    private Optional<String> deviceId = Optional.empty();
    private Optional<String> anonDistinctId = Optional.empty();
    private Map<String, JsonNode> person = Map.of();
    private boolean storedPersonIgnored;
    private Map<String, String> groups = Map.of();
    private Map<String, Map<String, JsonNode>> groupProperties = Map.of();
    private Optional<Set<String>> keys = Optional.empty();
    private boolean surveys;
    private Optional<Set<String>> contexts = Optional.empty();
    private RequestRuntime runtime = RequestRuntime.UNKNOWN;

    Request distinctId(String id) {
      distinctId = id;
      return this;
    }

    Request device(String id) {
      deviceId = Optional.of(id);
      return this;
    }

    Request anonymous(String id) {
      anonDistinctId = Optional.of(id);
      return this;
    }

    Request person(String json) {
      person = properties(json);
      return this;
    }

    Request ignoringStoredPerson() {
      storedPersonIgnored = true;
      return this;
    }

    Request group(String type, String key) {
      groups = Map.of(type, key);
      return this;
    }

    Request groupProperties(String type, String json) {
      groupProperties = Map.of(type, properties(json));
      return this;
    }

    Request keys(String... names) {
      keys = Optional.of(Set.of(names));
      return this;
    }

    Request surveysOnly() {
      surveys = true;
      return this;
    }

    Request contexts(String... names) {
      contexts = Optional.of(Set.of(names));
      return this;
    }

    Request runtime(RequestRuntime kind) {
      runtime = kind;
      return this;
    }

    EvaluationRequest build() {
      return new EvaluationRequest(
          TOKEN,
          distinctId,
          deviceId,
          anonDistinctId,
          person,
          storedPersonIgnored,
          groups,
          groupProperties,
          keys,
          surveys,
          contexts,
          runtime,
          NOW);
    }
  }

  /** Stored state that counts what is asked of it. */
  static final class State implements StateSource {
    private PersonState person = new PersonState.Unknown();
    private final Map<String, GroupState> groups = new HashMap<>();
    private ContinuityKeys keys = new ContinuityKeys.Known(Map.of());
    private int personQuestions;
    private int keyQuestions;
    private final Map<String, Integer> groupQuestions = new HashMap<>();

    State person(String json) {
      person =
          new PersonState.Known(
              properties(json), Optional.of(Instant.parse("2026-01-15T08:00:00Z")));
      return this;
    }

    State personUnreachable() {
      person = new PersonState.Unreachable("down");
      return this;
    }

    State storedGroup(String type, String json) {
      groups.put(type, new GroupState.Known(properties(json)));
      return this;
    }

    State groupUnreachable(String type) {
      groups.put(type, new GroupState.Unreachable("down"));
      return this;
    }

    State keys(Map<String, String> byFlag) {
      keys = new ContinuityKeys.Known(byFlag);
      return this;
    }

    State keysUnreachable() {
      keys = new ContinuityKeys.Unreachable("down");
      return this;
    }

    @Override
    public PersonState person() {
      personQuestions++;
      return person;
    }

    @Override
    public GroupState group(String type, String key) {
      groupQuestions.merge(type, 1, Integer::sum);
      return groups.getOrDefault(type, new GroupState.Unknown());
    }

    @Override
    public ContinuityKeys continuityKeys() {
      keyQuestions++;
      return keys;
    }

    int personQuestions() {
      return personQuestions;
    }

    int keyQuestions() {
      return keyQuestions;
    }

    Map<String, Integer> groupQuestions() {
      return groupQuestions;
    }
  }

  /** Returns the result of one flag, or null if it is not answered. */
  static FlagResult result(
      FlagSet flags, EvaluationRequest request, StateSource state, String key) {
    return EVALUATOR.evaluate(flags, request, state).results().stream()
        .filter(result -> result.key().equals(key))
        .findFirst()
        .orElse(null);
  }

  /** Returns a result as {@code value code index}, such as {@code true condition_match 0}. */
  static String words(FlagResult result) {
    if (result == null) {
      return "absent";
    }
    String value = result.variant().orElse(String.valueOf(result.enabled()));
    String index =
        result.reason().conditionIndex().isPresent()
            ? " " + result.reason().conditionIndex().getAsInt()
            : "";
    return (result.failed() ? "failed " : "") + value + " " + result.reason().code() + index;
  }

  static String evaluate(String document, Request request, StateSource state) {
    FlagSet flags = parse(document);
    EvaluationRequest built = request.build();
    StringBuilder out = new StringBuilder();
    for (FlagResult result : EVALUATOR.evaluate(flags, built, state).results()) {
      out.append(out.isEmpty() ? "" : ", ").append(result.key()).append("=").append(words(result));
    }
    return out.toString();
  }
}
