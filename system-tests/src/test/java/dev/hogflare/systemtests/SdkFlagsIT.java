// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.posthog.server.PostHog;
import com.posthog.server.PostHogConfig;
import com.posthog.server.PostHogFeatureFlagOptions;
import com.posthog.server.PostHogInterface;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flags on the state that events made, as published SDKs see them.
 *
 * <p>official-flags.json holds a flag for everything that an official definition can say.
 */
class SdkFlagsIT {
  private static final String TOKEN = "phc_flags";
  private static final String SECRET = "phx_system_tests";
  private static final int IDS = 1_000;
  private static final int ASKED_IDS = 50;
  private static final String PRO_FLAG =
      """
      {"key": "pro-flag", "id": 1012, "version": 3, "type": "boolean", "rollout_percentage": 100,
       "payload": {"tier": "pro"},
       "conditions": [{"properties": [{"key": "plan", "value": "pro", "operator": "eq"}],
                       "rollout_percentage": 100}]}
      """;

  /** What is not given out, because an SDK would decide otherwise. */
  private static final Set<String> KEPT =
      Set.of(
          "after-after-half",
          "after-company",
          "after-nothing",
          "by-device",
          "cohort-negated",
          "cohort-not-in",
          "companies-of-persons",
          "early-exit",
          "enrolled",
          "enrolled-older",
          "exact-4",
          "for-clients",
          "forced-behind",
          "forced-unknown",
          "held-out",
          "held-out-older",
          "in-web",
          "in-web-older",
          "in-web-oldest",
          "mixed",
          "old-person",
          "persons-in-companies",
          "regex-2",
          "third");

  /** What one of the SDKs may say that it cannot decide, so that it asks. */
  private static final Set<String> MAY_ASK =
      Set.of(
          "between",
          "big-company",
          "company-key",
          "continuous",
          "ends-with",
          "icontains-multi",
          "id",
          "is-date-exact",
          "is-not-set",
          "is-not-set-2",
          "not-between",
          "not-ends-with",
          "not-icontains-multi",
          "not-starts-with",
          "starts-with");

  private static final JsonNode DOCUMENT = document();
  private static final List<String> OFFICIAL =
      keys(DOCUMENT.path("flags"))
          .filter(key -> !key.equals("pro-flag") && !key.equals("deleted"))
          .toList();

  @TempDir private static Path folder;
  private static PipelineFixture pipeline;

