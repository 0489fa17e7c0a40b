// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Users who see a flag with experience continuity as anonymous visitors, log in, and come back from
 * other devices, where only the service still knows what they saw.
 */
final class StickyUsers {
  static final String TOKEN = "phc_sticky";

  /** The flag, as an official definition. */
  static final String FLAG =
      """
      {"key": "sticky", "id": 9, "active": true, "ensure_experience_continuity": true,
       "filters": {"groups": [{"properties": [], "rollout_percentage": 50}]}}
      """;

  private static final int USERS = 40;

  private final Map<String, Boolean> seen = new LinkedHashMap<>();
  private Function<Map<String, Object>, Answer> post;

  /** Lets them ask the gateway of a pipeline from now on. */
  void askAt(PipelineFixture pipeline) {
    askAt(pipeline, pipeline.gateway());
  }

  /** Lets them ask a service of its own from now on. */
  void askAt(PipelineFixture pipeline, URI service) {
    post = body -> pipeline.post(service, "/flags/?v=2", body);
  }

  /** Whether the service knows the flag. */
  boolean haveTheFlag() {
    return flag(Map.of("distinct_id", "nobody")).isObject();
  }

  /** Lets everybody look at the flag before and after logging in. */
  void logIn() {
    for (int i = 0; i < USERS; i++) {
      boolean anonymous = isOn(Map.of("distinct_id", "anon-" + i));
      String user = "user-" + i;
      assertThat(isOn(Map.of("distinct_id", user, "$anon_distinct_id", "anon-" + i)))
          .as(user)
          .isEqualTo(anonymous);
      seen.put(user, anonymous);
    }
    assertThat(seen.values()).contains(true, false);
  }

  /** Gives everybody a second id, so that the flag has to find the person that both belong to. */
  void addPhones(PipelineFixture pipeline) {
    pipeline.storeBatch(
        TOKEN,
        IntStream.range(0, USERS)
            .<Map<String, Object>>mapToObj(
                i ->
                    Map.of(
                        "event",
                        "$create_alias",
                        "distinct_id",
                        "user-" + i,
                        "properties",
                        Map.of("alias", "phone-" + i)))
            .toList());
    for (int i = 0; i < USERS; i++) {
      seen.put("phone-" + i, seen.get("user-" + i));
    }
  }

  /** Asserts that everybody sees what he saw; persons may still be on their way. */
  void assertSeeTheSame() {
    seen.forEach(
        (user, on) ->
            Await.until(
                user + " sees sticky = " + on,
                () -> value(Map.of("distinct_id", user)).equals(Optional.of(on))));
  }

  private boolean isOn(Map<String, Object> request) {
    return value(request)
        .orElseThrow(() -> new AssertionError("The flag failed for " + request + "."));
  }

  /** Returns the flag's value, nothing if it is not answered or failed. */
  private Optional<Boolean> value(Map<String, Object> request) {
    JsonNode flag = flag(request);
    return flag.isObject() && !flag.has("failed")
        ? Optional.of(flag.path("enabled").asBoolean())
        : Optional.empty();
  }

  private JsonNode flag(Map<String, Object> request) {
    Map<String, Object> body = new LinkedHashMap<>(request);
    body.put("token", TOKEN);
    Answer answer = post.apply(body);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return Json.parse(answer.body()).path("flags").path("sticky");
  }
}
