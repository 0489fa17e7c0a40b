// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** Encodes bodies as clients do. */
final class Encodings {
  private Encodings() {}

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] gzip(byte[] bytes) {
    return through(
        bytes,
        out -> {
          try {
            return new GZIPOutputStream(out);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  static byte[] gzip(String text) {
    return gzip(utf8(text));
  }

  static byte[] zlib(byte[] bytes) {
    return through(bytes, DeflaterOutputStream::new);
  }

  static byte[] deflate(byte[] bytes) {
    return through(
        bytes, out -> new DeflaterOutputStream(out, new Deflater(Deflater.BEST_SPEED, true)));
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  static String url(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static byte[] through(
      byte[] bytes, java.util.function.Function<OutputStream, OutputStream> encoder) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream encoded = encoder.apply(out)) {
      encoded.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
