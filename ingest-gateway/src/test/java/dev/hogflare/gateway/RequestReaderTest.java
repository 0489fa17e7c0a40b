// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Topics;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.Item.Fate;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestReaderTest {
  private static final String EVENT = "{\"event\":\"e\",\"distinct_id\":\"d\",\"token\":\"t\"}";

  @Nested
  class Shapes {
    @Test
    void readsAnArrayInItsOrder() throws Exception {
      Intake intake =
          new Reading().of("[ " + EVENT + " ,\n{\"event\":\"f\",\"distinct_id\":\"g\"}]");
      assertThat(Reading.json(intake, 0)).isEqualTo(EVENT);
      assertThat(Reading.json(intake, 1)).isEqualTo("{\"event\":\"f\",\"distinct_id\":\"g\"}");
      assertThat(intake.items()).extracting(Item::distinctId).containsExactly("d", "g");
    }

    @Test
    void readsABatchWhereverItsKeyStands() throws Exception {
      for (String body :
          List.of(
              "{\"api_key\":\"t\",\"batch\":[{\"event\":\"e\",\"distinct_id\":\"d\"}]}",
              "{\"batch\":[{\"event\":\"e\",\"distinct_id\":\"d\"}],\"historical_migration\":true,\"token\":\"t\"}",
              "{\"batch\":{\"event\":\"e\",\"distinct_id\":\"d\"},\"$token\":\"t\"}",
              "{\"data\":{\"batch\":[{\"event\":\"e\",\"distinct_id\":\"d\"}],\"api_key\":\"t\"}}",
              "{\"data\":[{\"event\":\"e\",\"distinct_id\":\"d\"}],\"api_key\":\"t\"}")) {
        Item item = only(new Reading().of(body));
        assertThat(item.message()).as(body).isNull();
        assertThat(item.token()).isEqualTo("t");
      }
    }

    @Test
    void letsTheOuterEnvelopeWin() throws Exception {
      Intake intake =
          new Reading()
              .of(
                  "{\"api_key\":\"outer\",\"sent_at\":\"2026-01-01T00:00:00Z\",\"data\":{\"api_key\":\"inner\","
                      + "\"sent_at\":\"2027-01-01T00:00:00Z\",\"batch\":[{\"event\":\"e\",\"distinct_id\":\"d\"}]}}");
      assertThat(only(intake).token()).isEqualTo("outer");
      assertThat(only(intake).sentAt()).isEqualTo(Rfc3339.parseOrNull("2026-01-01T00:00:00Z"));
    }

    @Test
    void takesAnEventWithAFieldOfThatNameForAnEvent() throws Exception {
      String event =
          "{\"event\":\"e\",\"distinct_id\":\"d\",\"api_key\":\"t\",\"data\":{\"x\":1},\"batch\":7}";
      Intake intake = new Reading().of(event);
      assertThat(Reading.json(intake, 0)).isEqualTo(event);
      assertThat(only(intake).fate()).isEqualTo(Fate.USABLE);
    }

    @Test
    void keepsTheLastOfTwoMembersOfOneName() throws Exception {
      Item item =
          only(
              new Reading()
                  .of(
                      "{\"event\":7,\"event\":\"e\",\"distinct_id\":\"a\",\"distinct_id\":\"b\",\"token\":\"t\","
                          + "\"properties\":{\"distinct_id\":\"c\"},\"properties\":{}}"));
      assertThat(item.fate()).isEqualTo(Fate.USABLE);
      assertThat(item.distinctId()).isEqualTo("b");
    }

    @Test
    void readsNamesThatAreWrittenWithEscapes() throws Exception {
      Item item =
          only(
              new Reading()
                  .of(
                      "{\"e\\u0076ent\":\"e\",\"\\u0064istinct_id\":\"d\",\"api\\u005fkey\":\"t\"}"));
      assertThat(item.fate()).isEqualTo(Fate.USABLE);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "[]|the request holds no event",
          "{\"api_key\":\"t\",\"batch\":[]}|the request holds no event",
          "\"text\"|expected JSON object or array",
          "12|expected JSON object or array",
          "null|expected JSON object or array",
          "{|failed to parse JSON payload",
          "[{}] x|failed to parse JSON payload",
          "hello|failed to parse JSON payload",
          "{\"batch\":7}|the field batch must be an array",
          "{\"data\":7}|the field data must be a string, an object or an array",
          "{\"data\":{\"data\":{}}}|the envelope holds another envelope",
          "{\"api_key\":7,\"batch\":[{}]}|the field api_key must be a string",
          "{\"data\":\"!\"}|failed to parse JSON payload"
        })
    void saysWhatIsWrongWithTheRequest(String body, String problem) {
      assertThatThrownBy(() -> new Reading().of(body))
          .isInstanceOf(RequestRefusedException.class)
          .hasMessageStartingWith("invalid payload: " + problem);
    }

    @Test
    void refusesAnEmptyBody() {
      assertThatThrownBy(() -> new Reading().of(""))
          .hasMessageContaining("the request has no data");
      assertThatThrownBy(() -> new Reading().of("  ")).hasMessageContaining("no data");
    }

    @Test
    void refusesTooManyItems() throws Exception {
      String body = "[" + "{},".repeat(RequestReader.MAX_ITEMS - 1) + "{}";
      assertThat(new Reading().of(body + "]").items()).hasSize(RequestReader.MAX_ITEMS);
      assertThatThrownBy(() -> new Reading().of(body + ",{}]"))
          .isInstanceOfSatisfying(
              RequestRefusedException.class,
              e -> assertThat(e.refusal()).isEqualTo(Refusal.TOO_LARGE));
    }

    @Test
    void namesTheEncodingsThatItKnowsWhenAnUnknownOneWasNamed() {
      assertThatThrownBy(() -> new Reading().contentEncoding("br").of("\u000b\u0002garbage"))
          .hasMessageContaining("send gzip, deflate, base64 or lz64");
    }
  }

  @Nested
  class Defaults {
    @Test
    void keepsWhatAnEnvelopeSaysForAllItsItems() throws Exception {
      Intake intake =
          new Reading()
              .of(
                  "{ \"distinct_id\" : \"shared\", \"api_key\":\"t\", \"properties\": {\"a\": 1}, \"uuid\":\"u\","
                      + "\"compression\":\"none\",\"data\":[{\"event\":\"e\"},{\"event\":\"f\",\"distinct_id\":\"own\"}]}");
      assertThat(Reading.defaults(intake))
          .isEqualTo("{\"distinct_id\":\"shared\",\"properties\":{\"a\": 1}}");
      assertThat(intake.items()).extracting(Item::distinctId).containsExactly("shared", "own");
      assertThat(intake.items()).extracting(Item::fate).containsOnly(Fate.USABLE);
    }

    @Test
    void takesThePropertiesOfAnEnvelopeAsAWhole() throws Exception {
      Item item =
          only(
              new Reading()
                  .of(
                      "{\"api_key\":\"t\",\"properties\":{\"distinct_id\":\"d\"},"
                          + "\"data\":{\"event\":\"e\",\"properties\":{}}}"));
      assertThat(item.problem()).isEqualTo(ErrorCode.MISSING_DISTINCT_ID);
    }

    @Test
    void keepsTheOtherFieldsOfAForm() throws Exception {
      Intake intake =
          new Reading()
              .contentType("application/x-www-form-urlencoded")
              .of(
                  "ip=0&_=1&ver=2&api_key=t&distinct_id=d%22&note=&data="
                      + Encodings.url("{\"event\":\"e\"}"));
      assertThat(Reading.defaults(intake)).isEqualTo("{\"distinct_id\":\"d\\\"\",\"note\":\"\"}");
      assertThat(only(intake).distinctId()).isEqualTo("d\"");
      assertThat(only(intake).token()).isEqualTo("t");
    }

    @Test
    void givesABatchNone() throws Exception {
      Intake intake =
          new Reading()
              .of("{\"api_key\":\"t\",\"distinct_id\":\"d\",\"batch\":[{\"event\":\"e\"}]}");
      assertThat(intake.defaults()).isNull();
      assertThat(only(intake).problem()).isEqualTo(ErrorCode.MISSING_DISTINCT_ID);
    }

    @Test
    void refusesMoreThanAnEnvelopeMayAdd() {
      assertThatThrownBy(
              () ->
                  new Reading()
                      .of("{\"x\":\"" + "y".repeat(20_000) + "\",\"data\":[" + EVENT + "]}"))
          .isInstanceOfSatisfying(
              RequestRefusedException.class,
              e -> assertThat(e.refusal()).isEqualTo(Refusal.TOO_LARGE));
    }
  }

  @Nested
  class Keys {
    private static final Credentials ALL =
        new Credentials("header", "bearer", "query", "configured");

    @ParameterizedTest
    @EnumSource(Route.class)
    void prefersTheNearestKey(Route route) throws Exception {
      assertThat(token(route, "\"api_key\":\"near\"", "\"api_key\":\"batch\"", ALL))
          .isEqualTo("near");
      assertThat(token(route, "\"token\":\"near\"", "\"api_key\":\"batch\"", ALL))
          .isEqualTo("near");
      assertThat(token(route, "\"$token\":\"near\"", "\"api_key\":\"batch\"", ALL))
          .isEqualTo("near");
      assertThat(token(route, "\"properties\":{\"token\":\"p\"}", "\"token\":\"batch\"", ALL))
          .isEqualTo("batch");
      assertThat(token(route, "\"properties\":{\"token\":\"p\"}", "\"x\":1", ALL))
          .isEqualTo("header");
      assertThat(
              token(
                  route,
                  "\"properties\":{\"token\":\"p\"}",
                  "\"x\":1",
                  new Credentials(null, "bearer", "query", "configured")))
          .isEqualTo("p");
      assertThat(
              token(
                  route,
                  "\"properties\":{\"api_key\":\"p\"}",
                  "\"x\":1",
                  new Credentials(null, "bearer", "query", "configured")))
          .isEqualTo("p");
      assertThat(
              token(
                  route,
                  "\"x\":1",
                  "\"x\":1",
                  new Credentials(null, "bearer", "query", "configured")))
          .isEqualTo("bearer");
      assertThat(
              token(
                  route, "\"x\":1", "\"x\":1", new Credentials(null, null, "query", "configured")))
          .isEqualTo("query");
      assertThat(
              token(route, "\"x\":1", "\"x\":1", new Credentials(null, null, null, "configured")))
          .isEqualTo("configured");
    }

    @Test
    void prefersTheTokenOnTheBrowsersRoute() throws Exception {
      String both = "\"api_key\":\"a\",\"token\":\"b\"";
      assertThat(token(Route.E, both, "\"x\":1", Credentials.NONE)).isEqualTo("b");
      assertThat(token(Route.CAPTURE, both, "\"x\":1", Credentials.NONE)).isEqualTo("a");
    }

    @Test
    void lendsTheKeyOfTheOthersToAnItemWithoutOne() throws Exception {
      Intake intake = new Reading().of("[{\"event\":\"e\",\"distinct_id\":\"d\"}," + EVENT + "]");
      assertThat(intake.items()).extracting(Item::token).containsExactly("t", "t");
      Intake two =
          new Reading()
              .of(
                  "[{\"event\":\"e\",\"distinct_id\":\"d\"},"
                      + EVENT
                      + ",{\"event\":\"e\",\"distinct_id\":\"d\",\"token\":\"other\"}]");
      assertThat(two.items()).extracting(Item::token).containsExactly(null, "t", "other");
      assertThat(two.items().getFirst().problem()).isEqualTo(ErrorCode.MISSING_TOKEN);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "\"\"|is empty",
          "\"  \"|is empty",
          "\"phx_secret\"|personal API key",
          "\"caf\u00e9\"|ASCII",
          "\"a\\u0000b\"|NUL"
        })
    void refusesAKeyOfAWrongShape(String key, String problem) throws Exception {
      Item item =
          only(new Reading().of("{\"event\":\"e\",\"distinct_id\":\"d\",\"api_key\":" + key + "}"));
      assertThat(item.problem()).isEqualTo(ErrorCode.INVALID_TOKEN);
      assertThat(item.message()).contains(problem);
      assertThat(item.key().token()).isEmpty();
    }

    @Test
    void takesKeysOfSixtyFourCharactersAndStripsBlanks() throws Exception {
      String longest = "k".repeat(64);
      assertThat(
              token(
                  Route.CAPTURE, "\"api_key\":\"  " + longest + " \"", "\"x\":1", Credentials.NONE))
          .isEqualTo(longest);
      Item item =
          only(
              new Reading()
                  .of("{\"event\":\"e\",\"distinct_id\":\"d\",\"api_key\":\"" + longest + "k\"}"));
      assertThat(item.problem()).isEqualTo(ErrorCode.INVALID_TOKEN);
    }

    @Test
    void takesABlankKeyForNone() throws Exception {
      assertThat(token(Route.BATCH, "\"api_key\":\"\"", "\"api_key\":\"batch\"", Credentials.NONE))
          .isEqualTo("batch");
    }

    @Test
    void skipsAPropertyThatOnlyHasTheNameOfAKey() throws Exception {
      Credentials configured = new Credentials(null, null, null, "configured");
      for (String property : List.of("7", "\"" + "x".repeat(100) + "\"", "{}", "\"\"")) {
        assertThat(
                token(
                    Route.CAPTURE,
                    "\"properties\":{\"token\":" + property + "}",
                    "\"x\":1",
                    configured))
            .isEqualTo("configured");
      }
    }

    @Test
    void asksForAKeyWhereThereIsNone() throws Exception {
      Item item = only(new Reading().of("{\"event\":\"e\",\"distinct_id\":\"d\"}"));
      assertThat(item.problem()).isEqualTo(ErrorCode.MISSING_TOKEN);
      assertThat(item.key().distinctId()).isEqualTo("d");
      assertThat(item.message()).contains("api_key", "x-posthog-api-key");
    }

    private static String token(Route route, String item, String batch, Credentials credentials)
        throws Exception {
      Intake intake =
          Reading.at(route)
              .with(credentials)
              .of(
                  "{"
                      + batch
                      + ",\"batch\":[{\"event\":\"e\",\"distinct_id\":\"d\","
                      + item
                      + "}]}");
      return only(intake).token();
    }
  }

  @Nested
  class Ids {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "\"distinct_id\":\"a\",\"$distinct_id\":\"b\"|a",
          "\"$distinct_id\":\"b\",\"properties\":{\"distinct_id\":\"c\"}|b",
          "\"distinct_id\":null,\"properties\":{\"distinct_id\":\"c\",\"$distinct_id\":\"d\"}|c",
          "\"properties\":{\"$distinct_id\":\"d\"}|d",
          "\"distinct_id\":23|23",
          "\"distinct_id\":23.4|23.4",
          "\"distinct_id\":true|true",
          "\"distinct_id\":[1, 2]|[1,2]",
          "\"distinct_id\":{ \"a\" : 1 }|{\"a\":1}",
          "\"distinct_id\":\"a\\u0000b\"|a\uFFFDb",
          "\"distinct_id\":\"a\\ud800b\"|a\uFFFDb"
        })
    void areFoundAndMadeText(String members, String expected) throws Exception {
      Item item = only(new Reading().of("{\"event\":\"e\",\"token\":\"t\"," + members + "}"));
      assertThat(item.message()).isNull();
      assertThat(item.distinctId()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\"distinct_id\":\"\"",
          "\"distinct_id\":\"  \"",
          "\"x\":1",
          "\"distinct_id\":null",
          "\"distinct_id\":\"\",\"properties\":{\"distinct_id\":\"c\"}"
        })
    void areNeverBlank(String members) throws Exception {
      Item item = only(new Reading().of("{\"event\":\"e\",\"token\":\"t\"," + members + "}"));
      assertThat(item.problem()).isEqualTo(ErrorCode.MISSING_DISTINCT_ID);
      assertThat(item.key().token()).isEqualTo("t");
    }

    @Test
    void keepTheirBlanksAndTwoHundredCodePoints() throws Exception {
      assertThat(
              only(new Reading().of("{\"event\":\"e\",\"token\":\"t\",\"distinct_id\":\"  a \"}"))
                  .distinctId())
          .isEqualTo("  a ");
      assertThat(
              only(new Reading()
                      .of(
                          "{\"event\":\"e\",\"token\":\"t\",\"distinct_id\":\""
                              + "é".repeat(222)
                              + "\"}"))
                  .distinctId())
          .isEqualTo("é".repeat(200));
    }

    @ParameterizedTest
    @CsvSource({
      "0186E2C0-7A5B-7FFF-8000-000000000001, 0186e2c0-7a5b-7fff-8000-000000000001",
      "b3b0c4d4-0000-4000-8000-000000000001, b3b0c4d4-0000-4000-8000-000000000001"
    })
    void ofEventsAreTheClientsOwn(String sent, String expected) throws Exception {
      assertThat(
              only(new Reading()
                      .of(
                          "{\"event\":\"e\",\"token\":\"t\",\"distinct_id\":\"d\",\"uuid\":\""
                              + sent
                              + "\"}"))
                  .uuid())
          .hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\"\"",
          "\"nope\"",
          "null",
          "\"00000000-0000-0000-0000-000000000000\"",
          "\"b3b0c4d4000040008000000000000001\""
        })
    void ofEventsAreLeftToTheGatewayOtherwise(String sent) throws Exception {
      Item item =
          only(
              new Reading()
                  .of(
                      "{\"event\":\"e\",\"token\":\"t\",\"distinct_id\":\"d\",\"uuid\":"
                          + sent
                          + "}"));
      assertThat(item.fate()).isEqualTo(Fate.USABLE);
      assertThat(item.uuid()).isNull();
    }
  }

  @Nested
  class Rules {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "\"event\":7|event",
          "\"event\":{}|event",
          "\"event\":\"e\",\"properties\":[]|properties",
          "\"event\":\"e\",\"properties\":\"x\"|properties",
          "\"event\":\"e\",\"timestamp\":{}|timestamp",
          "\"event\":\"e\",\"timestamp\":[1]|timestamp",
          "\"event\":\"e\",\"timestamp\":true|timestamp",
          "\"event\":\"e\",\"uuid\":7|uuid",
          "\"event\":\"e\",\"offset\":\"soon\"|offset",
          "\"event\":\"e\",\"token\":7|token",
          "\"event\":\"e\",\"api_key\":[]|api_key"
        })
    void nameTheFieldOfAWrongType(String members, String field) throws Exception {
      Item item = only(new Reading().of("{\"distinct_id\":\"d\",\"token\":\"t\"," + members + "}"));
      assertThat(item.problem()).isEqualTo(ErrorCode.INVALID_FIELD);
      assertThat(item.message())
          .startsWith("The field " + field + " has the wrong JSON type; send ");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\"properties\":null",
          "\"timestamp\":\"99999-01-01T00:00:00Z\"",
          "\"timestamp\":1795236205",
          "\"timestamp\":null",
          "\"offset\":-5000",
          "\"offset\":1.5",
          "\"$set\":7",
          "\"sent_at\":\"never\"",
          "\"historical_migration\":\"yes\""
        })
    void leaveToTheProcessorsWhatTheyCanJudge(String member) throws Exception {
      Item item =
          only(
              new Reading()
                  .of("{\"event\":\"e\",\"distinct_id\":\"d\",\"token\":\"t\"," + member + "}"));
      assertThat(item.message()).isNull();
    }

    @ParameterizedTest
    @EnumSource(
        value = Route.class,
        names = {"CAPTURE", "E", "BATCH"})
    void askForAnEventName(Route route) throws Exception {
      for (String event :
          List.of(
              "{\"distinct_id\":\"d\",\"token\":\"t\"}",
              "{\"event\":\"\",\"distinct_id\":\"d\",\"token\":\"t\"}",
              "{\"event\":null,\"distinct_id\":\"d\",\"token\":\"t\"}")) {
        assertThat(only(Reading.at(route).of(event)).problem()).isEqualTo(ErrorCode.MISSING_EVENT);
      }
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "IDENTIFY|{\"distinct_id\":\"d\",\"$anon_distinct_id\":7}",
          "ENGAGE|{\"$distinct_id\":\"d\",\"$set\":{\"a\":1}}",
          "ALIAS|{\"distinct_id\":\"d\",\"alias\":\"other\"}",
          "GROUPS|{\"group_type\":\"company\",\"group_key\":\"d\"}",
          "GROUPS|{\"properties\":{\"$group_type\":\"company\",\"$group_key\":\"d\"}}",
          "BATCH|{\"type\":\"identify\",\"distinct_id\":\"d\"}",
          "BATCH|{\"type\":\"Alias\",\"distinct_id\":\"d\",\"properties\":{\"alias\":\"other\"}}",
          "BATCH|{\"alias\":\"other\",\"distinct_id\":\"d\"}",
          "BATCH|{\"type\":\"engage\",\"distinct_id\":\"d\"}",
          "BATCH|{\"type\":\"groupidentify\",\"group_type\":\"company\",\"group_key\":\"d\"}",
          "BATCH|{\"type\":\"group_identify\",\"properties\":{\"group_type\":\"company\",\"group_key\":\"d\"}}",
          "CAPTURE|{\"event\":\"$groupidentify\",\"properties\":{\"$group_type\":\"company\",\"$group_key\":\"d\"}}",
          "CAPTURE|{\"event\":\"$identify\",\"distinct_id\":\"d\",\"properties\":{\"$anon_distinct_id\":{}}}",
          "CAPTURE|{\"event\":\"$create_alias\",\"distinct_id\":\"d\",\"properties\":{\"alias\":7}}"
        })
    void takeHogflaresShapes(Route route, String item) throws Exception {
      Item found = only(Reading.at(route).with(new Credentials("t", null, null, null)).of(item));
      assertThat(found.message()).isNull();
      assertThat(found.distinctId()).isEqualTo("d");
    }

    @Test
    void keyAGroupEventByItsDistinctIdIfItHasOne() throws Exception {
      Item item =
          only(
              Reading.at(Route.GROUPS)
                  .of(
                      "{\"token\":\"t\",\"distinct_id\":\"u\",\"group_type\":\"c\",\"group_key\":\"g\"}"));
      assertThat(item.distinctId()).isEqualTo("u");
      Item number =
          only(
              Reading.at(Route.GROUPS)
                  .of("{\"token\":\"t\",\"group_type\":\"c\",\"group_key\":7}"));
      assertThat(number.distinctId()).isEqualTo("7");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "ALIAS|{\"distinct_id\":\"d\"}|INVALID_ALIAS",
          "ALIAS|{\"distinct_id\":\"d\",\"alias\":7}|INVALID_ALIAS",
          "ALIAS|{\"distinct_id\":\"d\",\"alias\":\" \"}|INVALID_ALIAS",
          "BATCH|{\"type\":\"alias\",\"distinct_id\":\"d\"}|INVALID_ALIAS",
          "BATCH|{\"alias\":{},\"distinct_id\":\"d\"}|INVALID_ALIAS",
          "GROUPS|{\"group_type\":\"c\"}|INVALID_GROUP",
          "GROUPS|{\"group_key\":\"g\",\"distinct_id\":\"d\"}|INVALID_GROUP",
          "GROUPS|{\"group_type\":\"\",\"group_key\":\"g\"}|INVALID_GROUP",
          "GROUPS|{\"group_type\":\"c\",\"group_key\":\"\"}|INVALID_GROUP",
          "GROUPS|{\"group_type\":7,\"group_key\":\"g\"}|INVALID_GROUP",
          "CAPTURE|{\"event\":\"$groupidentify\",\"properties\":{\"$group_type\":\"c\"}}|INVALID_GROUP",
          "IDENTIFY|{\"properties\":{}}|MISSING_DISTINCT_ID"
        })
    void refuseHogflaresShapesWithoutWhatTheyAreAbout(Route route, String item, ErrorCode code)
        throws Exception {
      Item found = only(Reading.at(route).with(new Credentials("t", null, null, null)).of(item));
      assertThat(found.problem()).isEqualTo(code);
    }

    @Test
    void leaveOutPerformanceEvents() throws Exception {
      Intake intake = new Reading().of("[{\"event\":\"$performance_event\"}," + EVENT + "]");
      assertThat(intake.count(Fate.FILTERED)).isEqualTo(1);
      assertThat(intake.count(Fate.USABLE)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "\"x\"", "null", "[]", "true"})
    void refuseItemsThatAreNoObjects(String item) throws Exception {
      Intake intake = new Reading().of("[" + item + "," + EVENT + "]");
      assertThat(intake.items().getFirst().problem()).isEqualTo(ErrorCode.NOT_AN_OBJECT);
      assertThat(Reading.json(intake, 0)).isEqualTo(item);
      assertThat(intake.items().get(1).fate()).isEqualTo(Fate.USABLE);
    }

    @Test
    void refuseOnlyTheItemThatIsTooDeep() throws Exception {
      Intake intake = new Reading().of("[" + deep(500) + "," + deep(501) + "," + EVENT + "]");
      assertThat(intake.items())
          .extracting(Item::problem)
          .containsExactly(null, ErrorCode.TOO_DEEP, null);
      Intake batch = new Reading().of("{\"batch\":[" + deep(500) + "," + deep(501) + "]}");
      assertThat(batch.items()).extracting(Item::problem).containsExactly(null, ErrorCode.TOO_DEEP);
      assertThat(only(new Reading().of(deep(500))).fate()).isEqualTo(Fate.USABLE);
      assertThat(only(new Reading().of(deep(501))).problem()).isEqualTo(ErrorCode.TOO_DEEP);
    }

    @Test
    void refuseARequestOfTenThousandLevels() {
      for (String body :
          List.of(
              "[".repeat(10_000) + "]".repeat(10_000), deep(10_000), "{\"a\":".repeat(10_000))) {
        assertThatThrownBy(() -> new Reading().of(body))
            .isInstanceOfSatisfying(
                RequestRefusedException.class,
                e -> assertThat(e.refusal()).isEqualTo(Refusal.TOO_DEEP));
      }
    }

    @Test
    void refuseOnlyTheItemThatIsTooLarge() throws Exception {
      Intake intake =
          new Reading()
              .of(
                  "["
                      + sized(Topics.MAX_EVENT_BYTES)
                      + ","
                      + sized(Topics.MAX_EVENT_BYTES + 1)
                      + "]");
      assertThat(intake.items())
          .extracting(Item::problem)
          .containsExactly(null, ErrorCode.EVENT_TOO_LARGE);
    }

    @Test
    void refuseAnIdOfTenMegabytesAndKeepItsNeighbour() throws Exception {
      Intake intake =
          new Reading()
              .of(
                  "[{\"event\":\"e\",\"token\":\"t\",\"distinct_id\":\""
                      + "x".repeat(7_000_000)
                      + "\"},"
                      + EVENT
                      + "]");
      Item large = intake.items().getFirst();
      assertThat(large.problem()).isEqualTo(ErrorCode.EVENT_TOO_LARGE);
      assertThat(large.distinctId()).isEqualTo("x".repeat(200));
      assertThat(intake.items().get(1).fate()).isEqualTo(Fate.USABLE);
    }

    @Test
    void refuseWhatNoReaderDownstreamTakes() throws Exception {
      Intake intake =
          new Reading()
              .of(
                  "[{\"event\":\"e\",\"distinct_id\":\"d\",\"x\":"
                      + "1".repeat(1_001)
                      + "},"
                      + EVENT
                      + "]");
      assertThat(intake.items().getFirst().problem()).isEqualTo(ErrorCode.INVALID_FIELD);
      assertThat(intake.items().getFirst().message()).contains("number");
      assertThat(intake.items().get(1).fate()).isEqualTo(Fate.USABLE);
    }

    private static String deep(int levels) {
      return "{\"event\":\"e\",\"distinct_id\":\"d\",\"token\":\"t\",\"a\":"
          + "[".repeat(levels - 1)
          + "]".repeat(levels - 1)
          + "}";
    }

    private static String sized(int bytes) {
      String start = "{\"event\":\"e\",\"distinct_id\":\"d\",\"token\":\"t\",\"a\":\"";
      return start + "x".repeat(bytes - start.length() - 2) + "\"}";
    }
  }

  @Nested
  class SendingTime {
    private static final long OUTER = 1_700_000_000_000_000L;
    private static final String TIME = "2026-11-21T04:43:25.123456+01:00";

    @Test
    void isTheBatchsBeforeTheHeaders() throws Exception {
      Item item =
          only(
              new Reading()
                  .sentAt(OUTER)
                  .of("{\"batch\":[" + EVENT + "],\"sent_at\":\"" + TIME + "\"}"));
      assertThat(item.sentAt()).isEqualTo(Rfc3339.parseOrNull(TIME));
    }

    @Test
    void isTheEventsOwnIfItIsSentAlone() throws Exception {
      Item item =
          only(
              new Reading()
                  .sentAt(OUTER)
                  .of("{\"event\":\"e\",\"distinct_id\":\"d\",\"sent_at\":\"" + TIME + "\"}"));
      assertThat(item.sentAt()).isEqualTo(Rfc3339.parseOrNull(TIME));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"yesterday\"", "7", "null", "\"99999-01-01T00:00:00Z\""})
    void isTheHeadersIfTheBodysCannotBeRead(String sentAt) throws Exception {
      Item item =
          only(
              new Reading()
                  .sentAt(OUTER)
                  .of("{\"batch\":[" + EVENT + "],\"sent_at\":" + sentAt + "}"));
      assertThat(item.sentAt()).isEqualTo(OUTER);
    }

    @Test
    void isUnknownIfNothingSaysIt() throws Exception {
      assertThat(only(new Reading().of(EVENT)).sentAt()).isNull();
    }

    @Test
    void isEachRecordingsOwn() throws Exception {
      Intake intake =
          Reading.at(Route.S)
              .sentAt(OUTER)
              .of("[{\"sent_at\":\"" + TIME + "\",\"token\":\"t\"},{\"token\":\"t\"}]");
      assertThat(intake.items())
          .extracting(Item::sentAt)
          .containsExactly(Rfc3339.parseOrNull(TIME), OUTER);
    }
  }

  @Nested
  class RecordingsOfSessions {
    private static final String GOOD =
        "\"$session_id\":\"s-1\",\"$snapshot_data\":[],\"distinct_id\":\"d\",\"token\":\"t\"";

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{\"event\":\"$snapshot\",\"properties\":{" + GOOD + "}}",
          "{\"event\":\"$snapshot_items\",\"properties\":{" + GOOD + "}}",
          "{\"properties\":{" + GOOD + "}}",
          "[{\"properties\":{" + GOOD + "}}]",
          "{\"batch\":[{\"properties\":{" + GOOD + "}}]}",
          "{\"distinct_id\":\"d\",\"api_key\":\"t\",\"properties\":{\"$session_id\":\"s-1\",\"$snapshot_items\":{}}}",
          "{\"token\":\"t\",\"data\":{\"metadata\":{\"distinct_id\":\"d\"},\"chunk\":1}}",
          "{\"token\":\"t\",\"distinct_id\":\"d\",\"chunk\":\"x\"}"
        })
    void areTakenInEveryForm(String body) throws Exception {
      Item item = only(Reading.at(Route.S).of(body));
      assertThat(item.message()).isNull();
      assertThat(item.token()).isEqualTo("t");
      assertThat(item.distinctId()).isEqualTo("d");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "{\"event\":\"$pageview\",\"properties\":{" + GOOD + "}}|event",
          "{\"event\":\"$snapshot\"}|properties",
          "{\"properties\":[]}|properties",
          "{\"properties\":{\"$snapshot_data\":[]}}|$session_id",
          "{\"properties\":{\"$session_id\":7,\"$snapshot_data\":[]}}|$session_id",
          "{\"properties\":{\"$session_id\":\"a/b\",\"$snapshot_data\":[]}}|$session_id",
          "{\"properties\":{\"$session_id\":\"a_b\",\"$snapshot_data\":[]}}|$session_id",
          "{\"properties\":{\"$session_id\":\"\",\"$snapshot_data\":[]}}|$session_id",
          "{\"properties\":{\"$session_id\":\"s\"}}|$snapshot_data",
          "{\"properties\":{\"$session_id\":\"s\",\"$snapshot_data\":\"x\"}}|$snapshot_data"
        })
    void areRefusedWithAReason(String body, String field) throws Exception {
      Item item = only(Reading.at(Route.S).of(body));
      assertThat(item.problem()).isEqualTo(ErrorCode.INVALID_RECORDING);
      assertThat(item.message()).contains(field);
    }

    @Test
    void haveSessionIdsOfSeventyCharactersAtMost() throws Exception {
      assertThat(only(Reading.at(Route.S).of(session(70))).message()).isNull();
      assertThat(only(Reading.at(Route.S).of(session(71))).problem())
          .isEqualTo(ErrorCode.INVALID_RECORDING);
    }

    @Test
    void mayBeLargerThanEvents() throws Exception {
      String body = "{\"properties\":{" + GOOD + ",\"x\":\"" + "x".repeat(2_000_000) + "\"}}";
      assertThat(only(Reading.at(Route.S).of(body)).message()).isNull();
    }

    private static String session(int length) {
      return "{\"properties\":{\"$session_id\":\""
          + "s".repeat(length)
          + "\",\"$snapshot_data\":[],\"distinct_id\":\"d\",\"token\":\"t\"}}";
    }
  }

  private static Item only(Intake intake) {
    assertThat(intake.items()).hasSize(1);
    return intake.items().getFirst();
  }
}
