// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static dev.hogflare.systemtests.Json.event;
import static dev.hogflare.systemtests.Json.object;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Groups on rows: slots, properties, and their order. */
@ExtendWith(SharedPipeline.class)
class GroupsIT {
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
  void fillsSlotsAndPropertiesForEveryShapeOfAGroupIdentify() {
    String token = "phc_groups";
    pipeline.store(
        "/groups",
        object(
            "api_key",
            token,
            "properties",
            object(
                "$group_type",
                "company",
                "$group_key",
                "acme",
                "$group_set",
                Map.of("tier", "gold"))));
    pipeline.storeBatch(
        token, List.of(event("after groups", "ada", "$groups", Map.of("company", "acme"))));
    pipeline.store(
        "/capture",
        object(
            "api_key",
            token,
            "event",
            "$groupidentify",
            "distinct_id",
            "ada",
            "properties",
            object(
                "$group_type",
                "company",
                "$group_key",
                "acme",
                "$group_set",
                Map.of("seats", 12))));
    pipeline.store(
        "/batch",
        object(
            "api_key",
            token,
            "batch",
            List.of(
                object(
                    "event",
                    "$groupidentify",
                    "distinct_id",
                    "ada",
                    "properties",
                    object(
                        "$group_type",
                        "project",
                        "$group_key",
                        "apollo",
                        "$group_set",
                        Map.of("phase", 1))),
                object(
                    "event",
                    "after batch",
                    "properties",
                    object(
                        "distinct_id",
                        "ada",
                        "$groups",
                        object("company", "acme", "project", "apollo"))))));
    // On its way through its groups the event may meet a later state of the second one.
    pipeline.awaitEvents(token, 5);
    pipeline.store(
        "/e/",
        object(
            "token",
            token,
            "event",
            "$groupidentify",
            "properties",
            object(
                "distinct_id",
                "ada",
                "$group_type",
                "project",
                "$group_key",
                "apollo",
                "$group_set",
                Map.of("phase", 2))));

    pipeline.awaitRows(
        "select event, distinct_id, group0, group1, group_properties from hogflare_events"
            + " where api_key = 'phc_groups' order by created_at",
        "$groupidentify | acme | acme | null | {\"company\":{\"tier\":\"gold\"}}",
        "after groups | ada | acme | null | {\"company\":{\"tier\":\"gold\"}}",
        "$groupidentify | ada | acme | null | {\"company\":{\"seats\":12,\"tier\":\"gold\"}}",
        "$groupidentify | ada | null | apollo | {\"project\":{\"phase\":1}}",
        "after batch | ada | acme | apollo | {\"company\":{\"seats\":12,\"tier\":\"gold\"},"
            + "\"project\":{\"phase\":1}}",
        "$groupidentify | ada | null | apollo | {\"project\":{\"phase\":2}}");
  }

  @Test
  void showsTheStateThatAnEventsOwnClientHasSetBefore() {
    String token = "phc_groups_order";
    int rounds = 60;
    List<Map<String, Object>> events = new ArrayList<>();
    for (int n = 0; n < rounds; n++) {
      String key = "g-" + n % 3;
      for (String type : List.of("company", "project")) {
        events.add(
            event(
                "$groupidentify",
                "ada",
                "$group_type",
                type,
                "$group_key",
                key,
                "$group_set",
                Map.of("n", n)));
      }
      // Not in the order of the types, so that the way through the groups is not theirs.
      events.add(event("seen", "ada", "n", n, "$groups", object("project", key, "company", key)));
    }
    for (int from = 0; from < events.size(); from += 15) {
      pipeline.storeBatch(token, events.subList(from, from + 15));
    }

    // Exactly the state at its own time of the group that it visits first; of the other one, that
    // or a later one, which may have overtaken it.
    pipeline.awaitRows(
        "select count(*),"
            + " count(*) filter ((group_properties->'project'->>'n') = (properties->>'n')),"
            + " count(*) filter (cast((group_properties->'company'->>'n') as integer)"
            + " >= cast((properties->>'n') as integer))"
            + " from hogflare_events where api_key = 'phc_groups_order' and event = 'seen'",
        rounds + " | " + rounds + " | " + rounds);
    // An event that says so itself is in the order of its group without any doubt.
    pipeline.awaitRows(
        "select count(*) from hogflare_events where api_key = 'phc_groups_order'"
            + " and event = '$groupidentify'"
            + " and (properties->'$.\"$group_set\"'->>'n') = coalesce("
            + "(group_properties->'project'->>'n'), (group_properties->'company'->>'n'))",
        Integer.toString(2 * rounds));
  }

  @Test
  void keepsGroupsWithoutASlotAndThoseOfOtherProjectsApart() {
    for (String token : List.of("phc_groups_1", "phc_groups_2")) {
      pipeline.storeBatch(
          token,
          List.of(
              event(
                  "$groupidentify",
                  "ada",
                  "$group_type",
                  "team",
                  "$group_key",
                  "t",
                  "$group_set",
                  Map.of("of", token)),
              event("seen", "ada", "$groups", object("team", "t", "company", "unknown"))));
    }

    pipeline.awaitRows(
        "select api_key, group0, group1, group2, group_properties from hogflare_events"
            + " where event = 'seen' and api_key in ('phc_groups_1', 'phc_groups_2')"
            + " order by api_key",
        "phc_groups_1 | unknown | null | null | {\"team\":{\"of\":\"phc_groups_1\"}}",
        "phc_groups_2 | unknown | null | null | {\"team\":{\"of\":\"phc_groups_2\"}}");
  }
}
