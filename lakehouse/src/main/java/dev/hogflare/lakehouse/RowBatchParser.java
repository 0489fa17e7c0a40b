// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.hogflare.contract.JsonSlices;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.RowSchema.Column;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads a request body, a JSON array of rows, in one pass.
 *
 * <p>Judges rows as {@link RowSchema.Validator} does. May be used by several threads at once.
 */
final class RowBatchParser {
  /** A row's depth and the array around it. */
  private static final int MAX_DEPTH = 10_001;

  /** A text that is longer is no amount that somebody wrote down. */
  private static final int MAX_NUMBER_TEXT = 40;

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?");

  private static final JsonFactory JSON =
      JsonFactory.builder()
          // Property names are the clients' own; interning each would fill the JVM's table.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(100_000)
                  .build())
          .build();

  private final Map<String, Integer> indexes = new HashMap<>();

  /** A property that fills a column. */
  private record Promotion(int cell, PromotedColumn.Kind kind, byte rank) {}

  private final Map<String, Promotion> promotions = new HashMap<>();
  private final Column[] columns;
  private final int cells;
  private final int propertiesIndex;
  private final int bytesCell;
  private final long requiredMask;
  private final int maxRowBytes;

  RowBatchParser(RowLayout layout, int maxRowBytes) {
    List<Column> list = layout.rows().columns();
    columns = list.toArray(new Column[0]);
    long mask = 0;
    for (int i = 0; i < columns.length; i++) {
      indexes.put(columns[i].name(), i);
      if (columns[i].required()) {
        mask |= 1L << i;
      }
    }
    requiredMask = mask;
    cells = layout.cells();
    propertiesIndex =
        layout.promoted().isEmpty() ? -1 : indexes.getOrDefault(RowLayout.PROPERTIES, -1);
    int bytes = -1;
    for (int i = 0; i < layout.promoted().size(); i++) {
      PromotedColumn column = layout.promoted().get(i);
      int cell = columns.length + i;
      if (column.kind() == PromotedColumn.Kind.BYTES) {
        bytes = cell;
      }
      for (int rank = 0; rank < column.properties().size(); rank++) {
        String property = column.properties().get(rank);
        // Of two columns that want one property, the first has it: a cell is filled once.
        promotions.putIfAbsent(property, new Promotion(cell, column.kind(), (byte) rank));
      }
    }
    bytesCell = bytes;
    this.maxRowBytes = maxRowBytes;
  }

  /**
   * Reads a body, which the batch keeps; escaped lone surrogates in it are replaced in place.
   *
   * @throws RefusedBodyException if it is not a JSON array in UTF-8, or a row is too large
   */
  RowBatch parse(byte[] body) throws RefusedBodyException {
    RowBatch batch = new RowBatch(body, cells);
    refuseOtherEncodings(body);
    try (JsonParser parser = JSON.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        throw new RefusedBodyException("The body is not a JSON array of rows; send [row, ...].");
      }
      for (JsonToken token = parser.nextToken();
          token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        row(parser, token, body, batch);
      }
      if (parser.nextToken() != null) {
        throw new RefusedBodyException("The body is not JSON: something follows the array.");
      }
      return batch;
    } catch (JsonProcessingException e) {
      throw new RefusedBodyException("The body is not JSON: " + firstLine(e) + ".");
    } catch (IOException e) {
      throw new UncheckedIOException("Reading from an array failed.", e);
    }
  }

  /** The parser guesses UTF-16 and UTF-32 from the first bytes; slices need UTF-8. */
  private static void refuseOtherEncodings(byte[] body) throws RefusedBodyException {
    for (int i = 0; i < Math.min(4, body.length); i++) {
      if (body[i] <= 0) {
        throw new RefusedBodyException(
            "The body is not a JSON array in UTF-8 without a byte order mark.");
      }
    }
  }

  private static String firstLine(JsonProcessingException e) {
    return e.getOriginalMessage().lines().findFirst().orElse("unreadable");
  }

  private void row(JsonParser parser, JsonToken first, byte[] body, RowBatch batch)
      throws IOException, RefusedBodyException {
    int from = JsonSlices.start(parser);
    batch.openRow();
    if (bytesCell >= 0) {
      batch.set(bytesCell, 0);
    }
    String problem =
        first == JsonToken.START_OBJECT
            ? cells(parser, body, batch)
            : "The row is not a JSON object.";
    int to =
        first == JsonToken.START_OBJECT
            ? (int) parser.currentLocation().getByteOffset()
            : JsonSlices.skip(parser);
    if (to - from > maxRowBytes) {
      throw new RefusedBodyException(
          "Row "
              + (batch.received() + 1)
              + " has "
              + (to - from)
              + " bytes; a stream takes rows of at most "
              + maxRowBytes
              + " bytes.");
    }
    if (problem == null) {
      batch.keepRow(from, to);
    } else {
      batch.dropRow(problem);
    }
  }

  /** Reads the object's members to its end and returns the first problem among them, or null. */
  private String cells(JsonParser parser, byte[] body, RowBatch batch)
      throws IOException, RefusedBodyException {
    String problem = null;
    long seen = 0;
    int expected = 0;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      int index = indexOf(name, expected);
      if (index < 0) {
        problem =
            problem == null ? "The column " + name + " does not exist in the stream." : problem;
        parser.skipChildren();
        continue;
      }
      expected = index + 1;
      Column column = columns[index];
      if (value == JsonToken.VALUE_NULL) {
        batch.setNull(index);
        if (column.required() && problem == null) {
          problem = "The required column " + name + " is null.";
        }
      } else if (cell(parser, value, column, index, body, batch)) {
        seen |= 1L << index;
      } else if (problem == null) {
        problem = "The column " + name + " is not " + expected(column) + ".";
      }
    }
    long missing = requiredMask & ~seen;
    if (problem == null && missing != 0) {
      return "The required column "
          + columns[Long.numberOfTrailingZeros(missing)].name()
          + " is missing.";
    }
    return problem;
  }

  /** Rows mostly carry their columns in the schema's order. */
  private int indexOf(String name, int expected) {
    for (int i = expected; i < Math.min(expected + 3, columns.length); i++) {
      if (columns[i].name().equals(name)) {
        return i;
      }
    }
    Integer index = indexes.get(name);
    return index == null ? -1 : index;
  }

  /** Reads one value to its end and returns whether it has the column's type. */
  private boolean cell(
      JsonParser parser, JsonToken value, Column column, int index, byte[] body, RowBatch batch)
      throws IOException, RefusedBodyException {
    switch (column.type()) {
      case STRING -> {
        if (value == JsonToken.VALUE_STRING) {
          batch.set(index, text(parser, body, batch));
          return true;
        }
      }
      case INT64 -> {
        if (value == JsonToken.VALUE_NUMBER_INT) {
          JsonParser.NumberType size = parser.getNumberType();
          if (size == JsonParser.NumberType.INT || size == JsonParser.NumberType.LONG) {
            batch.set(index, parser.getLongValue());
            return true;
          }
          return false;
        }
      }
      case TIMESTAMP -> {
        if (value == JsonToken.VALUE_STRING) {
          Long micros = Rfc3339.parseOrNull(parser.getText());
          if (micros != null) {
            batch.set(index, micros);
          }
          return micros != null;
        }
      }
      case JSON -> {
        if (value == JsonToken.START_OBJECT) {
          int from = JsonSlices.start(parser);
          int to =
              index == propertiesIndex ? properties(parser, body, batch) : JsonSlices.skip(parser);
          if (!JsonText.repair(body, from, to)) {
            throw new RefusedBodyException(
                "The body is not UTF-8: see the column " + column.name() + ".");
          }
          batch.set(index, RowBatch.slice(from, to - from));
          if (index == propertiesIndex && bytesCell >= 0) {
            batch.set(bytesCell, to - from);
          }
          return true;
        }
      }
      case STRING_LIST -> {
        if (value == JsonToken.START_ARRAY) {
          return list(parser, index, body, batch);
        }
      }
    }
    parser.skipChildren();
    return false;
  }

  /** Reads the properties to their end and fills the promoted columns on the way. */
  private int properties(JsonParser parser, byte[] body, RowBatch batch)
      throws IOException, RefusedBodyException {
    batch.forgetFrom(columns.length);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      Promotion promotion = promotions.get(parser.currentName());
      JsonToken value = parser.nextToken();
      if (value.isStructStart()) {
        parser.skipChildren();
      } else if (promotion != null
          && value != JsonToken.VALUE_NULL
          && batch.outranks(promotion.cell(), promotion.rank())) {
        promote(parser, value, promotion, body, batch);
      }
    }
    return (int) parser.currentLocation().getByteOffset();
  }

  private static void promote(
      JsonParser parser, JsonToken value, Promotion promotion, byte[] body, RowBatch batch)
      throws IOException, RefusedBodyException {
    int cell = promotion.cell();
    if (promotion.kind() == PromotedColumn.Kind.NUMBER) {
      double number =
          switch (value) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_STRING -> number(parser.getText());
            default -> Double.NaN;
          };
      if (Double.isFinite(number)) {
        batch.set(cell, Double.doubleToRawLongBits(number));
      } else {
        batch.setNull(cell);
      }
    } else if (value == JsonToken.VALUE_STRING) {
      batch.set(cell, text(parser, body, batch));
    } else {
      int from = JsonSlices.start(parser);
      batch.set(cell, RowBatch.slice(from, parser.getTextLength()));
    }
  }

  /** Returns the number that a short text is, or NaN. */
  private static double number(String text) {
    if (text.length() > MAX_NUMBER_TEXT || !NUMBER.matcher(text).matches()) {
      return Double.NaN;
    }
    return Double.parseDouble(text);
  }

  private static boolean list(JsonParser parser, int index, byte[] body, RowBatch batch)
      throws IOException, RefusedBodyException {
    int firstItem = batch.nextItem();
    boolean valid = true;
    for (JsonToken item = parser.nextToken();
        item != JsonToken.END_ARRAY;
        item = parser.nextToken()) {
      if (item == JsonToken.VALUE_STRING) {
        batch.addItem(text(parser, body, batch));
      } else {
        parser.skipChildren();
        valid = false;
      }
    }
    if (valid) {
      batch.set(index, batch.list(firstItem));
    }
    return valid;
  }

  /** Makes a slice of a string's characters; only an escaped string is copied. */
  private static long text(JsonParser parser, byte[] body, RowBatch batch)
      throws IOException, RefusedBodyException {
    int from = JsonSlices.start(parser) + 1;
    int at = from;
    while (at < body.length) {
      byte b = body[at];
      if (b == '"') {
        return RowBatch.slice(from, at - from);
      }
      if (b == '\\') {
        String text = JsonText.withoutLoneSurrogates(parser.getText());
        return batch.keep(text.getBytes(StandardCharsets.UTF_8));
      }
      int length = b >= 0 ? 1 : JsonText.sequenceLength(body, at, body.length);
      if (length == 0) {
        throw new RefusedBodyException("The body is not UTF-8: see byte " + at + ".");
      }
      at += length;
    }
    throw new RefusedBodyException("The body is not JSON: it ends inside a string.");
  }

  private static String expected(Column column) {
    return switch (column.type()) {
      case STRING -> "a string";
      case INT64 -> "a whole number of 64 bits";
      case TIMESTAMP -> "an RFC 3339 time";
      case JSON -> "a JSON object";
      case STRING_LIST -> "a list of strings";
    };
  }
}
