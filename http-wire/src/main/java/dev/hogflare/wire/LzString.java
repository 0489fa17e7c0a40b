// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decodes what the browser library lz-string writes with {@code compressToBase64}.
 *
 * <p>It is LZ78 over UTF-16 with codes of growing width. Every phrase of the dictionary is a
 * stretch of the output that is already there (a phrase and the first character of the next one),
 * so that the dictionary is two numbers for each phrase, however long the phrases are.
 */
final class LzString {
  private static final int BYTE_CHARACTER = 0;
  private static final int WIDE_CHARACTER = 1;
  private static final int END = 2;
  private static final int FIRST_PHRASE = 3;
  private static final int FIRST_WIDTH = 2;
  private static final int MAX_WIDTH = 26;
  private static final int BITS = 6;
  private static final int MIN_CAPACITY = 1_024;

  private final Octets in;
  private final int ceiling;
  private final MemoryBudget budget;
  private int at;
  private int bits;
  private int bitsLeft;
  private char[] out;
  private int length;
  private int[] phraseFrom;
  private int[] phraseLength;
  private int phrases = FIRST_PHRASE;

  private LzString(Octets in, int ceiling, MemoryBudget budget) {
    this.in = in;
    this.at = in.from();
    this.ceiling = ceiling;
    this.budget = budget;
  }

  /**
   * Decodes to UTF-8.
   *
   * @param ceiling the most characters, and the most bytes, of the output
   * @throws RequestRefusedException if the input is damaged (400), the output passes the ceiling
   *     (413) or the budget (503)
   */
  static Octets decode(Octets in, int ceiling, MemoryBudget budget) throws RequestRefusedException {
    return new LzString(in, ceiling, budget).decode();
  }

  private Octets decode() throws RequestRefusedException {
    int capacity =
        Math.min(Math.max(4 * Math.min(in.length(), ceiling / 4), MIN_CAPACITY), ceiling);
    budget.reserve(2L * capacity);
    out = new char[capacity];
    budget.reserve(8L * MIN_CAPACITY);
    phraseFrom = new int[MIN_CAPACITY];
    phraseLength = new int[MIN_CAPACITY];
    characters();
    byte[] utf8 = utf8();
    return Octets.of(utf8);
  }

  private void characters() throws RequestRefusedException {
    int first = read(FIRST_WIDTH);
    if (first == END) {
      return;
    }
    append((char) read(first == BYTE_CHARACTER ? 8 : 16));
    phrase(0, 1);
    int width = FIRST_WIDTH + 1;
    int untilWider = 4;
    int previousFrom = 0;
    int previousLength = 1;
    while (true) {
      int code = read(width);
      if (code == END) {
        return;
      }
      int from = length;
      if (code == BYTE_CHARACTER || code == WIDE_CHARACTER) {
        append((char) read(code == BYTE_CHARACTER ? 8 : 16));
        phrase(from, 1);
        untilWider--;
        if (untilWider == 0) {
          untilWider = 1 << width;
          width = wider(width);
        }
      } else if (code < phrases) {
        copy(phraseFrom[code], phraseLength[code]);
      } else if (code == phrases) {
        copy(previousFrom, previousLength);
        append(out[previousFrom]);
      } else {
        throw damaged();
      }
      phrase(previousFrom, previousLength + 1);
      previousFrom = from;
      previousLength = length - from;
      untilWider--;
      if (untilWider == 0) {
        untilWider = 1 << width;
        width = wider(width);
      }
    }
  }

  private static int wider(int width) throws RequestRefusedException {
    if (width == MAX_WIDTH) {
      throw damaged();
    }
    return width + 1;
  }

  /** Reads a number whose lowest bit comes first. */
  private int read(int width) throws RequestRefusedException {
    int value = 0;
    for (int i = 0; i < width; i++) {
      if (bitsLeft == 0) {
        if (at == in.to()) {
          throw damaged();
        }
        bits = Base64Text.value(in.bytes()[at++]);
        if (bits < 0) {
          throw damaged();
        }
        bitsLeft = BITS;
      }
      bitsLeft--;
      value |= (bits >> bitsLeft & 1) << i;
    }
    return value;
  }

  private void phrase(int from, int count) throws RequestRefusedException {
    if (phrases == phraseFrom.length) {
      budget.reserve(8L * phrases);
      phraseFrom = Arrays.copyOf(phraseFrom, 2 * phrases);
      phraseLength = Arrays.copyOf(phraseLength, 2 * phrases);
    }
    phraseFrom[phrases] = from;
    phraseLength[phrases] = count;
    phrases++;
  }

  private void append(char c) throws RequestRefusedException {
    ensure(1);
    out[length++] = c;
  }

  private void copy(int from, int count) throws RequestRefusedException {
    ensure(count);
    System.arraycopy(out, from, out, length, count);
    length += count;
  }

  private void ensure(int more) throws RequestRefusedException {
    if (out.length - length >= more) {
      return;
    }
    if (more > ceiling - length) {
      throw tooLarge();
    }
    int capacity = (int) Math.min(Math.max(2L * out.length, (long) length + more), ceiling);
    budget.reserve(2L * (capacity - out.length));
    out = Arrays.copyOf(out, capacity);
  }

  private byte[] utf8() throws RequestRefusedException {
    budget.reserve(3L * length);
    // Half of a surrogate pair has no UTF-8; String would make it a question mark.
    for (int i = 0; i < length; i++) {
      if (Character.isHighSurrogate(out[i])
          && i + 1 < length
          && Character.isLowSurrogate(out[i + 1])) {
        i++;
      } else if (Character.isSurrogate(out[i])) {
        out[i] = '\uFFFD';
      }
    }
    byte[] utf8 = new String(out, 0, length).getBytes(StandardCharsets.UTF_8);
    if (utf8.length > ceiling) {
      throw tooLarge();
    }
    return utf8;
  }

  private static RequestRefusedException damaged() {
    return RequestRefusedException.unreadable(
        "failed to decode lz64 payload: it is no base64 of lz-string.");
  }

  private RequestRefusedException tooLarge() {
    return new RequestRefusedException(
        Refusal.TOO_LARGE,
        "The body has more than "
            + ceiling
            + " characters after decompression; send fewer events in one request.");
  }
}
