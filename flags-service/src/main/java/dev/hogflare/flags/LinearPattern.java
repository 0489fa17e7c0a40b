// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Compiles regular expressions that take time linear in the text.
 *
 * <p>RE2/J writes counted repetitions out, so that a few characters can mean a program of
 * gigabytes; those are refused before it sees them.
 */
final class LinearPattern {
  /** The most characters, classes and the like that an expression may have when written out. */
  static final int MAX_SIZE = 5_000;

  private LinearPattern() {}

  /**
   * Returns the compiled expression.
   *
   * @throws IllegalArgumentException with a sentence, without full stop, that says why it is none
   */
  static Pattern compile(String expression) {
    if (size(expression) > MAX_SIZE) {
      throw new IllegalArgumentException(
          "is a regular expression that has more than "
              + MAX_SIZE
              + " parts when its repetitions are written out");
    }
    try {
      return Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "is no regular expression of RE2, which has no look-around and no back-references: "
              + e.getMessage(),
          e);
    }
  }

  /** Returns about how many parts there are with every repetition written out, never fewer. */
  static long size(String expression) {
    Deque<Long> outer = new ArrayDeque<>();
    long size = 0;
    long atom = 0;
    int i = 0;
    while (i < expression.length() && size <= MAX_SIZE) {
      char c = expression.charAt(i);
      switch (c) {
        case '\\' -> {
          int end = quoteEnd(expression, i);
          atom = 1;
          size += Math.max(1, end - i - 2);
          i = end;
        }
        case '(' -> {
          outer.push(size);
          size = 1;
          atom = 0;
          i++;
        }
        case ')' -> {
          atom = size;
          size += outer.isEmpty() ? 1 : outer.pop();
          i++;
        }
        case '[' -> {
          atom = 1;
          size++;
          i = classEnd(expression, i);
        }
        case '{' -> {
          int times = repetitions(expression, i);
          // A brace that counts nothing is a character.
          size += times == 0 ? 1 : atom * (times - 1);
          atom = times == 0 ? 1 : atom * times;
          i++;
        }
        default -> {
          atom = 1;
          size++;
          i++;
        }
      }
    }
    for (long open : outer) {
      size += open;
    }
    return size;
  }

  private static int quoteEnd(String expression, int start) {
    if (!expression.startsWith("\\Q", start)) {
      return start + 2;
    }
    int end = expression.indexOf("\\E", start);
    return end < 0 ? expression.length() : end + 2;
  }

  private static int classEnd(String expression, int start) {
    int i = start + 1;
    if (expression.startsWith("^", i)) {
      i++;
    }
    // A bracket that comes first is a member.
    i++;
    while (i < expression.length() && expression.charAt(i) != ']') {
      i += expression.charAt(i) == '\\' ? 2 : 1;
    }
    return i + 1;
  }

  /** Returns the larger number in braces, 0 if they do not count. */
  private static int repetitions(String expression, int start) {
    int end = expression.indexOf('}', start);
    if (end < 0) {
      return 0;
    }
    int most = 0;
    for (String number : expression.substring(start + 1, end).split(",", -1)) {
      if (number.isEmpty()) {
        continue;
      }
      if (number.length() > 4 || !number.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return 0;
      }
      most = Math.max(most, Integer.parseInt(number));
    }
    return most;
  }
}
