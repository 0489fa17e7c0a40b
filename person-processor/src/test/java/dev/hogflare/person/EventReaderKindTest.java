// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.EventKind;
import dev.hogflare.contract.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an event means to its person, by its name, its route and its shape. */
class EventReaderKindTest {

  @ParameterizedTest
  @EnumSource(
      value = Route.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"S"})
  void theNamesOfEventsThatMeanMoreCountOnEveryRoute(Route route) throws Exception {
    assertThat(Sent.on(route, "{'event':'$identify'}").read().kind()).isEqualTo(EventKind.IDENTIFY);
    assertThat(Sent.on(route, "{'event':'$create_alias'}").read().kind())
        .isEqualTo(EventKind.ALIAS);
    assertThat(Sent.on(route, "{'event':'$merge_dangerously'}").read().kind())
        .isEqualTo(EventKind.ALIAS);
    String group =
        "{'event':'$groupidentify','properties':{'$group_type':'company','$group_key':'acme'}}";
    assertThat(Sent.on(route, group).read().kind()).isEqualTo(EventKind.GROUP_IDENTIFY);
  }

  @ParameterizedTest
  @EnumSource(
      value = Route.class,
      names = {"CAPTURE", "E", "BATCH", "ENGAGE"})
  void anyOtherNameIsAnOrdinaryEvent(Route route) throws Exception {
    PersonEvent event = Sent.on(route, "{'event':'$set','type':'identify','alias':'x'}").read();
    assertThat(event.kind()).isEqualTo(EventKind.CAPTURE);
    assertThat(event.row().event()).isEqualTo("$set");
    assertThat(event.readsOnly()).isFalse();
    assertThat(event.other()).isNull();
  }

  @Test
  void theIdentifyRouteIdentifiesWhateverTheNameSays() throws Exception {
    for (String json : new String[] {"{}", "{'event':'login'}", "{'event':''}"}) {
      PersonEvent event = Sent.on(Route.IDENTIFY, json).read();
      assertThat(event.kind()).isEqualTo(EventKind.IDENTIFY);
      assertThat(event.row().event()).isEqualTo("$identify");
    }
  }

  @Test
  void aNameThatTheRouteOverridesStaysInExtra() throws Exception {
    assertThat(Sent.on(Route.IDENTIFY, "{'event':'login'}").extra())
        .isEqualTo(Json.tree("{'event':'login'}"));
    assertThat(Sent.on(Route.ALIAS, "{'event':'linked','alias':'a'}").extra())
        .isEqualTo(Json.tree("{'alias':'a','event':'linked'}"));
    assertThat(Sent.on(Route.IDENTIFY, "{'event':'$identify'}").extra()).isNull();
    assertThat(Sent.on(Route.CAPTURE, "{'event':'buy'}").extra()).isNull();
  }

  @Test
  void theAliasRouteTakesTheAliasFromTheRoot() throws Exception {
    PersonEvent event = Sent.on(Route.ALIAS, "{'distinct_id':'user','alias':'anon'}").read();
    assertThat(event.kind()).isEqualTo(EventKind.ALIAS);
    assertThat(event.row().event()).isEqualTo("$create_alias");
    assertThat(event.other()).isEqualTo("anon");
    assertThat(event.mode()).isEqualTo(MergeMode.GUARDED);
  }

  @Test
  void theEngageRouteIsAPeopleUpdate() throws Exception {
    PersonEvent event = Sent.on(Route.ENGAGE, "{'$set':{'plan':'pro'}}").read();
    assertThat(event.kind()).isEqualTo(EventKind.ENGAGE);
    assertThat(event.row().event()).isEqualTo("$engage");
    assertThat(event.update().set()).containsOnlyKeys("plan");
  }

  @ParameterizedTest
  @CsvSource({
    "identify, IDENTIFY, $identify",
    "IDENTIFY, IDENTIFY, $identify",
    "alias, ALIAS, $create_alias",
    "engage, ENGAGE, $engage",
    "groupidentify, GROUP_IDENTIFY, $groupidentify",
    "group_identify, GROUP_IDENTIFY, $groupidentify",
    "Group_Identify, GROUP_IDENTIFY, $groupidentify"
  })
  void theTypeOfABatchItemSaysWhatItIs(String type, EventKind kind, String name) throws Exception {
    String json = "{'type':'" + type + "','group_type':'company','group_key':'acme','alias':'a'}";
    PersonEvent event = Sent.on(Route.BATCH, json).read();
    assertThat(event.kind()).isEqualTo(kind);
    assertThat(event.row().event()).isEqualTo(name);
  }

  @Test
  void anItemWithAnAliasAndNoNameIsAnAlias() throws Exception {
    PersonEvent event = Sent.on(Route.BATCH, "{'distinct_id':'user','alias':'anon'}").read();
    assertThat(event.kind()).isEqualTo(EventKind.ALIAS);
    assertThat(event.other()).isEqualTo("anon");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'event':null}",
        "{'event':''}",
        "{'event':7}",
        "{'event':{}}",
        "{'event':['x']}",
        "{'type':'screen'}",
        "{'type':7}"
      })
  void anItemThatSaysNothingIsRefused(String json) {
    for (Route route : new Route[] {Route.CAPTURE, Route.E, Route.BATCH}) {
      assertRefused(Sent.on(route, json), ErrorCode.MISSING_EVENT, "event");
    }
  }

  @Test
  void identifyMergesTheAnonymousIdOfEitherPlace() throws Exception {
    assertThat(
            Sent.on(Route.BATCH, "{'event':'$identify','properties':{'$anon_distinct_id':'anon'}}")
                .read()
                .other())
        .isEqualTo("anon");
    assertThat(Sent.on(Route.IDENTIFY, "{'$anon_distinct_id':'anon'}").read().other())
        .isEqualTo("anon");
    assertThat(
            Sent.on(
                    Route.IDENTIFY,
                    "{'$anon_distinct_id':'outer','properties':{'$anon_distinct_id':'inner'}}")
                .read()
                .other())
        .as("PostHog's place wins")
        .isEqualTo("inner");
  }

  @Test
  void aliasMergesTheAliasOfEitherPlace() throws Exception {
    for (String name : new String[] {"$create_alias", "$merge_dangerously"}) {
      String json = "{'event':'" + name + "','properties':{'alias':'anon'}}";
      PersonEvent event = Sent.on(Route.BATCH, json).read();
      assertThat(event.other()).isEqualTo("anon");
      assertThat(event.row().event()).isEqualTo(name);
    }
  }

  @Test
  void onlyMergeDangerouslyMayTakeKnownUsersOver() throws Exception {
    assertThat(Sent.on(Route.E, "{'event':'$merge_dangerously'}").read().mode())
        .isEqualTo(MergeMode.DANGEROUS);
    for (String name : new String[] {"$identify", "$create_alias", "buy"}) {
      assertThat(Sent.on(Route.E, "{'event':'" + name + "'}").read().mode())
          .isEqualTo(MergeMode.GUARDED);
    }
  }

  @Test
  void aMergeWithOneselfOrWithNobodyIsNone() throws Exception {
    for (String other : new String[] {"'user'", "null"}) {
      PersonEvent event =
          Sent.on(Route.E, "{'event':'$identify','properties':{'$anon_distinct_id':" + other + "}}")
              .read();
      assertThat(event.other()).isNull();
      assertThat(event.warnings()).isEmpty();
    }
    assertThat(Sent.on(Route.E, "{'event':'$create_alias'}").read().other()).isNull();
  }

  @Test
  void otherIdsOfOrdinaryEventsAreJustProperties() throws Exception {
    PersonEvent event =
        Sent.on(Route.E, "{'event':'buy','properties':{'$anon_distinct_id':'a','alias':'b'}}")
            .read();
    assertThat(event.other()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "true", "{}", "{'a':'b'}", "[]", "['anon']", "1.5"})
  void anAnonymousIdThatIsNoTextIsRefusedAsInPostHog(String value) {
    assertRefused(
        Sent.on(Route.E, "{'event':'$identify','properties':{'$anon_distinct_id':" + value + "}}"),
        ErrorCode.INVALID_ALIAS,
        "$anon_distinct_id");
    assertRefused(
        Sent.on(Route.IDENTIFY, "{'$anon_distinct_id':" + value + "}"),
        ErrorCode.INVALID_ALIAS,
        "$anon_distinct_id");
    for (String name : new String[] {"$create_alias", "$merge_dangerously"}) {
      assertRefused(
          Sent.on(Route.E, "{'event':'" + name + "','properties':{'alias':" + value + "}}"),
          ErrorCode.INVALID_ALIAS,
          "alias");
    }
    assertRefused(
        Sent.on(Route.ALIAS, "{'alias':" + value + "}"), ErrorCode.INVALID_ALIAS, "alias");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        "null",
        "undefined",
        "0",
        "NaN",
        "[object Object]",
        "Anonymous",
        "guest"
      })
  void anIdThatStandsForNobodyIsNotMergedButItsEventStays(String nobody) throws Exception {
    PersonEvent event =
        Sent.on(
                Route.E,
                "{'event':'$identify','properties':{'$anon_distinct_id':'" + nobody + "'}}")
            .read();
    assertThat(event.kind()).isEqualTo(EventKind.IDENTIFY);
    assertThat(event.other()).isNull();
    assertThat(event.warnings()).containsExactly(Warning.CANNOT_MERGE_WITH_ILLEGAL_DISTINCT_ID);
    assertThat(event.readsOnly()).isFalse();
  }

  @Test
  void anIdThatStandsForNobodyDoesNotTakeOthersInEither() throws Exception {
    PersonEvent event =
        Sent.on(Route.E, "{'event':'$identify','properties':{'$anon_distinct_id':'anon'}}")
            .by("undefined")
            .read();
    assertThat(event.other()).isNull();
    assertThat(event.warnings()).containsExactly(Warning.CANNOT_MERGE_WITH_ILLEGAL_DISTINCT_ID);
  }

  @Test
  void anIdOfMoreThan400CharactersIsNotMerged() throws Exception {
    String hedgehogs = "\uD83E\uDD94".repeat(400);
    assertThat(identifyOf(hedgehogs).other()).isEqualTo("\uD83E\uDD94".repeat(200));
    PersonEvent tooLong = identifyOf(hedgehogs + "x");
    assertThat(tooLong.other()).isNull();
    assertThat(tooLong.warnings()).containsExactly(Warning.CANNOT_MERGE_WITH_ILLEGAL_DISTINCT_ID);
    assertThat(identifyOf("x".repeat(5_000_000)).other()).isNull();
  }

  @Test
  void anIdWithNulOrHalfACharacterIsNotMerged() throws Exception {
    for (String escaped : new String[] {"a\\u0000b", "a\\ud83eb"}) {
      PersonEvent event =
          Sent.on(
                  Route.E,
                  "{'event':'$identify','properties':{'$anon_distinct_id':'" + escaped + "'}}")
              .read();
      assertThat(event.other()).isNull();
      assertThat(event.warnings()).containsExactly(Warning.CANNOT_MERGE_WITH_ILLEGAL_DISTINCT_ID);
    }
  }

  @Test
  void theOtherIdIsCutLikeADistinctId() throws Exception {
    assertThat(identifyOf("a".repeat(222)).other()).isEqualTo("a".repeat(200));
  }

  private static PersonEvent identifyOf(String anonymous) throws InvalidEventException {
    return Sent.on(
            Route.E, "{'event':'$identify','properties':{'$anon_distinct_id':'" + anonymous + "'}}")
        .read();
  }

  @Test
  void anEventWithoutPersonOnlyReads() throws Exception {
    PersonEvent event =
        Sent.on(
                Route.E,
                "{'event':'buy','$set':{'a':1},"
                    + "'properties':{'$process_person_profile':false,'$set':{'b':1},"
                    + "'$groups':{'company':'acme'}}}")
            .read();
    assertThat(event.readsOnly()).isTrue();
    assertThat(event.update().isEmpty()).isTrue();
    assertThat(event.warnings()).isEmpty();
    assertThat(event.groups()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"$identify", "$create_alias", "$merge_dangerously"})
  void anEventAboutAPersonWithoutPersonIsRefused(String name) {
    assertRefused(
        Sent.on(
            Route.E,
            "{'event':'" + name + "','properties':{'$process_person_profile':false,'alias':'a'}}"),
        ErrorCode.MERGE_WITHOUT_PERSON,
        "$process_person_profile");
  }

  @ParameterizedTest
  @CsvSource({"true, 0", "null, 0", "'\"no\"', 1", "'\"false\"', 1", "0, 1", "'{}', 1", "'[]', 1"})
  void anyOtherPersonFlagIsTakenAsTrue(String flag, int warnings) throws Exception {
    PersonEvent event =
        Sent.on(Route.E, "{'event':'buy','properties':{'$process_person_profile':" + flag + "}}")
            .read();
    assertThat(event.readsOnly()).isFalse();
    assertThat(event.warnings()).hasSize(warnings);
    if (warnings > 0) {
      assertThat(event.warnings()).containsOnly(Warning.INVALID_PROCESS_PERSON_PROFILE);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', NOT_AN_OBJECT",
    "'   ', NOT_AN_OBJECT",
    "[], NOT_AN_OBJECT",
    "7, NOT_AN_OBJECT",
    "'\"x\"', NOT_AN_OBJECT",
    "null, NOT_AN_OBJECT",
    "{, MALFORMED_JSON",
    "'{\"event\":\"a\"', MALFORMED_JSON",
    "'{\"event\":\"a\",}', MALFORMED_JSON",
    "'{event:\"a\"}', MALFORMED_JSON",
    "'{\"event\":\"a\\x\"}', MALFORMED_JSON",
    "'{\"event\":\"a\"}}', MALFORMED_JSON",
    "'{\"event\":\"a\"}{\"event\":\"b\"}', MALFORMED_JSON",
    "'{\"event\":\"a\",\"b\":01}', MALFORMED_JSON",
    "'{\"event\":\"a\",\"b\":NaN}', MALFORMED_JSON"
  })
  void whatIsNoJsonObjectIsRefused(String json, ErrorCode code) {
    assertRefused(Sent.on(Route.BATCH, json), code, "event");
    assertRefused(Sent.on(Route.BATCH, json).inEnvelope("{'event':'x'}"), code, "event");
  }

  static void assertRefused(Sent sent, ErrorCode code, String field) {
    assertThatThrownBy(sent::read)
        .as("%s", sent)
        .isInstanceOfSatisfying(
            InvalidEventException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(field);
  }
}
