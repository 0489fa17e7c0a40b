// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.flags.FlagsFixture.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** What published SDKs ask, byte for byte as it was recorded. */
class RecordedRequestsTest {
  private static final String FLAGS =
      """
      [{"key":"simple","id":1,"active":true,
        "filters":{"groups":[{"properties":[],"rollout_percentage":100}]}},
       {"key":"my-config","id":2,"active":true,"is_remote_configuration":true,
        "filters":{"groups":[{"properties":[],"rollout_percentage":100}],
                   "payloads":{"true":"{\\"a\\":1}"}}}]
      """;

  @Test
  void everyRecordedRequestIsAnswered() throws IOException {
    int flagRequests = 0;
    try (FlagsFixture flags = new FlagsFixture(FLAGS, "HOGFLARE_FLAGS_SECRET_KEYS", "phx_test")) {
      for (JsonNode request : recorded()) {
        String name = request.path("name").asText() + "/" + request.path("seq").asText();
        String path = request.path("path").asText();
        Answer answer = ask(flags, request);
        if (path.startsWith("/api/conversations") && !isGet(request)) {
          continue;
        }
        assertThat(answer.status())
            .as("%s: %s %s: %s", name, request.path("method"), path, answer.body())
            .isIn(200, 204, 304);
        if (request.path("method").asText().equals("POST")) {
          flagRequests++;
          JsonNode asked = request.path("decoded").path("json");
          JsonNode json = answer.json();
          JsonNode values = json.path("featureFlags");
          JsonNode keys =
              asked.has("flag_keys")
                  ? asked.path("flag_keys")
                  : asked.path("flag_keys_to_evaluate");
          boolean wanted =
              !asked.path("disable_flags").asBoolean()
                  && (keys.isMissingNode() || keys.isEmpty() || keys.toString().contains("simple"));
          boolean on =
              values.isArray()
                  ? values.toString().contains("\"simple\"")
                  : values.path("simple").asBoolean();
          assertThat(on).as("%s %s: %s", name, asked, json).isEqualTo(wanted);
          assertThat(json.has("flags") || path.startsWith("/decide")).as(name).isTrue();
        }
      }
    }
    assertThat(flagRequests).isGreaterThan(100);
  }

  private static boolean isGet(JsonNode request) {
    return request.path("method").asText().equals("GET");
  }

  private static Answer ask(FlagsFixture flags, JsonNode request) {
    List<String> headers = new ArrayList<>();
    request
        .path("headers")
        .properties()
        .forEach(
            header -> {
              headers.add(header.getKey());
              headers.add(header.getValue().asText());
            });
    byte[] body = Base64.getDecoder().decode(request.path("body_base64").asText());
    return flags.send(
        request.path("method").asText(),
        request.path("path").asText(),
        body.length == 0 ? null : body,
        headers.toArray(String[]::new));
  }

  private static List<JsonNode> recorded() throws IOException {
    try (InputStream in = RecordedRequestsTest.class.getResourceAsStream("/flags-wire.jsonl.gz");
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
      List<JsonNode> recorded = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        recorded.add(FlagsFixture.JSON.readTree(line));
      }
      return recorded;
    }
  }
}
