// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** JSON in tests, written with single quotes. */
final class Json {
  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  static {
    MAPPER
        .getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(5_000)
                .maxStringLength(Integer.MAX_VALUE)
                .build());
  }

  private Json() {}

  /** Returns real JSON for JSON with single quotes. */
  static String text(String singleQuoted) {
    return singleQuoted.replace('\'', '"');
  }

  static byte[] bytes(String singleQuoted) {
    return text(singleQuoted).getBytes(UTF_8);
  }

  static JsonNode tree(String singleQuoted) {
    return tree(bytes(singleQuoted));
  }

  /** Reads a document; null stays null. */
  static JsonNode tree(byte[] json) {
    if (json == null) {
      return null;
    }
    try {
      return MAPPER.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(new String(json, UTF_8), e);
    }
  }
}
