// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Uuids;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The published posthog-js in a headless Chromium against the whole pipeline. */
@ExtendWith(SharedPipeline.class)
class SdkBrowserIT {
  /** What a host answers that takes gzip. */
  private static final String REMOTE_CONFIG =
      "{\"supportedCompression\":[\"gzip\",\"gzip-js\"],\"analytics\":{\"endpoint\":\"/i/v0/e/\"},"
          + "\"autocapture_opt_out\":true,\"hasFeatureFlags\":false}";

  private PipelineFixture pipeline;

  @BeforeEach
  void take(PipelineFixture shared) {
    pipeline = shared;
  }

  @Test
  void storesWhatAPageSendsUncompressedForWantOfARemoteConfig() {
    JsonNode requests = browse("phc_browser_plain", "missing");
    // Every path is asked for with a preflight before the browser lets the JSON through.
    assertThat(requests)
        .anySatisfy(
            request ->
                assertThat(request.path("contentType").asText()).startsWith("application/json"));
  }

  @Test
  void storesWhatAPageSendsInGzipOnceTheRemoteConfigAllowsIt() {
    JsonNode requests = browse("phc_browser_gzip", REMOTE_CONFIG);
    assertThat(requests)
        .anySatisfy(
            request -> {
              assertThat(request.path("path").asText()).isEqualTo("/i/v0/e/");
              assertThat(request.path("contentType").asText()).startsWith("text/plain");
            });
  }

  @Test
  void storesWhatAPageSendsByTheRemoteConfigOfThisHost() {
    JsonNode requests = browse("phc_browser_own", "none");
    assertThat(requests)
        .anySatisfy(
            request -> {
              assertThat(request.path("path").asText())
                  .isEqualTo("/array/phc_browser_own/config.js");
              assertThat(request.path("status").asInt()).isEqualTo(200);
            })
        .anySatisfy(
            request -> {
              assertThat(request.path("path").asText()).isEqualTo("/i/v0/e/");
              assertThat(request.path("contentType").asText()).startsWith("text/plain");
            });
  }

  /** Runs the flow, checks its rows, and returns the requests. */
  private JsonNode browse(String token, String remoteConfig) {
    Path chromium = SdkFlow.chromium();
    String visitor;
    String next;
    JsonNode report;
    try (SdkFlow flow =
        SdkFlow.start(
            "browser-flow.mjs",
            chromium.toString(),
            pipeline.gateway().toString(),
            token,
            remoteConfig)) {
      visitor = flow.await("visited").path("visitor").asText();
      awaitEvent(token, "cart filled");
      flow.proceed();
      flow.await("known");
      awaitEvent(token, "$identify");
      flow.proceed();
      flow.await("identified");
      awaitEvent(token, "order placed");
      flow.proceed();
      flow.await("joined");
      awaitEvent(token, "$groupidentify");
      flow.proceed();
      flow.await("grouped");
      awaitEvent(token, "invoice paid");
      flow.proceed();
      next = flow.await("reset").path("next").asText();
      awaitEvent(token, "back again");
      flow.proceed();
      flow.await("left");
      awaitEvent(token, "$pageleave");
      awaitEvent(token, "said goodbye");
      flow.proceed();
      report = flow.await("finished");
    }
    nothingWasSentTwice(token, report);
    String person = Uuids.person(new ActorKey(token, visitor)).toString();
    String stranger = Uuids.person(new ActorKey(token, next)).toString();
    assertThat(
            pipeline.rows(
                "select event, distinct_id, person_id, group0 from hogflare_events"
                    + " where api_key = '"
                    + token
                    + "' order by uuid"))
        .containsExactly(
            "$pageview | " + visitor + " | " + person + " | null",
            "cart filled | " + visitor + " | " + person + " | null",
            "$identify | browser-user | " + person + " | null",
            "order placed | browser-user | " + person + " | null",
            "$groupidentify | browser-user | " + person + " | acme",
            "invoice paid | browser-user | " + person + " | acme",
            "back again | " + next + " | " + stranger + " | null",
            "said goodbye | " + next + " | " + stranger + " | null",
            "$pageleave | " + next + " | " + stranger + " | null");
    thePersonIsWhatThePageSaid(token, person, visitor);
    theGroupIsWhatThePageSaid(token);
    CounterEquations.assertHold(pipeline);
    return report.path("requests");
  }

  private void awaitEvent(String token, String event) {
    pipeline.awaitRows(
        "select count(*) from hogflare_events where api_key = '"
            + token
            + "' and event = '"
            + event
            + "'",
        "1");
  }

  private void nothingWasSentTwice(String token, JsonNode report) {
    List<JsonNode> captures = new ArrayList<>();
    for (JsonNode request : report.path("requests")) {
      String path = request.path("path").asText();
      if (path.equals("/e/") || path.equals("/i/v0/e/")) {
        captures.add(request);
      }
    }
    assertThat(captures)
        .isNotEmpty()
        .allSatisfy(
            request -> {
              assertThat(request.path("query").asText()).doesNotContain("retry_count");
              assertThat(request.path("failure").isNull()).as("%s", request).isTrue();
              assertThat(request.path("status").asInt()).isEqualTo(200);
            });
    List<UUID> stored =
        pipeline.log().ofProject(pipeline.topics().eventsRaw(), token).stream()
            .map(record -> RawEvent.read(record.key(), record.value(), record.headers()).uuid())
            .toList();
    assertThat(stored).doesNotHaveDuplicates();
    List<UUID> captured = new ArrayList<>();
    report
        .path("captured")
        .forEach(event -> captured.add(UUID.fromString(event.path("uuid").asText())));
    // The page leave comes after the page has told what it captured.
    assertThat(stored).hasSize(captured.size() + 1).containsAll(captured);
  }

  private void thePersonIsWhatThePageSaid(String token, String person, String visitor) {
    List<String> ids = new ArrayList<>(List.of("browser-user", visitor));
    ids.sort(null);
    pipeline.awaitRows(
        "select list_sort(distinct_ids), merged_properties->>'email', merged_properties->>'plan',"
            + " merged_properties->>'first_page' from hogflare_persons where api_key = '"
            + token
            + "' and person_id = '"
            + person
            + "' order by version desc limit 1",
        ids + " | ada@example.com | pro | /shop");
  }

  private void theGroupIsWhatThePageSaid(String token) {
    pipeline.awaitRows(
        "select group_properties from hogflare_events where api_key = '"
            + token
            + "' and event = 'invoice paid'",
        "{\"company\":{\"tier\":\"gold\"}}");
  }
}
