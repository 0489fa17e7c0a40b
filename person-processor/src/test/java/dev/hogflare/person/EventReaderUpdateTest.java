// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Route;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an event says about the properties of its person. */
class EventReaderUpdateTest {

  private static Map<String, String> texts(Map<String, byte[]> values) {
    return values.entrySet().stream()
        .collect(toMap(Map.Entry::getKey, e -> new String(e.getValue(), UTF_8)));
  }

  private static PropertyUpdate update(Route route, String json) throws InvalidEventException {
    return Sent.on(route, json).read().update();
  }

  @ParameterizedTest
  @EnumSource(
      value = Route.class,
      names = {"CAPTURE", "E", "BATCH", "ENGAGE"})
  void readsTheThreeUpdatesOfTheProperties(Route route) throws Exception {
    PropertyUpdate update =
        update(
            route,
            "{'event':'buy','properties':{'$set':{'plan':'pro','n':1.50},"
                + "'$set_once':{'first':{'a':[1, 2]}},'$unset':['old']}}");
    assertThat(texts(update.set()))
        .as("values stay as they were sent")
        .isEqualTo(Map.of("plan", Json.text("'pro'"), "n", "1.50"));
    assertThat(texts(update.setOnce())).isEqualTo(Map.of("first", Json.text("{'a':[1, 2]}")));
    assertThat(update.unset()).containsExactly("old");
  }

  @Test
  void anEventThatSaysNothingUpdatesNothing() throws Exception {
    assertThat(update(Route.E, "{'event':'buy','properties':{'plan':'pro'}}"))
        .isSameAs(PropertyUpdate.NONE);
    assertThat(update(Route.E, "{'event':'buy'}").isEmpty()).isTrue();
  }

  @Test
  void theRootIsMergedOverTheProperties() throws Exception {
    for (String json :
        new String[] {
          "{'event':'buy','$set':{'a':1,'b':1},'$set_once':{'d':1},"
              + "'properties':{'$set':{'b':2,'c':2},'$set_once':{'d':2,'e':2}}}",
          "{'event':'buy','properties':{'$set':{'b':2,'c':2},'$set_once':{'d':2,'e':2}},"
              + "'$set':{'a':1,'b':1},'$set_once':{'d':1}}"
        }) {
      PropertyUpdate update = update(Route.E, json);
      assertThat(texts(update.set())).isEqualTo(Map.of("a", "1", "b", "1", "c", "2"));
      assertThat(texts(update.setOnce())).isEqualTo(Map.of("d", "1", "e", "2"));
    }
  }

