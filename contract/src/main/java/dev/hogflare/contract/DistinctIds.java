// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

/** Brings the ids that clients send into the one form in which they are keys. */
public final class DistinctIds {
  /** The longest distinct id, in code points; PostHog's capture cuts there. */
  public static final int MAX_CODE_POINTS = 200;

  /** What SDKs send for visitors without cookies, who get their ids from the gateway. */
  public static final String COOKIELESS = "$posthog_cookieless";

  private DistinctIds() {}

  /**
   * Returns the id as a key: NUL and half surrogate pairs become U+FFFD, and what is beyond the
   * longest id is cut, as PostHog does.
   */
  public static String normalize(String id) {
    String clean = clean(id);
    if (clean.length() > MAX_CODE_POINTS
        && clean.codePointCount(0, clean.length()) > MAX_CODE_POINTS) {
      return clean.substring(0, clean.offsetByCodePoints(0, MAX_CODE_POINTS));
    }
    return clean;
  }

  /** Returns the id with U+FFFD for each NUL and each half of a surrogate pair. */
  static String clean(String id) {
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (c == '\0' || isHalf(id, i)) {
        return cleaned(id);
      }
      if (Character.isHighSurrogate(c)) {
        i++;
      }
    }
    return id;
  }

  /** Whether a half of a surrogate pair without the other stands here. */
  static boolean isHalf(String id, int i) {
    char c = id.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 == id.length() || !Character.isLowSurrogate(id.charAt(i + 1));
    }
    return Character.isLowSurrogate(c);
  }

  private static String cleaned(String id) {
    StringBuilder out = new StringBuilder(id.length());
    id.codePoints()
        .map(point -> point == 0 || (point >= 0xD800 && point <= 0xDFFF) ? 0xFFFD : point)
        .forEach(out::appendCodePoint);
    return out.toString();
  }
}
