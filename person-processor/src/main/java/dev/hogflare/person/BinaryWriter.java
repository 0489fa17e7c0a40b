// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Writes the compact form of state and mail; whole numbers take as many bytes as they need. */
final class BinaryWriter {
  private byte[] bytes = new byte[1_024];
  private int length;

  BinaryWriter clear() {
    length = 0;
    return this;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  BinaryWriter put(int b) {
    ensure(1);
    bytes[length++] = (byte) b;
    return this;
  }

  /** Writes a number of which the small ones are the common ones; negative ones take ten bytes. */
  BinaryWriter number(long value) {
    ensure(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[length++] = (byte) (rest & 0x7F | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
    return this;
  }

  BinaryWriter bool(boolean value) {
    return put(value ? 1 : 0);
  }

  BinaryWriter fixedLong(long value) {
    ensure(8);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes[length++] = (byte) (value >>> shift);
    }
    return this;
  }

  BinaryWriter uuid(UUID uuid) {
    return fixedLong(uuid.getMostSignificantBits()).fixedLong(uuid.getLeastSignificantBits());
  }

  BinaryWriter stamp(Stamp stamp) {
    return number(stamp.appendedAt()).number(stamp.partition()).number(stamp.offset());
  }

  BinaryWriter stamps(List<Stamp> stamps) {
    number(stamps.size());
    stamps.forEach(this::stamp);
    return this;
  }

  BinaryWriter text(String text) {
    return array(text.getBytes(StandardCharsets.UTF_8));
  }

  BinaryWriter texts(List<String> texts) {
    number(texts.size());
    texts.forEach(this::text);
    return this;
  }

  BinaryWriter array(byte[] source) {
    number(source.length);
    ensure(source.length);
    System.arraycopy(source, 0, bytes, length, source.length);
    length += source.length;
    return this;
  }

  /** Writes an array that may be null. */
  BinaryWriter optional(byte[] source) {
    return source == null ? put(0) : put(1).array(source);
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
    }
  }
}
