// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import java.util.Locale;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the names in an SQL expression, past texts, numbers and comments. */
final class SqlWords {
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<other>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\\d[\\w.]*|--[^\\n]*|/\\*.*?\\*/)"
              + "|(?<name>(?:\\{model\\}|[\\p{L}_][\\p{L}\\p{N}_]*)"
              + "(?:\\s*\\.\\s*[\\p{L}_][\\p{L}\\p{N}_]*)*)(?<call>\\s*\\()?",
          Pattern.DOTALL);

  /** Words that are no names of ours. */
  private static final Set<String> KEYWORDS =
      Set.of(
          "and",
          "or",
          "not",
          "in",
          "like",
          "ilike",
          "between",
          "is",
          "null",
          "true",
          "false",
          "case",
          "when",
          "then",
          "else",
          "end",
          "cast",
          "as",
          "date",
          "timestamp",
          "timestamptz",
          "interval",
          "escape",
          "distinct",
          "from",
          "extract",
          "epoch",
          "varchar",
          "bigint",
          "double",
          "boolean",
          "integer",
          "time",
          "zone",
          "with",
          "at",
          "day",
          "days",
          "hour",
          "hours",
          "minute",
          "minutes",
          "month",
          "months",
          "week",
          "weeks",
          "year",
          "years");

  /** Words that make more of a condition than one. */
  private static final Set<String> STATEMENTS =
      Set.of("select", "insert", "update", "delete", "copy", "attach", "create", "drop", "union");

  private SqlWords() {}

  /**
   * Replaces the names in an expression.
   *
   * @param replacement of a name with its parts in dots, without blanks; {@code {model}} may be the
   *     first part
   */
  static String replace(String sql, BiFunction<String, Boolean, String> replacement) {
    StringBuilder out = new StringBuilder();
    Matcher token = TOKEN.matcher(sql);
    int copied = 0;
    while (token.find()) {
      String name = token.group("name");
      if (name == null) {
        continue;
      }
      boolean call = token.group("call") != null;
      boolean single = name.indexOf('.') < 0;
      if (single && (call || KEYWORDS.contains(name.toLowerCase(Locale.ROOT)))) {
        continue;
      }
      out.append(sql, copied, token.start("name"));
      out.append(replacement.apply(name.replaceAll("\\s", ""), call));
      copied = token.end("name");
    }
    return out.append(sql, copied, sql.length()).toString();
  }

  /** Returns the first word that a condition may not have, or null. */
  static String statementWordOrNull(String sql) {
    Matcher token = TOKEN.matcher(sql);
    int at = 0;
    while (token.find()) {
      String between = sql.substring(at, token.start());
      if (between.contains(";")) {
        return ";";
      }
      at = token.end();
      String name = token.group("name");
      if (name != null && STATEMENTS.contains(name.toLowerCase(Locale.ROOT))) {
        return name;
      }
    }
    return sql.substring(at).contains(";") ? ";" : null;
  }

  /** Returns whether texts, names and parentheses end where they should. */
  static boolean isClosed(String sql) {
    int depth = 0;
    char quote = 0;
    for (int i = 0; i < sql.length(); i++) {
      char c = sql.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '(') {
        depth++;
      } else if (c == ')' && --depth < 0) {
        return false;
      }
    }
    return depth == 0 && quote == 0;
  }
}
