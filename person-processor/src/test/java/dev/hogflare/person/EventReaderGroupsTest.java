// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static dev.hogflare.person.EventReaderKindTest.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.Route;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which groups an event visits, and what it sets on them. */
class EventReaderGroupsTest {

  private static List<String> groups(Route route, String json) throws InvalidEventException {
    return texts(Sent.on(route, json).read());
  }

  private static List<String> texts(PersonEvent event) {
    return event.groups().stream().map(EventReaderGroupsTest::text).toList();
  }

  private static String text(GroupedEvent.Pending group) {
    String set = group.set() == null ? "" : " " + Json.tree(group.set());
    return group.type() + ":" + group.key() + set.replace('"', '\'');
  }

  @Test
  void visitsTheGroupsInTheOrderInWhichTheyWereSent() throws Exception {
    assertThat(groups(Route.E, "{'event':'b','properties':{'$groups':{'z':'1','a':'2'}}}"))
        .containsExactly("z:1", "a:2");
    assertThat(groups(Route.ENGAGE, "{'$groups':{'company':'acme'}}"))
        .containsExactly("company:acme");
    assertThat(Sent.on(Route.ENGAGE, "{'$groups':{'company':'acme'}}").extra())
        .isEqualTo(Json.tree("{'$groups':{'company':'acme'}}"));
  }

