// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.Locale;
import java.util.Set;

/**
 * The ids that never merge, because they are what a broken program sends for everybody.
 *
 * <p>The list is PostHog's.
 */
public final class IllegalIds {
  private static final int MAX_CODE_POINTS = 400;

  private static final Set<String> IN_ANY_CASE =
      Set.of(
          "anonymous",
          "guest",
          "distinctid",
          "distinct_id",
          "id",
          "not_authenticated",
          "email",
          "undefined",
          "true",
          "false");

  private static final Set<String> IN_THIS_CASE =
      Set.of("[object Object]", "NaN", "None", "none", "null", "0", "undefined");

  private IllegalIds() {}

  /** Whether an id must not be united with another one. */
  public static boolean contains(String id) {
    if (id.isBlank() || id.indexOf('\0') >= 0 || id.indexOf('\uFFFD') >= 0) {
      return true;
    }
    if (id.length() > MAX_CODE_POINTS && id.codePointCount(0, id.length()) > MAX_CODE_POINTS) {
      return true;
    }
    String bare = unquoted(id);
    return bare.isBlank()
        || IN_THIS_CASE.contains(bare)
        || IN_ANY_CASE.contains(bare.toLowerCase(Locale.ROOT));
  }

  private static String unquoted(String id) {
    int last = id.length() - 1;
    if (last >= 1
        && id.charAt(0) == id.charAt(last)
        && (id.charAt(0) == '"' || id.charAt(0) == '\'')) {
      return id.substring(1, last);
    }
    return id;
  }
}
