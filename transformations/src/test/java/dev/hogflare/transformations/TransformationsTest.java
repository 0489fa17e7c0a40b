// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import static dev.hogflare.transformations.Trial.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How steps run one after the other. */
class TransformationsTest {

  @Test
  void aStepSeesWhatTheOnesBeforeItLeft() {
    JsonNode properties =
        Trial.of(
                """
                  - {type: rename, name: first, properties: {a: b}}
                  - {type: rename, name: second, properties: {b: c}}
                """)
            .event("{'event':'e','properties':{'a':1}}")
            .path("properties");
    assertThat(properties)
        .isEqualTo(json("{'c':1,'$transformations_succeeded':['first','second']}"));
  }

  @Test
  void personPropertiesAreFoundWhereverTheSdkPutThem() {
    JsonNode event =
        Trial.of(
                "  - {type: filter_properties, name: f, properties: [$set.email, $set_once.email]}")
            .event(
                "{'event':'$identify','$set':{'email':'a@b.example','plan':'pro'},"
                    + "'$set_once':{'email':'a@b.example'},'$unset':['old'],"
                    + "'properties':{'$set':{'plan':'free','n':1}}}");
    assertThat(event)
        .isEqualTo(
            json(
                "{'event':'$identify','$unset':['old'],'properties':{'$set':{'plan':'pro','n':1},"
                    + "'$set_once':{},'$transformations_succeeded':['f']}}"));
  }

  @Test
  void whatIsNoObjectOfPersonPropertiesStaysWhereItIs() {
    JsonNode event =
        Trial.of("  - {type: drop_event, name: s, events: [none]}")
            .event("{'event':'e','$set':7,'$set_once':{'a':1},'properties':{'$set_once':'text'}}");
    assertThat(event)
        .isEqualTo(
            json(
                "{'event':'e','$set':7,'$set_once':{'a':1},'properties':{'$set_once':'text',"
                    + "'$transformations_succeeded':['s']}}"));
  }

  @Test
  void nothingRunsBehindAStepThatDrops() {
    Outcome outcome =
        Trial.of(
                """
                  - {type: drop_event, name: away, events: [e]}
                  - {type: ip_anonymization, name: never}
                """)
            .outcome("{'event':'e','properties':{'$ip':'no address'}}");
    assertThat(outcome).isEqualTo(new Outcome.Dropped("away"));
  }

  @Test
  void recordsWhatBecameOfEachStepAsPostHogDoes() {
    JsonNode properties =
        Trial.of(
                """
                  - {type: rename, name: good, properties: {a: b}}
                  - {type: ip_anonymization, name: bad}
                  - {type: rename, name: unneeded, properties: {b: c}, when: event == "other"}
                """)
            .event(
                "{'event':'e','properties':{'a':1,'$ip':'x','$transformations_succeeded':['forged'],"
                    + "'$transformations_failed':'forged'}}")
            .path("properties");
    assertThat(properties)
        .isEqualTo(
            json(
                "{'b':1,'$ip':'x','$transformations_succeeded':['good'],"
                    + "'$transformations_failed':['bad'],'$transformations_skipped':['unneeded']}"));
  }

  @Test
  void aStepThatFailsHalfWayLeavesNothingBehind() {
    JsonNode properties =
        Trial.of(
                """
                  - {type: rename, name: good, properties: {a: b}}
                  - {type: ip_anonymization, name: bad, properties: [one, two]}
                """)
            .event("{'event':'e','properties':{'a':1,'one':'1.2.3.4','two':'x'}}")
            .path("properties");
    assertThat(properties.path("one").asText()).isEqualTo("1.2.3.4");
    assertThat(properties.path("b").asInt()).isEqualTo(1);
    assertThat(properties.path("$transformations_failed").get(0).asText()).isEqualTo("bad");
  }

