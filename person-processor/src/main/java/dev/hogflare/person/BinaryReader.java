// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Reads what {@link BinaryWriter} wrote; anything else is a {@link MalformedRecordException}. */
final class BinaryReader {
  private final byte[] bytes;
  private int at;

  BinaryReader(byte[] bytes) {
    this.bytes = bytes;
  }

  int next() {
    require(1);
    return bytes[at++] & 0xFF;
  }

  long number() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int b = next();
      value |= (long) (b & 0x7F) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw new MalformedRecordException("A number of state or mail is longer than ten bytes.");
  }

  boolean bool() {
    return next() != 0;
  }

  long fixedLong() {
    require(8);
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = value << 8 | bytes[at++] & 0xFF;
    }
    return value;
  }

  UUID uuid() {
    return new UUID(fixedLong(), fixedLong());
  }

  Stamp stamp() {
    return new Stamp(number(), (int) number(), number());
  }

  List<Stamp> stamps() {
    int count = count();
    List<Stamp> stamps = new ArrayList<>(Math.min(count, 64));
    for (int i = 0; i < count; i++) {
      stamps.add(stamp());
    }
    return stamps;
  }

  String text() {
    int length = count();
    require(length);
    String text = new String(bytes, at, length, StandardCharsets.UTF_8);
    at += length;
    return text;
  }

  List<String> texts() {
    int count = count();
    List<String> texts = new ArrayList<>(Math.min(count, 64));
    for (int i = 0; i < count; i++) {
      texts.add(text());
    }
    return texts;
  }

  byte[] array() {
    int length = count();
    require(length);
    byte[] array = Arrays.copyOfRange(bytes, at, at + length);
    at += length;
    return array;
  }

  byte[] optional() {
    return bool() ? array() : null;
  }

  /** Reads all that is left. */
  byte[] rest() {
    byte[] rest = Arrays.copyOfRange(bytes, at, bytes.length);
    at = bytes.length;
    return rest;
  }

  /** Reads a length or count, which can never be more than there are bytes left. */
  int count() {
    long count = number();
    if (count < 0 || count > bytes.length - at) {
      throw new MalformedRecordException(
          "A length in state or mail is " + count + ", more than there is.");
    }
    return (int) count;
  }

  void end() {
    if (at != bytes.length) {
      throw new MalformedRecordException(
          "State or mail has " + (bytes.length - at) + " bytes too many.");
    }
  }

  private void require(int count) {
    if (bytes.length - at < count) {
      throw new MalformedRecordException("State or mail ends too early.");
    }
  }
}
