// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Uuids;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * PostHog's scenarios of persons on the real topology, by their numbers in its specification.
 *
 * <p>Where ours differ on purpose the name says so; {@code RATIONALE.md} has the reasons.
 */
class PersonScenariosTest {
  private final Circuit circuit = new Circuit();

  @AfterEach
  void close() {
    circuit.close();
  }

  private static String uuidOf(String id) {
    return Uuids.person(new ActorKey(Events.TOKEN, id)).toString();
  }

  private static String identify(String anonymous) {
    return "{'event':'$identify','properties':{'$anon_distinct_id':'" + anonymous + "'}}";
  }

  private static String identify(String anonymous, String more) {
    return "{'event':'$identify','properties':{'$anon_distinct_id':'"
        + anonymous
        + "',"
        + more
        + "}}";
  }

  private static String alias(String name, String alias) {
    return "{'event':'" + name + "','properties':{'alias':'" + alias + "'}}";
  }

  private static String set(String properties) {
    return "{'event':'$set','$set':" + properties + "}";
  }

  private JsonNode merged(String id) {
    return Json.tree(circuit.person(id).properties().toString().replace('"', '\''));
  }

  /** Makes a known user with a device of its own. */
  private void known(String user) {
    circuit.take(user, identify(user + "-device"));
    assertThat(circuit.person(user).identified()).isTrue();
  }

