// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Reads the values and attributes of OpenTelemetry's JSON, which name their types, and writes them
 * as plain JSON.
 *
 * <p>Works on one body that is known to be JSON of a bounded depth.
 */
final class OtlpValues {
  /** The most digits of a whole number that is surely within 64 bits. */
  private static final int MAX_DIGITS = 18;

  private final byte[] json;
  private final Attributes none = new Attributes(Map.of());

  OtlpValues(byte[] json) {
    this.json = json;
  }

  /**
   * The attributes of something by their names.
   *
   * @param values where the value of each stands
   */
  record Attributes(Map<String, Slice> values) {
    /** Whether there is one of this name. */
    boolean has(String name) {
      return values.containsKey(name);
    }
  }

  /**
   * A part of the body.
   *
   * @param from the index of its first byte
   * @param to the index behind its last byte
   */
  record Slice(int from, int to) {}

  /** Returns no attributes. */
  Attributes none() {
    return none;
  }

  /** Returns the members of a member that is an object, or null if it is none. */
  JsonMembers objectOrNull(JsonMembers members, String name) throws MalformedJsonException {
    int member = members.find(name);
    return members.kind(member) == '{'
        ? JsonMembers.of(json, members.from(member), members.to(member))
        : null;
  }

  /**
   * Returns the attributes in a member that is a list of keys and values; what is no such pair is
   * left out, and of a key that is given twice the last value holds.
   */
  Attributes attributes(JsonMembers members, String name) throws MalformedJsonException {
    int member = members.find(name);
    return members.kind(member) == '[' ? pairs(members.from(member), members.to(member)) : none;
  }

  private Attributes pairs(int from, int to) throws MalformedJsonException {
    Map<String, Slice> values = new LinkedHashMap<>();
    JsonScanner elements = new JsonScanner(json, from, to);
    for (boolean more = elements.firstElement(0); more; more = elements.nextElement()) {
      boolean object = elements.peek() == '{';
      int start = elements.position();
      elements.skipValue(1);
      if (object) {
        JsonMembers pair = JsonMembers.of(json, start, elements.position());
        String key = pair.textOrNull("key");
        int value = pair.find("value");
        if (key != null && value >= 0) {
          values.put(key, new Slice(pair.from(value), pair.to(value)));
        }
      }
    }
    return new Attributes(values);
  }

  /** Writes attributes as one object. */
  void write(Attributes attributes, JsonBuffer out) throws MalformedJsonException {
    out.openObject();
    for (Map.Entry<String, Slice> attribute : attributes.values().entrySet()) {
      out.name(attribute.getKey());
      writeAny(attribute.getValue().from(), attribute.getValue().to(), out);
    }
    out.closeObject();
  }

  /** Writes a value; what does not name its type is written as it is. */
  void writeAny(int from, int to, JsonBuffer out) throws MalformedJsonException {
    if (json[from] != '{') {
      out.raw(json, from, to);
      return;
    }
    JsonMembers value = JsonMembers.of(json, from, to);
    for (int i = 0; i < value.count(); i++) {
      if (!value.isNull(i) && writeTyped(value, i, out)) {
        return;
      }
    }
    out.raw("null".getBytes(StandardCharsets.US_ASCII));
  }

  private boolean writeTyped(JsonMembers value, int i, JsonBuffer out)
      throws MalformedJsonException {
    int from = value.from(i);
    int to = value.to(i);
    switch (value.name(i)) {
      case "stringValue", "boolValue", "doubleValue", "bytesValue" -> out.raw(json, from, to);
      case "intValue" -> writeInteger(from, to, out);
      case "arrayValue" -> array(from, to, out);
      case "kvlistValue" -> list(from, to, out);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Writes a whole number of 64 bits, which the protocol sends as text or as a number. */
  void writeInteger(int from, int to, JsonBuffer out) {
    if (isDigits(from + 1, to - 1) && json[from] == '"') {
      out.raw(json, from + 1, to - 1);
    } else {
      out.raw(json, from, to);
    }
  }

  /** Whether a part of the body is a whole number as JSON writes it. */
  private boolean isDigits(int from, int to) {
    int at = from < to && json[from] == '-' ? from + 1 : from;
    int digits = to - at;
    if (digits < 1 || digits > MAX_DIGITS || (digits > 1 && json[at] == '0')) {
      return false;
    }
    for (int i = at; i < to; i++) {
      if (json[i] < '0' || json[i] > '9') {
        return false;
      }
    }
    return true;
  }

  private void array(int from, int to, JsonBuffer out) throws MalformedJsonException {
    out.openArray();
    if (json[from] == '{') {
      JsonMembers array = JsonMembers.of(json, from, to);
      int values = array.find("values");
      if (array.kind(values) == '[') {
        JsonScanner elements = new JsonScanner(json, array.from(values), array.to(values));
        for (boolean more = elements.firstElement(0); more; more = elements.nextElement()) {
          elements.peek();
          int start = elements.position();
          elements.skipValue(1);
          out.separate();
          writeAny(start, elements.position(), out);
        }
      }
    }
    out.closeArray();
  }

  private void list(int from, int to, JsonBuffer out) throws MalformedJsonException {
    Attributes attributes =
        json[from] == '{' ? attributes(JsonMembers.of(json, from, to), "values") : none;
    write(attributes, out);
  }

  /** Returns the first of these attributes that has any text, as text, or null if none has. */
  String firstTextOrNull(Attributes attributes, String... names) throws MalformedJsonException {
    for (String name : names) {
      Slice slice = attributes.values().get(name);
      String text = slice == null ? null : textOrNull(slice);
      if (text != null && !text.isBlank()) {
        return text;
      }
    }
    return null;
  }

  private String textOrNull(Slice slice) throws MalformedJsonException {
    JsonBuffer plain = new JsonBuffer(64);
    writeAny(slice.from(), slice.to(), plain);
    byte[] written = plain.toBytes();
    return switch (written[0]) {
      case '"' -> JsonText.of(written, 0, written.length);
      case '{', '[', 'n' -> null;
      default -> new String(written, StandardCharsets.UTF_8);
    };
  }

  /** Returns a time in nanoseconds since the epoch, or null if it is missing, zero or none. */
  Long nanosOrNull(JsonMembers members, String name) {
    int member = members.find(name);
    if (member < 0) {
      return null;
    }
    int from = members.from(member);
    int to = members.to(member);
    if (json[from] == '"') {
      from++;
      to--;
    }
    if (to - from < 1 || to - from > 19) {
      return null;
    }
    long nanos = 0;
    for (int i = from; i < to; i++) {
      int digit = json[i] - '0';
      if (digit < 0 || digit > 9 || nanos > (Long.MAX_VALUE - digit) / 10) {
        return null;
      }
      nanos = 10 * nanos + digit;
    }
    return nanos == 0 ? null : nanos;
  }

  /** Returns a name such as {@code traceId} as {@code trace_id}. */
  static String snakeCase(String name) {
    StringBuilder snake = null;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean upper = c >= 'A' && c <= 'Z';
      if (upper && snake == null) {
        snake = new StringBuilder(name.length() + 8).append(name, 0, i);
      }
      if (snake != null) {
        snake.append(upper && i > 0 ? "_" : "").append(upper ? lower(c) : c);
      }
    }
    return snake == null ? name : snake.toString();
  }

  private static String lower(char c) {
    return String.valueOf(c).toLowerCase(Locale.ROOT);
  }
}
