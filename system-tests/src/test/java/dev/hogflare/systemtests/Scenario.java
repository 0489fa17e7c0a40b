// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.systemtests.FaultProxy.Fault;
import dev.hogflare.systemtests.FaultProxy.Wire;
import dev.hogflare.systemtests.Sdk.Setting;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What every SDK is put through, and the rows that have to come of it. */
enum Scenario {
  CAPTURE("capture") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      sdk.capture(
          "viewed", Map.of("plan", "trial", "n", 7, "list", List.of("a", Map.of("b", true))));
      sdk.flush();
      JsonNode row = stage.event("viewed");
      assertThat(row.path("distinct_id").asText()).isEqualTo(sdk.id());
      assertThat(row.path("properties").path("plan").asText()).isEqualTo("trial");
      assertThat(row.path("properties").path("n").asInt()).isEqualTo(7);
      assertThat(row.at("/properties/list/1/b").asBoolean()).isTrue();
    }
  },
  TIMESTAMP("an event of the day before yesterday") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      Instant then = Instant.now().minus(Duration.ofDays(2)).truncatedTo(ChronoUnit.MILLIS);
      sdk.captureAt("backdated", then);
      sdk.flush();
      // The gateway corrects the client's clock by what the request took.
      assertThat(stage.event("backdated").path("millis").asLong())
          .isBetween(then.toEpochMilli() - 30_000, then.toEpochMilli() + 30_000);
    }
  },
  IDENTIFY("identify") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      String visitor = sdk.id();
      String user = "user of " + stage.projectKey();
      sdk.capture("visited", Map.of());
      sdk.flush();
      JsonNode visit = stage.event("visited");
      sdk.identify(user, Map.of("email", "ada@example.com"), Map.of("first_page", "/login"));
      sdk.flush();
      JsonNode identify = stage.event("$identify");
      sdk.capture("bought", Map.of());
      sdk.flush();
      JsonNode purchase = stage.event("bought");
      assertThat(sdk.id()).isEqualTo(user);
      assertThat(purchase.path("distinct_id").asText()).isEqualTo(user);
      assertThat(purchase.path("person_id")).isEqualTo(identify.path("person_id"));
      Set<String> ids = new HashSet<>(Set.of(user));
      if (stage.joinsAnonymousUsers()) {
        ids.add(visitor);
        assertThat(purchase.path("person_id")).isEqualTo(visit.path("person_id"));
      }
      stage.awaitPerson(
          purchase, ids, Map.of("email", "ada@example.com", "first_page", "/login"), Set.of());
    }
  },
  ALIAS("alias") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      String alias = "older id of " + stage.projectKey();
      sdk.capture("visited", Map.of());
      sdk.flush();
      JsonNode visit = stage.event("visited");
      sdk.alias(alias);
      sdk.flush();
      stage.event("$create_alias");
      // The row of the event itself may be written before the alias has answered.
      stage.awaitOnePerson(sdk.id(), alias);
      sdk.capture("came back", Map.of());
      sdk.flush();
      stage.awaitPerson(visit, Set.of(sdk.id(), alias), Map.of(), Set.of());
    }
  },
  GROUPS("groups") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      sdk.group("company", "acme", Map.of("tier", "gold"));
      sdk.flush();
      stage.event("$groupidentify");
      sdk.capture("paid", Map.of());
      sdk.flush();
      JsonNode row = stage.event("paid");
      assertThat(row.path("group0").asText()).isEqualTo("acme");
      assertThat(row.at("/group_properties/company/tier").asText()).isEqualTo("gold");
    }
  },
  SET("$set and $set_once") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      sdk.capture(
          "tried", Map.of("$set", Map.of("plan", "trial"), "$set_once", Map.of("first", "/a")));
      sdk.flush();
      stage.event("tried");
      sdk.capture(
          "bought", Map.of("$set", Map.of("plan", "pro"), "$set_once", Map.of("first", "/b")));
      sdk.flush();
      JsonNode row = stage.event("bought");
      assertThat(row.at("/person_properties/plan").asText()).isEqualTo("pro");
      assertThat(row.at("/person_properties/first").asText()).isEqualTo("/a");
      stage.awaitPerson(row, Set.of(sdk.id()), Map.of("plan", "pro", "first", "/a"), Set.of());
    }
  },
  UNSET("$unset") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      sdk.capture("tried", Map.of("$set", Map.of("plan", "trial", "seats", "12")));
      sdk.flush();
      JsonNode row = stage.event("tried");
      sdk.unset("plan");
      sdk.flush();
      stage.awaitPerson(row, Set.of(sdk.id()), Map.of("seats", "12"), Set.of("plan"));
    }
  },
  PERSONLESS("an event without a person", Setting.PERSONLESS) {
    @Override
    void play(SdkClient sdk, Stage stage) {
      sdk.capture("looked", Map.of("$set", Map.of("plan", "trial")));
      sdk.flush();
      JsonNode row = stage.event("looked");
      assertThat(row.path("person_properties").isNull()).isTrue();
      assertThat(stage.persons()).isEmpty();
    }
  },
  BATCH("a batch of 45") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      sdk.captureItems("item", 45);
      sdk.flush();
      stage.items("item", 45);
    }
  },
  BEACON("leaving the page") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      sdk.capture("goodbye", Map.of());
      sdk.leave();
      stage.event("goodbye");
    }
  },
  GZIP("gzip") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      twoEventsAs(Wire.GZIP, sdk, stage);
    }
  },
  UNCOMPRESSED("uncompressed", Setting.UNCOMPRESSED) {
    @Override
    void play(SdkClient sdk, Stage stage) {
      twoEventsAs(Wire.JSON, sdk, stage);
    }
  },
  BASE64("base64 in a form", Setting.BASE64) {
    @Override
    void play(SdkClient sdk, Stage stage) {
      twoEventsAs(Wire.BASE64, sdk, stage);
    }
  },
  EXCEPTION("an exception") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      sdk.exception("the lantern went out");
      sdk.flush();
      JsonNode row = stage.event("$exception");
      assertThat(row.at("/properties/$exception_list/0/value").asText())
          .isEqualTo("the lantern went out");
      assertThat(row.path("distinct_id").asText()).isEqualTo(sdk.id());
    }
  },
  GENERATION("a model's answer") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      sdk.generate("What colour is the lantern?");
      sdk.flush();
      JsonNode row = stage.event("$ai_generation");
      assertThat(row.path("distinct_id").asText()).isEqualTo(sdk.id());
      assertThat(row.at("/properties/$ai_model").asText()).isEqualTo("gpt-4o-mini");
      assertThat(row.at("/properties/$ai_output_tokens").asInt()).isEqualTo(3);
    }
  },
  INTERNAL_ERROR("500") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      afterA(Fault.INTERNAL_ERROR, sdk, stage);
    }
  },
  UNAVAILABLE("503 with Retry-After") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      afterA(Fault.UNAVAILABLE, sdk, stage);
    }
  },
  RATE_LIMITED("429 with Retry-After") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      afterA(Fault.RATE_LIMITED, sdk, stage);
    }
  },
  TOO_LARGE("413") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      afterA(Fault.TOO_LARGE, sdk, stage);
    }
  },
  RESET("a connection that is reset") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      afterA(Fault.RESET, sdk, stage);
    }
  },
  ANSWER_LOST("an answer that is lost") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      afterA(Fault.ANSWER_LOST, sdk, stage);
    }
  },
  SILENCE("no answer at all") {
    @Override
    void play(SdkClient sdk, Stage stage) {
      afterA(Fault.SILENCE, sdk, stage);
    }
  };

  private static final int ITEMS = 4;

  private final String title;
  private final Set<Setting> settings = EnumSet.noneOf(Setting.class);

  Scenario(String title, Setting... settings) {
    this.title = title;
    this.settings.addAll(List.of(settings));
  }

  /** Returns what the table calls it. */
  String title() {
    return title;
  }

  /** Returns how its client is set up. */
  Set<Setting> settings() {
    return settings;
  }

  /** Does it, and checks the rows. */
  abstract void play(SdkClient sdk, Stage stage);

  /** The second request comes after the SDK has seen what the host takes. */
  private static void twoEventsAs(Wire wire, SdkClient sdk, Stage stage) {
    // Base64 of older generations has surrogates where UTF-8 has none, which PostHog refuses, too.
    String text = (wire == Wire.BASE64 ? "ä€" : "ä€😀").repeat(300);
    for (String event : List.of("first", "second")) {
      sdk.capture(event, Map.of("text", text));
      sdk.flush();
      assertThat(stage.event(event).at("/properties/text").asText()).isEqualTo(text);
    }
    assertThat(stage.proxy().wires()).contains(wire);
  }

  private static void afterA(Fault fault, SdkClient sdk, Stage stage) {
    stage.proxy().failNext(fault);
    sdk.captureItems("unlucky", ITEMS);
    sdk.flush();
    stage.proxy().awaitFailure();
    sdk.capture("later", Map.of());
    sdk.flush();
    if (stage.expectation() == Sdk.Expectation.GIVEN_UP) {
      stage.event("later");
      assertThat(stage.events("unlucky")).isEmpty();
    } else {
      stage.items("unlucky", ITEMS);
      stage.event("later");
    }
  }
}
