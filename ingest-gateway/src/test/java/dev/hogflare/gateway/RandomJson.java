// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Writes random JSON in random ways, and damages bytes. */
final class RandomJson {
  private static final String[] STRINGS = {
    "",
    "a",
    "event",
    "distinct_id",
    "properties",
    "$set",
    "Zoë",
    "🦔",
    "日本語のイベント",
    "x".repeat(40),
    "line one and a bit more",
    "\\u0000",
    "\\ud800",
    "\\ud83e\\udd94",
    "\\n\\t\\\"",
    "\\/",
    "e\\u0076ent"
  };
  private static final String[] NAMES = {
    "",
    "a",
    "event",
    "distinct_id",
    "properties",
    "Zoë",
    "\\ud83e\\udd94",
    "e\\u0076ent",
    "x".repeat(40)
  };
  private static final String[] NUMBERS = {
    "0", "-0", "1", "-17", "3.25", "1e9", "1E-7", "-2.5e+10", "12345678901234567890", "0.0000001"
  };
  private static final String[] SPACES = {"", "", "", " ", "\n", "\t\r\n  "};

  private final Random random;

  RandomJson(Random random) {
    this.random = random;
  }

  /** Returns an object or array. */
  byte[] document() {
    StringBuilder out = new StringBuilder();
    space(out);
    if (random.nextBoolean()) {
      object(out, 0);
    } else {
      array(out, 0);
    }
    space(out);
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void value(StringBuilder out, int depth) {
    switch (random.nextInt(depth > 6 ? 5 : 7)) {
      case 0 -> out.append('"').append(pick(STRINGS)).append('"');
      case 1 -> out.append(pick(NUMBERS));
      case 2 -> out.append("true");
      case 3 -> out.append("false");
      case 4 -> out.append("null");
      case 5 -> object(out, depth);
      default -> array(out, depth);
    }
  }

  private void object(StringBuilder out, int depth) {
    out.append('{');
    space(out);
    int members = random.nextInt(5);
    for (int i = 0; i < members; i++) {
      if (i > 0) {
        out.append(',');
        space(out);
      }
      out.append('"').append(pick(NAMES)).append('"');
      space(out);
      out.append(':');
      space(out);
      value(out, depth + 1);
      space(out);
    }
    out.append('}');
  }

  private void array(StringBuilder out, int depth) {
    out.append('[');
    space(out);
    int elements = random.nextInt(5);
    for (int i = 0; i < elements; i++) {
      if (i > 0) {
        out.append(',');
        space(out);
      }
      value(out, depth + 1);
      space(out);
    }
    out.append(']');
  }

  private void space(StringBuilder out) {
    out.append(pick(SPACES));
  }

  private String pick(String[] choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** Returns the bytes with some of them changed, moved, doubled or left out. */
  byte[] damage(byte[] bytes) {
    byte[] out = bytes.clone();
    int wounds = 1 + random.nextInt(3);
    for (int i = 0; i < wounds && out.length > 0; i++) {
      int at = random.nextInt(out.length);
      switch (random.nextInt(6)) {
        case 0 -> out[at] = (byte) random.nextInt(256);
        case 1 -> out[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> out = without(out, at, 1 + random.nextInt(4));
        case 3 -> out = java.util.Arrays.copyOf(out, at);
        case 4 ->
            out = with(out, at, "{}[]\",:\\0-eE.+tfn \u00e9".getBytes(StandardCharsets.UTF_8));
        default -> {
          int other = random.nextInt(out.length);
          byte swapped = out[at];
          out[at] = out[other];
          out[other] = swapped;
        }
      }
    }
    return out;
  }

  private static byte[] without(byte[] bytes, int at, int count) {
    int end = Math.min(bytes.length, at + count);
    byte[] out = new byte[bytes.length - (end - at)];
    System.arraycopy(bytes, 0, out, 0, at);
    System.arraycopy(bytes, end, out, at, bytes.length - end);
    return out;
  }

  private byte[] with(byte[] bytes, int at, byte[] choices) {
    byte[] out = new byte[bytes.length + 1];
    System.arraycopy(bytes, 0, out, 0, at);
    out[at] = choices[random.nextInt(choices.length)];
    System.arraycopy(bytes, at, out, at + 1, bytes.length - at);
    return out;
  }
}
