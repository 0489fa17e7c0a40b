// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareApi;
import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.cloudflare.RemoteSql;
import dev.hogflare.lakehouse.QueryResult;
import dev.hogflare.lakehouse.QueryRows;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;

/**
 * An answer of R2 SQL or Basin SQL, read page by page where columns to page by are given.
 *
 * <p>There is no OFFSET and no more than 10,000 rows at a time. A page begins at the last key of
 * the one before, whose rows are left for the next page, so that rows of one key may lie on both
 * sides of a page's end. Empty values come first: no comparison would find them behind a key.
 */
final class RemoteAnswer implements QueryRows, AutoCloseable {
  private final CloudflareApi api;
  private final RemoteSql remote;
  private final String sql;
  private final List<String> pageBy;
  private final List<Integer> places = new ArrayList<>();
  private List<QueryResult.Column> columns = List.of();
  private List<Object> begin;
  private Iterator<List<Object>> page = List.<List<Object>>of().iterator();
  private boolean more = true;
  private long rows;
  private long bytesScanned;

  /**
   * Asks for the first rows.
   *
   * @param pageBy the columns to page by, none for one answer
   * @throws dev.hogflare.cloudflare.CloudflareException if the statement is refused
   */
  RemoteAnswer(CloudflareConfig config, String sql, List<String> pageBy) {
    this.sql = sql;
    this.pageBy = List.copyOf(pageBy);
    api = new CloudflareApi(config);
    remote = new RemoteSql(api);
    try {
      nextPage();
    } catch (RuntimeException e) {
      api.close();
      throw e;
    }
  }

  @Override
  public List<QueryResult.Column> columns() {
    return columns;
  }

  /** Returns how many rows were read. */
  long rows() {
    return rows;
  }

  /** Returns the bytes that the questions are charged for. */
  long bytesScanned() {
    return bytesScanned;
  }

  @Override
  public boolean hasNext() {
    while (!page.hasNext() && more) {
      nextPage();
    }
    return page.hasNext();
  }

  @Override
  public List<Object> next() {
    if (!hasNext()) {
      throw new NoSuchElementException("The answer has no more rows.");
    }
    rows++;
    return page.next();
  }

  private void nextPage() {
    RemoteSql.Answer answer = remote.query(pageBy.isEmpty() ? sql : paged());
    bytesScanned += answer.bytesScanned();
    if (columns.isEmpty()) {
      columns =
          answer.columns().stream().map(c -> new QueryResult.Column(c.name(), c.type())).toList();
      findPlaces(answer.columns());
    }
    List<List<Object>> read = answer.rows();
    if (pageBy.isEmpty() || read.size() < RemoteSql.MOST_ROWS) {
      more = false;
      page = read.iterator();
      return;
    }
    List<Object> last = key(read.getLast());
    int end = read.size();
    while (end > 0 && key(read.get(end - 1)).equals(last)) {
      end--;
    }
    if (end == 0) {
      throw new CommandException(
          CommandException.FAILED,
          "More than 10,000 rows have the same "
              + String.join(", ", pageBy)
              + "; add a column to --page-by that tells them apart, such as uuid.");
    }
    begin = last;
    page = read.subList(0, end).iterator();
  }

  private void findPlaces(List<RemoteSql.Column> answered) {
    for (String name : pageBy) {
      int place = answered.stream().map(RemoteSql.Column::name).toList().indexOf(name);
      if (place < 0 && !answered.isEmpty()) {
        throw new CommandException(
            CommandException.USAGE,
            "--page-by names "
                + name
                + ", which is no column of the answer; select it, or page by one of "
                + answered.stream().map(RemoteSql.Column::name).collect(Collectors.joining(", "))
                + ".");
      }
      places.add(place);
    }
  }

  private List<Object> key(List<Object> row) {
    List<Object> key = new ArrayList<>();
    for (int place : places) {
      key.add(row.get(place));
    }
    return key;
  }

  private String paged() {
    String columnsInOrder =
        pageBy.stream()
            .map(name -> quoted(name) + " NULLS FIRST")
            .collect(Collectors.joining(", "));
    return "WITH answer AS (\n"
        + sql
        + "\n)\nSELECT * FROM answer"
        + (begin == null ? "" : "\nWHERE " + behind(0, filled()))
        + "\nORDER BY "
        + columnsInOrder
        + "\nLIMIT "
        + RemoteSql.MOST_ROWS;
  }

  /** Returns how many values of the beginning count: nothing comes before those left out. */
  private int filled() {
    int end = begin.size();
    while (end > 0 && begin.get(end - 1) == null) {
      end--;
    }
    if (end == 0) {
      throw new CommandException(
          CommandException.FAILED,
          "Rows without "
              + String.join(", ", pageBy)
              + " did not come first, so that rows could be left out; page by other columns.");
    }
    return end;
  }

  /** Returns the condition of rows that do not come before the beginning; its last value is set. */
  private String behind(int from, int end) {
    String column = quoted(pageBy.get(from));
    if (begin.get(from) == null) {
      return "(" + column + " IS NOT NULL OR " + behind(from + 1, end) + ")";
    }
    String value = literal(begin.get(from));
    return from + 1 == end
        ? column + " >= " + value
        : "("
            + column
            + " > "
            + value
            + " OR ("
            + column
            + " = "
            + value
            + " AND "
            + behind(from + 1, end)
            + "))";
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  private static String literal(Object value) {
    return switch (value) {
      case Number number -> number.toString();
      case Boolean bool -> bool.toString().toUpperCase(Locale.ROOT);
      default -> RemoteSql.literal(value.toString());
    };
  }

  @Override
  public void close() {
    api.close();
  }
}
