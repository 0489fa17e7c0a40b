// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowSchemaValidatorTest {
  private static final ObjectMapper ORACLE = new ObjectMapper();
  static final List<RowSchema> SCHEMAS =
      List.of(RowSchema.EVENTS, RowSchema.RECORDINGS, RowSchema.PERSONS);

  private final RowSchema.Validator events = RowSchema.EVENTS.validator();

  /** A value that each type takes, as JSON text. */
  private static String good(RowSchema.ColumnType type) {
    return switch (type) {
      case STRING -> "\"x\"";
      case INT64 -> "7";
      case TIMESTAMP -> "\"2026-11-21T04:43:25.000123Z\"";
      case JSON -> "{\"a\":[1,{\"b\":null}]}";
      case STRING_LIST -> "[\"a\",\"b\"]";
    };
  }

  private static Map<String, String> whole(RowSchema schema) {
    Map<String, String> row = new LinkedHashMap<>();
    schema.columns().forEach(column -> row.put(column.name(), good(column.type())));
    return row;
  }

  private static byte[] json(Map<String, String> row) {
    return utf8(
        row.entrySet().stream()
            .map(column -> '"' + column.getKey() + "\":" + column.getValue())
            .collect(Collectors.joining(",", "{", "}")));
  }

  private static byte[] with(RowSchema schema, String column, String value) {
    Map<String, String> row = whole(schema);
    row.put(column, value);
    return json(row);
  }

  private static byte[] without(RowSchema schema, String column) {
    Map<String, String> row = whole(schema);
    row.remove(column);
    return json(row);
  }

  @ParameterizedTest
  @FieldSource("SCHEMAS")
  void acceptsAWholeRow(RowSchema schema) {
    assertThat(schema.validator().violationOrNull(json(whole(schema)))).isNull();
  }

  @ParameterizedTest
  @FieldSource("SCHEMAS")
  void acceptsARowOfTheRequiredColumnsAlone(RowSchema schema) {
    Map<String, String> row = whole(schema);
    schema.columns().stream().filter(c -> !c.required()).forEach(c -> row.remove(c.name()));
    assertThat(schema.validator().violationOrNull(json(row))).isNull();
  }

  @ParameterizedTest
  @FieldSource("SCHEMAS")
  void acceptsTheColumnsInAnyOrderAndWithSpaces(RowSchema schema) {
    List<String> columns = new ArrayList<>(whole(schema).keySet());
    Collections.reverse(columns);
    String row =
        columns.stream()
            .map(column -> " \"" + column + "\" :\n" + whole(schema).get(column) + "\t")
            .collect(Collectors.joining(",", " {", "} \r\n"));
    assertThat(schema.validator().violationOrNull(utf8(row))).isNull();
  }

  @ParameterizedTest
  @FieldSource("SCHEMAS")
  void refusesARowThatLacksARequiredColumn(RowSchema schema) {
    RowSchema.Validator judge = schema.validator();
    for (RowSchema.Column column : schema.columns()) {
      assertThat(judge.violationOrNull(without(schema, column.name())))
          .isEqualTo(
              column.required() ? "The required column " + column.name() + " is missing." : null);
    }
  }

  @ParameterizedTest
  @FieldSource("SCHEMAS")
  void refusesARowWithNullInARequiredColumn(RowSchema schema) {
    RowSchema.Validator judge = schema.validator();
    for (RowSchema.Column column : schema.columns()) {
      assertThat(judge.violationOrNull(with(schema, column.name(), "null")))
          .isEqualTo(
              column.required() ? "The required column " + column.name() + " is null." : null);
    }
  }

  @ParameterizedTest
  @FieldSource("SCHEMAS")
  void refusesAValueOfAnotherTypeInAnyColumn(RowSchema schema) {
    List<String> values =
        List.of(
            "\"x\"",
            "\"2026-11-21T04:43:25Z\"",
            "7",
            "-1.5",
            "1e3",
            "true",
            "false",
            "{}",
            "{\"a\":1}",
            "[]",
            "[\"a\"]",
            "[1]",
            "[null]",
            "[[]]",
            "9223372036854775808");
    RowSchema.Validator judge = schema.validator();
    for (RowSchema.Column column : schema.columns()) {
      for (String value : values) {
        String violation = judge.violationOrNull(with(schema, column.name(), value));
        if (takes(column.type(), value)) {
          assertThat(violation).as("%s = %s", column, value).isNull();
        } else {
          assertThat(violation)
              .as("%s = %s", column, value)
              .startsWith("The column " + column.name() + " is not ")
              .endsWith(".");
        }
      }
    }
  }

  private static boolean takes(RowSchema.ColumnType type, String value) {
    return switch (type) {
      case STRING -> value.startsWith("\"");
      case INT64 -> value.equals("7");
      case TIMESTAMP -> value.startsWith("\"2026");
      case JSON -> value.startsWith("{");
      case STRING_LIST -> value.equals("[]") || value.equals("[\"a\"]");
    };
  }

  @ParameterizedTest
  @CsvSource({
    "9223372036854775807, true",
    "-9223372036854775808, true",
    "0, true",
    "-0, true",
    "9223372036854775808, false",
    "-9223372036854775809, false",
    "1.0, false",
    "1e2, false",
    "'\"1\"', false"
  })
  void takesWholeNumbersOf64BitsAlone(String number, boolean taken) {
    String violation = events.violationOrNull(with(RowSchema.EVENTS, "team_id", number));
    assertThat(violation == null).isEqualTo(taken);
  }

  @Test
  void refusesANumberOfManyDigits() {
    assertThat(events.violationOrNull(with(RowSchema.EVENTS, "team_id", "9".repeat(50_000))))
        .isEqualTo("The column team_id is not a whole number of 64 bits.");
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-21T04:43:25Z, true",
    "2026-11-21T04:43:25.123456789+05:30, true",
    "2026-11-21, false",
    "2026-11-21T04:43:25, false",
    "+99999-01-01T00:00:00Z, false",
    "1795236205, false"
  })
  void takesRfc3339TimesAlone(String time, boolean taken) {
    String violation =
        events.violationOrNull(with(RowSchema.EVENTS, "timestamp", '"' + time + '"'));
    assertThat(violation).isEqualTo(taken ? null : "The column timestamp is not an RFC 3339 time.");
  }

  @Test
  void readsATimeThatIsWrittenWithEscapes() {
    assertThat(
            events.violationOrNull(
                with(RowSchema.EVENTS, "timestamp", "\"2026-11-21T04:43:25\\u005a\"")))
        .isNull();
  }

  @Test
  void refusesAListWithOneItemThatIsNoString() {
    assertThat(
            RowSchema.PERSONS
                .validator()
                .violationOrNull(with(RowSchema.PERSONS, "distinct_ids", "[\"a\",[\"b\"],\"c\"]")))
        .isEqualTo("The column distinct_ids is not a list of strings.");
  }

  @Test
  void refusesAColumnThatDoesNotExist() {
    Map<String, String> row = whole(RowSchema.EVENTS);
    row.put("Event", "\"x\"");
    assertThat(events.violationOrNull(json(row)))
        .isEqualTo("The column Event does not exist in the stream.");
    row.remove("Event");
    row.put("", "null");
    assertThat(events.violationOrNull(json(row)))
        .isEqualTo("The column  does not exist in the stream.");
  }

  @Test
  void namesAnUnknownColumnWithoutRepeatingAllOfIt() {
    Map<String, String> row = whole(RowSchema.EVENTS);
    row.put("n".repeat(1_000_000), "1");
    assertThat(events.violationOrNull(json(row)))
        .startsWith("The column nnn")
        .hasSizeLessThan(200)
        .endsWith("does not exist in the stream.");
  }

  @Test
  void refusesARequiredColumnThatIsNullTheSecondTime() {
    String row = new String(json(whole(RowSchema.EVENTS)), StandardCharsets.UTF_8);
    assertThat(events.violationOrNull(utf8(row.replace("{\"uuid\"", "{\"uuid\":null,\"uuid\""))))
        .isEqualTo("The required column uuid is null.");
    assertThat(events.violationOrNull(utf8(row.substring(0, row.length() - 1) + ",\"uuid\":null}")))
        .isEqualTo("The required column uuid is null.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "null", "[]", "[{}]", "7", "\"x\"", "true"})
  void refusesWhatIsNoObject(String row) {
    assertThat(events.violationOrNull(utf8(row))).isEqualTo("The row is not a JSON object.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "}", ",", "{}", "[1]", "\"", "null", "\0"})
  void refusesSomethingBehindTheObject(String garbage) {
    byte[] row = utf8(Golden.text(json(whole(RowSchema.EVENTS))) + garbage);
    assertThat(events.violationOrNull(row)).isNotNull();
  }

  @Test
  void refusesARowThatIsCutOffAnywhere() {
    byte[] row = json(whole(RowSchema.PERSONS));
    RowSchema.Validator judge = RowSchema.PERSONS.validator();
    for (int length = 0; length < row.length; length++) {
      assertThat(judge.violationOrNull(Arrays.copyOf(row, length)))
          .as("the first %d bytes", length)
          .startsWith("The row is not ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":}",
        "{\"a\" 1}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "{\"a\":+1}",
        "{\"a\":1,}",
        "{\"a\":[1,]}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":1/**/}",
        "{\"a\":[}",
        "{\"a\":.5}",
        "{\"a\":tru}"
      })
  void refusesAnObjectThatIsNotJsonInside(String object) {
    assertThat(events.violationOrNull(with(RowSchema.EVENTS, "properties", object)))
        .startsWith("The row is not JSON: ");
  }

  @Test
  void acceptsDeepAndLongValuesThatTheGatewayLetsThrough() {
    String deep = "{\"a\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}";
    assertThat(events.violationOrNull(with(RowSchema.EVENTS, "properties", deep))).isNull();
    String name = "{\"" + "n".repeat(200_000) + "\":\"" + "v".repeat(1_000_000) + "\"}";
    assertThat(events.violationOrNull(with(RowSchema.EVENTS, "properties", name))).isNull();
    String number = "{\"n\":" + "9".repeat(50_000) + ".5}";
    assertThat(events.violationOrNull(with(RowSchema.EVENTS, "properties", number))).isNull();
  }

  @Test
  void refusesNestingWithoutEnd() {
    String deep = "{\"a\":" + "[".repeat(200_000) + "]".repeat(200_000) + "}";
    assertThat(events.violationOrNull(with(RowSchema.EVENTS, "properties", deep)))
        .startsWith("The row is not JSON: ")
        .contains("nesting depth");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE"})
  void refusesARowInAnotherEncoding(String charset) {
    String row = Golden.text(json(whole(RowSchema.EVENTS)));
    assertThat(events.violationOrNull(row.getBytes(Charset.forName(charset))))
        .startsWith("The row is not ");
  }

  @Test
  void refusesAByteOrderMark() {
    String row = Golden.text(json(whole(RowSchema.EVENTS)));
    assertThat(events.violationOrNull(utf8('\uFEFF' + row))).contains("byte order mark");
  }

  @ParameterizedTest
  @ValueSource(strings = {"properties", "extra"})
  void refusesBytesInsideAnObjectThatAreNotUtf8(String column) {
    for (byte[] mistake :
        List.of(
            new byte[] {(byte) 0xFF},
            new byte[] {(byte) 0xC0, (byte) 0x80},
            new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80})) {
      byte[] row = with(RowSchema.EVENTS, column, "{\"a\":\"@@@\"}");
      int at = Golden.text(row).indexOf("@@@");
      Arrays.fill(row, at, at + 3, (byte) ' ');
      System.arraycopy(mistake, 0, row, at, mistake.length);
      assertThat(events.violationOrNull(row)).isEqualTo("The row is not UTF-8.");
    }
  }

  @Test
  void judgesTheNextRowAsIfItWereTheFirst() {
    byte[] good = json(whole(RowSchema.EVENTS));
    assertThat(events.violationOrNull(utf8("{\"event\":"))).isNotNull();
    assertThat(events.violationOrNull(good)).isNull();
    assertThat(events.violationOrNull(without(RowSchema.EVENTS, "uuid"))).contains("uuid");
    assertThat(events.violationOrNull(good)).isNull();
  }

  @Property
  void neverThrowsOnARowWithABrokenByte(@ForAll Random random) {
    byte[] row = json(whole(RowSchema.PERSONS));
    for (int change = 1 + random.nextInt(4); change > 0; change--) {
      row[random.nextInt(row.length)] = (byte) random.nextInt(256);
    }
    String violation = RowSchema.PERSONS.validator().violationOrNull(row);
    if (violation == null) {
      assertThat(isJson(row)).isTrue();
    } else {
      assertThat(violation).endsWith(".");
    }
  }

  @Property
  void neverThrowsOnAnyBytes(@ForAll byte[] row) {
    assertThat(events.violationOrNull(row)).endsWith(".");
  }

  private static boolean isJson(byte[] row) {
    try {
      return ORACLE.readTree(row).isObject();
    } catch (IOException e) {
      return false;
    }
  }
}
