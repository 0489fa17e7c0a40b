// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static dev.hogflare.systemtests.Json.event;
import static dev.hogflare.systemtests.Json.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Uuids;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A hundred users on four ways through the product: hogflare's simulation.
 *
 * <p>Where our rows differ from hogflare's: a recording reads its person and neither makes one nor
 * carries its properties; a {@code $groupidentify} keeps the distinct id that it was sent with and
 * has the group's key only for want of one; an {@code $identify} keeps its properties; an alias
 * that a known user takes over gives a second snapshot once its person is absorbed. Feature flags
 * are another service's.
 */
@ExtendWith(SharedPipeline.class)
class SimulationIT {
  private static final String TOKEN = "phc_simulation";
  private static final int USERS = 100;
  private static final List<String> TIERS = List.of("free", "starter", "pro", "team", "enterprise");

  /** A way through the product; the user's number modulo four tells which. */
  private enum Way {
    ANONYMOUS_ONLY,
    IDENTIFIED_AT_ONCE,
    ANONYMOUS_THEN_IDENTIFIED,
    BATCHED
  }

  /**
   * A user.
   *
   * @param number from 0
   */
  private record User(int number) {
    Way way() {
      return Way.values()[number % 4];
    }

    String known() {
      return "user-" + number;
    }

    String anonymous() {
      return "anon-" + number;
    }

    String alias() {
      return "alias-" + number;
    }

    String company() {
      return "company-" + number % 5;
    }

    String tier() {
      return TIERS.get(number % 5);
    }

    String plan() {
      return number % 2 == 0 ? "pro" : "free";
    }

    /** Whether an anonymous id was this user's first. */
    boolean beganAnonymous() {
      return way() == Way.ANONYMOUS_ONLY || way() == Way.ANONYMOUS_THEN_IDENTIFIED;
    }

    String personId() {
      return Uuids.person(new ActorKey(TOKEN, beganAnonymous() ? anonymous() : known())).toString();
    }

    /** Returns properties that say the plan, and where the user came from. */
    Object[] captureProperties() {
      return new Object[] {
        "$set",
        Map.of("plan", plan()),
        "$set_once",
        Map.of("signup_source", "source-" + number),
        "$groups",
        Map.of("company", company())
      };
    }

    @Override
    public String toString() {
      return known();
    }
  }

  @Test
  void givesAHundredUsersTheirRowsAndPersons(PipelineFixture pipeline) {
    List<User> users = new ArrayList<>();
    for (int number = 0; number < USERS; number++) {
      users.add(new User(number));
    }
    companies(pipeline);
    users.forEach(user -> walk(pipeline, user));

    pipeline.awaitEvents(TOKEN, 249);
    theRowsAreOfTheseKinds(pipeline);
    everyRowHasTheTeam(pipeline);
    theRowsDifferFromHogflaresAsDocumented(pipeline);
    users.forEach(user -> theRowsBelongToOnePerson(pipeline, user));
    theCapturesCarryWhatIsKnown(pipeline);
    users.forEach(user -> theDebugEndpointShowsThePerson(pipeline, user));
    CounterEquations.assertHold(pipeline);
  }

  private static void companies(PipelineFixture pipeline) {
    for (int company = 0; company < TIERS.size(); company++) {
      pipeline.store(
          "/groups",
          object(
              "api_key",
              TOKEN,
              "group_type",
              "company",
              "group_key",
              "company-" + company,
              "properties",
              Map.of("tier", TIERS.get(company))));
    }
    // A capture's own client must have set its group before; these clients are others.
    pipeline.awaitEvents(TOKEN, TIERS.size());
  }

  private static void walk(PipelineFixture pipeline, User user) {
    switch (user.way()) {
      case ANONYMOUS_ONLY -> capture(pipeline, user.anonymous(), user);
      case IDENTIFIED_AT_ONCE -> {
        identify(pipeline, user, object("$set", Map.of("plan", user.plan())));
        capture(pipeline, user.known(), user);
      }
      case ANONYMOUS_THEN_IDENTIFIED -> {
        capture(pipeline, user.anonymous(), user);
        identify(
            pipeline,
            user,
            object("$anon_distinct_id", user.anonymous(), "$set", Map.of("plan", user.plan())));
        capture(pipeline, user.known(), user);
      }
      case BATCHED ->
          pipeline.storeBatch(
              TOKEN,
              List.of(
                  event("product used", user.known(), user.captureProperties()),
                  event("$identify", user.known(), "$set", Map.of("plan", user.plan())),
                  object("type", "alias", "distinct_id", user.known(), "alias", user.alias())));
    }
    extras(pipeline, user);
  }

  private static void capture(PipelineFixture pipeline, String distinctId, User user) {
    Map<String, Object> event = event("product used", distinctId, user.captureProperties());
    event.put("api_key", TOKEN);
    pipeline.store("/capture", event);
  }

  private static void identify(PipelineFixture pipeline, User user, Object properties) {
    pipeline.store(
        "/identify",
        object("api_key", TOKEN, "distinct_id", user.known(), "properties", properties));
  }

  /** Five aliases, ten people updates and four recordings in hogflare's old form. */
  private static void extras(PipelineFixture pipeline, User user) {
    if (user.way() == Way.IDENTIFIED_AT_ONCE && user.number() < 20) {
      pipeline.store(
          "/alias", object("api_key", TOKEN, "distinct_id", user.known(), "alias", user.alias()));
    }
    if (user.way() == Way.ANONYMOUS_THEN_IDENTIFIED && user.number() < 40) {
      pipeline.store(
          "/engage",
          object(
              "api_key",
              TOKEN,
              "distinct_id",
              user.known(),
              "$set",
              Map.of("engaged", true),
              "$groups",
              Map.of("company", user.company())));
    }
    if (user.way() == Way.ANONYMOUS_ONLY && user.number() < 16) {
      pipeline.store(
          "/s/",
          object(
              "token",
              TOKEN,
              "data",
              object("metadata", Map.of("distinct_id", user.anonymous()), "chunk", "frame")));
    }
  }

