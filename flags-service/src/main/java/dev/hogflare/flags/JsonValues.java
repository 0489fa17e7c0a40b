// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.OptionalDouble;

/** Reads JSON values as text or numbers the way PostHog's service does. */
final class JsonValues {
  /** Powers of ten beyond which a number is written with an exponent. */
  private static final int MOST_DIGITS = 16;

  private static final int MOST_LEADING_ZEROS = 5;

  private JsonValues() {}

  /** Returns text as it is and everything else as compact JSON; 1 and 1.0 stay apart. */
  static String text(JsonNode value) {
    if (value.isTextual()) {
      return value.textValue();
    }
    if (value.isFloatingPointNumber()) {
      return decimal(value.doubleValue());
    }
    return value.isContainerNode() ? value.toString() : value.asText();
  }

  /** Returns the shortest decimal that gives this number again; 1e16 and above as 1e16. */
  private static String decimal(double number) {
    if (number == 0 || Double.isNaN(number) || Double.isInfinite(number)) {
      return Double.toString(number);
    }
    BigDecimal shortest = new BigDecimal(Double.toString(Math.abs(number))).stripTrailingZeros();
    String digits = shortest.unscaledValue().toString();
    int point = digits.length() - shortest.scale();
    StringBuilder out = new StringBuilder();
    if (number < 0) {
      out.append('-');
    }
    if (point > MOST_DIGITS || point <= -MOST_LEADING_ZEROS) {
      out.append(digits.charAt(0));
      if (digits.length() > 1) {
        out.append('.').append(digits, 1, digits.length());
      }
      return out.append('e').append(point - 1).toString();
    }
    if (point <= 0) {
      return out.append("0.").repeat('0', -point).append(digits).toString();
    }
    if (point >= digits.length()) {
      return out.append(digits).repeat('0', point - digits.length()).append(".0").toString();
    }
    return out.append(digits, 0, point)
        .append('.')
        .append(digits, point, digits.length())
        .toString();
  }

  /** Returns a number, or text that is one; nothing for everything else. */
  static OptionalDouble number(JsonNode value) {
    if (value.isNumber()) {
      return OptionalDouble.of(value.doubleValue());
    }
    return value.isTextual() ? number(value.textValue()) : OptionalDouble.empty();
  }

  /**
   * Returns text as a number: decimal, with an exponent, or infinity or NaN by name. Spaces,
   * hexadecimal forms and Java's suffixes make it no number.
   */
  static OptionalDouble number(String text) {
    String bare = text.startsWith("+") || text.startsWith("-") ? text.substring(1) : text;
    boolean negative = text.startsWith("-");
    if (bare.equalsIgnoreCase("inf") || bare.equalsIgnoreCase("infinity")) {
      return OptionalDouble.of(negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
    }
    if (bare.equalsIgnoreCase("nan")) {
      return OptionalDouble.of(Double.NaN);
    }
    boolean digits = false;
    for (int i = 0; i < bare.length(); i++) {
      char c = bare.charAt(i);
      boolean digit = c >= '0' && c <= '9';
      boolean sign = (c == '+' || c == '-') && i > 0 && (bare.charAt(i - 1) | 0x20) == 'e';
      if (!digit && !sign && c != '.' && c != 'e' && c != 'E') {
        return OptionalDouble.empty();
      }
      digits |= digit;
    }
    if (!digits) {
      return OptionalDouble.empty();
    }
    try {
      return OptionalDouble.of(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      // Two points, or an exponent without digits.
      return OptionalDouble.empty();
    }
  }
}