  @Test
  void numbersAreKeysAsTheyWereWritten() throws Exception {
    assertThat(groups(Route.E, "{'event':'b','properties':{'$groups':{'a':7,'b':1.50}}}"))
        .containsExactly("a:7", "b:1.50");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "true", "[]", "['x']", "{}", "{'x':['y']}", "''", "'  '"})
  void aKeyThatIsNeitherTextNorNumberIsLeftOut(String key) throws Exception {
    PersonEvent event =
        Sent.on(
                Route.E,
                "{'event':'b','properties':{'$groups':{'bad':" + key + ",'good':'1'},'after':1}}")
            .read();
    assertThat(texts(event)).containsExactly("good:1");
    assertThat(event.warnings()).containsExactly(Warning.INVALID_GROUP_KEY);
  }

  @Test
  void aBlankTypeOrAKeyOver400CharactersIsLeftOut() throws Exception {
    String longest = "\uD83E\uDD94".repeat(400);
    PersonEvent event =
        Sent.on(
                Route.E,
                "{'event':'b','properties':{'$groups':{' ':'x','a':'"
                    + longest
                    + "x','b':'"
                    + longest
                    + "'}}}")
            .read();
    assertThat(texts(event)).containsExactly("b:" + longest);
    assertThat(event.warnings())
        .containsExactly(Warning.INVALID_GROUP_KEY, Warning.INVALID_GROUP_KEY);
  }

  @Test
  void nulInTypeOrKeyIsReplaced() throws Exception {
    assertThat(groups(Route.E, "{'event':'b','properties':{'$groups':{'a\\u0000':'b\\u0000'}}}"))
        .containsExactly("a\uFFFD:b\uFFFD");
  }

  @Test
  void theSixthGroupIsLeftOut() throws Exception {
    PersonEvent event =
        Sent.on(
                Route.E,
                "{'event':'b','properties':{'$groups':{'a':1,'b':2,'c':3,'d':4,'e':5,'f':6,'g':7}}}")
            .read();
    assertThat(texts(event)).containsExactly("a:1", "b:2", "c:3", "d:4", "e:5");
    assertThat(event.warnings()).containsExactly(Warning.TOO_MANY_GROUPS, Warning.TOO_MANY_GROUPS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "['company']", "'company'", "7", "null", "true"})
  void groupsThatAreNoObjectAreNone(String groups) throws Exception {
    PersonEvent event =
        Sent.on(Route.E, "{'event':'b','properties':{'$groups':" + groups + ",'x':1}}").read();
    assertThat(event.groups()).isEmpty();
    assertThat(event.warnings()).isEmpty();
    PersonEvent root = Sent.on(Route.ENGAGE, "{'$groups':" + groups + ",'x':1}").read();
    assertThat(root.groups()).isEmpty();
    assertThat(Json.tree(root.row().extra()))
        .isEqualTo(Json.tree("{'$groups':" + groups + ",'x':1}"));
  }

  @Test
  void hogflaresGroupSetIsForTheGroupsOfTheEvent() throws Exception {
    String sets = "'$group_set':{'company':{'tier':'gold'},'team':7,'other':{'x':1}}";
    List<String> expected = List.of("company:acme {'tier':'gold'}", "team:blue");
    assertThat(
            groups(
                Route.E,
                "{'event':'b','properties':{"
                    + sets
                    + ",'$groups':{'company':'acme','team':'blue'}}}"))
        .isEqualTo(expected);
    assertThat(groups(Route.ENGAGE, "{'$groups':{'company':'acme','team':'blue'}," + sets + "}"))
        .isEqualTo(expected);
  }

  @Test
  void theRootsGroupSetBeatsThatOfTheProperties() throws Exception {
    String root = "'$group_set':{'company':{'from':'root'}}";
    String properties =
        "'properties':{'$groups':{'company':'acme'},'$group_set':{'company':{'from':'inside'}}}";
    for (String json :
        new String[] {
          "{'event':'b'," + root + "," + properties + "}",
          "{'event':'b'," + properties + "," + root + "}"
        }) {
      assertThat(groups(Route.E, json)).containsExactly("company:acme {'from':'root'}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[{'company':{'a':1}}]", "'x'", "7", "null", "{}"})
  void aGroupSetThatIsNoObjectSetsNothing(String set) throws Exception {
    assertThat(
            groups(
                Route.E,
                "{'event':'b','properties':{'$groups':{'company':'acme'},'$group_set':"
                    + set
                    + "}}"))
        .containsExactly("company:acme");
    assertThat(
            groups(
                Route.E,
                "{'event':'$groupidentify','properties':{'$group_type':'company',"
                    + "'$group_key':'acme','$group_set':"
                    + set
                    + "}}"))
        .as("a group that is identified exists, with or without properties")
        .containsExactly("company:acme {}");
  }

  @Test
  void anEmptySetOfAGroupSetsNothing() throws Exception {
    assertThat(
            groups(
                Route.E,
                "{'event':'b','properties':{'$groups':{'company':'acme'},"
                    + "'$group_set':{'company':{ }}}}"))
        .containsExactly("company:acme");
  }

  @Test
  void groupIdentifyOfPostHog() throws Exception {
    PersonEvent event =
        Sent.on(
                Route.E,
                "{'event':'$groupidentify','properties':{'$group_type':'company',"
                    + "'$group_key':'acme','$group_set':{'tier':'gold'}}}")
            .read();
    assertThat(texts(event)).containsExactly("company:acme {'tier':'gold'}");
    assertThat(event.id()).isEqualTo("user");
    assertThat(Json.tree(event.row().extra()))
        .isEqualTo(Json.tree("{'group_type':'company','group_key':'acme'}"));
  }

  @Test
  void groupIdentifyVisitsItsOwnGroupFirst() throws Exception {
    assertThat(
            groups(
                Route.E,
                "{'event':'$groupidentify','properties':{'$groups':{'team':'blue','company':'x'},"
                    + "'$group_type':'company','$group_key':'acme','$group_set':{'a':1}}}"))
        .containsExactly("company:acme {'a':1}", "team:blue");
  }

  @Test
  void hogflaresGroupsWithTypeAndKeyOutside() throws Exception {
    PersonEvent event =
        Sent.on(
                Route.GROUPS,
                "{'group_type':'company','group_key':'acme',"
                    + "'properties':{'tier':'gold','$lib':'x'}}")
            .read();
    assertThat(texts(event)).containsExactly("company:acme {'tier':'gold'}");
    assertThat(event.row().event()).isEqualTo("$groupidentify");
    assertThat(Json.tree(event.row().extra()))
        .isEqualTo(Json.tree("{'group_type':'company','group_key':'acme'}"));
    assertThat(groups(Route.GROUPS, "{'group_type':'company','group_key':7}"))
        .containsExactly("company:7 {}");
    assertThat(groups(Route.GROUPS, "{'$group_type':'company','$group_key':'acme'}"))
        .containsExactly("company:acme {}");
  }

  @Test
  void hogflaresGroupsWithTypeAndKeyInside() throws Exception {
    assertThat(
            groups(
                Route.GROUPS,
                "{'properties':{'group_type':'company','group_key':'acme',"
                    + "'properties':{'tier':'gold'}}}"))
        .containsExactly("company:acme {'tier':'gold'}");
    assertThat(
            groups(
                Route.BATCH,
                "{'type':'groupidentify','properties':{'$group_type':'company',"
                    + "'group_type':'x','$group_key':'acme','group_key':'y',"
                    + "'$group_set':{'a':1},'properties':{'b':2}}}"))
        .containsExactly("company:acme {'a':1}");
  }

  @Test
  void anEmptyTypeOrKeyOutsideGivesWayToTheOneInside() throws Exception {
    assertThat(
            groups(
                Route.GROUPS,
                "{'group_type':'','group_key':' ','properties':{'$group_type':'company',"
                    + "'$group_key':'acme','$group_set':{'a':1}}}"))
        .containsExactly("company:acme {'a':1}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'properties':{}}",
        "{'properties':{'$group_key':'acme'}}",
        "{'properties':{'$group_type':' ','$group_key':'acme'}}",
        "{'properties':{'$group_type':{},'$group_key':'acme'}}"
      })
  void groupIdentifyWithoutATypeIsRefused(String json) {
    assertRefused(Sent.on(Route.GROUPS, json), ErrorCode.INVALID_GROUP, "$group_type");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'x':1", "'$group_key':''", "'$group_key':['a']", "'$group_key':null"})
  void groupIdentifyWithoutAKeyIsRefused(String key) {
    assertRefused(
        Sent.on(Route.GROUPS, "{'properties':{'$group_type':'company'," + key + "}}"),
        ErrorCode.INVALID_GROUP,
        "$group_key");
  }

  @Test
  void groupIdentifyWithAKeyOver400CharactersIsRefused() {
    assertRefused(
        Sent.on(
            Route.E,
            "{'event':'$groupidentify','properties':{'$group_type':'company','$group_key':'"
                + "x".repeat(401)
                + "'}}"),
        ErrorCode.INVALID_GROUP,
        "400");
  }

  @Test
  void whatStandsInExtraIsNotAddedASecondTime() throws Exception {
    assertThat(
            text(
                Sent.on(
                    Route.GROUPS,
                    "{'group_type':null,'group_key':{},'properties':{'$group_type':'company',"
                        + "'$group_key':'acme'}}")))
        .isEqualTo(Json.text("{'group_type':null,'group_key':{}}"));
    assertThat(text(Sent.on(Route.ALIAS, "{'alias':null,'properties':{'alias':'anon'}}")))
        .isEqualTo(Json.text("{'alias':null}"));
  }

  private static String text(Sent sent) throws InvalidEventException {
    return new String(sent.read().row().extra(), UTF_8);
  }
}