  private static void theRowsAreOfTheseKinds(PipelineFixture pipeline) {
    assertThat(
            pipeline.rows(
                "select event, count(*) from hogflare_events where api_key = '"
                    + TOKEN
                    + "' group by event order by event"))
        .containsExactly(
            "$create_alias | 30",
            "$engage | 10",
            "$groupidentify | 5",
            "$identify | 75",
            "$snapshot | 4",
            "product used | 125");
  }

  private static void everyRowHasTheTeam(PipelineFixture pipeline) {
    assertThat(
            pipeline.rows(
                "select distinct team_id, source from hogflare_events where api_key = '"
                    + TOKEN
                    + "'"))
        .containsExactly(SharedPipeline.TEAM + " | posthog");
    assertThat(
            pipeline.rows(
                "select distinct team_id, source from hogflare_persons where api_key = '"
                    + TOKEN
                    + "'"))
        .containsExactly(SharedPipeline.TEAM + " | hogflare");
  }

  private static void theRowsDifferFromHogflaresAsDocumented(PipelineFixture pipeline) {
    assertThat(
            pipeline.rows(
                "select event, count(*), count(properties), count(person_properties),"
                    + " count(distinct distinct_id) from hogflare_events where api_key = '"
                    + TOKEN
                    + "' and event in ('$snapshot', '$groupidentify', '$identify')"
                    + " group by event order by event"))
        .containsExactly(
            "$groupidentify | 5 | 5 | 0 | 5",
            "$identify | 75 | 75 | 75 | 75",
            "$snapshot | 4 | 4 | 0 | 4");
    pipeline.awaitRows(
        "select operation, count(*) from hogflare_persons where api_key = '"
            + TOKEN
            + "' group by operation order by operation",
        "alias | 60",
        "capture | 125",
        "engage | 10",
        "identify | 75");
  }

  private static void theRowsBelongToOnePerson(PipelineFixture pipeline, User user) {
    assertThat(
            pipeline.rows(
                "select distinct person_id, person_created_at is not null from hogflare_events"
                    + " where api_key = '"
                    + TOKEN
                    + "' and distinct_id in ('"
                    + user.known()
                    + "', '"
                    + user.anonymous()
                    + "')"))
        .as("the persons of %s", user)
        .containsExactly(user.personId() + " | true");
  }

  private static void theCapturesCarryWhatIsKnown(PipelineFixture pipeline) {
    List<String> expected = new ArrayList<>();
    for (int number = 0; number < USERS; number++) {
      User user = new User(number);
      int captures = user.way() == Way.ANONYMOUS_THEN_IDENTIFIED ? 2 : 1;
      expected.add(
          String.join(
              " | ",
              user.company(),
              user.tier(),
              user.plan(),
              "source-" + number,
              Integer.toString(captures)));
    }
    expected.sort(null);
    List<String> rows =
        new ArrayList<>(
            pipeline.rows(
                "select group0, group_properties->'company'->>'tier', person_properties->>'plan',"
                    + " person_properties->>'signup_source' as source, count(*)"
                    + " from hogflare_events where api_key = '"
                    + TOKEN
                    + "' and event = 'product used' group by all"));
    rows.sort(null);
    assertThat(rows).isEqualTo(expected);
  }

  private static void theDebugEndpointShowsThePerson(PipelineFixture pipeline, User user) {
    String asked = user.beganAnonymous() ? user.anonymous() : user.known();
    Answer answer =
        pipeline.get(
            "/__debug/person/" + asked + "?token=" + TOKEN,
            "x-hogflare-debug-token",
            PipelineFixture.DEBUG_TOKEN);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    JsonNode json = answer.json();
    assertThat(json.path("canonical_id").asText())
        .isEqualTo(user.way() == Way.ANONYMOUS_ONLY ? user.anonymous() : user.known());
    assertThat(json.at("/record/uuid").asText()).isEqualTo(user.personId());
    assertThat(json.at("/record/team_id").asLong()).isEqualTo(SharedPipeline.TEAM);
    assertThat(json.at("/record/properties/plan").asText()).isEqualTo(user.plan());
    assertThat(json.at("/record/properties_set_once/signup_source").asText())
        .isEqualTo("source-" + user.number());
    TreeSet<String> ids = new TreeSet<>();
    json.at("/record/distinct_ids").forEach(id -> ids.add(id.asText()));
    assertThat(ids).as("the ids of %s", user).isEqualTo(idsOf(user));
  }

  private static TreeSet<String> idsOf(User user) {
    TreeSet<String> ids = new TreeSet<>();
    switch (user.way()) {
      case ANONYMOUS_ONLY -> ids.add(user.anonymous());
      case IDENTIFIED_AT_ONCE -> {
        ids.add(user.known());
        if (user.number() < 20) {
          ids.add(user.alias());
        }
      }
      case ANONYMOUS_THEN_IDENTIFIED -> {
        ids.add(user.known());
        ids.add(user.anonymous());
      }
      case BATCHED -> {
        ids.add(user.known());
        ids.add(user.alias());
      }
    }
    return ids;
  }
}
