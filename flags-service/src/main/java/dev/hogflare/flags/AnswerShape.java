// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

/**
 * What the answer to a request for flags looks like.
 *
 * @param flags which of the four shapes the flags have
 * @param config whether the fields of the remote configuration are in it
 * @param decide whether it is the answer of the older endpoint
 * @param inactiveHidden whether the two older maps leave flags out that are switched off
 */
record AnswerShape(Flags flags, boolean config, boolean decide, boolean inactiveHidden) {
  /** The shapes of flags. */
  enum Flags {
    /** A map of details, and the two older maps. */
    DETAILS,
    /** A map of values and one of payloads. */
    MAPS,
    /** A map of those that are on. */
    ENABLED_MAP,
    /** A list of the keys of those that are on. */
    ENABLED_LIST
  }

  /**
   * Returns the shape that {@code /flags} has.
   *
   * @param version the query's {@code v}, or null
   * @param config the query's {@code config}, or null
   */
  static AnswerShape ofFlags(String version, String config) {
    boolean neither = version == null && config == null;
    int number = neither ? 2 : number(version);
    return new AnswerShape(
        number >= 2 ? Flags.DETAILS : Flags.MAPS,
        neither || (config != null && isTrue(config)),
        false,
        number == 2);
  }

  /**
   * Returns the shape that {@code /decide} has.
   *
   * @param version the query's {@code v}, or null
   * @param config the query's {@code config}, or null
   */
  static AnswerShape ofDecide(String version, String config) {
    int number = number(version);
    Flags flags =
        switch (number) {
          case 2 -> Flags.ENABLED_MAP;
          case 3 -> Flags.MAPS;
          default -> number >= 4 ? Flags.DETAILS : Flags.ENABLED_LIST;
        };
    return new AnswerShape(flags, config == null || isTrue(config), true, number == 2);
  }

  /** Whether a flag of a query is set: by its name alone, or by any word that does not say no. */
  static boolean isTrue(String text) {
    return switch (text) {
      case "false", "0", "no", "off" -> false;
      default -> true;
    };
  }

  private static int number(String version) {
    try {
      return version == null ? 1 : Integer.parseInt(version.strip());
    } catch (NumberFormatException e) {
      return 1;
    }
  }
}
