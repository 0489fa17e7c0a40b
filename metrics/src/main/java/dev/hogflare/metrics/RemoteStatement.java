// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes one for R2 SQL (Basin SQL) of a statement that the local lake answers, or says what R2 SQL
 * lacks.
 *
 * <p>The views {@code events} and {@code persons} become named queries, the tables get their
 * namespace, and a bound takes the place of the engine's own one of 500 rows, of which nobody would
 * hear.
 *
 * @param sql the statement
 * @param notes what differs from the local lake, a sentence each
 * @param bounded whether the statement had a LIMIT of its own
 */
public record RemoteStatement(String sql, List<String> notes, boolean bounded) {
  /** The most rows of one answer. */
  public static final int MOST_ROWS = 10_000;

  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<text>'(?:[^']|'')*')|(?<quoted>\"(?:[^\"]|\"\")*\")"
              + "|(?<comment>--[^\\n]*|/\\*.*?\\*/)|(?<number>\\d[\\w.]*)"
              + "|(?<word>[\\p{L}_$][\\p{L}\\p{N}_$]*)|(?<arrow>->>?)|(?<sign>\\S)",
          Pattern.DOTALL);

  private static final Set<String> READING =
      Set.of("select", "with", "explain", "show", "describe");

  private static final Set<String> WRITING =
      Set.of(
          "insert",
          "update",
          "delete",
          "merge",
          "create",
          "drop",
          "alter",
          "copy",
          "attach",
          "truncate",
          "replace",
          "pragma",
          "set",
          "install",
          "load",
          "call",
          "export",
          "import");

  private static final Set<String> VIEWS = Set.of("events", "persons");

  private static final Set<String> TABLES =
      Set.of(
          "hogflare_events",
          "hogflare_persons",
          "hogflare_person_overrides",
          "hogflare_recordings",
          "hogflare_groups");

  private static final String RAW = "_raw";

  /** What R2 SQL lacks, with what takes its place. */
  private static final Map<String, String> LACKING = lacking();

  private static Map<String, String> lacking() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("offset", "page with --page-by and columns that tell rows apart, such as uuid");
    all.put("unnest", "ask the local lake");
    all.put("pivot", "use CASE WHEN … THEN … END within aggregates");
    all.put("unpivot", "use UNION ALL");
    all.put("lateral", "join a subquery");
    all.put("exclude", "name the columns");
    all.put("summarize", "name the aggregates");
    all.put("sample", "use a condition such as uuid LIKE '0%'");
    all.put("percentile_disc", "use percentile_cont or approx_percentile_cont");
    return all;
  }

  /** Functions of DuckDB, with those of R2 SQL. */
  private static final Map<String, String> FUNCTIONS = functions();

  private static Map<String, String> functions() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("json_extract", "json_get_json(column, 'key')");
    all.put("json_extract_string", "json_as_text(column, 'key')");
    all.put("json_keys", "the columns that were read from the properties");
    all.put("strftime", "to_char(time, format)");
    all.put("strptime", "to_timestamp(text, format)");
    all.put("epoch_ms", "to_timestamp_millis(number)");
    all.put("quantile", "approx_percentile_cont(value, part)");
    all.put("quantile_cont", "percentile_cont(value, part)");
    all.put("approx_count_distinct", "approx_distinct(value)");
    all.put("approx_quantile", "approx_percentile_cont(value, part)");
    all.put("any_value", "first_value(value)");
    all.put("arg_max", "last_value(value ORDER BY other)");
    all.put("arg_min", "first_value(value ORDER BY other)");
    all.put("list", "array_agg(value)");
    all.put("regexp_matches", "regexp_like(text, pattern)");
    all.put("generate_series", "the local lake");
    all.put("read_parquet", "the local lake");
    all.put("read_csv", "the local lake");
    all.put("read_json", "the local lake");
    return all;
  }

  private record Token(Kind kind, String text, int start, int end) {
    boolean is(String word) {
      return kind == Kind.WORD && text.equals(word);
    }

    boolean isSign(char sign) {
      return kind == Kind.SIGN && text.charAt(0) == sign;
    }
  }

  private enum Kind {
    WORD,
    QUOTED,
    TEXT,
    NUMBER,
    ARROW,
    SIGN
  }

  /** Copies the list. */
  public RemoteStatement {
    notes = List.copyOf(notes);
  }

  /**
   * Makes the statement.
   *
   * @param sql a statement as the local lake takes it
   * @param views the two views, and the namespace of the tables
   * @param engine what people call the engine
   * @throws MetricsException if it writes, is no single statement, or needs what R2 SQL lacks; the
   *     message says what, and what to write instead
   */
  public static RemoteStatement of(String sql, R2Views views, String engine) {
    List<Token> tokens = tokens(sql);
    while (!tokens.isEmpty() && tokens.getLast().isSign(';')) {
      tokens.removeLast();
    }
    if (tokens.isEmpty()) {
      throw new MetricsException("There is no statement; write a SELECT.");
    }
    if (tokens.stream().anyMatch(token -> token.isSign(';'))) {
      throw new MetricsException("There is more than one statement; send one at a time.");
    }
    refuse(tokens, engine);
    String plain = sql.substring(0, tokens.getLast().end());
    return new Maker(plain, tokens, views, engine).make();
  }

  private static List<Token> tokens(String sql) {
    if (!SqlWords.isClosed(withoutComments(sql))) {
      throw new MetricsException(
          "A text, a name in quotes or a parenthesis of the statement does not end where it"
              + " should; look at its quotes and parentheses.");
    }
    List<Token> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(sql);
    while (matcher.find()) {
      Kind kind =
          matcher.group("word") != null
              ? Kind.WORD
              : matcher.group("quoted") != null
                  ? Kind.QUOTED
                  : matcher.group("text") != null
                      ? Kind.TEXT
                      : matcher.group("number") != null
                          ? Kind.NUMBER
                          : matcher.group("arrow") != null ? Kind.ARROW : Kind.SIGN;
      if (matcher.group("comment") == null) {
        String text = matcher.group();
        tokens.add(
            new Token(
                kind,
                kind == Kind.WORD ? text.toLowerCase(Locale.ROOT) : text,
                matcher.start(),
                matcher.end()));
      }
    }
    return tokens;
  }

  private static String withoutComments(String sql) {
    StringBuilder out = new StringBuilder();
    Matcher matcher = TOKEN.matcher(sql);
    int copied = 0;
    while (matcher.find()) {
      if (matcher.group("comment") != null) {
        out.append(sql, copied, matcher.start()).append(' ');
        copied = matcher.end();
      }
    }
    return out.append(sql, copied, sql.length()).toString();
  }

  private static void refuse(List<Token> tokens, String engine) {
    Token first = tokens.getFirst();
    if (first.kind() != Kind.WORD || !READING.contains(first.text())) {
      String lack = LACKING.get(first.text());
      throw new MetricsException(
          lack != null
              ? knowsNo(engine, first.text(), lack)
              : engine + " only reads; write a SELECT, SHOW, DESCRIBE or EXPLAIN.");
    }
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      Token before = i == 0 ? null : tokens.get(i - 1);
      Token next = i + 1 < tokens.size() ? tokens.get(i + 1) : null;
      if (token.kind() == Kind.ARROW) {
        throw new MetricsException(
            engine + " knows no " + token.text() + "; write json_as_text(column, 'key').");
      }
      if (token.kind() != Kind.WORD || (before != null && before.isSign('.'))) {
        continue;
      }
      boolean call = next != null && next.isSign('(');
      // A part of a statement begins where a query might.
      boolean begins =
          before != null && (before.isSign('(') || before.isSign(')') || before.is("explain"));
      if (begins && WRITING.contains(token.text()) && !call) {
        throw new MetricsException(
            engine + " only reads, and " + token.text().toUpperCase(Locale.ROOT) + " writes.");
      }
      String instead = call ? FUNCTIONS.get(token.text()) : null;
      if (instead != null) {
        throw new MetricsException(
            engine + " knows no function " + token.text() + "; use " + instead + ".");
      }
      boolean alias = before != null && before.is("as");
      String lack = LACKING.get(token.text());
      boolean function = token.text().equals("unnest") || token.text().equals("percentile_disc");
      if (lack != null && !alias && (!function || call) && !isColumn(token, next)) {
        throw new MetricsException(knowsNo(engine, token.text(), lack));
      }
    }
    boolean selects = first.is("select") || first.is("with");
    if (selects && tokens.stream().noneMatch(token -> token.is("from"))) {
      throw new MetricsException(
          engine
              + " answers no query without a FROM; read from a table or from (VALUES (1)) AS t.");
    }
  }

  /** {@code sample} may be the name of a column, {@code sample (} and {@code sample 10} not. */
  private static boolean isColumn(Token token, Token next) {
    return token.text().equals("sample")
        && (next == null || !(next.kind() == Kind.NUMBER || next.isSign('(')));
  }

  private static String knowsNo(String engine, String what, String instead) {
    return engine + " knows no " + what.toUpperCase(Locale.ROOT) + "; " + instead + ".";
  }

  /** Puts the statement together anew. */
  private static final class Maker {
    private final String sql;
    private final List<Token> tokens;
    private final R2Views views;
    private final String engine;
    private final Set<String> own = new LinkedHashSet<>();
    private final Set<String> plainTables = new TreeSet<>();
    private boolean usesViews;

    Maker(String sql, List<Token> tokens, R2Views views, String engine) {
      this.sql = sql;
      this.tokens = tokens;
      this.views = views;
      this.engine = engine;
    }

    RemoteStatement make() {
      findOwnNames();
      String named = withTables();
      boolean explain = tokens.getFirst().is("explain");
      boolean query = tokens.getFirst().is("select") || tokens.getFirst().is("with") || explain;
      boolean bounded = bounded();
      if (usesViews) {
        named = withViews(named);
      }
      List<String> notes = new ArrayList<>();
      if (!plainTables.isEmpty()) {
        notes.add(
            String.join(", ", plainTables)
                + " may hold a row twice there, because deliveries are repeated; ask events or"
                + " persons, which show each once.");
      }
      if (usesViews) {
        notes.add(
            "Columns such as browser are read from properties of less than 2,000 bytes alone there,"
                + " because the JSON functions of "
                + engine
                + " take no more.");
      }
      return new RemoteStatement(
          query && !bounded && !explain ? named + "\nLIMIT " + MOST_ROWS : named,
          notes,
          bounded || !query || explain);
    }

    /** Names that the statement gives to queries of its own hide ours. */
    private void findOwnNames() {
      for (int i = 1; i + 2 < tokens.size(); i++) {
        Token name = tokens.get(i);
        boolean position = tokens.get(i - 1).is("with") || tokens.get(i - 1).isSign(',');
        if (position && name.kind() == Kind.WORD && tokens.get(i + 1).is("as")) {
          if (tokens.get(i + 2).isSign('(')) {
            own.add(name.text());
          }
        }
      }
    }

    private String withTables() {
      StringBuilder out = new StringBuilder();
      int copied = 0;
      boolean from = false;
      int depth = 0;
      List<Boolean> outer = new ArrayList<>();
      for (int i = 0; i < tokens.size(); i++) {
        Token token = tokens.get(i);
        if (token.isSign('(')) {
          outer.add(from);
          from = false;
          depth++;
          continue;
        }
        if (token.isSign(')')) {
          depth--;
          from = depth >= 0 && !outer.isEmpty() && outer.removeLast();
          continue;
        }
        if (token.kind() != Kind.WORD) {
          continue;
        }
        switch (token.text()) {
          case "from" -> from = true;
          case "where", "group", "order", "having", "qualify", "limit", "union", "select", "on" ->
              from = false;
          case "join" -> from = true;
          default -> {
            // Nothing that a table's place depends on.
          }
        }
        Token before = i == 0 ? null : tokens.get(i - 1);
        boolean place =
            before != null
                && (before.is("from")
                    || before.is("join")
                    || before.is("describe")
                    || (from && before.isSign(',')));
        boolean qualified = i + 1 < tokens.size() && tokens.get(i + 1).isSign('.');
        if (!place || qualified || own.contains(token.text())) {
          continue;
        }
        String base =
            token.text().endsWith(RAW)
                ? token.text().substring(0, token.text().length() - RAW.length())
                : token.text();
        if (VIEWS.contains(token.text())) {
          usesViews = true;
        } else if (TABLES.contains(base)) {
          if (!token.text().endsWith(RAW) && !base.endsWith("_overrides")) {
            plainTables.add(base);
          }
          out.append(sql, copied, token.start()).append(views.namespace()).append('.').append(base);
          copied = token.end();
          // Columns may be named behind the table's bare name.
          Token next = i + 1 < tokens.size() ? tokens.get(i + 1) : null;
          boolean aliased = next != null && (next.is("as") || isAlias(next));
          if (!aliased && !before.is("describe")) {
            out.append(" AS ").append(token.text());
          }
        }
      }
      return out.append(sql, copied, sql.length()).toString();
    }

    private static boolean isAlias(Token next) {
      return next.kind() == Kind.QUOTED
          || (next.kind() == Kind.WORD
              && !Set.of(
                      "where",
                      "group",
                      "order",
                      "having",
                      "qualify",
                      "limit",
                      "union",
                      "intersect",
                      "except",
                      "join",
                      "inner",
                      "left",
                      "right",
                      "full",
                      "cross",
                      "on",
                      "using")
                  .contains(next.text()));
    }

    private String withViews(String named) {
      Token first = tokens.getFirst();
      int skipped = first.is("explain") ? first.end() : first.start();
      String head = named.substring(0, skipped);
      String rest = named.substring(skipped).stripLeading();
      String prelude = "WITH " + views.sql();
      Matcher with =
          Pattern.compile("^with\\s+(recursive\\s+)?", Pattern.CASE_INSENSITIVE).matcher(rest);
      return (head.isBlank() ? "" : head + " ")
          + (with.find()
              ? (with.group(1) == null ? prelude : prelude.replaceFirst("WITH", "WITH RECURSIVE"))
                  + ",\n"
                  + rest.substring(with.end())
              : prelude + "\n" + rest);
    }

    private boolean bounded() {
      int depth = 0;
      for (int i = 0; i < tokens.size(); i++) {
        Token token = tokens.get(i);
        depth += token.isSign('(') ? 1 : token.isSign(')') ? -1 : 0;
        if (depth == 0 && token.is("limit") && i + 1 < tokens.size()) {
          Token rows = tokens.get(i + 1);
          if (rows.kind() == Kind.NUMBER && rows.text().matches("\\d+")) {
            boolean tooMany = rows.text().length() > 9 || Integer.parseInt(rows.text()) > MOST_ROWS;
            if (tooMany) {
              throw new MetricsException(
                  engine
                      + " gives at most 10,000 rows at a time; leave LIMIT "
                      + rows.text()
                      + " out and page with --page-by and columns that tell rows apart, such as"
                      + " uuid.");
            }
          }
          return true;
        }
      }
      return false;
    }
  }
}
