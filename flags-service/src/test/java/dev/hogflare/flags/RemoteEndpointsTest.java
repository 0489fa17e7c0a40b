// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.flags.FlagsFixture.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RemoteEndpointsTest {
  private static final String FLAGS =
      """
      {"group_type_mapping": {"0": "company"},
       "cohorts": {"12": {"type": "OR", "values": [{"type": "AND", "values": [
          {"key": "email", "value": "@acme.example", "operator": "icontains", "type": "person"}]}]}},
       "flags": [
        {"key": "own", "rollout_percentage": 100},
        {"key": "zeta", "id": 1, "active": true,
         "filters": {"groups": [{"properties": [], "rollout_percentage": 100}]}},
        {"key": "alpha", "id": 2, "active": false,
         "filters": {"groups": [{"properties": [
            {"key": "1", "type": "flag", "operator": "flag_evaluates_to", "value": true}]}]}},
        {"key": "broken", "id": 3, "active": true,
         "filters": {"groups": [{"properties": [
            {"key": "99", "type": "cohort", "operator": "in", "value": 99}]}]}},
        {"key": "gone", "id": 4, "active": true, "deleted": true,
         "filters": {"groups": [{"properties": []}]}},
        {"key": "survey-targeting-x", "id": 5, "active": true,
         "filters": {"groups": [{"properties": []}]}},
        {"key": "my-config", "id": 6, "active": true, "is_remote_configuration": true,
         "filters": {"groups": [{"properties": [], "rollout_percentage": 100}],
                     "payloads": {"true": "{\\"limit\\":5}"}}},
        {"key": "no-payload", "id": 7, "active": true, "is_remote_configuration": true,
         "filters": {"groups": [{"properties": [], "rollout_percentage": 100}]}}
      ]}
      """;
  private static final String LIMITED = "{\"projects\":{\"k\":{\"quota_limited\":true}}}";
  private static final String[] KEY = {"Authorization", "Bearer phx_secret"};

  private FlagsFixture flags =
      new FlagsFixture(FLAGS, "HOGFLARE_FLAGS_SECRET_KEYS", "phx_secret, k:phs_team");

  @AfterEach
  void stop() {
    flags.close();
  }

  @ParameterizedTest
  @CsvSource({"/flags/definitions", "/flags/definitions/", "/api/feature_flag/local_evaluation/"})
  void givesServersWhatTheyEvaluateThemselves(String path) {
    Answer answer = flags.get(path + "?token=k&send_cohorts", KEY);
    assertThat(answer.status()).isEqualTo(200);
    JsonNode json = answer.json();
    assertThat(json.path("flags").findValuesAsText("key"))
        .startsWith("alpha")
        .contains("zeta", "my-config", "no-payload")
        .doesNotContain("own", "gone", "survey-targeting-x");
    assertThat(json.path("group_type_mapping").path("0").asText()).isEqualTo("company");
    assertThat(json.path("cohorts").has("12")).isTrue();
    assertThat(json.path("property_matching_version").asInt()).isEqualTo(1);
    assertThat(json.path("minimal_flag_called_events").isBoolean()).isTrue();
    JsonNode alpha = json.path("flags").get(0);
    assertThat(alpha.path("active").asBoolean()).isFalse();
    JsonNode filter = alpha.path("filters").path("groups").get(0).path("properties").get(0);
    assertThat(filter.path("key").asText()).isEqualTo("zeta");
    assertThat(filter.path("dependency_chain").get(0).asText()).isEqualTo("zeta");
    assertThat(answer.header("cache-control")).isEqualTo("private, must-revalidate");
    assertThat(answer.header("etag")).startsWith("W/\"");
  }

  @Test
  void answers304UntilTheFlagsChange() throws Exception {
    String path = "/flags/definitions?token=k&send_cohorts";
    String tag = flags.get(path, KEY).header("etag");
    Answer same = flags.get(path, "Authorization", "Bearer phs_team", "If-None-Match", tag);
    assertThat(same.status()).isEqualTo(304);
    assertThat(same.body()).isEmpty();
    assertThat(same.header("etag")).isEqualTo(tag);
    String strong = "\"other\", " + tag.substring(2);
    assertThat(flags.get(path, KEY[0], KEY[1], "If-None-Match", strong).status()).isEqualTo(304);
    flags.definitions.base("the test", "[]".getBytes(StandardCharsets.UTF_8));
    Answer changed = flags.get(path, KEY[0], KEY[1], "If-None-Match", tag);
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.json().path("flags")).isEmpty();
    assertThat(changed.json().path("cohorts").isObject()).isTrue();
  }

  @Test
  void refusesEveryOtherKeyInTheWayThatSdksUnderstand() {
    String path = "/flags/definitions?token=k";
    assertProblem(flags.get(path), 401, "not_authenticated");
    assertProblem(
        flags.get(path, "Authorization", "Bearer phx_wrong"), 401, "authentication_failed");
    assertProblem(
        flags.get("/flags/definitions?token=other", "Authorization", "Bearer phs_team"),
        403,
        "permission_denied");
    flags.close();
    flags = new FlagsFixture(LIMITED);
    assertProblem(flags.get(path, KEY), 401, "authentication_failed");
    flags.close();
    flags = new FlagsFixture(LIMITED, "HOGFLARE_FLAGS_SECRET_KEYS", "phx_secret");
    assertProblem(flags.get(path, KEY), 402, "payment_required");
  }

  private static void assertProblem(Answer answer, int status, String code) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json().path("code").asText()).isEqualTo(code);
    assertThat(answer.json().path("detail").asText()).isNotEmpty();
    assertThat(answer.json().has("attr")).isTrue();
  }

  @Test
  void givesThePayloadOfARemoteConfigurationFlag() {
    String base = "/api/projects/@current/feature_flags/";
    Answer payload = flags.get(base + "my-config/remote_config?token=k", KEY);
    assertThat(payload.status()).isEqualTo(200);
    assertThat(payload.json().textValue()).isEqualTo("{\"limit\":5}");
    assertThat(flags.get(base + "my-config/remote_config/?token=k", KEY).status()).isEqualTo(200);
    Answer nothing = flags.get(base + "no-payload/remote_config?token=k", KEY);
    assertThat(nothing.status()).isEqualTo(200);
    assertThat(nothing.body()).isEmpty();
    assertThat(flags.get(base + "zeta/remote_config?token=k", KEY).status()).isEqualTo(404);
    assertThat(flags.get(base + "my-config/remote_config?token=k").status()).isEqualTo(401);
    assertThat(flags.get("/api/projects/1/elsewhere", KEY).status()).isEqualTo(404);
  }

  @Test
  void configuresBrowsersAndPhones() {
    Answer config = flags.get("/array/phc_demo/config", "Origin", "https://shop.example");
    assertThat(config.status()).isEqualTo(200);
    assertThat(config.header("cache-control")).isEqualTo("public, max-age=300");
    assertThat(config.header("access-control-allow-origin")).isEqualTo("https://shop.example");
    JsonNode json = config.json();
    assertThat(json.path("token").asText()).isEqualTo("phc_demo");
    assertThat(json.path("hasFeatureFlags").asBoolean()).isTrue();
    assertThat(json.path("supportedCompression").toString()).isEqualTo("[\"gzip\",\"gzip-js\"]");
    assertThat(json.path("autocapture_opt_out").isBoolean()).isTrue();
    assertThat(json.path("sessionRecording").isBoolean()).isTrue();
    assertThat(json.path("defaultIdentifiedOnly").asBoolean()).isTrue();
    Answer script = flags.get("/array/phc_demo/config.js");
    assertThat(script.header("content-type")).startsWith("application/javascript");
    assertThat(script.body())
        .contains("window._POSTHOG_REMOTE_CONFIG", "\"phc_demo\"")
        .contains(config.body());
    assertThat(flags.get("/array/phc_demo/config/").status()).isEqualTo(200);
    assertThat(flags.send("HEAD", "/array/phc_demo/config.js", null).status()).isEqualTo(200);
    assertThat(flags.get("/array/no%20key/config").status()).isEqualTo(400);
    assertThat(flags.get("/array/phc_demo/config.js.map").status()).isEqualTo(404);
    Answer bundle = flags.get("/array/phc_demo/array.js");
    assertThat(bundle.status()).isEqualTo(200);
    assertThat(bundle.body()).endsWith(script.body());
  }

  @Test
  void saysSoWhenThereAreNoFlagsAndWhereRecordingsGo() {
    flags.close();
    flags = new FlagsFixture("[]", "POSTHOG_SESSION_RECORDING_ENDPOINT", "/s/");
    JsonNode json = flags.get("/array/k/config").json();
    assertThat(json.path("hasFeatureFlags").asBoolean(true)).isFalse();
    assertThat(json.path("sessionRecording").path("endpoint").asText()).isEqualTo("/s/");
  }

  @Test
  void servesTheBrowserSdkFromAFolder(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("array.js"), "/* the SDK */");
    Files.writeString(folder.resolve("surveys.js"), "/* surveys */");
    Files.writeString(folder.resolveSibling("outside.js"), "no");
    flags.close();
    flags = new FlagsFixture("[]", "HOGFLARE_SDK_ASSETS_DIR", folder.toString());
    Answer survey = flags.get("/static/1.449.2/surveys.js?v=1");
    assertThat(survey.body()).isEqualTo("/* surveys */");
    assertThat(flags.get("/static/surveys.js").status()).isEqualTo(200);
    assertThat(flags.get("/static/surveys.js", "If-None-Match", survey.header("etag")).status())
        .isEqualTo(304);
    Answer bundle = flags.get("/array/k/array.js");
    assertThat(bundle.body()).startsWith("/* the SDK */").contains("_POSTHOG_REMOTE_CONFIG");
    assertThat(flags.get("/array/k/array.js", "If-None-Match", bundle.header("etag")).status())
        .isEqualTo(304);
    assertThat(survey.header("link")).isNull();
    assertThat(flags.get("/static/..%2foutside.js").status()).isEqualTo(404);
    assertThat(flags.get("/static/missing.js").status()).isEqualTo(404);
    Files.writeString(folder.resolve("surveys.js"), "/* other surveys */");
    Files.setLastModifiedTime(folder.resolve("surveys.js"), FileTime.fromMillis(1));
    assertThat(flags.get("/static/surveys.js").body()).isEqualTo("/* other surveys */");
  }

  @ParameterizedTest
  @CsvSource({
    "/api/surveys/?token=k, surveys",
    "/surveys?api_key=k, surveys",
    "/api/early_access_features/?token=k, earlyAccessFeatures",
    "/api/web_experiments?token=k, experiments",
    "/api/product_tours/?token=k, product_tours",
    "/api/conversations/v1/widget/tickets?limit=5, results"
  })
  void hasNoneOfTheOtherProducts(String path, String list) {
    Answer answer = flags.get(path);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path(list).isArray()).isTrue();
    assertThat(answer.json().path(list)).isEmpty();
  }

  @Test
  void asksForAKeyBeforeItSaysThatThereAreNoSurveys() {
    assertProblem(flags.get("/api/surveys/"), 401, "not_authenticated");
  }
}
