// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Uuids;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The published posthog-node against the whole pipeline. */
@ExtendWith(SharedPipeline.class)
class SdkNodeIT {
  private static final String TOKEN = "phc_node";
  private static final int EVENTS = 53;

  private PipelineFixture pipeline;

  @BeforeEach
  void take(PipelineFixture shared) {
    pipeline = shared;
  }

  @Test
  void storesWhatTheCallsPromise() {
    JsonNode report;
    try (SdkFlow flow = SdkFlow.start("node-flow.mjs", pipeline.gateway().toString(), TOKEN)) {
      flow.await("aliased");
      awaitAlias();
      flow.proceed();
      report = flow.await("finished");
    }

    pipeline.awaitEvents(TOKEN, EVENTS);
    nothingWasSentTwice(report);
    oneUserHasThreeIds();
    eventsCarryTheirGroups();
    anEventWithoutAnIdHasNoPerson();
    theBatchesAreWhole();
    CounterEquations.assertHold(pipeline);
  }

  private void awaitAlias() {
    Await.until(
        "the alias is known",
        () ->
            pipeline
                .admin("/persons/" + TOKEN + "/node-legacy")
                .body()
                .contains("\"canonical_id\":\"node-user\""));
  }

  private void nothingWasSentTwice(JsonNode report) {
    assertThat(report.path("errors")).isEmpty();
    assertThat(report.path("requests"))
        .isNotEmpty()
        .allSatisfy(request -> assertThat(request.path("status").asInt()).isEqualTo(200));
    List<UUID> sent =
        pipeline.log().ofProject(pipeline.topics().eventsRaw(), TOKEN).stream()
            .map(record -> RawEvent.read(record.key(), record.value(), record.headers()).uuid())
            .toList();
    assertThat(sent).hasSize(EVENTS).doesNotHaveDuplicates();
  }

  private void oneUserHasThreeIds() {
    String person = Uuids.person(new ActorKey(TOKEN, "node-visitor")).toString();
    assertThat(
            pipeline.rows(
                "select event, distinct_id, person_id, person_properties from hogflare_events"
                    + " where api_key = '"
                    + TOKEN
                    + "' and event in ('pricing viewed', '$identify', 'signed up', '$create_alias',"
                    + " 'legacy opened') order by created_at"))
        .containsExactly(
            "pricing viewed | node-visitor | "
                + person
                + " | {\"first_page\":\"/pricing\",\"plan\":\"trial\"}",
            "$identify | node-user | "
                + person
                + " | {\"email\":\"ada@example.com\",\"first_page\":\"/pricing\",\"plan\":\"trial\"}",
            "signed up | node-user | "
                + person
                + " | {\"email\":\"ada@example.com\",\"first_page\":\"/pricing\",\"plan\":\"pro\"}",
            "$create_alias | node-user | "
                + person
                + " | {\"email\":\"ada@example.com\",\"first_page\":\"/pricing\",\"plan\":\"pro\"}",
            "legacy opened | node-legacy | "
                + person
                + " | {\"email\":\"ada@example.com\",\"first_page\":\"/pricing\",\"plan\":\"pro\"}");
    pipeline.awaitRows(
        "select list_sort(distinct_ids), canonical_distinct_id from hogflare_persons"
            + " where person_id = '"
            + person
            + "' order by version desc limit 1",
        "[node-legacy, node-user, node-visitor] | node-user");
  }

  private void eventsCarryTheirGroups() {
    assertThat(
            pipeline.rows(
                "select event, distinct_id, group0, group1, group_properties from hogflare_events"
                    + " where api_key = '"
                    + TOKEN
                    + "' and group0 is not null order by created_at"))
        .containsExactly(
            "$groupidentify | node-user | acme | null | {\"company\":{\"seats\":12,\"tier\":\"gold\"}}",
            "invoice paid | node-user | acme | apollo |"
                + " {\"company\":{\"seats\":12,\"tier\":\"gold\"}}");
  }

  private void anEventWithoutAnIdHasNoPerson() {
    assertThat(
            pipeline.rows(
                "select person_created_at, person_properties, properties->>'ok',"
                    + " (select count(*) from hogflare_persons p where p.person_id = e.person_id)"
                    + " from hogflare_events e where api_key = '"
                    + TOKEN
                    + "' and event = 'health checked'"))
        .containsExactly("null | null | true | 0");
  }

  private void theBatchesAreWhole() {
    assertThat(
            pipeline.rows(
                "select count(*), count(distinct properties->>'n'), count(distinct person_id)"
                    + " from hogflare_events where api_key = '"
                    + TOKEN
                    + "' and event = 'bulk'"))
        .containsExactly("45 | 45 | 1");
  }
}
