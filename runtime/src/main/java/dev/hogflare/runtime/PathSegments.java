// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Ids as segments of a path.
 *
 * <p>A path is split before it is decoded, so that an id may hold a slash as {@code %2F}.
 */
public final class PathSegments {
  private PathSegments() {}

  /** Returns an id as one segment. */
  public static String encode(String id) {
    return URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * Returns the segments behind a prefix, decoded, or null if there are not so many, one is empty,
   * or one is not percent-encoded UTF-8.
   *
   * @param rawPath the path as it was sent
   * @param prefix where the segments begin, such as {@code /persons}
   */
  public static List<String> decodeOrNull(String rawPath, String prefix, int count) {
    int at = rawPath.indexOf(prefix);
    if (at < 0) {
      return null;
    }
    String[] parts = rawPath.substring(at + prefix.length()).split("/", -1);
    if (parts.length != count + 1) {
      return null;
    }
    List<String> segments = new ArrayList<>(count);
    for (int i = 1; i <= count; i++) {
      if (parts[i].isEmpty()) {
        return null;
      }
      try {
        // A plus sign in a path is a plus sign.
        segments.add(URLDecoder.decode(parts[i].replace("+", "%2B"), StandardCharsets.UTF_8));
      } catch (IllegalArgumentException e) {
        return null;
      }
    }
    return segments;
  }
}
