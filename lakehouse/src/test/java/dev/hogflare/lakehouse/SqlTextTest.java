// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SqlTextTest {
  @Test
  void quotesTheSchemaDefault() {
    assertThat(SqlText.quoteDefaultSchema("select default.t.a from default.t, Default . t"))
        .isEqualTo("select \"default\".t.a from \"default\".t, \"default\" . t");
    assertThat(SqlText.quoteDefaultSchema("from default.\"t\""))
        .isEqualTo("from \"default\".\"t\"");
  }

  @Test
  void leavesTheWordAloneElsewhere() {
    for (String sql :
        new String[] {
          "select 'default.t', 'it''s default.t'",
          "select \"a default.t\", \"x\"\"default.t\"",
          "select 1 -- default.t\n, 2",
          "select /* default.t */ 1",
          "select $$ default.t $$, $x$ default.t $x$",
          "select case when a then default else 1 end",
          "select my_default.t, defaults.t, default_x.t",
          "select x'",
          "default"
        }) {
      assertThat(SqlText.quoteDefaultSchema(sql)).isEqualTo(sql);
    }
  }

  @Test
  void quotesItBehindStringsAndComments() {
    assertThat(SqlText.quoteDefaultSchema("select 'a''b' /* c */ -- d\n from default.t"))
        .isEqualTo("select 'a''b' /* c */ -- d\n from \"default\".t");
  }

  @Test
  void findsWhatIsExplained() {
    assertThat(SqlText.explained("EXPLAIN SELECT 1")).isEqualTo("SELECT 1");
    assertThat(SqlText.explained(" -- x\n explain\n analyze\tSELECT 1")).isEqualTo("SELECT 1");
    assertThat(SqlText.explained("SELECT 'EXPLAIN x'")).isEqualTo("SELECT 'EXPLAIN x'");
  }

  @Test
  void escapesLiterals() {
    assertThat(SqlText.literal("it's")).isEqualTo("'it''s'");
  }
}
