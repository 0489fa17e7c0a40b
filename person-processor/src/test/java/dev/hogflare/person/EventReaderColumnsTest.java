// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static dev.hogflare.person.EventReaderKindTest.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Route;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The columns of a row that come from the event itself. */
class EventReaderColumnsTest {

  private static String propertiesText(Sent sent) throws InvalidEventException {
    byte[] properties = sent.read().row().properties();
    return properties == null ? null : new String(properties, UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{ }",
        "{'a':1}",
        "{ 'a' : [ 1.0 , {'b':null} ] }",
        "{'$set':{'x':1},'$groups':{'company':'acme'}}",
        "{'n':12345678901234567890.10,'e':1E+3}"
      })
  void propertiesStayAsTheyWereSent(String properties) throws Exception {
    assertThat(
            propertiesText(Sent.on(Route.E, "{'event':'b', 'properties' : " + properties + " }")))
        .isEqualTo(Json.text(properties));
  }

  @Test
  void propertiesThatAreAbsentOrNullGiveNoColumn() throws Exception {
    assertThat(Sent.on(Route.E, "{'event':'b'}").read().row().properties()).isNull();
    assertThat(Sent.on(Route.E, "{'event':'b','properties':null}").read().row().properties())
        .isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "'x'", "[]", "[{'a':1}]", "true"})
  void propertiesThatAreNoObjectAreRefused(String properties) {
    assertRefused(
        Sent.on(Route.E, "{'event':'b','properties':" + properties + "}"),
        ErrorCode.INVALID_FIELD,
        "properties");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'event':'b'}                               | {'$ip':'1.2.3.4','cf_ray':'r'}",
        "{'event':'b','properties':null}             | {'$ip':'1.2.3.4','cf_ray':'r'}",
        "{'event':'b','properties':{}}               | {'$ip':'1.2.3.4','cf_ray':'r'}",
        "{'event':'b','properties':{   }}            | {'$ip':'1.2.3.4','cf_ray':'r'}",
        "{'event':'b','properties':{'a':1}}          | {'a':1,'$ip':'1.2.3.4','cf_ray':'r'}",
        "{'event':'b','properties':{'a':1  }  }      | {'a':1,'$ip':'1.2.3.4','cf_ray':'r'}",
        "{'event':'b','properties':{'$ip':'9.9.9.9'}} | {'$ip':'9.9.9.9','cf_ray':'r'}",
        "{'event':'b','properties':{'cf_ray':null,'$ip':7}} | {'cf_ray':null,'$ip':7}",
        "{'event':'b','properties':{'a':1},'properties':{}} | {'$ip':'1.2.3.4','cf_ray':'r'}",
        "{'event':'b','properties':{'$ip':7},'properties':{'a':1}} |"
            + " {'a':1,'$ip':'1.2.3.4','cf_ray':'r'}",
        "{'event':'b','properties':{'$ip':7},'properties':null} | {'$ip':'1.2.3.4','cf_ray':'r'}"
      })
  void enrichmentFillsInWhatTheClientDidNotSend(String json, String expected) throws Exception {
    Sent sent =
        Sent.on(Route.E, json.replace('"', '\'')).enrichedWith("{'$ip':'1.2.3.4','cf_ray':'r'}");
    assertThat(propertiesText(sent)).contains("{");
    assertThat(sent.properties()).isEqualTo(Json.tree(expected));
  }

  @Test
  void emptyEnrichmentChangesNothing() throws Exception {
    assertThat(propertiesText(Sent.on(Route.E, "{'event':'b'}").enrichedWith("{}"))).isNull();
    assertThat(
            propertiesText(
                Sent.on(Route.E, "{'event':'b','properties':{ 'a':1 }}").enrichedWith("{}")))
        .isEqualTo(Json.text("{ 'a':1 }"));
  }

  @Test
  void contextIsAColumnIfItIsAnObject() throws Exception {
    Sent object = Sent.on(Route.CAPTURE, "{'event':'b','context':{'page':{'url':'/'}}}");
    assertThat(object.context()).isEqualTo(Json.tree("{'page':{'url':'/'}}"));
    assertThat(object.extra()).isNull();
    assertThat(Sent.on(Route.CAPTURE, "{'event':'b','context':null}").extra()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "'x'", "[{'a':1}]", "true"})
  void contextOfAnyOtherTypeStaysInExtra(String context) throws Exception {
    Sent sent = Sent.on(Route.CAPTURE, "{'event':'b','context':" + context + "}");
    assertThat(sent.context()).isNull();
    assertThat(sent.extra()).isEqualTo(Json.tree("{'context':" + context + "}"));
  }

  @Test
  void extraHoldsEveryOtherFieldAsItWasSent() throws Exception {
    assertThat(
            Sent.on(
                    Route.E,
                    "{'library':'x','event':'b','distinct_id':'user','$distinct_id':'user',"
                        + "'api_key':'k','token':'k','$token':'k','properties':{'a':1},"
                        + "'type':'capture','timestamp':'2026-01-01T00:00:00Z','offset':5,"
                        + "'deep':{'a':[1,{'b':null}]},'n':1.50,'none':null,'':0}")
                .extra())
        .isEqualTo(
            Json.tree(
                "{'library':'x','type':'capture','timestamp':'2026-01-01T00:00:00Z','offset':5,"
                    + "'deep':{'a':[1,{'b':null}]},'n':1.50,'none':null,'':0}"));
  }

  @Test
  void anEventWithoutOtherFieldsHasNoExtra() throws Exception {
    assertThat(Sent.on(Route.E, "{'event':'b','distinct_id':'user'}").read().row().extra())
        .isNull();
  }

  @Test
  void aValidUuidIsTheRowsAndAnInvalidOneStaysInExtra() throws Exception {
    assertThat(Sent.on(Route.E, "{'event':'b','uuid':'" + Sent.ROW + "'}").extra()).isNull();
    for (String uuid : new String[] {"'not-a-uuid'", "''", "7", "{}", "null"}) {
      assertThat(Sent.on(Route.E, "{'event':'b','uuid':" + uuid + "}").extra())
          .isEqualTo(Json.tree("{'uuid':" + uuid + "}"));
    }
  }

  @Test
  void theTimeOfSendingIsInExtraUnlessTheEventSaysItItself() throws Exception {
    assertThat(Sent.on(Route.BATCH, "{'event':'b'}").sentAt(1_700_000_000_123_456L).extra())
        .isEqualTo(Json.tree("{'$sent_at':'2023-11-14T22:13:20.123456Z'}"));
    assertThat(
            Sent.on(Route.BATCH, "{'event':'b','$sent_at':'then'}")
                .sentAt(1_700_000_000_123_456L)
                .extra())
        .isEqualTo(Json.tree("{'$sent_at':'then'}"));
  }

  @Test
  void anAliasInThePropertiesIsInExtraAsHogflareHasIt() throws Exception {
    Sent sent = Sent.on(Route.E, "{'event':'$create_alias','properties':{'alias':'anon'}}");
    assertThat(sent.extra()).isEqualTo(Json.tree("{'alias':'anon'}"));
    assertThat(sent.properties()).isEqualTo(Json.tree("{'alias':'anon'}"));
  }

  @Test
  void theEventsOwnFieldsBeatThoseOfItsEnvelope() throws Exception {
    PersonEvent event =
        Sent.on(Route.E, "{'properties':{'a':1},'library':'own'}")
            .inEnvelope(
                "{'event':'outer','library':'outer','$set':{'p':1},'timestamp':'2026-01-01'}")
            .read();
    assertThat(event.row().event()).isEqualTo("outer");
    assertThat(Json.tree(event.row().properties())).isEqualTo(Json.tree("{'a':1}"));
    assertThat(Json.tree(event.row().extra()))
        .isEqualTo(Json.tree("{'library':'own','$set':{'p':1},'timestamp':'2026-01-01'}"));
    assertThat(event.update().set()).containsOnlyKeys("p");
    assertThat(Rfc3339.format(event.row().timestamp())).isEqualTo("2026-01-01T00:00:00.000000Z");
  }

  @Test
  void nullOfTheEventCountsAsSaidWhenItsEnvelopeSaysMore() throws Exception {
    assertThat(
            Sent.on(Route.E, "{'event':'b','properties':null}")
                .inEnvelope("{'properties':{'a':1}}")
                .read()
                .row()
                .properties())
        .isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'event':'b'} | 2026-09-21T14:13:20.000000Z",
        "{'event':'b','timestamp':'2026-09-21T12:00:00Z'} | 2026-09-21T12:00:00.000000Z",
        "{'event':'b','timestamp':1789992000} | 2026-09-21T12:00:00.000000Z",
        "{'event':'b','timestamp':1789992000000} | 2026-09-21T12:00:00.000000Z",
        "{'event':'b','timestamp':{}} | 2026-09-21T14:13:20.000000Z",
        "{'event':'b','timestamp':['2026-01-01']} | 2026-09-21T14:13:20.000000Z",
        "{'event':'b','timestamp':true} | 2026-09-21T14:13:20.000000Z",
        "{'event':'b','timestamp':null} | 2026-09-21T14:13:20.000000Z",
        "{'event':'b','timestamp':'99999-01-01T00:00:00Z'} | 2026-09-21T14:13:20.000000Z",
        "{'event':'b','timestamp':'2026-01-01','offset':2000} | 2026-09-21T14:13:18.000000Z",
        "{'event':'b','offset':2.6} | 2026-09-21T14:13:19.997000Z",
        "{'event':'b','offset':-2000} | 2026-09-21T14:13:22.000000Z",
        "{'event':'b','timestamp':'2026-09-21T12:00:00Z','offset':'5'} |"
            + " 2026-09-21T12:00:00.000000Z",
        "{'event':'b','timestamp':'2026-09-21T12:00:00Z','offset':1e300} |"
            + " 2026-09-21T12:00:00.000000Z",
        "{'event':'b','timestamp':'2026-09-21T12:00:00Z','offset':null} |"
            + " 2026-09-21T12:00:00.000000Z"
      })
  void theTimestampIsThatOfTheClocks(String json, String expected) throws Exception {
    assertThat(Rfc3339.format(Sent.on(Route.E, json).read().row().timestamp())).isEqualTo(expected);
  }

  @Test
  void theClientsClockIsCorrectedUnlessItObjects() throws Exception {
    long hourAhead = Events.ARRIVED_AT + 3_600_000_000L;
    String json = "{'event':'b','timestamp':'2026-09-21T15:13:19Z','properties':{%s}}";
    assertThat(
            Rfc3339.format(
                Sent.on(Route.E, json.formatted("'a':1"))
                    .sentAt(hourAhead)
                    .read()
                    .row()
                    .timestamp()))
        .isEqualTo("2026-09-21T14:13:19.000000Z");
    assertThat(
            Rfc3339.format(
                Sent.on(Route.E, json.formatted("'$ignore_sent_at':true"))
                    .sentAt(hourAhead)
                    .read()
                    .row()
                    .timestamp()))
        .isEqualTo("2026-09-21T15:13:19.000000Z");
    for (String other : new String[] {"'true'", "1", "null", "false", "[true]"}) {
      assertThat(
              Rfc3339.format(
                  Sent.on(Route.E, json.formatted("'$ignore_sent_at':" + other))
                      .sentAt(hourAhead)
                      .read()
                      .row()
                      .timestamp()))
          .as(other)
          .isEqualTo("2026-09-21T14:13:19.000000Z");
    }
  }

  @Test
  void halfASurrogatePairBecomesAReplacementCharacterEverywhere() throws Exception {
    PersonEvent event =
        Sent.on(
                Route.E,
                "{'event':'a\\ud83e','x\\udd94':'\\uD83E','properties':{'\\ud83e':'\\udd94\\ud83e',"
                    + "'ok':'\\ud83e\\udd94','$set':{'p\\ud83e':'\\ud83e'}}}")
            .enrichedWith("{'e\\ud83e':'\\ud83e'}")
            .inEnvelope("{'d\\ud83e':'\\ud83e'}")
            .read();
    assertThat(event.row().event()).isEqualTo("a\uFFFD");
    assertThat(Json.tree(event.row().properties()))
        .isEqualTo(
            Json.tree(
                "{'\uFFFD':'\uFFFD\uFFFD','ok':'\uD83E\uDD94','$set':{'p\uFFFD':'\uFFFD'},"
                    + "'e\uFFFD':'\uFFFD'}"));
    assertThat(Json.tree(event.row().extra()))
        .isEqualTo(Json.tree("{'x\uFFFD':'\uFFFD','d\uFFFD':'\uFFFD'}"));
    assertThat(event.update().set()).containsOnlyKeys("p\uFFFD");
  }

  @Test
  void escapedNulStaysInTheEvent() throws Exception {
    PersonEvent event =
        Sent.on(Route.E, "{'event':'a\\u0000','properties':{'b\\u0000':'c\\u0000'}}").read();
    assertThat(event.row().event()).isEqualTo("a\0");
    assertThat(new String(event.row().properties(), UTF_8))
        .isEqualTo(Json.text("{'b\\u0000':'c\\u0000'}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE", "ISO-8859-1"})
  void otherEncodingsThanUtf8AreRefused(String charset) {
    byte[] json = Json.text("{'event':'é'}").getBytes(Charset.forName(charset));
    assertRefused(Sent.bytes(json), ErrorCode.MALFORMED_JSON, "UTF-8");
    assertRefused(Sent.bytes(json).inEnvelope("{'a':1}"), ErrorCode.MALFORMED_JSON, "UTF-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"80", "c080", "eda0bd", "f4908080", "e282"})
  void bytesThatAreNoUtf8AreRefusedWhereverTheyStand(String hex) throws Exception {
    byte[] wrong = HexFormat.of().parseHex(hex);
    for (String json :
        new String[] {
          "{'event':'b','properties':{'x':'?'}}",
          "{'event':'b','?':1}",
          "{'event':'b','x':['?']}",
          "{'event':'?'}",
          "{'event':'b','properties':{'?':{}}}"
        }) {
      byte[] before = Json.bytes(json.substring(0, json.indexOf('?')));
      byte[] after = Json.bytes(json.substring(json.indexOf('?') + 1));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.write(before);
      bytes.write(wrong);
      bytes.write(after);
      assertRefused(Sent.bytes(bytes.toByteArray()), ErrorCode.MALFORMED_JSON, "UTF-8");
    }
  }

  @Test
  void anEventMayBeNestedDeeply() throws Exception {
    int levels = 990;
    String deep = "[".repeat(levels) + "]".repeat(levels);
    PersonEvent event =
        Sent.on(Route.E, "{'event':'b','x':" + deep + ",'properties':{'y':" + deep + "}}").read();
    assertThat(new String(event.row().properties(), UTF_8))
        .isEqualTo(Json.text("{'y':" + deep + "}"));
    assertThat(new String(event.row().extra(), UTF_8)).isEqualTo(Json.text("{'x':" + deep + "}"));
  }

  @Test
  void anEventThatIsNestedTooDeeplyIsRefused() {
    String deep = "[".repeat(10_000) + "]".repeat(10_000);
    for (String json :
        new String[] {
          "{'event':'b','x':" + deep + "}",
          "{'event':'b','properties':{'x':" + deep + "}}",
          "{'event':'b','properties':{'$set':{'x':" + deep + "}}}"
        }) {
      assertRefused(Sent.on(Route.E, json), ErrorCode.TOO_DEEP, "nested");
    }
  }

  @Test
  void aReaderForgetsTheEventBefore() throws Exception {
    EventReader reader = new EventReader();
    PersonEvent first =
        reader.read(
            Sent.on(Route.E, "{'event':'b','x':1,'properties':{'a':1}}")
                .enrichedWith("{'e':1}")
                .raw(),
            Sent.STAMP);
    PersonEvent second = reader.read(Sent.on(Route.E, "{'event':'c'}").raw(), Sent.STAMP);
    assertThat(second.row().properties()).isNull();
    assertThat(second.row().extra()).isNull();
    assertThat(Json.tree(first.row().properties())).isEqualTo(Json.tree("{'a':1,'e':1}"));
    assertThat(Json.tree(first.row().extra())).isEqualTo(Json.tree("{'x':1}"));
  }
}
