// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.text;
import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainRowScanTest {
  private static final RowSchema SCHEMA =
      new RowSchema(
          "t",
          List.of(
              new RowSchema.Column("id", RowSchema.ColumnType.STRING, true),
              new RowSchema.Column("number", RowSchema.ColumnType.INT64, false),
              new RowSchema.Column("at", RowSchema.ColumnType.TIMESTAMP, false),
              new RowSchema.Column("ids", RowSchema.ColumnType.STRING_LIST, false),
              new RowSchema.Column("properties", RowSchema.ColumnType.JSON, true)));

  /** Bytes that make one kind of JSON into another, or none. */
  private static final byte[] TELLING = utf8("{}[]\",:\\un0-.eE+tf9 \n\u00e9");

  private final PlainRowScan scan = new PlainRowScan(SCHEMA.columns());
  private final RowSchema.Validator parser = SCHEMA.validator();

  private static String row(String properties) {
    return "{\"id\":\"x\",\"number\":-12,\"at\":\"2026-11-21T04:43:25.000123Z\",\"ids\":[\"a\",\"b\"],"
        + "\"properties\":"
        + properties
        + "}";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"a\":{}}",
        "{\"a\":[],\"b\":[[],{}],\"c\":[1,-0.5e+7,true,false,null,\"x\"]}",
        "{\"quote\":\"\\\"\",\"tab\":\"\\t\",\"hex\":\"\\u00e9\\uD83D\",\"slash\":\"\\/\"}",
        "{\"a long name that takes several words\":\"a value in which ü and 😀 stand\"}",
      })
  void acceptsWhatIsPlainAndValid(String properties) {
    assertThat(scan.accepts(utf8(row(properties)))).isTrue();
  }

  @Test
  void acceptsRowsWithoutTheirOptionalColumnsOrWithNullInThem() {
    assertThat(scan.accepts(utf8("{\"id\":\"x\",\"properties\":{}}"))).isTrue();
    assertThat(scan.accepts(utf8("{\"id\":\"x\",\"at\":null,\"ids\":[],\"properties\":{}}")))
        .isTrue();
  }

  @Test
  void saysNothingOfRowsThatAreValidButNotPlain() {
    for (String row :
        List.of(
            "{\"properties\":{},\"id\":\"x\"}",
            "{ \"id\":\"x\",\"properties\":{}}",
            row("{\"a\":" + "[".repeat(70) + "]".repeat(70) + "}"))) {
      assertThat(scan.accepts(utf8(row))).as(row).isFalse();
      assertThat(parser.violationOrNull(utf8(row))).as(row).isNull();
    }
  }

  @Property(tries = 20_000)
  void neverAcceptsWhatTheParserRefuses(@ForAll Random random) {
    StringBuilder properties = new StringBuilder("{");
    members(properties, random, 0);
    byte[] row = utf8(row(properties.append('}').toString()));
    assertThat(scan.accepts(row)).as(text(row)).isTrue();
    for (int change = 1 + random.nextInt(3); change > 0; change--) {
      row[random.nextInt(row.length)] = TELLING[random.nextInt(TELLING.length)];
    }
    if (Utf8.isWellFormed(row, 0, row.length) && scan.accepts(row)) {
      assertThat(parser.parsedViolationOrNull(row)).as(text(row)).isNull();
    }
  }

  private static void members(StringBuilder out, Random random, int depth) {
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      out.append(i == 0 ? "" : ",").append("\"k").append(i).append("\":");
      value(out, random, depth + 1);
    }
  }

  private static void value(StringBuilder out, Random random, int depth) {
    switch (random.nextInt(depth > 4 ? 5 : 7)) {
      case 0 -> out.append("\"text \\n\\u12aF é ").append(random.nextInt(100)).append('"');
      case 1 -> out.append(random.nextLong());
      case 2 -> out.append(random.nextDouble());
      case 3 -> out.append(random.nextBoolean());
      case 4 -> out.append("null");
      case 5 -> {
        out.append('{');
        members(out, random, depth);
        out.append('}');
      }
      default -> {
        out.append('[');
        int count = random.nextInt(3);
        for (int i = 0; i < count; i++) {
          out.append(i == 0 ? "" : ",");
          value(out, random, depth + 1);
        }
        out.append(']');
      }
    }
  }
}
