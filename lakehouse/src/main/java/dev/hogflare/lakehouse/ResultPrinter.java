// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.JsonBuffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes the answer to a query for people or for programs. */
public enum ResultPrinter {
  /** Aligned columns under their names; what does not fit is cut, and control codes are shown. */
  TABLE {
    @Override
    public void print(QueryRows result, Appendable out) throws IOException {
      TextTable.print(result, out);
    }
  },
  /** An array of objects, one a line; JSON columns, lists and numbers as what they are. */
  JSON {
    @Override
    public void print(QueryRows result, Appendable out) throws IOException {
      List<String> names = uniqueNames(result);
      JsonBuffer line = new JsonBuffer(1024);
      out.append('[');
      String separator = "\n";
      while (result.hasNext()) {
        List<Object> row = result.next();
        line.clear().openObject();
        for (int i = 0; i < row.size(); i++) {
          json(line.name(names.get(i)), row.get(i));
        }
        line.closeObject();
        out.append(separator).append(new String(line.toBytes(), StandardCharsets.UTF_8));
        separator = ",\n";
      }
      out.append("\n]\n");
    }
  },
  /** RFC 4180 with a header; null is empty, an empty text is {@code ""}. */
  CSV {
    @Override
    public void print(QueryRows result, Appendable out) throws IOException {
      String separator = "";
      for (QueryResult.Column column : result.columns()) {
        out.append(separator).append(quoted(column.name()));
        separator = ",";
      }
      out.append("\r\n");
      while (result.hasNext()) {
        separator = "";
        for (Object value : result.next()) {
          out.append(separator).append(value == null ? "" : quoted(text(value)));
          separator = ",";
        }
        out.append("\r\n");
      }
    }
  };

  /**
   * Writes all rows that are left.
   *
   * @throws IOException if the output cannot be written
   */
  public abstract void print(QueryRows result, Appendable out) throws IOException;

  /** Returns a value as text: lists and maps as JSON, the rest as it is. */
  static String text(Object value) {
    if (value instanceof List<?> || value instanceof Map<?, ?>) {
      JsonBuffer out = new JsonBuffer(64);
      json(out, value);
      return new String(out.toBytes(), StandardCharsets.UTF_8);
    }
    return value.toString();
  }

  private static void json(JsonBuffer out, Object value) {
    switch (value) {
      case null -> out.raw("null".getBytes(StandardCharsets.US_ASCII));
      case Boolean bool -> out.bool(bool);
      case Double number when !Double.isFinite(number) -> out.string(number.toString());
      case Float number when !Float.isFinite(number) -> out.string(number.toString());
      case Number number -> out.raw(number.toString().getBytes(StandardCharsets.US_ASCII));
      case QueryResult.Json document -> out.raw(document.text().getBytes(StandardCharsets.UTF_8));
      case List<?> list -> {
        out.openArray();
        for (Object item : list) {
          json(out.separate(), item);
        }
        out.closeArray();
      }
      case Map<?, ?> map -> {
        out.openObject();
        map.forEach((key, item) -> json(out.name(key.toString()), item));
        out.closeObject();
      }
      default -> out.string(value.toString());
    }
  }

  /** A query may call two columns the same; an object can not. */
  private static List<String> uniqueNames(QueryRows result) {
    Map<String, Integer> seen = new HashMap<>();
    List<String> names = new ArrayList<>();
    for (QueryResult.Column column : result.columns()) {
      int count = seen.merge(column.name(), 1, Integer::sum);
      names.add(count == 1 ? column.name() : column.name() + "_" + count);
    }
    return names;
  }

  private static String quoted(String text) {
    boolean plain = !text.isEmpty();
    for (int i = 0; i < text.length() && plain; i++) {
      char c = text.charAt(i);
      plain = c != ',' && c != '"' && c != '\n' && c != '\r';
    }
    return plain ? text : "\"" + text.replace("\"", "\"\"") + "\"";
  }
}
