// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The formats as they were first published, in files.
 *
 * <p>A file changes only together with a plan for what stands in stores and on topics already.
 */
final class Golden {
  private Golden() {}

  /** Returns a file's one line. */
  static String line(String file) {
    return text(file).strip();
  }

  /** Returns the bytes by name of a file whose lines are a name, a blank and hexadecimal digits. */
  static Map<String, byte[]> bytes(String file) {
    Map<String, byte[]> bytes = new LinkedHashMap<>();
    text(file)
        .lines()
        .forEach(
            line -> {
              int blank = line.indexOf(' ');
              bytes.put(
                  line.substring(0, blank), HexFormat.of().parseHex(line.substring(blank + 1)));
            });
    return bytes;
  }

  private static String text(String file) {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/" + file)) {
      if (in == null) {
        throw new IllegalStateException("There is no golden file " + file + ".");
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