  @Test
  @DisplayName("119: a new id has the UUID of its project and itself")
  void aNewIdHasAUuidOfItsOwn() {
    ActorKey elsewhere = new ActorKey("phc_other", "U");
    circuit.take("U", "{'event':'buy'}").take(elsewhere, Route.BATCH, "{'event':'buy'}");
    assertThat(Circuit.all(circuit.rows, "person_id"))
        .containsExactly(uuidOf("U"), Uuids.person(elsewhere).toString())
        .doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("120: of $set and $set_once with one name $set is seen")
  void setIsSeenBeforeSetOnce() {
    circuit.take("U", "{'event':'buy','$set':{'a':'set'},'$set_once':{'a':'once','b':1}}");
    assertThat(merged("U")).isEqualTo(Json.tree("{'a':'set','b':1}"));
  }

  @Test
  @DisplayName("122: a later $set changes the value")
  void aLaterSetChangesTheValue() {
    circuit.take("U", set("{'a':1}")).take("U", set("{'a':2}"));
    assertThat(merged("U")).isEqualTo(Json.tree("{'a':2}"));
    assertThat(circuit.person("U").version()).isEqualTo(2);
  }

  @Test
  @DisplayName("123: $set_once leaves what is there")
  void setOnceLeavesWhatIsThere() {
    circuit
        .take("U", "{'event':'e','$set_once':{'a':1}}")
        .take("U", "{'event':'e','$set_once':{'a':2}}")
        .take("U", set("{'b':1}"))
        .take("U", "{'event':'e','$set_once':{'b':2}}");
    assertThat(merged("U")).isEqualTo(Json.tree("{'a':1,'b':1}"));
  }

  @ParameterizedTest
  @DisplayName("124: $unset as a list, an object or one name removes")
  @ValueSource(strings = {"['a','b']", "{'a':null,'b':1}"})
  void unsetRemoves(String unset) {
    circuit
        .take("U", "{'event':'e','$set':{'a':1,'c':1},'$set_once':{'b':1}}")
        .take("U", "{'event':'e','properties':{'$unset':" + unset + "}}");
    assertThat(merged("U")).isEqualTo(Json.tree("{'c':1}"));
    circuit.take("U", "{'event':'e','properties':{'$unset':'c'}}");
    assertThat(merged("U")).isEqualTo(Json.tree("{}"));
  }

  @Test
  @DisplayName("130: an identify without an anonymous id identifies nobody")
  void identifyOfNobodyIdentifiesNobody() {
    circuit.take("U", "{'event':'$identify','$set':{'a':1}}");
    assertThat(circuit.person("U").identified()).isFalse();
    assertThat(merged("U")).isEqualTo(Json.tree("{'a':1}"));
    assertThat(circuit.snapshot().get("operation").textValue()).isEqualTo("identify");
  }

  @Test
  @DisplayName("131: an identify with one's own id is none")
  void identifyOfOneselfIsNone() {
    circuit.take("U", identify("U"));
    assertThat(circuit.person("U").identified()).isFalse();
    assertThat(circuit.person("U").ids()).containsExactly("U");
    assertThat(circuit.overrides).isEmpty();
  }

  @Test
  @DisplayName("132: two new ids are one known person, here with the UUID of the anonymous one")
  void twoNewIdsAreOnePerson() {
    circuit.take("U", identify("A"));
    Person person = circuit.person("U");
    assertThat(person.ids()).containsExactly("A", "U");
    assertThat(person.identified()).isTrue();
    assertThat(person.uuid()).hasToString(uuidOf("A"));
    assertThat(person.canonicalId()).isEqualTo("U");
    assertThat(circuit.persons()).isEqualTo(1);
    assertThat(circuit.metrics().born()).isEqualTo(1);
    assertThat(circuit.snapshots).hasSize(1);
    circuit.take("A", "{'event':'late'}");
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(uuidOf("A"));
  }

  @Test
  @DisplayName("133: a new id takes over the anonymous one's person")
  void aNewIdTakesTheAnonymousPersonOver() {
    circuit.take("A", set("{'a':1}")).take("U", identify("A", "'$set':{'b':2}"));
    Person person = circuit.person("U");
    assertThat(person.uuid()).hasToString(uuidOf("A"));
    assertThat(person.identified()).isTrue();
    assertThat(merged("U")).isEqualTo(Json.tree("{'a':1,'b':2}"));
    assertThat(circuit.partition.actors().get("U"))
        .as("the person has moved to where the traffic will be")
        .isInstanceOf(ActorState.Root.class);
    assertThat(circuit.overrides).containsOnlyKeys("U").containsEntry("U", uuidOf("A"));
  }

  @Test
  @DisplayName("133: a known anonymous id accepts a target that was never seen")
  void aNewIdJoinsAKnownPerson() {
    known("X");
    circuit.take("U", identify("X", "'$set':{'a':1}"));
    Person person = circuit.person("U");
    assertThat(person.ids()).containsExactly("U", "X", "X-device");
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(person.uuid().toString());
    assertThat(circuit.overrides).containsEntry("U", person.uuid().toString());
    assertThat(circuit.warnings(Warning.CANNOT_MERGE_ALREADY_IDENTIFIED)).isZero();
  }

  @Test
  @DisplayName("134: a new anonymous id is attached to the target's person")
  void aNewAnonymousIdIsAttached() {
    circuit.take("U", set("{'a':1}")).take("U", identify("A"));
    assertThat(circuit.person("A").uuid()).hasToString(uuidOf("U"));
    assertThat(circuit.person("A").ids()).containsExactly("A", "U");
    assertThat(circuit.overrides).containsEntry("A", uuidOf("U"));
    assertThat(Circuit.all(circuit.snapshots, "operation"))
        .containsExactly("capture", "identify", "identify");
    assertThat(circuit.snapshot().get("distinct_ids")).isEqualTo(Json.tree("['A','U']"));
    assertThat(circuit.snapshot().get("source_event_uuid").textValue())
        .isEqualTo(Circuit.uuid(2).toString());
  }

  @ParameterizedTest
  @DisplayName("135, 139: two persons are merged, and the target's values win")
  @ValueSource(strings = {"$identify", "$create_alias", "$merge_dangerously"})
  void twoPersonsAreMerged(String name) {
    String field = name.equals("$identify") ? "$anon_distinct_id" : "alias";
    circuit
        .take("A", "{'event':'e','$set':{'own':'A','shared':'A','both':'A'},'$set_once':{'o':'A'}}")
        .take("U", "{'event':'e','$set':{'shared':'U','both':'U'},'$set_once':{'o':'U'}}")
        .take(
            "U",
            "{'event':'"
                + name
                + "','$set':{'both':'event'},'$set_once':{'o':'event','n':'event'},"
                + "'properties':{'"
                + field
                + "':'A'}}");
    Person person = circuit.person("A");
    assertThat(circuit.person("U").uuid()).isEqualTo(person.uuid());
    assertThat(person.uuid()).hasToString(uuidOf("U"));
    assertThat(person.ids()).containsExactly("A", "U");
    assertThat(person.identified()).isTrue();
    assertThat(merged("U"))
        .as("of $set_once the first of the whole history wins")
        .isEqualTo(Json.tree("{'own':'A','shared':'U','both':'event','o':'A','n':'event'}"));
    assertThat(person.createdAt()).as("the earlier").isEqualTo(Circuit.START * 1_000);
    assertThat(person.version()).as("all updates of both").isEqualTo(3);
    assertThat(circuit.overrides).containsExactly(Map.entry("A", uuidOf("U")));
    assertThat(circuit.rows).hasSize(3);
    assertThat(circuit.snapshots).as("one for each event, one for the merge").hasSize(4);
    circuit.take("A", set("{'shared':'A later'}"));
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(uuidOf("U"));
    assertThat(merged("U").get("shared").textValue())
        .as("after the merge the id speaks for the person")
        .isEqualTo("A later");
  }

  @Test
  @DisplayName("136, 138: a known person is not merged into another one; the target is known then")
  void aKnownPersonIsNotMerged() {
    known("X");
    circuit.take("U", set("{'a':1}")).take("U", identify("X", "'$set':{'b':2}"));
    assertThat(circuit.warnings(Warning.CANNOT_MERGE_ALREADY_IDENTIFIED)).isEqualTo(1);
    assertThat(circuit.person("U").ids()).containsExactly("U");
    assertThat(circuit.person("X").ids()).containsExactly("X", "X-device");
    assertThat(circuit.person("U").identified()).isTrue();
    assertThat(merged("U")).as("the event itself counts").isEqualTo(Json.tree("{'a':1,'b':2}"));
    assertThat(circuit.row().get("event").textValue()).isEqualTo("$identify");
    assertThat(circuit.overrides).containsExactly(Map.entry("X", uuidOf("X-device")));

    circuit.take("X", identify("U")).take("X", alias("$create_alias", "U"));
    assertThat(circuit.warnings(Warning.CANNOT_MERGE_ALREADY_IDENTIFIED)).isEqualTo(3);
    assertThat(circuit.persons()).isEqualTo(2);
  }

  @Test
  @DisplayName("137: $merge_dangerously merges known persons")
  void mergeDangerouslyMergesKnownPersons() {
    known("X");
    known("U");
    circuit.take("U", alias("$merge_dangerously", "X"));
    assertThat(circuit.persons()).isEqualTo(1);
    Person person = circuit.person("X");
    assertThat(person.ids()).containsExactly("U", "U-device", "X", "X-device");
    assertThat(person.uuid()).as("of two known ones the older").hasToString(uuidOf("X-device"));
    assertThat(circuit.warnings(Warning.CANNOT_MERGE_ALREADY_IDENTIFIED)).isZero();
    assertThat(circuit.overrides)
        .containsEntry("U", uuidOf("X-device"))
        .containsEntry("U-device", uuidOf("X-device"));
    circuit.take("U", "{'event':'a'}").take("U-device", "{'event':'b'}").take("X", "{'event':'c'}");
    assertThat(new HashSet<>(Circuit.all(circuit.rows.subList(3, 6), "person_id")))
        .containsExactly(uuidOf("X-device"));
  }

  @Test
  @DisplayName("139: an alias without an alias is none")
  void anAliasWithoutAliasIsNone() {
    circuit.take("U", "{'event':'$create_alias'}").take("U", "{'event':'$merge_dangerously'}");
    assertThat(circuit.person("U").identified()).isFalse();
    assertThat(circuit.person("U").ids()).containsExactly("U");
    assertThat(circuit.rows).hasSize(2);
  }

  @ParameterizedTest
  @DisplayName("140: what is one person already stays so")
  @ValueSource(strings = {"$create_alias", "$merge_dangerously"})
  void oneStaysOne(String name) {
    circuit
        .take("A", "{'event':'e'}")
        .take("U", identify("A"))
        .take("U", identify("A"))
        .take("A", identify("U"))
        .take("A", alias(name, "U"));
    assertThat(circuit.persons()).isEqualTo(1);
    assertThat(circuit.person("A").ids()).containsExactly("A", "U");
    assertThat(new HashSet<>(Circuit.all(circuit.rows, "person_id"))).containsExactly(uuidOf("A"));
    assertThat(circuit.snapshots).as("one for each event").hasSize(5);
    assertThat(circuit.warnings(Warning.CANNOT_MERGE_ALREADY_IDENTIFIED)).isZero();
  }

  @ParameterizedTest
  @DisplayName("141: ids that stand for nobody do not merge")
  @ValueSource(
      strings = {
        "",
        "   ",
        "null",
        "undefined",
        "\\\"undefined\\\"",
        "[object Object]",
        "NaN",
        "0",
        "anonymous",
        "Anonymous"
      })
  void idsThatStandForNobodyDoNotMerge(String nobody) {
    circuit.take("U", identify(nobody)).take("V", alias("$merge_dangerously", nobody));
    assertThat(circuit.warnings(Warning.CANNOT_MERGE_WITH_ILLEGAL_DISTINCT_ID)).isEqualTo(2);
    assertThat(circuit.rows).hasSize(2);
    assertThat(circuit.persons()).isEqualTo(2);
    assertThat(circuit.person("U").ids()).containsExactly("U");
    assertThat(circuit.person("U").identified()).isFalse();
  }

  @ParameterizedTest
  @DisplayName("142: an other id that is no text costs its event and no other")
  @CsvSource(
      delimiter = '|',
      value = {
        "$identify | $anon_distinct_id | {'a':1}",
        "$identify | $anon_distinct_id | ['a']",
        "$identify | $anon_distinct_id | 7",
        "$create_alias | alias | {'a':1}",
        "$merge_dangerously | alias | 7"
      })
  void anOtherIdThatIsNoTextCostsItsEvent(String name, String field, String value) {
    circuit
        .take("U", "{'event':'" + name + "','properties':{'" + field + "':" + value + "}}")
        .take("U", "{'event':'buy'}");
    assertThat(circuit.deadLetter().code()).isEqualTo(ErrorCode.INVALID_ALIAS);
    assertThat(Circuit.all(circuit.rows, "event")).containsExactly("buy");
  }

  @Test
  @DisplayName("143: several identifies of one id in a row count one after the other")
  void severalIdentifiesInARow() {
    circuit
        .take("A1", set("{'from':'A1','a1':1}"))
        .take("A2", set("{'from':'A2','a2':1}"))
        .take("U", identify("A1", "'$set':{'n':1}"))
        .take("U", identify("A2", "'$set':{'n':2}"))
        .take("U", identify("A3", "'$set':{'n':3}"));
    assertThat(circuit.persons()).isEqualTo(1);
    assertThat(circuit.person("U").ids()).containsExactly("A1", "A2", "A3", "U");
    assertThat(merged("U")).isEqualTo(Json.tree("{'from':'A1','a1':1,'a2':1,'n':3}"));
    assertThat(circuit.overrides).containsOnlyKeys("U", "A2", "A3");
  }

  @Test
  @DisplayName("143: an identify may repeat itself")
  void anIdentifyMayRepeatItself() {
    circuit.take("U", identify("A")).take("U", identify("A")).take("U", identify("A"));
    assertThat(circuit.persons()).isEqualTo(1);
    assertThat(circuit.rows).hasSize(3);
    assertThat(circuit.person("U").version()).isEqualTo(3);
  }

  @Test
  @DisplayName("149: an event without person of an unknown id makes nobody")
  void anEventWithoutPersonMakesNobody() {
    circuit.take("U", "{'event':'e','properties':{'$process_person_profile':false}}");
    assertThat(circuit.persons()).isZero();
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(uuidOf("U"));
  }

  @Test
  @DisplayName("151: an identify without person is refused")
  void anIdentifyWithoutPersonIsRefused() {
    circuit.take("U", identify("A", "'$process_person_profile':false"));
    assertThat(circuit.deadLetter().code()).isEqualTo(ErrorCode.MERGE_WITHOUT_PERSON);
    assertThat(circuit.persons()).isZero();
  }

  @Test
  @DisplayName("an event too many of its sender has its row and leaves its person alone")
  void anEventTooManyLeavesItsPersonAlone() {
    circuit.take("U", "{'event':'e','properties':{'$set':{'a':1}}}");
    circuit.takeOverflow("U", "{'event':'e','properties':{'$set':{'a':2}}}");
    assertThat(circuit.person("U").version()).isEqualTo(1);
    assertThat(circuit.snapshots).hasSize(1);
    assertThat(circuit.rows).hasSize(2);
    assertThat(circuit.rows.getLast().get("person_id").textValue()).isEqualTo(uuidOf("U"));
    assertThat(circuit.rows.getLast().get("extra").get("$overflow").booleanValue()).isTrue();
    circuit.takeOverflow("V", "{'event':'e'}");
    assertThat(circuit.persons()).isEqualTo(1);
  }

  @Test
  @DisplayName("an identify too many of its sender unites nobody and is no dead letter")
  void anIdentifyTooManyUnitesNobody() {
    circuit.take("A", "{'event':'e'}").take("U", "{'event':'e'}");
    circuit.takeOverflow("U", identify("A"));
    circuit.takeOverflow("U", identify("A", "'$process_person_profile':false"));
    assertThat(circuit.persons()).isEqualTo(2);
    assertThat(circuit.rows).hasSize(4);
    circuit.take("U", identify("A"));
    assertThat(circuit.persons()).isEqualTo(1);
  }

  @Test
  @DisplayName("153: a person flag that is no boolean is a warning and counts as true")
  void aStrangePersonFlagIsAWarning() {
    circuit.take("U", "{'event':'e','properties':{'$process_person_profile':'no'}}");
    assertThat(circuit.warnings(Warning.INVALID_PROCESS_PERSON_PROFILE)).isEqualTo(1);
    assertThat(circuit.persons()).isEqualTo(1);
  }

  @Test
  @DisplayName("154: rows without person are found once their id is identified")
  void rowsWithoutPersonAreFoundLater() {
    String personless = "{'event':'e','properties':{'$process_person_profile':false}}";
    circuit.take("U", "{'event':'e'}").take("A", personless).take("U", identify("A"));
    assertThat(circuit.overrides.get("A")).isEqualTo(uuidOf("U"));
  }

  @Test
  @DisplayName("156: a person at its size limit takes no more properties, but its events stay")
  void aPersonAtItsLimitTakesNoMoreProperties() {
    String large = "x".repeat(700_000);
    circuit
        .take("U", set("{'large':'" + large + "'}"))
        .take("U", "{'event':'e','$set':{'more':1},'$set_once':{'once':1}}");
    assertThat(circuit.warnings(Warning.PERSON_PROPERTIES_SIZE_VIOLATION)).isEqualTo(1);
    assertThat(circuit.rows).hasSize(2);
    assertThat(circuit.person("U").properties().setEntries()).containsOnlyKeys("large");
    assertThat(circuit.person("U").properties().onceEntries()).isEmpty();
    assertThat(circuit.person("U").version()).isEqualTo(2);
    circuit.take("V", set("{'more':1}"));
    assertThat(merged("V")).as("other persons are not affected").isEqualTo(Json.tree("{'more':1}"));
  }

  @Test
  @DisplayName("156: a person at its size limit can become smaller again")
  void aPersonAtItsLimitCanBecomeSmaller() {
    circuit
        .take("U", set("{'large':'" + "x".repeat(700_000) + "'}"))
        .take("U", "{'event':'e','$set':{'more':1},'$unset':['large','never there']}");
    assertThat(circuit.warnings(Warning.PERSON_PROPERTIES_SIZE_VIOLATION)).isEqualTo(1);
    assertThat(merged("U").size()).isZero();
    assertThat(circuit.person("U").properties().setEntries())
        .as("nothing is noted of what was never there")
        .doesNotContainKey("never there");
    circuit.take("U", set("{'more':1}"));
    assertThat(merged("U")).isEqualTo(Json.tree("{'more':1}"));
    assertThat(circuit.warnings(Warning.PERSON_PROPERTIES_SIZE_VIOLATION)).isEqualTo(1);
  }

  @Test
  @DisplayName("159: the sixth group of an event is left out, the event stays")
  void theSixthGroupIsLeftOut() {
    circuit.take(
        "U",
        "{'event':'e','properties':{'$groups':{'a':'1','b':'2','c':'3','d':'4','e':'5','f':'6'}}}");
    assertThat(circuit.groupEvents.get(0).pending()).hasSize(5);
    assertThat(circuit.warnings(Warning.TOO_MANY_GROUPS)).isEqualTo(1);
  }

  @Test
  @DisplayName("161: a $group_set that is a list changes nothing")
  void aGroupSetThatIsAListChangesNothing() {
    circuit.take(
        "U",
        "{'event':'$groupidentify','properties':{'$group_type':'company','$group_key':'acme',"
            + "'$group_set':[{'a':1}]}}");
    assertThat(Json.tree(circuit.groupEvents.get(0).pending().get(0).set()))
        .isEqualTo(Json.tree("{}"));
  }

  @Test
  @DisplayName("163: NUL in a group key is replaced, a key of 401 characters refused")
  void groupKeysAreCleaned() {
    circuit
        .take("U", "{'event':'e','properties':{'$groups':{'company':'a\\u0000b'}}}")
        .take(
            "U",
            "{'event':'$groupidentify','properties':{'$group_type':'company','$group_key':'"
                + "x".repeat(401)
                + "'}}");
    assertThat(circuit.groupEvents.get(0).pending().get(0).key()).isEqualTo("a\uFFFDb");
    assertThat(circuit.deadLetter().code()).isEqualTo(ErrorCode.INVALID_GROUP);
  }

  @Test
  @DisplayName("172: half of a surrogate pair does not spoil the row")
  void halfASurrogatePairDoesNotSpoilTheRow() {
    circuit.take("U", "{'event':'e','properties':{'cut':'\\ud83e','$set':{'cut':'x\\udd94'}}}");
    assertThat(circuit.row().at("/properties/cut").textValue()).isEqualTo("\uFFFD");
    assertThat(circuit.row().at("/person_properties/cut").textValue()).isEqualTo("x\uFFFD");
  }

  @Test
  @DisplayName("175: the same log gives the same rows, snapshots and persons again")
  void theSameLogGivesTheSameAgain() {
    List<String> first = played(circuit);
    try (Circuit again = new Circuit()) {
      assertThat(played(again)).isEqualTo(first);
    }
  }

  private static List<String> played(Circuit circuit) {
    circuit
        .take("A", set("{'a':1}"))
        .take("U", identify("A"))
        .take("B", set("{'b':1}"))
        .take("U", identify("B"))
        .take("B", "{'event':'e'}");
    Set<String> persons = new HashSet<>(Circuit.all(circuit.rows, "person_id"));
    assertThat(persons).hasSize(2);
    return List.of(
        circuit.rows.toString(), circuit.snapshots.toString(), circuit.overrides.toString());
  }
}
