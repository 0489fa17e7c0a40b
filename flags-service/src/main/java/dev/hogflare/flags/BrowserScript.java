// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A script of the browser SDK, ready to be sent.
 *
 * @param plain its text
 * @param gzip the same, compressed
 * @param digest tells it from another text
 */
record BrowserScript(byte[] plain, byte[] gzip, String digest) {
  private static final int TAG_DIGITS = 24;

  /** Compresses a script. */
  static BrowserScript ofPlain(byte[] plain) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(plain.length / 3);
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException("Memory cannot be written to.", e);
    }
    return new BrowserScript(plain, packed.toByteArray(), digest(plain));
  }

  /**
   * Decompresses a script.
   *
   * @throws IOException if the bytes are no gzip
   */
  static BrowserScript ofGzip(byte[] gzip) throws IOException {
    try (GZIPInputStream unpacked = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
      byte[] plain = unpacked.readAllBytes();
      return new BrowserScript(plain, gzip, digest(plain));
    }
  }

  private static String digest(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest).substring(0, TAG_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java runtime has no SHA-256.", e);
    }
  }
}
