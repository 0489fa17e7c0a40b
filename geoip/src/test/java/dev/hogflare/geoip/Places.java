// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** The small databases that the tests of several modules look addresses up in. */
final class Places {
  static final Instant BUILT_AT = Instant.parse("2026-10-01T00:00:00Z");

  private Places() {}

  /**
   * A whole record for 89.160.20.0/24, ones with a country for 2.125.160.0/20 and 2a02:cfc0::/29.
   */
  static byte[] cities() {
    return read("city.mmdb");
  }

  /** The same, built at another time. */
  static byte[] cities(Instant builtAt) {
    byte[] bytes = cities();
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    // Behind the name stand a byte that says what follows, and four of the time.
    int place = text.lastIndexOf("build_epoch") + "build_epoch".length() + 1;
    ByteBuffer.wrap(bytes).putInt(place, (int) builtAt.getEpochSecond());
    return bytes;
  }

  /** An operator for 89.160.0.0/17. */
  static byte[] operators() {
    return read("asn.mmdb");
  }

  private static byte[] read(String file) {
    try {
      return Files.readAllBytes(Path.of("src/test/resources").resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
