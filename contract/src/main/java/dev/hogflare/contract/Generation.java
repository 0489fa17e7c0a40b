// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

/**
 * The number of one whole set of state built from the raw topics: application ids, stores and
 * internal topics of all processors.
 *
 * <p>A deployment begins with the first. A rebuild makes the next one beside it, and takes over
 * with a cutover.
 *
 * @param number from 1
 */
public record Generation(int number) implements Comparable<Generation> {
  /** The generation that a deployment begins with. */
  public static final Generation FIRST = new Generation(1);

  /**
   * Checks the number.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public Generation {
    if (number < 1) {
      throw new IllegalArgumentException("A generation's number is 1 or more, not " + number + ".");
    }
  }

  /**
   * Returns what ends the names of its applications and topics: nothing for the first, {@code .g2}
   * for the second.
   */
  public String suffix() {
    return number == 1 ? "" : ".g" + number;
  }

  /** Returns the one that a rebuild of this one makes. */
  public Generation next() {
    return new Generation(number + 1);
  }

  @Override
  public int compareTo(Generation other) {
    return Integer.compare(number, other.number);
  }

  /** Returns {@code g2}. */
  @Override
  public String toString() {
    return "g" + number;
  }
}
