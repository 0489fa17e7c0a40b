// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The fields of a URL-encoded query or form body.
 *
 * <p>Of a name that is given twice the last value holds. A percent sign that begins no escape
 * stands for itself, because a client that forgot to escape should not lose its events.
 */
public final class FormFields {
  /** The most fields that are read; no client sends more than a dozen. */
  private static final int MAX_FIELDS = 1_000;

  private static final int MAX_NAME = 1_000;

  /** The names of which one begins every form that an SDK sends. */
  private static final byte[][] FIRST_NAMES = {
    ascii("data="),
    ascii("compression="),
    ascii("_="),
    ascii("ip="),
    ascii("ver="),
    ascii("api_key="),
    ascii("token=")
  };

  private static final FormFields NONE = new FormFields(Map.of());

  private final Map<String, Octets> values;

  private FormFields(Map<String, Octets> values) {
    this.values = values;
  }

  /** Reads the query of a request, which may be null. */
  public static FormFields ofQuery(String query) {
    if (query == null || query.isEmpty()) {
      return NONE;
    }
    return parse(Octets.of(query.getBytes(StandardCharsets.UTF_8)));
  }

  /** Reads a form; what does not fit is left out. */
  public static FormFields parse(Octets in) {
    Map<String, Octets> values = new LinkedHashMap<>();
    byte[] b = in.bytes();
    int at = in.from();
    while (at < in.to() && values.size() < MAX_FIELDS) {
      int end = indexOf(b, at, in.to(), '&');
      int equals = indexOf(b, at, end, '=');
      if (equals > at && equals - at <= MAX_NAME) {
        Octets name = decode(new Octets(b, at, equals));
        values.put(
            new String(name.bytes(), name.from(), name.length(), StandardCharsets.UTF_8),
            new Octets(b, Math.min(equals + 1, end), end));
      }
      at = end + 1;
    }
    return new FormFields(values);
  }

  /**
   * Whether text begins like a form of one of PostHog's SDKs, which neither JSON nor base64 does.
   */
  public static boolean isForm(Octets in) {
    for (byte[] name : FIRST_NAMES) {
      int end = in.from() + name.length;
      if (end <= in.to() && Arrays.equals(in.bytes(), in.from(), end, name, 0, name.length)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns the names in the order in which they came. */
  public Iterable<String> names() {
    return values.keySet();
  }

  /** Returns the decoded bytes of a field, or null if there is none of this name. */
  public Octets octets(String name) {
    Octets value = values.get(name);
    return value == null ? null : decode(value);
  }

  /** Returns the decoded text of a field, or null if there is none of this name or it is empty. */
  public String text(String name) {
    Octets value = octets(name);
    return value == null || value.isEmpty()
        ? null
        : new String(value.bytes(), value.from(), value.length(), StandardCharsets.UTF_8);
  }

  private static Octets decode(Octets in) {
    byte[] b = in.bytes();
    int at = in.from();
    while (at < in.to() && b[at] != '%' && b[at] != '+') {
      at++;
    }
    if (at == in.to()) {
      return in;
    }
    byte[] out = new byte[in.length()];
    int length = at - in.from();
    System.arraycopy(b, in.from(), out, 0, length);
    while (at < in.to()) {
      byte c = b[at];
      if (c == '+') {
        c = ' ';
      } else if (c == '%' && at + 2 < in.to()) {
        int high = hex(b[at + 1]);
        int low = hex(b[at + 2]);
        if (high >= 0 && low >= 0) {
          c = (byte) (high << 4 | low);
          at += 2;
        }
      }
      out[length++] = c;
      at++;
    }
    return new Octets(out, 0, length);
  }

  private static int hex(byte b) {
    return b < 0 ? -1 : Character.digit(b, 16);
  }

  private static int indexOf(byte[] b, int from, int to, char wanted) {
    int at = from;
    while (at < to && b[at] != wanted) {
      at++;
    }
    return at;
  }
}
