// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;

/**
 * Finds where the value under a parser's cursor stands in the bytes that it reads, so that it can
 * be copied as it is.
 *
 * <p>Only for parsers that read UTF-8 from a byte array, such as those of {@link #open}; places are
 * counted from the first byte of the range that is read.
 */
public final class JsonSlices {
  private JsonSlices() {}

  /**
   * Creates a parser for the part of an array from one index up to another.
   *
   * <p>Jackson itself would recognise UTF-16 and UTF-32 by their zeros and read them through a
   * decoder, which knows no places in the bytes.
   *
   * @throws JsonParseException if the bytes begin as no UTF-8 JSON can, such as with a byte order
   *     mark
   * @throws IOException if the parser cannot be created
   */
  public static JsonParser open(JsonFactory factory, byte[] json, int from, int to)
      throws IOException {
    if (to > from && json[from] <= 0 || to - from > 1 && json[from + 1] == 0) {
      throw new JsonParseException(
          null, "Expected JSON in UTF-8 without a byte order mark", (Throwable) null);
    }
    return factory.createParser(json, from, to - from);
  }

  /**
   * Creates a parser for a part of a record on our topics, with limits so wide that nothing which
   * the gateway let through meets a second one.
   *
   * @throws JsonParseException if the bytes begin as no UTF-8 JSON can
   * @throws IOException if the parser cannot be created
   */
  public static JsonParser open(byte[] json, int from, int to) throws IOException {
    return open(RecordJson.FACTORY, json, from, to);
  }

  /** Returns the index of the first byte of the current value. */
  public static int start(JsonParser parser) {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  /**
   * Moves over the current value, with all that it contains, and returns the index behind its last
   * byte.
   *
   * @throws IOException if the value is not JSON
   */
  public static int skip(JsonParser parser) throws IOException {
    if (parser.currentToken().isStructStart()) {
      parser.skipChildren();
    } else if (parser.currentToken().isNumeric()) {
      // A parser may have read the blank behind a number, which ends it.
      return start(parser) + parser.getTextLength();
    } else {
      parser.finishToken();
    }
    return (int) parser.currentLocation().getByteOffset();
  }
}