  @Test
  void unsetOfTheRootAndOfThePropertiesAddUp() throws Exception {
    assertThat(
            update(Route.E, "{'event':'buy','$unset':['a'],'properties':{'$unset':['b']}}").unset())
        .containsExactlyInAnyOrder("a", "b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "['a','b'] | a,b",
        "['a',7,null,{'x':['y']},[['z']],'b'] | a,b",
        "{'a':1,'b':{'c':2}} | a,b",
        "'a' | a",
        "[] | ",
        "{} | ",
        "7 | ",
        "null | ",
        "true | "
      })
  void unsetHasThreeForms(String unset, String names) throws Exception {
    String[] expected = names == null ? new String[0] : names.split(",");
    assertThat(update(Route.E, "{'event':'b','properties':{'$unset':" + unset + "}}").unset())
        .containsExactly(expected);
    PersonEvent root = Sent.on(Route.ENGAGE, "{'$unset':" + unset + ",'after':1}").read();
    assertThat(root.update().unset()).containsExactly(expected);
    assertThat(Json.tree(root.row().extra()))
        .as("the root's update stays in extra")
        .isEqualTo(Json.tree("{'$unset':" + unset + ",'after':1}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "null", "'x'", "[1]", "[{'a':1}]", "true"})
  void anUpdateThatIsNoObjectSaysNothing(String value) throws Exception {
    PropertyUpdate inProperties =
        update(
            Route.E, "{'event':'b','properties':{'$set':" + value + ",'$set_once':" + value + "}}");
    assertThat(inProperties.isEmpty()).isTrue();
    PersonEvent inRoot =
        Sent.on(Route.E, "{'event':'b','$set':" + value + ",'$set_once':" + value + ",'x':1}")
            .read();
    assertThat(inRoot.update().isEmpty()).isTrue();
    assertThat(Json.tree(inRoot.row().extra()))
        .isEqualTo(Json.tree("{'$set':" + value + ",'$set_once':" + value + ",'x':1}"));
  }

  @Test
  void theRootsUpdateStaysInExtra() throws Exception {
    assertThat(Sent.on(Route.ENGAGE, "{'$set':{'a':1},'$set_once':{},'$add':{'n':1}}").extra())
        .isEqualTo(Json.tree("{'$set':{'a':1},'$set_once':{},'$add':{'n':1}}"));
  }

  @Test
  void hogflaresIdentifyTurnsFlatPropertiesIntoPersonPropertiesButPostHogsOwn() throws Exception {
    String flat =
        "'properties':{'email':'a@b.c','$anon_distinct_id':'anon','$lib':'web',"
            + "'$groups':{'company':'acme'},'n':{'x':1}}";
    for (PropertyUpdate update :
        new PropertyUpdate[] {
          update(Route.IDENTIFY, "{" + flat + "}"),
          update(Route.IDENTIFY, "{'event':'$identify'," + flat + "}"),
          update(Route.BATCH, "{'type':'identify'," + flat + "}")
        }) {
      assertThat(texts(update.set()))
          .isEqualTo(Map.of("email", Json.text("'a@b.c'"), "n", Json.text("{'x':1}")));
      assertThat(update.setOnce()).isEmpty();
    }
  }

  @Test
  void postHogsIdentifyTakesOnlyWhatItSets() throws Exception {
    PropertyUpdate update =
        update(
            Route.E,
            "{'event':'$identify','$set':{'email':'a@b.c'},'properties':{'$lib':'web','x':1}}");
    assertThat(texts(update.set())).isEqualTo(Map.of("email", Json.text("'a@b.c'")));
    assertThat(update(Route.BATCH, "{'event':'$identify','properties':{'x':1}}").isEmpty())
        .isTrue();
  }

  @Test
  void hogflaresIdentifyWithASetTakesOnlyThat() throws Exception {
    PropertyUpdate set = update(Route.IDENTIFY, "{'properties':{'x':1,'$set':{'y':2}}}");
    assertThat(texts(set.set())).isEqualTo(Map.of("y", "2"));
    PropertyUpdate once = update(Route.IDENTIFY, "{'properties':{'x':1,'$set_once':{'y':2}}}");
    assertThat(once.set()).isEmpty();
    assertThat(texts(once.setOnce())).isEqualTo(Map.of("y", "2"));
    PropertyUpdate root = update(Route.IDENTIFY, "{'$set_once':{'y':2},'properties':{'x':1}}");
    assertThat(root.set()).isEmpty();
    assertThat(texts(root.setOnce())).isEqualTo(Map.of("y", "2"));
  }

  @Test
  void hogflaresIdentifyMayUnsetBesideItsFlatProperties() throws Exception {
    PropertyUpdate update =
        update(Route.IDENTIFY, "{'$unset':['old'],'properties':{'email':'a@b.c'}}");
    assertThat(texts(update.set())).isEqualTo(Map.of("email", Json.text("'a@b.c'")));
    assertThat(update.unset()).containsExactly("old");
  }

  @Test
  void identifyWithoutPropertiesUpdatesNothing() throws Exception {
    assertThat(update(Route.IDENTIFY, "{}").isEmpty()).isTrue();
    assertThat(update(Route.IDENTIFY, "{'properties':null}").isEmpty()).isTrue();
    assertThat(update(Route.IDENTIFY, "{'properties':{ }}").isEmpty()).isTrue();
  }

  @Test
  void theLastOfTwoEqualNamesCountsAsInEveryJsonReader() throws Exception {
    PropertyUpdate values = update(Route.E, "{'event':'b','properties':{'$set':{'a':1,'a':2}}}");
    assertThat(texts(values.set())).isEqualTo(Map.of("a", "2"));
    PropertyUpdate objects =
        update(Route.E, "{'event':'b','properties':{'$set':{'a':1},'$set':{'b':2}}}");
    assertThat(texts(objects.set())).isEqualTo(Map.of("b", "2"));
  }

  @Test
  void nothingOfPropertiesThatWereReplacedByLaterOnesCounts() throws Exception {
    PersonEvent event =
        Sent.on(
                Route.E,
                "{'event':'$identify','properties':{'$set':{'a':1},'$set_once':{'a':1},"
                    + "'$unset':['a'],'$anon_distinct_id':'x','$groups':{'company':'acme'},"
                    + "'$group_set':{'company':{'a':1}},'$process_person_profile':false},"
                    + "'properties':{'b':2}}")
            .read();
    assertThat(event.update().isEmpty()).isTrue();
    assertThat(event.other()).isNull();
    assertThat(event.groups()).isEmpty();
    assertThat(event.readsOnly()).isFalse();
    assertThat(Json.tree(event.row().properties())).isEqualTo(Json.tree("{'b':2}"));
  }

  @Test
  void groupIdentifyAndPersonlessEventsCannotChangeThePerson() throws Exception {
    PersonEvent group =
        Sent.on(
                Route.E,
                "{'event':'$groupidentify','$set':{'a':1},'properties':{'$group_type':'company',"
                    + "'$group_key':'acme','$set':{'b':1}}}")
            .read();
    assertThat(group.readsOnly()).isTrue();
    assertThat(group.update().isEmpty()).isTrue();
  }

  @Test
  void namesAreReadThroughTheirEscapes() throws Exception {
    assertThat(update(Route.E, "{'event':'b','properties':{'\\u0024set':{'caf\\u00e9':1}}}").set())
        .containsOnlyKeys("café");
  }
}
