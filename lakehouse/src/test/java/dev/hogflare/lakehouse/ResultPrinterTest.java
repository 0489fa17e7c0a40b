// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultPrinterTest {
  private static final String VALUES =
      """
      SELECT * FROM (VALUES
        (1, 'plain', '{"a": [1, null]}'::JSON, ['x', NULL]),
        (NULL, 'with "quotes", a comma', NULL, []),
        (-20, '', '"text"'::JSON, NULL)
      ) AS t(n, text, doc, list)""";

  @TempDir private static Path folder;
  private static LakeQuery query;

  @BeforeAll
  static void open() {
    LakeCatalog.openForWriting(folder).close();
    query = LakeQuery.open(folder);
  }

  @AfterAll
  static void close() {
    query.close();
  }

  private static String print(ResultPrinter printer, String sql) throws IOException {
    StringBuilder out = new StringBuilder();
    try (QueryResult result = query.query(sql)) {
      printer.print(result, out);
    }
    return out.toString();
  }

  @Test
  void printsAnAlignedTable() throws Exception {
    assertThat(print(ResultPrinter.TABLE, VALUES))
        .isEqualTo(
            """
             n    | text                   | doc              | list
            ------+------------------------+------------------+------------
                1 | plain                  | {"a": [1, null]} | ["x",null]
             NULL | with "quotes", a comma | NULL             | []
              -20 |                        | "text"           | NULL
            (3 rows)
            """);
    assertThat(print(ResultPrinter.TABLE, "SELECT 1 AS a LIMIT 0"))
        .isEqualTo(" a\n---\n(0 rows)\n");
    assertThat(print(ResultPrinter.TABLE, "SELECT 1 AS a")).endsWith("(1 row)\n");
  }

  @Test
  void alignsWideAndCombiningCharacters() throws Exception {
    assertThat(
            print(
                ResultPrinter.TABLE,
                "SELECT * FROM (VALUES ('\u4e2d\u6587', 'x'), ('e\u0301', 'x'), ('\uD83D\uDE00', 'x'), ('abcd', 'x')) t(a, b)"))
        .isEqualTo(
            """
             a    | b
            ------+---
             \u4e2d\u6587 | x
             e\u0301    | x
             \uD83D\uDE00   | x
             abcd | x
            (4 rows)
            """);
  }

  @Test
  void cutsLongCellsAndShowsWhatATerminalWouldObey() throws Exception {
    String table =
        print(
            ResultPrinter.TABLE,
            "SELECT repeat('x', 61) AS a, repeat('y', 60) AS b,"
                + " 'a' || chr(27) || '[31m' || chr(10) || chr(8238) AS c");
    assertThat(table)
        .contains(" " + "x".repeat(59) + "\u2026 | " + "y".repeat(60) + " | ")
        .contains("a\\u001b[31m\\n\\u202e")
        .doesNotContain("\u001b");
  }

  @Test
  void laysOutMoreRowsThanItMeasures() throws Exception {
    String table = print(ResultPrinter.TABLE, "SELECT i FROM range(998, 2100) r(i)");
    assertThat(table).endsWith(" 2099\n(1102 rows)\n").contains("\n  998\n");
  }

  @Test
  void printsJsonAsJson() throws Exception {
    assertThat(print(ResultPrinter.JSON, VALUES))
        .isEqualTo(
            """
            [
            {"n":1,"text":"plain","doc":{"a": [1, null]},"list":["x",null]},
            {"n":null,"text":"with \\"quotes\\", a comma","doc":null,"list":[]},
            {"n":-20,"text":"","doc":"text","list":null}
            ]
            """);
    assertThat(print(ResultPrinter.JSON, "SELECT 1 LIMIT 0")).isEqualTo("[\n]\n");
  }

  @Test
  void printsEveryTypeAsSomething() throws Exception {
    assertThat(
            print(
                ResultPrinter.JSON,
                """
                SELECT 1 AS a, 2 AS a, 170141183460469231731687303715884105727::HUGEINT AS huge,
                  1.50::DECIMAL(10,2) AS dec, 'NaN'::DOUBLE AS nan, true AS yes, DATE '2026-01-02' AS day,
                  TIMESTAMP '2026-01-02 03:04:00' AS local, TIMESTAMPTZ '2026-01-02 03:04:05.5+02' AS zoned,
                  {'k': [1], 's': {'t': TIMESTAMPTZ '2026-01-02 00:00:00+00'}} AS struct, MAP {'m': 1} AS map,
                  '\\x01\\xFF'::BLOB AS blob, INTERVAL 3 DAY AS span, ['{"j":1}'::JSON] AS docs,
                  UUID '00000000-0000-0007-0000-000000000001' AS uuid, TIME '01:02:03' AS at"""))
        .isEqualTo(
            "[\n{\"a\":1,\"a_2\":2,\"huge\":170141183460469231731687303715884105727,\"dec\":1.50,"
                + "\"nan\":\"NaN\",\"yes\":true,\"day\":\"2026-01-02\",\"local\":\"2026-01-02T03:04:00.000000\","
                + "\"zoned\":\"2026-01-02T01:04:05.500000Z\",\"struct\":{\"k\":[1],\"s\":{\"t\":\"2026-01-02T00:00:00.000000Z\"}},"
                + "\"map\":{\"m\":1},\"blob\":\"\\\\x01ff\",\"span\":\"3 days\",\"docs\":[{\"j\":1}],"
                + "\"uuid\":\"00000000-0000-0007-0000-000000000001\",\"at\":\"01:02:03\"}\n]\n");
  }

  @Test
  void printsCsvThatTellsNullFromEmpty() throws Exception {
    assertThat(print(ResultPrinter.CSV, VALUES))
        .isEqualTo(
            "n,text,doc,list\r\n"
                + "1,plain,\"{\"\"a\"\": [1, null]}\",\"[\"\"x\"\",null]\"\r\n"
                + ",\"with \"\"quotes\"\", a comma\",,[]\r\n"
                + "-20,\"\",\"\"\"text\"\"\",\r\n");
    assertThat(print(ResultPrinter.CSV, "SELECT 'a' || chr(10) || 'b' AS \"x,y\""))
        .isEqualTo("\"x,y\"\r\n\"a\nb\"\r\n");
  }
}
