// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The columns of a table, in order, and the judge of whether a row obeys them.
 *
 * <p>A Pipelines stream accepts a row that breaks its schema and drops it silently later, so that
 * whoever sends rows asks here first.
 *
 * @param name the table's name
 * @param columns the columns in order
 */
public record RowSchema(String name, List<Column> columns) {
  /** The type of a column, under the name that the stream's schema gives it. */
  public enum ColumnType {
    /** Text. */
    STRING("string"),
    /** A whole number of 64 bits. */
    INT64("int64"),
    /** RFC 3339 text. */
    TIMESTAMP("timestamp"),
    /** A JSON object. */
    JSON("json"),
    /** A list of texts. */
    STRING_LIST("list");

    private final String schemaName;

    ColumnType(String schemaName) {
      this.schemaName = schemaName;
    }

    /** Returns the name in a stream's schema file. */
    public String schemaName() {
      return schemaName;
    }
  }

  /**
   * One column.
   *
   * @param name the JSON key and the column's name
   * @param type the type
   * @param required whether a row without it, or with null, is dropped by the stream
   */
  public record Column(String name, ColumnType type, boolean required) {}

  /**
   * The longest row that a stream is sent, in bytes: Cloudflare fails a whole request because of
   * one row of more than 1 MB.
   */
  public static final int MAX_ROW_BYTES = 900_000;

  /** The event rows: one for each raw event. */
  public static final RowSchema EVENTS =
      new RowSchema(
          "hogflare_events",
          List.of(
              required("uuid", ColumnType.STRING),
              optional("team_id", ColumnType.INT64),
              required("source", ColumnType.STRING),
              required("event", ColumnType.STRING),
              required("distinct_id", ColumnType.STRING),
              optional("timestamp", ColumnType.TIMESTAMP),
              required("created_at", ColumnType.TIMESTAMP),
              optional("properties", ColumnType.JSON),
              optional("context", ColumnType.JSON),
              optional("person_id", ColumnType.STRING),
              optional("person_created_at", ColumnType.TIMESTAMP),
              optional("person_properties", ColumnType.JSON),
              optional("group0", ColumnType.STRING),
              optional("group1", ColumnType.STRING),
              optional("group2", ColumnType.STRING),
              optional("group3", ColumnType.STRING),
              optional("group4", ColumnType.STRING),
              optional("group_properties", ColumnType.JSON),
              optional("api_key", ColumnType.STRING),
              optional("extra", ColumnType.JSON)));

  /**
   * The rows of session recordings, where they have a table of their own: events without groups.
   */
  public static final RowSchema RECORDINGS =
      new RowSchema(
          "hogflare_recordings",
          List.of(
              required("uuid", ColumnType.STRING),
              optional("team_id", ColumnType.INT64),
              required("source", ColumnType.STRING),
              required("event", ColumnType.STRING),
              required("distinct_id", ColumnType.STRING),
              optional("timestamp", ColumnType.TIMESTAMP),
              required("created_at", ColumnType.TIMESTAMP),
              optional("properties", ColumnType.JSON),
              optional("person_id", ColumnType.STRING),
              optional("person_created_at", ColumnType.TIMESTAMP),
              optional("api_key", ColumnType.STRING),
              optional("extra", ColumnType.JSON)));

  /** The person snapshots: the whole person after each operation. */
  public static final RowSchema PERSONS =
      new RowSchema(
          "hogflare_persons",
          List.of(
              required("uuid", ColumnType.STRING),
              optional("team_id", ColumnType.INT64),
              required("source", ColumnType.STRING),
              required("operation", ColumnType.STRING),
              required("person_id", ColumnType.STRING),
              required("person_int_id", ColumnType.INT64),
              required("canonical_distinct_id", ColumnType.STRING),
              required("distinct_ids", ColumnType.STRING_LIST),
              required("created_at", ColumnType.TIMESTAMP),
              required("updated_at", ColumnType.TIMESTAMP),
              required("version", ColumnType.INT64),
              required("properties", ColumnType.JSON),
              required("properties_set_once", ColumnType.JSON),
              required("merged_properties", ColumnType.JSON),
              optional("api_key", ColumnType.STRING),
              required("source_event_uuid", ColumnType.STRING)));

  /** What became of the earlier rows of a distinct id: one row for each record of its topic. */
  public static final RowSchema PERSON_OVERRIDES =
      new RowSchema(
          "hogflare_person_overrides",
          List.of(
              required("uuid", ColumnType.STRING),
              required("api_key", ColumnType.STRING),
              required("distinct_id", ColumnType.STRING),
              required("life", ColumnType.INT64),
              optional("person_id", ColumnType.STRING),
              optional("merged_at", ColumnType.TIMESTAMP),
              required("created_at", ColumnType.TIMESTAMP)));

  /** Copies the columns. */
  public RowSchema {
    columns = List.copyOf(columns);
  }