  private static JsonNode document() {
    try (InputStream in = SdkFlagsIT.class.getResourceAsStream("/official-flags.json")) {
      JsonNode document = Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      ((ObjectNode) document).withArray("flags").add(Json.parse(PRO_FLAG));
      return document;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<String> keys(JsonNode flags) {
    return flags.valueStream().map(flag -> flag.path("key").asText());
  }

  @BeforeAll
  static void start() {
    pipeline = start(folder, DOCUMENT);
  }

  private static PipelineFixture start(Path data, JsonNode flags) {
    PipelineFixture started =
        PipelineFixture.start(
            data,
            Map.of(
                "HOGFLARE_FEATURE_FLAGS", flags.toString(), "HOGFLARE_FLAGS_SECRET_KEYS", SECRET));
    // A slow machine needs more time to take its partitions over than the start waits.
    Await.until("every part is up", () -> started.admin("/healthz").status() == 200);
    return started;
  }

  @AfterAll
  static void stop() {
    pipeline.close();
  }

  @Test
  void theFlagsHaveEveryFieldAndOperatorOfTheManual() throws IOException {
    String manual = Files.readString(Path.of("..", "docs", "feature-flags.md"));
    Set<String> words = new TreeSet<>();
    official(manual, "Fields", 1, 3).forEach(words::add);
    Set<String> operators = new TreeSet<>();
    official(manual, "Operators", 0, 2).forEach(operators::add);
    assertThat(words).hasSizeGreaterThan(40);
    assertThat(operators).hasSizeGreaterThan(30);
    assertThat(words).allMatch(word -> !DOCUMENT.findValues(word).isEmpty(), "is in the flags");
    assertThat(new TreeSet<>(DOCUMENT.findValuesAsText("operator"))).containsAll(operators);
  }

  /** Returns the words of the rows of a table that official definitions have. */
  private static Stream<String> official(String manual, String heading, int words, int official) {
    return manual
        .split("\n## " + heading + "\n", 2)[1]
        .split("\n## ", 2)[0]
        .lines()
        .filter(line -> line.startsWith("| "))
        .skip(2)
        .map(line -> line.split("\\|"))
        .filter(cells -> cells[official + 1].strip().equals("yes"))
        .flatMap(cells -> Pattern.compile("`([^`]+)`").matcher(cells[words + 1]).results())
        .map(match -> match.group(1));
  }

  @Test
  void definitionsAreGivenOutWhereSdksAgree() {
    Answer answer =
        pipeline.get(
            "/flags/definitions?token=" + TOKEN + "&send_cohorts",
            "Authorization",
            "Bearer " + SECRET);
    assertThat(answer.status()).isEqualTo(200);
    Set<String> kept = new TreeSet<>(OFFICIAL);
    kept.removeAll(keys(Json.parse(answer.body()).path("flags")).toList());
    assertThat(kept).isEqualTo(new TreeSet<>(KEPT));
  }

  @Test
  void posthogNodeSeesAnEventsPropertyWithinASecond() {
    try (SdkFlow flow =
        SdkFlow.start("flags-node.mjs", pipeline.gateway().toString(), TOKEN, "upgrade")) {
      JsonNode upgraded = flow.await("finished");
      assertThat(upgraded.path("errors")).isEmpty();
      assertThat(upgraded.path("pro").asBoolean()).isTrue();
      assertThat(upgraded.path("payload").path("tier").asText()).isEqualTo("pro");
      assertThat(upgraded.path("free").asBoolean(true)).isFalse();
      List<Double> millis = new ArrayList<>();
      upgraded.path("millis").forEach(one -> millis.add(one.asDouble()));
      assertSoon(millis);
    }
  }

  @Test
  void posthogNodeAgreesWhenItEvaluatesItself() {
    JsonNode report;
    Map<String, Object> users = new LinkedHashMap<>();
    for (int i = 0; i < IDS; i++) {
      users.put("id-" + i, properties(i));
    }
    Path file = folder.resolve("users.json");
    try {
      Files.writeString(file, Json.text(users));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (SdkFlow flow =
        SdkFlow.start(
            "flags-node.mjs",
            pipeline.gateway().toString(),
            TOKEN,
            "evaluate",
            SECRET,
            file.toString(),
            String.join(",", OFFICIAL),
            Integer.toString(ASKED_IDS))) {
      report = flow.await("finished");
    }
    assertThat(report.path("errors")).isEmpty();
    Set<String> undecided = new TreeSet<>();
    for (int i = 0; i < IDS; i++) {
      JsonNode remote = remote(pipeline, i);
      JsonNode local = report.path("local").path("id-" + i);
      JsonNode asked = report.path("asked").path("id-" + i);
      for (String key : OFFICIAL) {
        if (local.has(key)) {
          assertThat(local.path(key)).as("%s of id-%s", key, i).isEqualTo(value(remote, key));
        } else {
          undecided.add(key);
        }
        if (i < ASKED_IDS) {
          assertThat(asked.path(key).asText())
              .as("%s of id-%s, asked", key, i)
              .isEqualTo(value(remote, key).asText());
        }
      }
    }
    assertThat(undecided).containsAll(KEPT).isSubsetOf(asked());
  }

  @Test
  void theJavaSdkSeesAnEventsPropertyWithinASecond() {
    PostHogInterface remote =
        PostHog.with(
            PostHogConfig.builder(TOKEN)
                .host(pipeline.gateway().toString())
                .sendFeatureFlagEvent(false)
                .featureFlagCacheMaxAgeMs(1)
                .build());
    List<Double> millis = new ArrayList<>();
    // The first one pays for what is done once.
    for (String user : List.of("java-0", "java-1", "java-2", "java-3", "java-4", "java-5")) {
      assertThat(remote.isFeatureEnabled(user, "pro-flag")).isFalse();
      upgrade(user);
      long stored = System.nanoTime();
      Await.until(
          "the Java SDK sees the plan of " + user, () -> remote.isFeatureEnabled(user, "pro-flag"));
      millis.add((System.nanoTime() - stored) / 1e6);
    }
    assertSoon(millis.subList(1, millis.size()));
    assertThat(String.valueOf(remote.getFeatureFlagPayload("java-1", "pro-flag"))).contains("pro");
    assertThat(remote.isFeatureEnabled("java-free", "pro-flag")).isFalse();
    remote.close();
  }

  /** The middle one counts, because a shared machine may stop for a moment. */
  private static void assertSoon(List<Double> millis) {
    List<Double> sorted = millis.stream().sorted().toList();
    assertThat(sorted).hasSize(5);
    assertThat(sorted.get(2)).as("milliseconds of %s", sorted).isLessThan(1_000);
  }

  private static void upgrade(String user) {
    pipeline.store(
        "/capture",
        Map.of(
            "api_key",
            TOKEN,
            "event",
            "upgraded",
            "distinct_id",
            user,
            "properties",
            Map.of("$set", Map.of("plan", "pro"))));
  }

  /** Without the flags about which it has to ask, so that no request of its own is among ours. */
  @Test
  void theJavaSdkAgreesWhenItEvaluatesItself(@TempDir Path data) {
    ObjectNode decidable = DOCUMENT.deepCopy();
    Set<String> asked = asked();
    decidable.withArray("flags").removeIf(flag -> asked.contains(flag.path("key").asText()));
    try (PipelineFixture own = start(data, decidable)) {
      List<String> keys =
          keys(decidable.path("flags"))
              .filter(key -> !key.equals("pro-flag") && !key.equals("deleted"))
              .toList();
      PostHogInterface local = javaSdk(own);
      local.reloadFeatureFlags();
      long before = evaluated(own);
      agrees(own, local, keys);
      assertThat(keys).hasSizeGreaterThan(40);
      assertThat(evaluated(own) - before).as("requests for flags, all of them ours").isEqualTo(IDS);
      local.close();
    }
  }

  @Test
  void theJavaSdkAgreesWhenItHasToAsk() {
    PostHogInterface local = javaSdk(pipeline);
    local.reloadFeatureFlags();
    agrees(pipeline, local, OFFICIAL);
    local.close();
  }

  private static PostHogInterface javaSdk(PipelineFixture at) {
    return PostHog.with(
        PostHogConfig.builder(TOKEN)
            .host(at.gateway().toString())
            .sendFeatureFlagEvent(false)
            .personalApiKey(SECRET)
            .localEvaluation(true)
            .build());
  }

  /** Returns the flags about which the service may be asked. */
  private static Set<String> asked() {
    Set<String> keys = new TreeSet<>(KEPT);
    keys.addAll(MAY_ASK);
    return keys;
  }

  private static void agrees(PipelineFixture at, PostHogInterface local, List<String> keys) {
    for (int i = 0; i < IDS; i++) {
      JsonNode remote = remote(at, i);
      for (String key : keys) {
        Object value = evaluate(local, "id-" + i, key, i);
        assertThat(value == null ? "false" : value.toString())
            .as("%s of id-%s", key, i)
            .isEqualTo(value(remote, key).asText());
      }
    }
  }

  private static Object evaluate(PostHogInterface local, String id, String key, int i) {
    PostHogFeatureFlagOptions.Builder options =
        PostHogFeatureFlagOptions.builder()
            .group("company", company(i))
            .groupProperty("company", "seats", i % 200);
    properties(i).forEach(options::personProperty);
    return local.getFeatureFlag(id, key, options.build());
  }

  @Test
  void posthogJsSeesAnEventsPropertyInChromiumWithinASecond() {
    Path chromium = SdkFlow.chromium();
    JsonNode report;
    try (SdkFlow flow =
        SdkFlow.start(
            "flags-browser.mjs",
            chromium.toString(),
            pipeline.gateway().toString(),
            TOKEN,
            "browser-free",
            "browser-0,browser-1,browser-2,browser-3,browser-4,browser-5")) {
      report = flow.await("finished");
    }
    List<Double> millis = new ArrayList<>();
    report
        .path("upgraded")
        .forEach(
            pro -> {
              assertThat(pro.path("errors").asBoolean(true)).as("%s", report).isFalse();
              assertThat(pro.path("before").asBoolean(true)).as("%s", report).isFalse();
              assertThat(pro.path("value").asBoolean()).as("%s", report).isTrue();
              assertThat(pro.path("payload").path("tier").asText()).isEqualTo("pro");
              millis.add(pro.path("millis").asDouble());
            });
    assertThat(millis).hasSize(6);
    assertSoon(millis.subList(1, millis.size()));
    JsonNode free = report.path("free");
    assertThat(free.path("before").asBoolean(true)).isFalse();
    assertThat(free.path("variant").asText())
        .isEqualTo(
            value(
                    flags(pipeline, Map.of("token", TOKEN, "distinct_id", "browser-free")),
                    "three-ways")
                .asText());
    assertThat(report.path("requests").findValuesAsText("path"))
        .contains("/array/" + TOKEN + "/config.js", "/flags/");
  }

  private static long evaluated(PipelineFixture at) {
    return at.count("hogflare_flags_requests_total", "outcome", "evaluated");
  }

  /** Returns what is known about one of the thousand. */
  private static Map<String, Object> properties(int i) {
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("email", "id-" + i + "@" + (i % 3 == 0 ? "other" : "acme") + ".example");
    properties.put("plan", List.of("free", "pro", "team").get(i % 5 % 3));
    properties.put("age", i % 90);
    properties.put("beta", i % 2 == 0);
    properties.put("app_version", "1." + i % 12 + "." + i % 5);
    properties.put("joined", "2026-0" + (1 + i % 9) + "-15T12:34:56Z");
    properties.put("$device_id", "device-" + i % 500);
    if (i % 10 < 2) {
      properties.put("$feature_enrollment/enrolled", i % 10 == 0 ? "true" : "false");
    }
    return properties;
  }

  private static String company(int i) {
    return "company-" + i % 7;
  }

  /** Returns what the service answers a server for one of the thousand. */
  private static JsonNode remote(PipelineFixture at, int i) {
    return flags(
        at,
        Map.of(
            "token",
            TOKEN,
            "distinct_id",
            "id-" + i,
            "person_properties",
            properties(i),
            "groups",
            Map.of("company", company(i)),
            "group_properties",
            Map.of("company", Map.of("seats", i % 200)),
            "evaluation_runtime",
            "server"));
  }

  private static JsonNode flags(PipelineFixture at, Map<String, Object> body) {
    Answer answer = at.post("/flags/?v=2", body);
    assertThat(answer.status()).isEqualTo(200);
    JsonNode json = Json.parse(answer.body());
    assertThat(json.path("errorsWhileComputingFlags").asBoolean(true)).as(answer.body()).isFalse();
    return json;
  }

  /** Returns a flag's value; one that is not answered is off. */
  private static JsonNode value(JsonNode answer, String key) {
    JsonNode flag = answer.path("flags").path(key);
    if (flag.isMissingNode()) {
      return BooleanNode.FALSE;
    }
    return flag.path("variant").isNull() ? flag.path("enabled") : flag.path("variant");
  }
}
