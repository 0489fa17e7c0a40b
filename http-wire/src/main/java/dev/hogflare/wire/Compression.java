// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.util.Locale;

/** How a client says that its payload is encoded. */
public enum Compression {
  /** It does not say, or in a word that means nothing. */
  NONE,
  /** Gzip; some clients say so and send zlib. */
  GZIP,
  /** zlib, or deflate without a header. */
  DEFLATE,
  /** base64 of JSON. */
  BASE64,
  /** base64 of lz-string. */
  LZ64;

  /** Reads the name in a query, a form, an envelope or the header {@code Content-Encoding}. */
  public static Compression named(String name) {
    if (name == null) {
      return NONE;
    }
    return switch (name.strip().toLowerCase(Locale.ROOT)) {
      case "gzip", "gzip-js", "x-gzip" -> GZIP;
      case "deflate", "zlib" -> DEFLATE;
      case "base64", "b64" -> BASE64;
      case "lz64", "lz-string" -> LZ64;
      default -> NONE;
    };
  }

  /** Whether a name was given that means nothing to us. */
  public static boolean isUnknown(String name) {
    return name != null
        && named(name) == NONE
        && !name.isBlank()
        && !name.strip().equalsIgnoreCase("identity")
        && !name.strip().equalsIgnoreCase("undefined");
  }
}