  private static Column required(String name, ColumnType type) {
    return new Column(name, type, true);
  }

  private static Column optional(String name, ColumnType type) {
    return new Column(name, type, false);
  }

  /** Returns the schema file that a Pipelines stream is created with. */
  public String toPipelineSchema() {
    StringBuilder out = new StringBuilder("{\n  \"fields\": [\n");
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      out.append("    {\"name\": \"").append(column.name());
      out.append("\", \"type\": \"").append(column.type().schemaName()).append('"');
      if (column.type() == ColumnType.STRING_LIST) {
        out.append(", \"items\": {\"type\": \"string\"}");
      }
      out.append(", \"required\": ").append(column.required()).append('}');
      out.append(i + 1 < columns.size() ? ",\n" : "\n");
    }
    return out.append("  ]\n}\n").toString();
  }

  /** Returns a judge for one thread's use. */
  public Validator validator() {
    return new Validator(this);
  }

  /** Judges rows one after another; used by one thread only. */
  public static final class Validator {
    private static final int MAX_SHOWN = 100;

    private final Map<String, Integer> indexes = new HashMap<>();
    private final List<Column> columns;
    private final long requiredMask;
    private final PlainRowScan plain;

    private Validator(RowSchema schema) {
      columns = schema.columns();
      plain = new PlainRowScan(columns);
      long mask = 0;
      for (int i = 0; i < columns.size(); i++) {
        indexes.put(columns.get(i).name(), i);
        if (columns.get(i).required()) {
          mask |= 1L << i;
        }
      }
      requiredMask = mask;
    }

    /**
     * Judges one row.
     *
     * @return null if the stream will store the row, else one sentence that names the column and
     *     what is wrong with it
     */
    public String violationOrNull(byte[] row) {
      if (!Utf8.isWellFormed(row, 0, row.length)) {
        return "The row is not UTF-8.";
      }
      return plain.accepts(row) ? null : parsedViolationOrNull(row);
    }

    /** Judges with a parser, which also says what is wrong. */
    String parsedViolationOrNull(byte[] row) {
      try (JsonParser parser = JsonSlices.open(RecordJson.FACTORY, row, 0, row.length)) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          return "The row is not a JSON object.";
        }
        long seen = 0;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          Integer index = indexes.get(name);
          JsonToken value = parser.nextToken();
          if (index == null) {
            return "The column " + shortened(name) + " does not exist in the stream.";
          }
          Column column = columns.get(index);
          if (value == JsonToken.VALUE_NULL) {
            if (column.required()) {
              return "The required column " + name + " is null.";
            }
            continue;
          }
          String problem = problemOrNull(parser, value, column);
          if (problem != null) {
            return problem;
          }
          seen |= 1L << index;
        }
        if (parser.nextToken() != null) {
          return "There is something behind the row's JSON object.";
        }
        long missing = requiredMask & ~seen;
        return missing == 0
            ? null
            : "The required column "
                + columns.get(Long.numberOfTrailingZeros(missing)).name()
                + " is missing.";
      } catch (JsonProcessingException e) {
        return "The row is not JSON: " + e.getOriginalMessage() + ".";
      } catch (IOException e) {
        throw new UncheckedIOException("Reading from an array failed.", e);
      }
    }

    private static String shortened(String name) {
      return name.length() <= MAX_SHOWN ? name : name.substring(0, MAX_SHOWN) + "...";
    }

    private static String problemOrNull(JsonParser parser, JsonToken value, Column column)
        throws IOException {
      switch (column.type()) {
        case STRING -> {
          return value == JsonToken.VALUE_STRING ? null : wrong(column, "a string");
        }
        case INT64 -> {
          if (value != JsonToken.VALUE_NUMBER_INT) {
            return wrong(column, "a whole number");
          }
          JsonParser.NumberType size = parser.getNumberType();
          return size == JsonParser.NumberType.INT || size == JsonParser.NumberType.LONG
              ? null
              : wrong(column, "a whole number of 64 bits");
        }
        case TIMESTAMP -> {
          return value == JsonToken.VALUE_STRING && Rfc3339.isStrict(parser.getText())
              ? null
              : wrong(column, "an RFC 3339 time");
        }
        case JSON -> {
          if (value != JsonToken.START_OBJECT) {
            return wrong(column, "a JSON object");
          }
          parser.skipChildren();
          return null;
        }
        case STRING_LIST -> {
          if (value != JsonToken.START_ARRAY) {
            return wrong(column, "a list of strings");
          }
          for (JsonToken item = parser.nextToken();
              item != JsonToken.END_ARRAY;
              item = parser.nextToken()) {
            if (item != JsonToken.VALUE_STRING) {
              return wrong(column, "a list of strings");
            }
          }
          return null;
        }
      }
      throw new IllegalStateException("No rule for " + column.type() + ".");
    }

    private static String wrong(Column column, String expected) {
      return "The column " + column.name() + " is not " + expected + ".";
    }
  }
}
