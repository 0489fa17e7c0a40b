// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Array;
import java.sql.Blob;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Struct;
import java.sql.Timestamp;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import org.duckdb.DuckDBStruct;
import org.duckdb.JsonNode;

/**
 * The answer to a query, row by row; to be closed before the next query of the same {@link
 * LakeQuery}.
 *
 * <p>A value is null, a {@link Boolean}, a {@link Number}, a {@link String}, a {@link Json}, a
 * {@link List} or a {@link Map} of values; times are strings in RFC 3339 with six digits of a
 * second (nine where they have more), those with a zone in UTC.
 */
public final class QueryResult implements QueryRows, AutoCloseable {

  /**
   * A column of the answer.
   *
   * @param name as the query calls it
   * @param type DuckDB's name of the type, such as {@code VARCHAR} or {@code JSON}
   */
  public record Column(String name, String type) {}

  /**
   * A JSON document.
   *
   * @param text the document as it is stored
   */
  public record Json(String text) {
    @Override
    public String toString() {
      return text;
    }
  }

  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS", Locale.ROOT);
  private static final DateTimeFormatter NANOS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS", Locale.ROOT);

  private final Statement statement;
  private final ResultSet rows;
  private final List<Column> columns;
  private boolean fetched;
  private boolean present;

  QueryResult(Statement statement, ResultSet rows) throws SQLException {
    this.statement = statement;
    this.rows = rows;
    ResultSetMetaData meta = rows.getMetaData();
    List<Column> list = new ArrayList<>();
    for (int i = 1; i <= meta.getColumnCount(); i++) {
      list.add(new Column(meta.getColumnLabel(i), meta.getColumnTypeName(i)));
    }
    columns = List.copyOf(list);
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public boolean hasNext() {
    if (!fetched) {
      try {
        present = rows.next();
      } catch (SQLException e) {
        throw LakeQuery.failure(e);
      }
      fetched = true;
    }
    return present;
  }

  /** Returns the next row's values in the order of the columns. */
  @Override
  public List<Object> next() {
    if (!hasNext()) {
      throw new NoSuchElementException("The answer has no more rows.");
    }
    fetched = false;
    try {
      List<Object> row = new ArrayList<>(columns.size());
      for (int i = 1; i <= columns.size(); i++) {
        // Without a zone; read as such, because a java.sql.Timestamp goes through the JVM's zone.
        boolean local = columns.get(i - 1).type().equals("TIMESTAMP");
        row.add(value(local ? rows.getObject(i, LocalDateTime.class) : rows.getObject(i)));
      }
      return Collections.unmodifiableList(row);
    } catch (SQLException e) {
      throw LakeQuery.failure(e);
    }
  }

  private static Object value(Object value) throws SQLException {
    return switch (value) {
      case null -> null;
      case Boolean plain -> plain;
      case String plain -> plain;
      case BigDecimal plain -> plain;
      case BigInteger plain -> plain;
      case Number plain -> plain;
      case JsonNode json -> new Json(json.toString());
      case OffsetDateTime time ->
          local(time.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime()) + "Z";
      case LocalDateTime time -> local(time);
      case Timestamp time -> local(time.toLocalDateTime());
      case Array array -> list((Object[]) array.getArray());
      case DuckDBStruct struct -> map(struct.getMap());
      case Struct struct -> list(struct.getAttributes());
      case Map<?, ?> map -> map(map);
      case Blob blob ->
          "\\x" + HexFormat.of().formatHex(blob.getBytes(1, Math.toIntExact(blob.length())));
      default -> value.toString();
    };
  }

  private static String local(LocalDateTime time) {
    return (time.getNano() % 1_000 == 0 ? MICROS : NANOS).format(time);
  }

  private static List<Object> list(Object[] items) throws SQLException {
    List<Object> values = new ArrayList<>(items.length);
    for (Object item : items) {
      values.add(value(item));
    }
    return Collections.unmodifiableList(values);
  }

  private static Map<String, Object> map(Map<?, ?> entries) throws SQLException {
    Map<String, Object> values = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : entries.entrySet()) {
      values.put(String.valueOf(value(entry.getKey())), value(entry.getValue()));
    }
    return Collections.unmodifiableMap(values);
  }

  /** Frees the answer. */
  @Override
  public void close() {
    try (statement) {
      rows.close();
    } catch (SQLException e) {
      throw LakeQuery.failure(e);
    }
  }
}
