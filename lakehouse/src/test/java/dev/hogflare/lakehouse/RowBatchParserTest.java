// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.RowSchema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RowBatchParserTest {
  private static final RowBatchParser EVENTS =
      new RowBatchParser(new RowLayout(RowSchema.EVENTS, PromotedColumn.STANDARD), 1 << 20);
  private static final RowBatchParser PERSONS =
      new RowBatchParser(RowLayout.of(RowSchema.PERSONS), 1 << 20);

  @Test
  void readsEveryKindOfCell() throws Exception {
    RowBatch events =
        EVENTS.parse(
            TestRows.body(
                """
                {"uuid":"u1","team_id":-7,"source":"s","event":"e","distinct_id":"d",
                 "timestamp":"2026-11-21T10:00:00.5+01:00","created_at":"1970-01-01T00:00:00.000002Z",
                 "properties": { "a" : [1, {"b": null}] } ,"group0":null}"""));

    assertThat(events.rows()).isEqualTo(1);
    assertThat(text(events, 0, "uuid")).isEqualTo("u1");
    assertThat(events.cell(0, column(RowSchema.EVENTS, "team_id"))).isEqualTo(-7);
    assertThat(events.cell(0, column(RowSchema.EVENTS, "timestamp")))
        .isEqualTo(java.time.Instant.parse("2026-11-21T09:00:00.5Z").toEpochMilli() * 1000);
    assertThat(events.cell(0, column(RowSchema.EVENTS, "created_at"))).isEqualTo(2);
    assertThat(text(events, 0, "properties")).isEqualTo("{ \"a\" : [1, {\"b\": null}] }");
    assertThat(events.isNull(0, column(RowSchema.EVENTS, "group0"))).isTrue();
    assertThat(events.isNull(0, column(RowSchema.EVENTS, "extra"))).isTrue();

    RowBatch persons = PERSONS.parse(TestRows.body(TestRows.person(1, List.of("a", "b\nc", ""))));
    long list = persons.cell(0, column(RowSchema.PERSONS, "distinct_ids"));
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < RowBatch.listSize(list); i++) {
      ids.add(text(persons, persons.listItem(list, i)));
    }
    assertThat(ids).containsExactly("a", "b\nc", "");
  }

  @Test
  void fillsColumnsFromPropertiesInTheSamePass() throws Exception {
    RowBatch batch =
        EVENTS.parse(
            TestRows.body(
                TestRows.event(
                    "u",
                    "e",
                    "d",
                    """
                    { "$session_id":"s\\n1","$browser_version":131.50,"utm_source":true,
                     "$lib":{"a":1},"$os":null,"revenue":"12.5","$current_url":"https://x/\u00fc",
                     "$set":{"$browser":"not this one"},"title":"t"}"""),
                TestRows.event("v", "e", "d", "{\"revenue\":1e999,\"$lib\":[1]}"),
                """
                {"uuid":"w","source":"s","event":"e","distinct_id":"d",
                 "created_at":"1970-01-01T00:00:00.000002Z"}"""));

    assertThat(text(batch, 0, promoted("session_id"))).isEqualTo("s\n1");
    assertThat(text(batch, 0, promoted("browser_version"))).isEqualTo("131.50");
    assertThat(text(batch, 0, promoted("utm_source"))).isEqualTo("true");
    assertThat(text(batch, 0, promoted("current_url"))).isEqualTo("https://x/\u00fc");
    assertThat(text(batch, 0, promoted("page_title"))).isEqualTo("t");
    assertThat(Double.longBitsToDouble(batch.cell(0, promoted("revenue")))).isEqualTo(12.5);
    for (String none : List.of("lib", "os", "browser", "window_id")) {
      assertThat(batch.isNull(0, promoted(none))).as(none).isTrue();
    }
    int properties = column(RowSchema.EVENTS, "properties");
    assertThat(batch.cell(0, promoted("properties_bytes")))
        .isEqualTo(RowBatch.sliceLength(batch.cell(0, properties)));
    assertThat(batch.isNull(1, promoted("revenue"))).isTrue();
    assertThat(batch.isNull(1, promoted("lib"))).isTrue();
    assertThat(batch.isNull(2, promoted("session_id"))).isTrue();
    assertThat(batch.isNull(2, promoted("properties_bytes"))).isFalse();
    assertThat(batch.cell(2, promoted("properties_bytes"))).isZero();
  }

  @Test
  void prefersTheFirstNameOfAPropertyWhereverItStands() throws Exception {
    RowBatch batch =
        EVENTS.parse(
            TestRows.body(
                TestRows.event("u", "e", "d", "{\"$utm_term\":\"b\",\"utm_term\":\"a\"}"),
                TestRows.event("v", "e", "d", "{\"utm_term\":\"a\",\"$utm_term\":\"b\"}"),
                TestRows.event("w", "e", "d", "{\"$utm_term\":\"b\",\"utm_term\":null}"),
                TestRows.event("x", "e", "d", "{}")));

    assertThat(text(batch, 0, promoted("utm_term"))).isEqualTo("a");
    assertThat(text(batch, 1, promoted("utm_term"))).isEqualTo("a");
    assertThat(text(batch, 2, promoted("utm_term"))).isEqualTo("b");
    assertThat(batch.isNull(3, promoted("utm_term"))).isTrue();
  }

  @Test
  void readsNumbersFromTextsThatAreNumbers() throws Exception {
    for (String text : List.of("1", "-1.5", "+.5", "2.", "1e3", "007")) {
      RowBatch batch =
          EVENTS.parse(
              TestRows.body(TestRows.event("u", "e", "d", "{\"revenue\":\"" + text + "\"}")));
      assertThat(Double.longBitsToDouble(batch.cell(0, promoted("revenue"))))
          .as(text)
          .isEqualTo(Double.parseDouble(text));
    }
    for (String text :
        List.of("", " 1", "1,5", "0x1", "NaN", "Infinity", "1d", "9e999", "1".repeat(99))) {
      RowBatch batch =
          EVENTS.parse(
              TestRows.body(TestRows.event("u", "e", "d", "{\"revenue\":\"" + text + "\"}")));
      assertThat(batch.isNull(0, promoted("revenue"))).as(text).isTrue();
    }
  }

  private static int promoted(String name) {
    for (int i = 0; i < PromotedColumn.STANDARD.size(); i++) {
      if (PromotedColumn.STANDARD.get(i).name().equals(name)) {
        return RowSchema.EVENTS.columns().size() + i;
      }
    }
    throw new AssertionError(name);
  }

  private static String text(RowBatch batch, int row, int cell) {
    return text(batch, batch.cell(row, cell));
  }

  @Test
  void decodesEscapesAndReplacesLoneSurrogates() throws Exception {
    RowBatch batch =
        EVENTS.parse(
            TestRows.body(
                TestRows.event(
                    "u", "a\\u00e4\\n\\\"\\ud83d\\ude00", "x\\ud800y", "{\"k\":\"\\udc00\"}"),
                TestRows.event("v", "plain \u00fc", "\\u0000", "{}")));

    assertThat(text(batch, 0, "event")).isEqualTo("a\u00e4\n\"\uD83D\uDE00");
    assertThat(text(batch, 0, "distinct_id")).isEqualTo("x\uFFFDy");
    assertThat(text(batch, 0, "properties")).isEqualTo("{\"k\":\"\\ufffd\"}");
    assertThat(text(batch, 1, "event")).isEqualTo("plain \u00fc");
    assertThat(text(batch, 1, "distinct_id")).isEqualTo("\0");
  }

  @Test
  void takesTheLastOfRepeatedMembersInAnyOrder() throws Exception {
    RowBatch batch =
        EVENTS.parse(
            TestRows.body(
                """
                {"created_at":"2026-11-21T10:00:00Z","distinct_id":"d","event":"first","source":"s",
                 "uuid":"u","event":"second","group1":"g","group1":null}"""));

    assertThat(text(batch, 0, "event")).isEqualTo("second");
    assertThat(batch.isNull(0, column(RowSchema.EVENTS, "group1"))).isTrue();
  }

  @Test
  void namesTheRowAndTheColumnOfTheFirstViolation() throws Exception {
    String good = TestRows.event(1);
    assertThat(problem(good, good.replace("\"event\":\"test\"", "\"event\":7")))
        .isEqualTo("Row 2: The column event is not a string.");
    assertThat(problem(good.replace("\"source\":\"posthog\",", "")))
        .isEqualTo("Row 1: The required column source is missing.");
    assertThat(problem(good.replace("\"posthog\"", "null")))
        .isEqualTo("Row 1: The required column source is null.");
    assertThat(problem(good, good, "17")).isEqualTo("Row 3: The row is not a JSON object.");
    assertThat(problem("[{\"event\":1}]")).isEqualTo("Row 1: The row is not a JSON object.");
    assertThat(problem(good.replace("{\"n\":1}", "\"text\"")))
        .isEqualTo("Row 1: The column properties is not a JSON object.");
    assertThat(problem(good.replace("\"source\"", "\"nope\":{\"a\":[{}]},\"source\"")))
        .isEqualTo("Row 1: The column nope does not exist in the stream.");
    assertThat(problem(good.replace("\"source\"", "\"team_id\":1.5,\"source\"")))
        .isEqualTo("Row 1: The column team_id is not a whole number of 64 bits.");
    assertThat(problem(good.replace("\"source\"", "\"team_id\":99999999999999999999,\"source\"")))
        .isEqualTo("Row 1: The column team_id is not a whole number of 64 bits.");
    assertThat(problem(good.replace("2026-11-21T", "yesterday")))
        .isEqualTo("Row 1: The column created_at is not an RFC 3339 time.");
    RowBatch persons =
        PERSONS.parse(
            TestRows.body(TestRows.person(1, List.of("a")).replace("[\"a\"]", "[1,[2]]")));
    assertThat(persons.problemOrNull())
        .isEqualTo("Row 1: The column distinct_ids is not a list of strings.");
  }

  @Test
  void keepsTheValidRowsBesideInvalidOnes() throws Exception {
    RowBatch batch =
        EVENTS.parse(TestRows.body("{}", TestRows.event(1), "[1,[2]]", TestRows.event(2), "null"));

    assertThat(batch.received()).isEqualTo(5);
    assertThat(batch.invalid()).isEqualTo(3);
    assertThat(text(batch, 1, "distinct_id")).isEqualTo("user-2");
    RowBatch again = EVENTS.parse(batch.payload());
    assertThat(again.received()).isEqualTo(2);
    assertThat(again.invalid()).isZero();
    assertThat(text(again, 1, "distinct_id")).isEqualTo("user-2");
  }

  @Test
  void takesAnEmptyArray() throws Exception {
    assertThat(EVENTS.parse(TestRows.body()).received()).isZero();
    assertThat(EVENTS.parse(TestRows.bytes(" [ ] \n")).received()).isZero();
  }

  @Test
  void refusesWhatIsNoJsonArray() {
    for (String body :
        new String[] {
          "",
          " ",
          "{}",
          "7",
          "[",
          "[{",
          "[{\"uuid\"",
          "[{\"uuid\":\"x",
          "[{}",
          "[{},",
          "[{}]]",
          "[{}] x",
          "[{}{}]",
          "[{\"uuid\":nul}]",
          "[{\"a\":1,}]",
          "[{\"properties\":{\"a\":01}}]",
          "[{\"properties\":{\"a\":\"\\x\"}}]",
          "[{\"properties\":{\"a\":\"\t\"}}]"
        }) {
      assertThatThrownBy(() -> EVENTS.parse(TestRows.bytes(body)))
          .as(body)
          .isInstanceOf(RefusedBodyException.class)
          .hasMessageStartingWith("The body is not");
    }
  }

  @Test
  void refusesEveryTruncationOfABody() {
    byte[] body = TestRows.body(TestRows.event(1), TestRows.event(2));
    for (int length = 0; length < body.length; length++) {
      byte[] start = java.util.Arrays.copyOf(body, length);
      assertThatThrownBy(() -> EVENTS.parse(start)).isInstanceOf(RefusedBodyException.class);
    }
  }

  @Test
  void refusesOtherEncodingsThanUtf8() {
    byte[] utf16 =
        new String(TestRows.events(0, 1), StandardCharsets.UTF_8)
            .getBytes(StandardCharsets.UTF_16LE);
    assertThatThrownBy(() -> EVENTS.parse(utf16)).hasMessageContaining("UTF-8");
    byte[] mark = TestRows.bytes("\uFEFF[]");
    assertThatThrownBy(() -> EVENTS.parse(mark)).hasMessageContaining("byte order mark");
    for (String event :
        new String[] {
          TestRows.event("u", "\u00e9", "d", "{}"),
          TestRows.event("u", "e", "d", "{\"a\":\"\u00e9\"}")
        }) {
      byte[] latin1 = ("[" + event + "]").getBytes(StandardCharsets.ISO_8859_1);
      assertThatThrownBy(() -> EVENTS.parse(latin1)).hasMessageStartingWith("The body is not");
    }
  }

  @Test
  void refusesALargeRow() {
    RowBatchParser small = new RowBatchParser(RowLayout.of(RowSchema.EVENTS), 300);
    byte[] body =
        TestRows.body(
            TestRows.event(1),
            TestRows.event("u", "e", "d", "{\"a\":\"" + "x".repeat(300) + "\"}"));
    assertThatThrownBy(() -> small.parse(body))
        .isInstanceOf(RefusedBodyException.class)
        .hasMessageStartingWith("Row 2 has ")
        .hasMessageEndingWith("rows of at most 300 bytes.");
  }

  @Test
  void readsTenThousandLevelsAndRefusesMore() throws Exception {
    assertThat(EVENTS.parse(TestRows.body(TestRows.event("u", "e", "d", nested(9_998)))).rows())
        .isEqualTo(1);
    byte[] deeper = TestRows.body(TestRows.event("u", "e", "d", nested(10_001)));
    assertThatThrownBy(() -> EVENTS.parse(deeper)).isInstanceOf(RefusedBodyException.class);
  }

  private static String nested(int levels) {
    return "{\"a\":".repeat(levels) + "1" + "}".repeat(levels);
  }

  /** Random rows made of good, wrong and missing cells; the seed is jqwik's. */
  @Property(tries = 2_000)
  void judgesRowsAsTheSchemaDoes(@ForAll long seed, @ForAll boolean persons) throws Exception {
    RowSchema schema = persons ? RowSchema.PERSONS : RowSchema.EVENTS;
    String row = randomRow(schema, new Random(seed));
    String expected = schema.validator().violationOrNull(TestRows.bytes(row));

    RowBatch batch = (persons ? PERSONS : EVENTS).parse(TestRows.body(row));

    if (expected == null) {
      assertThat(batch.problemOrNull()).as(row).isNull();
      assertThat(batch.rows()).isEqualTo(1);
    } else {
      assertThat(batch.problemOrNull()).as(row).isNotNull();
      assertThat(batch.rows()).isZero();
    }
  }

  private static String randomRow(RowSchema schema, Random random) {
    List<String> members = new ArrayList<>();
    for (RowSchema.Column column : schema.columns()) {
      if (random.nextInt(40) > 0) {
        members.add("\"" + column.name() + "\":" + randomValue(column, random));
      }
    }
    if (random.nextInt(30) == 0) {
      members.add("\"unknown\":{}");
    }
    if (random.nextInt(4) == 0) {
      java.util.Collections.shuffle(members, random);
    }
    return "{" + String.join(random.nextBoolean() ? "," : " ,\n ", members) + "}";
  }

  private static String randomValue(RowSchema.Column column, Random random) {
    String[] any = {
      "null",
      "\"text\"",
      "\"\"",
      "\"\\u00e4\\n\"",
      "7",
      "-9223372036854775808",
      "9223372036854775808",
      "1.0",
      "true",
      "{}",
      "{\"a\":[{}]}",
      "[]",
      "[\"a\",\"b\"]",
      "[\"a\",null]",
      "[[\"a\"]]",
      "\"2026-02-29T00:00:00Z\"",
      "\"2024-02-29 00:00:00.1234567+14:00\"",
      "\"2026-11-21\""
    };
    if (random.nextInt(25) == 0) {
      return any[random.nextInt(any.length)];
    }
    return switch (column.type()) {
      case STRING -> "\"text " + random.nextInt() + "\"";
      case INT64 -> Long.toString(random.nextLong());
      case TIMESTAMP -> "\"2026-11-21T10:00:00." + random.nextInt(1_000_000) + "Z\"";
      case JSON -> "{\"a\":" + random.nextInt() + ",\"b\":{\"c\":[true,\"x\"]}}";
      case STRING_LIST -> random.nextBoolean() ? "[]" : "[\"a\",\"" + random.nextInt() + "\"]";
    };
  }

  private static String problem(String... rows) throws RefusedBodyException {
    return EVENTS.parse(TestRows.body(rows)).problemOrNull();
  }

  private static int column(RowSchema schema, String name) {
    for (int i = 0; i < schema.columns().size(); i++) {
      if (schema.columns().get(i).name().equals(name)) {
        return i;
      }
    }
    throw new AssertionError("No column " + name);
  }

  private static String text(RowBatch batch, int row, String name) {
    return text(batch, batch.cell(row, column(RowSchema.EVENTS, name)));
  }

  private static String text(RowBatch batch, long slice) {
    return new String(
        batch.sliceArray(slice),
        batch.sliceStart(slice),
        RowBatch.sliceLength(slice),
        StandardCharsets.UTF_8);
  }
}
