// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

/** What the values of a property are, under the names that PostHog gives them. */
public enum ValueType {
  /** A point in time or a day: text that looks like one, or seconds in a property named so. */
  DATE_TIME("DateTime"),
  /** Any other text. */
  STRING("String"),
  /** A number. */
  NUMERIC("Numeric"),
  /** True or false, also as text. */
  BOOLEAN("Boolean");

  private final String text;

  ValueType(String text) {
    this.text = text;
  }

  /** Returns the type as it stands in records and tables. */
  public String text() {
    return text;
  }

  /** Returns the type of this text, or null if there is none. */
  public static ValueType ofOrNull(String text) {
    for (ValueType type : values()) {
      if (type.text.equals(text)) {
        return type;
      }
    }
    return null;
  }
}
