// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.ValueCounts;
import dev.hogflare.contract.ValueType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is seen in rows: the scenarios of PostHog's property-defs-rs. */
class RowReaderTest {
  private static final String NOW = "2026-03-01T12:00:00.000000Z";

  private final Counting counting = new Counting();

  private static String row(String event, String properties) {
    return "{\"uuid\":\"u\",\"source\":\"posthog_sdk\",\"event\":\""
        + event
        + "\",\"distinct_id\":\"d\",\"created_at\":\""
        + NOW
        + "\",\"timestamp\":\"2020-01-01T00:00:00Z\""
        + (properties == null ? "" : ",\"properties\":" + properties)
        + ",\"person_properties\":{\"never\":\"counted\"},\"api_key\":\"t\"}";
  }

  private List<String> seen(String event, String properties) {
    counting.count(row(event, properties));
    return counting.take().stream().map(RowReaderTest::text).toList();
  }

  private static String text(Seen seen) {
    ValueType type = seen.values().mostOrNull();
    return seen.kind().text()
        + (seen.parent().isEmpty() ? "" : " of " + seen.parent())
        + " "
        + seen.name()
        + (type == null ? "" : " " + type.text());
  }

  @Test
  void anEventAndItsPropertiesAreSeen() {
    assertThat(seen("buy", "{\"a\":1,\"b\":\"x\",\"c\":true,\"d\":null,\"e\":[1,{\"f\":2}]}"))
        .containsExactly(
            "event buy",
            "events_property of buy a Numeric",
            "events_property of buy b String",
            "events_property of buy c Boolean",
            "events_property of buy d",
            "events_property of buy e");
  }

