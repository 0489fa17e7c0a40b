// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** Reads and writes the text headers of our records. */
final class RecordHeaders {
  private RecordHeaders() {}

  static void put(Headers headers, String name, String text) {
    headers.add(name, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes a header in the place of any that the record has under this name. */
  static void replace(Headers headers, String name, byte[] value) {
    headers.remove(name).add(name, value);
  }

  static void replace(Headers headers, String name, String text) {
    replace(headers, name, text.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] bytesOrNull(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null ? null : header.value();
  }

  static String textOrNull(Headers headers, String name) {
    byte[] bytes = bytesOrNull(headers, name);
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  static String text(Headers headers, String name) {
    String text = textOrNull(headers, name);
    if (text == null) {
      throw new MalformedRecordException("The header " + name + " is missing.");
    }
    return text;
  }

  static long number(String name, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new MalformedRecordException(
          "The header " + name + " holds \"" + text + "\", which is no whole number.", e);
    }
  }

  static int smallNumber(String name, String text) {
    long number = number(name, text);
    if (number != (int) number) {
      throw new MalformedRecordException(
          "The header " + name + " holds \"" + text + "\", which is no whole number of 32 bits.");
    }
    return (int) number;
  }
}
