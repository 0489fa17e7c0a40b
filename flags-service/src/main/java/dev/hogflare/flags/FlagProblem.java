// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

/**
 * What is wrong with one flag definition, found when the document is read.
 *
 * @param severity whether the flag can be evaluated all the same
 * @param flag the key of the flag, or {@code flags[3]} if it has none, or {@code document}
 * @param field the path inside the flag, such as {@code filters.groups[0].properties[1].operator}
 * @param sentence what is wrong, and what happens or has to be written instead
 */
public record FlagProblem(Severity severity, String flag, String field, String sentence) {
  /** What a problem means for its flag. */
  public enum Severity {
    /** The flag cannot be evaluated: it is answered as failed, and the others are untouched. */
    ERROR,
    /** The flag is evaluated, as the sentence says. */
    WARNING
  }

  /** Returns flag, field and sentence as one line. */
  @Override
  public String toString() {
    return flag + ": " + field + ": " + sentence;
  }
}
