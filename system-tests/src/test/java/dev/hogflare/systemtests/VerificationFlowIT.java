// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static dev.hogflare.systemtests.Json.event;
import static dev.hogflare.systemtests.Json.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Uuids;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a new user tries first. */
@ExtendWith(SharedPipeline.class)
class VerificationFlowIT {
  private PipelineFixture pipeline;

  @BeforeEach
  void take(PipelineFixture shared) {
    pipeline = shared;
  }

  @AfterEach
  void everyRecordIsAccountedFor() {
    CounterEquations.assertHold(pipeline);
  }

  @Test
  void givesAnAnonymousVisitorWhoIsIdentifiedOnePerson() {
    pipeline.store(
        "/capture",
        object(
            "api_key",
            "phc_flow",
            "event",
            "pricing viewed",
            "distinct_id",
            "anon-1",
            "properties",
            object(
                "$set", Map.of("plan", "trial"), "$set_once", Map.of("first_page", "/pricing"))));
    pipeline.store(
        "/identify",
        object(
            "api_key",
            "phc_flow",
            "distinct_id",
            "ada",
            "properties",
            object("$anon_distinct_id", "anon-1", "$set", Map.of("email", "ada@example.com"))));
    pipeline.store(
        "/capture",
        object(
            "api_key",
            "phc_flow",
            "event",
            "signed up",
            "distinct_id",
            "ada",
            "properties",
            object("$set", Map.of("plan", "pro"), "$set_once", Map.of("first_page", "/signup"))));

    String person = Uuids.person(new ActorKey("phc_flow", "anon-1")).toString();
    pipeline.awaitRows(
        "select event, distinct_id, person_id from hogflare_events where api_key = 'phc_flow'"
            + " order by created_at",
        "pricing viewed | anon-1 | " + person,
        "$identify | ada | " + person,
        "signed up | ada | " + person);
    pipeline.awaitRows(
        "select operation, person_id, list_sort(distinct_ids), merged_properties"
            + " from hogflare_persons where api_key = 'phc_flow' order by updated_at",
        "capture | " + person + " | [anon-1] | {\"first_page\":\"/pricing\",\"plan\":\"trial\"}",
        "identify | "
            + person
            + " | [ada, anon-1] | {\"email\":\"ada@example.com\",\"first_page\":\"/pricing\","
            + "\"plan\":\"trial\"}",
        "capture | "
            + person
            + " | [ada, anon-1] | {\"email\":\"ada@example.com\",\"first_page\":\"/pricing\","
            + "\"plan\":\"pro\"}");
    // Each snapshot names the row that caused it, and all of them are one person.
    assertThat(
            pipeline.rows(
                "select count(distinct p.person_int_id), count(*) from hogflare_persons p"
                    + " join hogflare_events e on e.uuid = p.source_event_uuid"
                    + " where p.api_key = 'phc_flow'"))
        .containsExactly("1 | 3");
  }

  @Test
  void storesABatchThatIsPostedThreeTimesOnce() {
    List<Map<String, Object>> events = new ArrayList<>();
    for (int n = 0; n < 20; n++) {
      Map<String, Object> event = event("counted", "counter-" + n % 4, "n", n);
      event.put("uuid", UUID.randomUUID().toString());
      events.add(event);
    }
    long before = pipeline.count("hogflare_person_duplicates_total");

    for (int attempt = 0; attempt < 3; attempt++) {
      pipeline.storeBatch("phc_thrice", events);
    }
    // A later event of each id shows that the repeats have been worked off.
    for (int id = 0; id < 4; id++) {
      pipeline.storeBatch("phc_thrice", List.of(event("after", "counter-" + id)));
    }

    pipeline.awaitRows(
        "select event, count(*), count(distinct uuid) from hogflare_events_raw"
            + " where api_key = 'phc_thrice' group by event order by event",
        "after | 4 | 4",
        "counted | 20 | 20");
    assertThat(pipeline.count("hogflare_person_duplicates_total") - before).isEqualTo(40);
    // Nor did the repeats change the persons.
    pipeline.awaitRows(
        "select count(*), max(version) from hogflare_persons where api_key = 'phc_thrice'",
        "24 | 6");
  }

  @Test
  void storesTheGoodItemsOfABatchWithBadOnes() {
    Map<String, Object> nameless = event("x", "ada");
    nameless.remove("event");
    Map<String, Object> wrongType = event("typed", "ada");
    wrongType.put("properties", List.of(1, 2));

    pipeline.storeBatch(
        "phc_mixed",
        List.of(
            event("first", "ada"),
            nameless,
            event("second", "bob"),
            wrongType,
            event("$identify", "cid", "$anon_distinct_id", 7),
            event("third", "ada")));

    pipeline.awaitRows(
        "select event, distinct_id from hogflare_events where api_key = 'phc_mixed'"
            + " order by created_at",
        "first | ada",
        "second | bob",
        "third | ada");
    List<TopicLog.Dead> dead =
        Await.value(
            () -> pipeline.log().dead(pipeline.topics().deadLetters(), "phc_mixed"),
            letters -> letters.size() == 3);
    assertThat(dead)
        .extracting(letter -> letter.reason().stage(), letter -> letter.reason().code())
        .containsExactlyInAnyOrder(
            tuple(Stage.GATEWAY, ErrorCode.MISSING_EVENT),
            tuple(Stage.GATEWAY, ErrorCode.INVALID_FIELD),
            tuple(Stage.PERSON, ErrorCode.INVALID_ALIAS));
    assertThat(dead)
        .allSatisfy(
            letter -> {
              assertThat(letter.reason().message()).endsWith(".");
              // The item as it was sent, so that it can be repaired and sent again.
              assertThat(Json.parse(text(letter)).path("distinct_id").asText()).isNotEmpty();
            });
  }

  private static String text(TopicLog.Dead letter) {
    return new String(letter.record().value(), StandardCharsets.UTF_8);
  }
}
