// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** Decodes the parts of URLs as clients write them, which need not be valid. */
final class UrlText {
  private UrlText() {}

  /** Returns a part of a query without its percent signs and pluses, or as it is if it is none. */
  static String decoded(String part) {
    if (part.indexOf('%') < 0 && part.indexOf('+') < 0) {
      return part;
    }
    try {
      return URLDecoder.decode(part, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return part.replace('+', ' ');
    }
  }
}
