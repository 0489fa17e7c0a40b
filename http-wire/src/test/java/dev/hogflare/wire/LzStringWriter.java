// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Writes lz-string base64 as the browser library does; the other half of {@link LzString}. */
final class LzStringWriter {
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  private final StringBuilder out = new StringBuilder();
  private final Map<String, Integer> dictionary = new HashMap<>();
  private final Set<String> unwritten = new HashSet<>();
  private int enlargeIn = 2;
  private int width = 2;
  private int value;
  private int position;

  private LzStringWriter() {}

  static String toBase64(String text) {
    return new LzStringWriter().write(text);
  }

  private String write(String text) {
    int next = 3;
    String phrase = "";
    for (int i = 0; i < text.length(); i++) {
      String c = text.substring(i, i + 1);
      if (!dictionary.containsKey(c)) {
        dictionary.put(c, next++);
        unwritten.add(c);
      }
      String longer = phrase + c;
      if (dictionary.containsKey(longer)) {
        phrase = longer;
      } else {
        emit(phrase);
        dictionary.put(longer, next++);
        phrase = c;
      }
    }
    if (!phrase.isEmpty()) {
      emit(phrase);
    }
    bits(2, width);
    do {
      bits(0, 1);
    } while (position != 0);
    out.append(
        switch (out.length() % 4) {
          case 1 -> "===";
          case 2 -> "==";
          case 3 -> "=";
          default -> "";
        });
    return out.toString();
  }

  private void emit(String phrase) {
    if (unwritten.remove(phrase)) {
      char c = phrase.charAt(0);
      bits(c < 256 ? 0 : 1, width);
      bits(c, c < 256 ? 8 : 16);
      shrink();
    } else {
      bits(dictionary.get(phrase), width);
    }
    shrink();
  }

  private void shrink() {
    if (--enlargeIn == 0) {
      enlargeIn = 1 << width;
      width++;
    }
  }

  private void bits(int bits, int count) {
    for (int i = 0; i < count; i++) {
      value = value << 1 | bits >> i & 1;
      if (++position == 6) {
        out.append(ALPHABET.charAt(value));
        value = 0;
        position = 0;
      }
    }
  }
}
