// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes the dialect of the hosted lake acceptable to DuckDB. */
final class SqlText {
  /** What a keyword can not stand in: strings, quoted names and comments; then a word. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<skip>'(?:[^']|'')*'"
              + "|\"(?:[^\"]|\"\")*\""
              + "|\\$(?<tag>\\w*)\\$.*?\\$\\k<tag>\\$"
              + "|--[^\\n]*"
              + "|/\\*.*?\\*/)"
              + "|(?<word>[\\p{L}_][\\p{L}\\p{N}_$]*)",
          Pattern.DOTALL);

  private static final Pattern DOT_AND_NAME = Pattern.compile("\\s*\\.\\s*[\\p{L}_\"*]");
  private static final Pattern EXPLAIN =
      Pattern.compile(
          "^(?:\\s|--[^\\n]*\\n|/\\*.*?\\*/)*EXPLAIN\\s+(?:ANALYZE\\s+)?",
          Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

  private SqlText() {}

  /**
   * Quotes the schema {@code default} where it is written as in the hosted lake, {@code
   * default.hogflare_events}; DuckDB reserves the word.
   */
  static String quoteDefaultSchema(String sql) {
    StringBuilder out = new StringBuilder(sql.length() + 16);
    Matcher token = TOKEN.matcher(sql);
    Matcher dot = DOT_AND_NAME.matcher(sql);
    int copied = 0;
    while (token.find()) {
      String word = token.group("word");
      if (word != null
          && word.equalsIgnoreCase("default")
          && dot.region(token.end(), sql.length()).lookingAt()) {
        out.append(sql, copied, token.start()).append("\"default\"");
        copied = token.end();
      }
    }
    return out.append(sql, copied, sql.length()).toString();
  }

  /** Returns the statement that an EXPLAIN explains, or the statement itself. */
  static String explained(String sql) {
    Matcher explain = EXPLAIN.matcher(sql);
    return explain.find() ? sql.substring(explain.end()) : sql;
  }

  /** Returns a string literal. */
  static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
