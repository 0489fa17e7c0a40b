// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.flags.FlagsFixture.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlagsEndpointTest {
  private static final String FLAGS =
      """
      {"group_type_mapping": {"0": "company"},
       "flags": [
        {"key": "everyone", "id": 11, "version": 4, "rollout_percentage": 100,
         "payload": {"tier": "all"}},
        {"key": "switched-off", "active": false},
        {"key": "pro-flag", "id": 12, "conditions": [{"properties":
          [{"key": "plan", "operator": "eq", "value": "pro"}], "rollout_percentage": 100}],
         "payload": {"tier": "pro"}},
        {"key": "beta", "id": 41, "name": "Beta", "active": true, "version": 3,
         "filters": {"groups": [{"properties": [
            {"key": "email", "value": "@acme.example", "operator": "icontains", "type": "person"}],
            "rollout_percentage": 100, "variant": "compact"}],
          "multivariate": {"variants": [{"key": "control", "rollout_percentage": 50},
                                        {"key": "compact", "rollout_percentage": 50}]},
          "payloads": {"compact": "{\\"columns\\":2}"}}},
        {"key": "big-company", "id": 42, "active": true,
         "filters": {"aggregation_group_type_index": 0, "groups": [{"properties": [
            {"key": "seats", "value": 100, "operator": "gt", "type": "group",
             "group_type_index": 0}], "rollout_percentage": 100}]}}
      ]}
      """;

  private FlagsFixture flags = new FlagsFixture(FLAGS);

  @AfterEach
  void stop() {
    flags.close();
  }

  private void restart(String... variables) {
    flags.close();
    flags = new FlagsFixture(FLAGS, variables);
  }

  @Test
  void answersTheCurrentVersionWithDetailsAndTheOlderMaps() {
    flags.state.person("k", "ada", "{\"email\":\"ada@acme.example\",\"plan\":\"pro\"}");
    JsonNode answer = flags.flags("{\"token\":\"k\",\"distinct_id\":\"ada\"}");
    assertThat(answer.path("errorsWhileComputingFlags").isBoolean()).isTrue();
    assertThat(answer.path("errorsWhileComputingFlags").asBoolean()).isFalse();
    assertThat(answer.path("evaluatedAt").asLong()).isEqualTo(FlagsFixture.NOW.toEpochMilli());
    assertThat(UUID.fromString(answer.path("requestId").asText()).version()).isEqualTo(4);
    assertThat(answer.has("quotaLimited")).isFalse();
    JsonNode beta = answer.path("flags").path("beta");
    assertThat(beta.path("enabled").asBoolean()).isTrue();
    assertThat(beta.path("variant").asText()).isEqualTo("compact");
    assertThat(beta.path("reason").path("code").asText()).isEqualTo("condition_match");
    assertThat(beta.path("reason").path("condition_index").asInt()).isZero();
    assertThat(beta.path("reason").path("description").asText())
        .isEqualTo("Matched condition set 1");
    assertThat(beta.path("metadata").path("id").asInt()).isEqualTo(41);
    assertThat(beta.path("metadata").path("version").asInt()).isEqualTo(3);
    assertThat(beta.path("metadata").path("payload").textValue()).isEqualTo("{\"columns\":2}");
    assertThat(beta.has("failed")).isFalse();
    JsonNode pro = answer.path("flags").path("pro-flag");
    assertThat(pro.path("variant").isNull()).isTrue();
    assertThat(pro.path("metadata").path("payload").textValue()).isEqualTo("{\"tier\":\"pro\"}");
    assertThat(answer.path("flags").path("switched-off").path("reason").path("code").asText())
        .isEqualTo("disabled");
    assertThat(answer.path("featureFlags").path("beta").asText()).isEqualTo("compact");
    assertThat(answer.path("featureFlags").has("switched-off")).isFalse();
    assertThat(answer.path("featureFlagPayloads").path("pro-flag").path("tier").asText())
        .isEqualTo("pro");
    assertThat(answer.path("featureFlagPayloads").path("beta").textValue())
        .isEqualTo("{\"columns\":2}");
  }

  @Test
  void answersEachOlderVersionInItsShape() {
    String body = "{\"token\":\"k\",\"distinct_id\":\"ada\"}";
    JsonNode legacy = flags.post("/flags?v=1", body).json();
    assertThat(legacy.has("flags")).isFalse();
    assertThat(legacy.path("featureFlags").path("switched-off").isBoolean()).isTrue();
    assertThat(legacy.path("featureFlags").path("everyone").asBoolean()).isTrue();
    assertThat(legacy.has("supportedCompression")).isFalse();
    JsonNode neither = flags.post("/flags", body).json();
    assertThat(neither.has("flags")).isTrue();
    assertThat(neither.path("hasFeatureFlags").asBoolean()).isTrue();
    JsonNode withConfig = flags.post("/flags?v=2&config=true", body).json();
    assertThat(withConfig.path("supportedCompression").get(0).asText()).isEqualTo("gzip");
    assertThat(flags.post("/flags?v=2&config=false", body).json().has("hasFeatureFlags")).isFalse();

    JsonNode first = flags.post("/decide/", body).json();
    assertThat(first.path("featureFlags").isArray()).isTrue();
    assertThat(first.path("featureFlags").get(0).asText()).isEqualTo("everyone");
    assertThat(first.has("errorsWhileComputingFlags")).isFalse();
    assertThat(first.path("supportedCompression").isArray()).isTrue();
    JsonNode second = flags.post("/decide?v=2", body).json();
    assertThat(second.path("featureFlags").has("big-company")).isFalse();
    assertThat(second.path("featureFlags").path("everyone").asBoolean()).isTrue();
    JsonNode third = flags.post("/decide/?v=3&config=no", body).json();
    assertThat(third.path("featureFlags").path("big-company").isBoolean()).isTrue();
    assertThat(third.path("errorsWhileComputingFlags").isBoolean()).isTrue();
    assertThat(third.has("supportedCompression")).isFalse();
    assertThat(flags.post("/decide?v=4", body).json().has("flags")).isTrue();
  }

  @Test
  void takesEveryEncodingThatSdksUse() throws IOException {
    String json = "{\"token\":\"k\",\"distinct_id\":\"a\"}";
    String base64 = Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    byte[] gzip = gzip(json);
    assertOn(flags.send("POST", "/flags/?v=2", gzip, "Content-Type", "text/plain"));
    assertOn(flags.send("POST", "/flags/?v=2", gzip, "Content-Encoding", "gzip"));
    assertOn(flags.send("POST", "/flags/?v=2&compression=gzip-js", gzip));
    assertOn(flags.post("/flags/?v=2&compression=base64", base64));
    assertOn(flags.post("/flags/?v=2", base64));
    assertOn(
        flags.post(
            "/flags/?v=2&compression=base64",
            "data=" + URLEncoder.encode(base64, StandardCharsets.UTF_8),
            "Content-Type",
            "application/x-www-form-urlencoded"));
    assertOn(flags.post("/flags/?v=2", "[" + json + "]"));
    Answer unknown = flags.post("/flags/?v=2&compression=zstd", json);
    assertThat(unknown.status()).isEqualTo(400);
    assertThat(unknown.body()).contains("Unsupported compression type");
  }

  private static void assertOn(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.json().path("flags").path("everyone").path("enabled").asBoolean()).isTrue();
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }

  @Test
  void aRequestsPropertiesWinOverTheStoredOnes() {
    flags.state.person("k", "ada", "{\"plan\":\"pro\"}");
    assertThat(isOn("pro-flag", "{\"token\":\"k\",\"distinct_id\":\"ada\"}")).isTrue();
    assertThat(
            isOn(
                "pro-flag",
                "{\"token\":\"k\",\"distinct_id\":\"ada\",\"person_properties\":{\"plan\":\"x\"}}"))
        .isFalse();
    assertThat(isOn("pro-flag", "{\"token\":\"other\",\"distinct_id\":\"ada\"}")).isFalse();
    flags.state.group("k", "company", "7", "{\"seats\":500}");
    assertThat(
            isOn(
                "big-company",
                "{\"token\":\"k\",\"distinct_id\":\"ada\",\"groups\":{\"company\":7}}"))
        .isTrue();
    assertThat(
            isOn(
                "big-company",
                "{\"token\":\"k\",\"distinct_id\":\"a\",\"groups\":{\"company\":[7]}}"))
        .isFalse();
  }

  @Test
  void knowsFromCloudflareWhereTheClientIs() {
    flags.close();
    flags =
        new FlagsFixture(
            """
            [{"key": "kiwis", "filters": {"groups": [{"properties": [
                {"key": "$geoip_country_code", "value": ["NZ"]},
                {"key": "$geoip_latitude", "operator": "lt", "value": 0}]}]}}]
            """);
    String body = "{\"token\":\"k\",\"distinct_id\":\"ada\"%s}";
    assertThat(isKiwi(body.formatted(""), "NZ", "-36.85")).isTrue();
    assertThat(isKiwi(body.formatted(""), "NZ", "36.85")).isFalse();
    assertThat(isKiwi(body.formatted(""), "NZ", "south")).isFalse();
    assertThat(isKiwi(body.formatted(""), "XX", "-36.85")).isFalse();
    assertThat(isKiwi(body.formatted(",\"geoip_disable\":true"), "NZ", "-36.85")).isFalse();
    assertThat(isKiwi(body.formatted(",\"ip_address\":\"192.0.2.1\""), "NZ", "-36.85")).isFalse();
    String properties = ",\"person_properties\":{\"$geoip_country_code\":\"%s\"}";
    assertThat(isKiwi(body.formatted(properties.formatted("AU")), "NZ", "-36.85")).isFalse();
    assertThat(isKiwi(body.formatted(properties.formatted("NZ")), "AU", "-36.85")).isTrue();
    flags.state.person("k", "ada", "{\"$geoip_country_code\":\"AU\",\"$geoip_latitude\":-1}");
    assertThat(isKiwi(body.formatted(""), "NZ", "-36.85")).isTrue();
    assertThat(isKiwi(body.formatted(",\"geoip_disable\":true"), "NZ", "-36.85")).isFalse();
  }

  private boolean isKiwi(String body, String country, String latitude) {
    return flags
        .post("/flags/?v=2", body, "cf-ipcountry", country, "cf-iplatitude", latitude)
        .json()
        .path("flags")
        .path("kiwis")
        .path("enabled")
        .asBoolean();
  }

  private boolean isOn(String flag, String body) {
    return flags.flags(body).path("flags").path(flag).path("enabled").asBoolean();
  }

  @Test
  void asksForStateOnlyIfARequestedFlagNeedsIt() {
    flags.flags("{\"token\":\"k\",\"distinct_id\":\"a\",\"flag_keys_to_evaluate\":[\"everyone\"]}");
    assertThat(flags.state.asked).isZero();
    flags.flags("{\"token\":\"k\",\"distinct_id\":\"a\",\"flag_keys\":[\"beta\",\"pro-flag\"]}");
    assertThat(flags.state.asked).isEqualTo(1);
  }

  @Test
  void withoutStateOnlyTheFlagsThatNeedItFail() {
    flags.state.goAway();
    JsonNode answer = flags.flags("{\"token\":\"k\",\"distinct_id\":\"ada\"}");
    assertThat(answer.path("errorsWhileComputingFlags").asBoolean()).isTrue();
    assertThat(answer.path("flags").path("everyone").path("enabled").asBoolean()).isTrue();
    assertThat(answer.path("flags").path("everyone").has("failed")).isFalse();
    assertThat(answer.path("flags").path("beta").path("failed").asBoolean()).isTrue();
    assertThat(answer.path("featureFlags").has("beta")).isFalse();
    assertThat(flags.count("hogflare_flags_evaluations_total", "result", "failed")).isPositive();
    assertThat(flags.count("hogflare_flags_lookups_total", "outcome", "unavailable")).isPositive();
  }

  @Test
  void takesAnIdThatIsANumberOrEmptyAndCutsALongOne() {
    assertThat(isOn("everyone", "{\"token\":\"k\",\"distinct_id\":42}")).isTrue();
    assertThat(isOn("everyone", "{\"token\":\"k\",\"distinct_id\":\"\"}")).isTrue();
    flags.state.person("k", "x".repeat(200), "{\"plan\":\"pro\"}");
    assertThat(isOn("pro-flag", "{\"token\":\"k\",\"distinct_id\":\"" + "x".repeat(300) + "\"}"))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "not json",
        "7",
        "{\"distinct_id\":{}}",
        "{\"distinct_id\":true}",
        "{\"distinct_id\":\"a\",\"groups\":[]}",
        "{\"distinct_id\":\"a\",\"person_properties\":7}",
        "{\"distinct_id\":\"a\",\"group_properties\":{\"company\":7}}",
        "{\"distinct_id\":\"a\",\"flag_keys\":\"x\"}",
        "{\"distinct_id\":\"a\",\"evaluation_runtime\":\"moon\"}",
        "{\"distinct_id\":\"a\"} {}"
      })
  void refusesWhatItCannotReadInASentence(String body) {
    Answer answer = flags.post("/flags/?v=2", body, "Origin", "https://shop.example");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).startsWith("Failed to decode request: ").endsWith(".");
    assertThat(answer.header("content-type")).startsWith("text/plain");
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://shop.example");
    assertThat(flags.count("hogflare_flags_requests_total", "outcome", "refused")).isEqualTo(1);
  }

  @Test
  void refusesMoreThan128LevelsAndMoreThanTheLimit() {
    String deep = "{\"distinct_id\":\"a\",\"person_properties\":{\"a\":" + "[".repeat(200) + "1";
    assertThat(flags.post("/flags?v=2", deep + "]".repeat(200) + "}}").status()).isEqualTo(400);
    String pad = "x".repeat(5_000_000);
    Answer large =
        flags.post(
            "/flags?v=2",
            "{\"token\":\"k\",\"distinct_id\":\"a\",\"person_properties\":{\"pad\":\""
                + pad
                + "\"}}");
    assertThat(large.status()).isEqualTo(413);
    assertThat(large.body()).contains("2097152 bytes");
    assertThat(isOn("everyone", "{\"token\":\"k\",\"distinct_id\":\"a\"}")).isTrue();
  }

  @Test
  void readsJsonAsLenientlyAsPostHog() {
    assertThat(
            isOn(
                "everyone",
                "{token:'k', /* who */ distinct_id:'a', person_properties:{x:NaN,y:[Infinity]},}"))
        .isTrue();
  }

  @Test
  void withoutAnIdThereAreNoFlagsUnlessPostHogsRuleIsWanted() {
    JsonNode empty = flags.flags("{\"token\":\"k\"}");
    assertThat(empty.path("flags").isObject()).isTrue();
    assertThat(empty.path("flags")).isEmpty();
    assertThat(flags.flags("{\"distinct_id\":\"a\"}").path("flags").has("everyone")).isTrue();
    restart("HOGFLARE_FLAGS_MODE", "posthog");
    Answer noId = flags.post("/flags?v=2", "{\"token\":\"k\"}");
    assertThat(noId.status()).isEqualTo(400);
    assertThat(noId.body()).contains("distinct_id");
    Answer noToken = flags.post("/flags?v=2", "{\"distinct_id\":\"a\"}");
    assertThat(noToken.status()).isEqualTo(401);
    assertThat(noToken.json().path("code").asText()).isEqualTo("not_authenticated");
  }

  @Test
  void refusesProjectsThatAreNotListed() {
    restart("HOGFLARE_FLAGS_PROJECT_KEYS", "k, k2");
    assertThat(isOn("everyone", "{\"api_key\":\"k2\",\"distinct_id\":\"a\"}")).isTrue();
    Answer stranger = flags.post("/flags?v=2", "{\"token\":\"x\",\"distinct_id\":\"a\"}");
    assertThat(stranger.status()).isEqualTo(401);
    assertThat(stranger.json().path("code").asText()).isEqualTo("authentication_failed");
    assertThat(stranger.json().path("detail").asText()).contains("invalid");
    assertThat(flags.get("/array/x/config").status()).isEqualTo(404);
    assertThat(flags.get("/array/k/config").status()).isEqualTo(200);
  }

  @Test
  void saysThatAQuotaIsUsedUp() {
    flags.close();
    flags =
        new FlagsFixture(
            "{\"flags\":[{\"key\":\"everyone\"}],\"projects\":{\"k\":{\"quota_limited\":true}}}");
    assertThat(isOn("everyone", "{\"token\":\"other\",\"distinct_id\":\"a\"}")).isTrue();
    JsonNode answer = flags.flags("{\"token\":\"k\",\"distinct_id\":\"a\"}");
    assertThat(answer.path("flags")).isEmpty();
    assertThat(answer.path("quotaLimited").get(0).asText()).isEqualTo("feature_flags");
    assertThat(answer.path("quota_limited").get(0).asText()).isEqualTo("feature_flags");
    assertThat(flags.count("hogflare_flags_requests_total", "outcome", "limited")).isEqualTo(1);
  }

  @Test
  void answersWithoutFlagsWhenTheyAreDisabled() {
    JsonNode answer = flags.flags("{\"token\":\"k\",\"distinct_id\":\"a\",\"disable_flags\":true}");
    assertThat(answer.path("flags")).isEmpty();
    assertThat(answer.path("errorsWhileComputingFlags").asBoolean()).isFalse();
  }

  @Test
  void demandsTheSignatureThatEventsHave() throws Exception {
    restart("POSTHOG_SIGNING_SECRET", "s3cret");
    String body = "{\"token\":\"k\",\"distinct_id\":\"a\"}";
    assertThat(flags.post("/flags?v=2", body).status()).isEqualTo(401);
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec("s3cret".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    String hex = HexFormat.of().formatHex(mac.doFinal(body.getBytes(StandardCharsets.UTF_8)));
    assertOn(flags.post("/flags?v=2", body, "X-PostHog-Signature", "sha256=" + hex));
    assertThat(flags.get("/array/k/config").status()).isEqualTo(200);
  }

  @Test
  void keepsAPersonInItsBucketFromAnonymousToKnown() {
    flags.close();
    flags =
        new FlagsFixture(
            """
            [{"key":"sticky","id":1,"active":true,"ensure_experience_continuity":true,
              "filters":{"groups":[{"properties":[],"rollout_percentage":50}]}}]
            """);
    for (int i = 0; i < 40; i++) {
      boolean before = isOn("sticky", "{\"token\":\"k\",\"distinct_id\":\"anon-" + i + "\"}");
      String known =
          "{\"token\":\"k\",\"distinct_id\":\"user-"
              + i
              + "\",\"$anon_distinct_id\":\"anon-"
              + i
              + "\"}";
      assertThat(isOn("sticky", known)).isEqualTo(before);
      assertThat(isOn("sticky", "{\"token\":\"k\",\"distinct_id\":\"user-" + i + "\"}"))
          .isEqualTo(before);
    }
  }

  @Test
  void answersOtherMethods() {
    Answer get = flags.get("/flags/?v=2", "X-Request-Id", "9f0d4f0e-8d1c-4b4e-9c52-4f6f5b8f7a11");
    assertThat(get.status()).isEqualTo(200);
    assertThat(get.json().path("flags")).isEmpty();
    assertThat(get.json().path("requestId").asText())
        .isEqualTo("9f0d4f0e-8d1c-4b4e-9c52-4f6f5b8f7a11");
    assertThat(get.json().path("config").path("enable_collect_everything").asBoolean()).isTrue();
    assertThat(flags.send("HEAD", "/flags", null).status()).isEqualTo(200);
    Answer preflight =
        flags.send(
            "OPTIONS",
            "/flags/?v=2",
            null,
            "Origin",
            "https://shop.example",
            "Access-Control-Request-Headers",
            "content-type,x-posthog-test");
    assertThat(preflight.status()).isEqualTo(204);
    assertThat(preflight.header("access-control-allow-origin")).isEqualTo("https://shop.example");
    assertThat(preflight.header("access-control-allow-credentials")).isEqualTo("true");
    assertThat(preflight.header("access-control-allow-headers"))
        .isEqualTo("content-type,x-posthog-test");
    Answer put = flags.send("PUT", "/flags", new byte[0]);
    assertThat(put.status()).isEqualTo(405);
    assertThat(put.header("allow")).contains("POST");
  }

  @Test
  void countsEveryRequestOnceAndEveryFlagOfAnAnswer() {
    flags.flags("{\"token\":\"k\",\"distinct_id\":\"a\"}");
    flags.flags("{\"token\":\"k\",\"distinct_id\":\"b\"}");
    flags.flags("{\"token\":\"k\"}");
    flags.post("/flags", "no");
    flags.get("/array/k/config");
    assertThat(flags.count("hogflare_flags_requests_total")).isEqualTo(5);
    assertThat(flags.count("hogflare_flags_requests_total", "outcome", "evaluated")).isEqualTo(2);
    assertThat(flags.count("hogflare_flags_requests_total", "outcome", "empty")).isEqualTo(1);
    assertThat(flags.count("hogflare_flags_requests_total", "outcome", "refused")).isEqualTo(1);
    assertThat(flags.count("hogflare_flags_requests_total", "outcome", "plain")).isEqualTo(1);
    assertThat(flags.count("hogflare_flags_evaluations_total")).isEqualTo(2 * 5);
    assertThat(flags.count("hogflare_flags_evaluations_total", "flag", "everyone")).isEqualTo(2);
  }

  @Test
  void explainsAFlag() {
    flags.state.person("k", "ada", "{\"plan\":\"free\"}");
    JsonNode answer =
        flags.get("/flags-admin/explain?token=k&distinct_id=ada&flag=pro-flag").json();
    JsonNode pro = answer.path("flags").get(0);
    assertThat(pro.path("value").asText()).isEqualTo("false");
    assertThat(pro.path("steps").toString()).contains("plan").contains("free");
    assertThat(flags.get("/flags-admin/explain?token=k&distinct_id=a&flag=x").status())
        .isEqualTo(404);
    assertThat(flags.get("/flags-admin/explain?token=k").status()).isEqualTo(400);
  }
}