  @Test
  void whatNoStepTouchesStaysAsItWasSent() {
    String event =
        "{\"event\":\"e\",\"n\":12345678901234567890.10,\"properties\":{\"x\":1.0,\"y\":[1e3, \"\\u00e9\"],"
            + "\"z\":{ \"a\" : null }},\"distinct_id\":7}";
    Outcome.Kept kept =
        (Outcome.Kept) Trial.of("  - {type: drop_event, name: s, events: [none]}").outcome(event);
    assertThat(new String(kept.json(), UTF_8))
        .isEqualTo(
            "{\"event\":\"e\",\"n\":12345678901234567890.10,\"distinct_id\":7,\"properties\":"
                + "{\"x\":1.0,\"y\":[1e3, \"\\u00e9\"],\"z\":{ \"a\" : null },"
                + "\"$transformations_succeeded\":[\"s\"]}}");
  }

  @Test
  void theSameEventComesOutTheSameEveryTime() {
    Trial all =
        Trial.of(
            """
              - {type: user_agent}
              - {type: pii_hashing, properties: [email], salt: pepper-and-salt}
              - {type: flatten}
              - {type: timestamp}
            """);
    String event = "{'event':'e','properties':{'email':'a','o':{'b':1},'$raw_user_agent':'x'}}";
    byte[] first = ((Outcome.Kept) all.outcome(event)).json();
    for (int i = 0; i < 100; i++) {
      assertThat(((Outcome.Kept) all.outcome(event)).json()).isEqualTo(first);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "7", "{", "{'properties':[]}", "{'properties':'x'}", "{}x"})
  void whatIsNoEventIsLeftToWhoReadsIt(String event) {
    assertThat(Trial.of("  - {type: drop_event, events: [e]}").outcome(event)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "event == \"e\" ~ true",
        "event == \"f\" ~ false",
        "distinct_id == \"user\" && token == \"phc_test\" ~ true",
        "properties[\"$lib\"] == \"web\" ~ true",
        "properties.plan == \"pro\" ~ true",
        "properties.missing == \"pro\" ~ false",
        "!(properties.missing == \"pro\") ~ false",
        "has(properties.plan) ~ true",
        "has(properties.missing) ~ false",
        "!has(properties.missing) ~ true",
        "\"$lib\" in properties ~ true",
        "properties.plan in [\"free\", \"pro\"] ~ true",
        "properties[\"$current_url\"].contains(\"/admin\") ~ true",
        "properties[\"$current_url\"].matches(\"^https://[a-z.]+/admin\") ~ true",
        "properties.seats > 4 ~ true",
        "properties.seats == 5 ~ true",
        "double(properties.price) > 9.5 ~ true",
        "properties.price > 9.5 ~ true",
        "properties.beta ~ true",
        "properties.tags.exists(t, t == \"b\") ~ true",
        "size(properties.tags) == 2 ~ true",
        "properties.deep.er.x == 1 ~ true",
        "properties.nothing == null ~ true",
        "properties.missing == \"x\" || event == \"e\" ~ true"
      })
  void aConditionDecidesWhetherAStepRuns(String condition, boolean runs) {
    String event =
        "{'event':'e','properties':{'$lib':'web','plan':'pro','seats':5,'price':10.25,'beta':true,"
            + "'$current_url':'https://x.example/admin/1','tags':['a','b'],"
            + "'deep':{'er':{'x':1}},'nothing':null}}";
    assertThat(
            Trial.of("  - type: drop_event\n    when: '" + condition.strip() + "'\n").drops(event))
        .isEqualTo(runs);
  }

  @Test
  void aConditionThatCannotBeComputedMakesTheStepFail() {
    JsonNode properties =
        Trial.of("  - {type: drop_event, name: bad, when: 'properties.plan > 4'}")
            .event("{'event':'e','properties':{'plan':'pro'}}")
            .path("properties");
    assertThat(properties.path("$transformations_failed").get(0).asText()).isEqualTo("bad");
  }
}