  @Test
  void blanksBetweenTokensChangeNothing() {
    assertThat(seen("buy", " { \"a\" : 1 , \"b\":\t\"x\" ,\n\"c\" : { \"x\" : [ 1 , 2 ] } } "))
        .containsExactly(
            "event buy",
            "events_property of buy a Numeric",
            "events_property of buy b String",
            "events_property of buy c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "null", "{}", "[{\"a\":1}]"})
  void withoutAnObjectOfPropertiesOnlyTheEventIsSeen(String properties) {
    assertThat(seen("buy", properties)).containsExactly("event buy");
  }

  @Test
  void withoutPropertiesOnlyTheEventIsSeen() {
    assertThat(seen("buy", null)).containsExactly("event buy");
  }

  @Test
  void whatIsSetOnThePersonIsThePersons() {
    assertThat(
            seen(
                "$set",
                "{\"$set\":{\"a\":1},\"$set_once\":{\"b\":\"x\"},\"$unset\":[\"c\"],"
                    + "\"$groups\":{\"company\":\"acme\"},\"$group_0\":\"acme\",\"$group_5\":1}"))
        .containsExactly(
            "event $set",
            "events_property of $set $group_5 Numeric",
            "person_property a Numeric",
            "person_property b String");
  }

  @Test
  void whatIsSetBesideThePropertiesIsThePersonsToo() {
    counting.count(
        row("x", "{\"p\":1}")
            .replace(
                ",\"api_key\"",
                ",\"extra\":{\"$set\":{\"plan\":\"pro\"},\"type\":\"capture\"},\"api_key\""));
    assertThat(counting.take().stream().map(RowReaderTest::text))
        .containsExactly(
            "event x", "events_property of x p Numeric", "person_property plan String");
  }

  @Test
  void ofAnEventThatDescribesAGroupOnlyTheGroupsPropertiesAreSeen() {
    assertThat(
            seen(
                "$groupidentify",
                "{\"$lib\":\"web\",\"$group_type\":\"company\",\"$group_key\":\"acme\","
                    + "\"$group_set\":{\"seats\":5,\"name\":\"Acme\"}}"))
        .containsExactly(
            "event $groupidentify",
            "group_property of company seats Numeric",
            "group_property of company name String");
  }

  @Test
  void ofAGroupWithoutATypeOnlyTheEventIsSeenAndTheRestIsCounted() {
    assertThat(seen("$groupidentify", "{\"$group_set\":{\"seats\":5}}"))
        .containsExactly("event $groupidentify", "refused ");
  }

  @Test
  void theSendersOwnMetricsAreNotSeen() {
    assertThat(counting.count(row("$$plugin_metrics", "{\"a\":1}")))
        .isEqualTo(CountBook.Outcome.IGNORED);
    assertThat(counting.take()).isEmpty();
  }

  @Test
  void anEventsNameMayHave200Bytes() {
    assertThat(seen("é".repeat(100), "{}")).containsExactly("event " + "é".repeat(100));
    assertThat(counting.count(row("é".repeat(100) + "x", "{\"a\":1}")))
        .isEqualTo(CountBook.Outcome.NAME_TOO_LONG);
    assertThat(counting.take()).isEmpty();
  }

  @Test
  void aPropertyWhoseNameIsTooLongIsLeftOutAloneAndCounted() {
    assertThat(seen("e", "{\"" + "n".repeat(201) + "\":1,\"" + "m".repeat(200) + "\":1}"))
        .containsExactly(
            "event e", "events_property of e " + "m".repeat(200) + " Numeric", "refused ");
  }

  @Test
  void anEventOfMoreThan10000PropertiesIsLeftOut() {
    StringBuilder properties = new StringBuilder("{\"p\":1");
    for (int i = 0; i < 10_000; i++) {
      properties.append(",\"p").append(i).append("\":1");
    }
    assertThat(counting.count(row("e", properties.append('}').toString())))
        .isEqualTo(CountBook.Outcome.TOO_MANY_PROPERTIES);
    assertThat(counting.take()).isEmpty();
  }

  @Test
  void aPropertyOf900KilobytesIsOneValueAmongOthers() {
    assertThat(seen("e", "{\"a\":\"" + "x\\\"".repeat(300_000) + "\",\"b\":1}"))
        .containsExactly(
            "event e", "events_property of e a String", "events_property of e b Numeric");
  }

  @Test
  void namesAreReadThroughTheirEscapes() {
    assertThat(seen("a\\u0000\\n\\u00e9", "{\"x\\\"y\\u0000\":1,\"\\ud800\":\"\"}"))
        .containsExactly(
            "event a\uFFFD\né",
            "events_property of a\uFFFD\né x\"y\uFFFD Numeric",
            "events_property of a\uFFFD\né \uFFFD String");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "$feature/x | true | String",
        "$feature_enrollment/x | true | Boolean",
        "$feature_flag_response | true | String",
        "utm_source | 5 | String",
        "$initial_utm_source | false | String",
        "UTM_Source | 5 | String",
        "$survey_response_2 | 9 | String",
        "TIMESTAMP | 18446744073709551 | DateTime",
        "timestamp | 1639400730 | Numeric",
        "timestamp | -1772366400 | Numeric",
        "timestamp | 1772366400.5 | Numeric",
        "thyme_stamp | 1772366400 | Numeric",
        "random_property_has_datetime_value | 1772366400 | DateTime",
        "sent_at | 1756600000 | DateTime",
        "sent_at | 1756590000 | Numeric",
        "timestamp | \"15:45:30\" | String",
        "created_at | \"not a date\" | String",
        "signup_date | \"true\" | Boolean",
        "any | \"2023-12-13\" | DateTime",
        "any | \"2023/12/13 15:45:30Z\" | DateTime",
        "any | \"13-12-2023 15:45:30\" | DateTime",
        "any | \"2023-12-13T15:45:30.123+01:00\" | DateTime",
        "any | \"Wed, 13 Dec 2023 15:45:30 GMT\" | DateTime",
        "any | \"2023-13-12T15:45:30\" | DateTime",
        "any | \"12/13/2023\" | DateTime",
        "any | \"31/12/2023\" | String",
        "any | \"2023-12-13 at noon\" | String",
        "any | \"123\" | String",
        "any | 123 | Numeric",
        "any | 1.5e3 | Numeric",
        "any | -0 | Numeric",
        "any | \"  true \" | Boolean",
        "any | \"True\" | String",
        "any | \"FALSE\" | Boolean",
        "any | \"\\u0074rue\" | Boolean",
        "any | \"\" | String",
      })
  void theTypeFollowsFromNameAndValue(String name, String value, String type) {
    assertThat(seen("e", "{\"" + name + "\":" + value + "}"))
        .containsExactly("event e", "events_property of e " + name + " " + type);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{\"event\":\"e\"}",
        "{\"event\":5,\"created_at\":\"2026-03-01T12:00:00Z\"}",
        "{\"event\":\"e\",\"created_at\":\"yesterday\"}",
        "{\"event\":\"e\",\"created_at\":7}",
        "{\"event\":\"e\",\"created_at\":\"2026-03-01T12:00:00Z\",\"properties\":{\"a\"",
        "{\"event\":\"e\",\"created_at\":\"2026-03-01T12:00:00Z\",\"properties\":{\"a\":}}",
      })
  void whatIsNoRowIsRefusedAndCountsNothing(String row) {
    assertThatThrownBy(() -> counting.count(row)).isInstanceOf(MalformedRecordException.class);
    assertThat(counting.take()).isEmpty();
  }

  @Test
  void countsAndTimesAreThoseOfTheEventsSinceTheLastCommit() {
    counting.count(row("e", "{\"a\":1}"));
    counting.count(row("e", "{\"a\":\"x\"}").replace(NOW, "2026-03-01T11:00:00Z"));
    counting.count(row("f", "{\"a\":null}"));
    assertThat(counting.take())
        .contains(
            new Seen(
                Kind.EVENTS_PROPERTY,
                "e",
                "a",
                new ValueCounts(0, 1, 1, 0, 0),
                1_772_362_800_000_000L,
                1_772_366_400_000_000L))
        .hasSize(4);
    assertThat(counting.take()).isEmpty();

    counting.count(row("e", "{\"a\":1}"));
    assertThat(counting.take()).extracting(Seen::values).allMatch(values -> values.total() == 1);
  }

  @Test
  void theOrderOfPropertiesDoesNotMatter() {
    counting.count(row("e", "{\"a\":1,\"b\":2,\"c\":3}"));
    counting.count(row("e", "{\"c\":1,\"a\":2,\"b\":3}"));
    counting.count(row("e", "{\"b\":1}"));
    counting.count(row("e", "{\"a\":1,\"c\":3,\"d\":4,\"b\":2}"));
    assertThat(counting.take())
        .extracting(seen -> seen.name() + "=" + seen.values().total())
        .containsExactly("e=4", "a=3", "b=4", "c=3", "d=1");
  }
}
