// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.ValueCounts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of what was seen: a version, then for each name its kind, parent, name, counts and
 * times.
 */
final class SeenCodec {
  private static final int VERSION = 1;

  /** Bytes past which a record is closed and another one begun. */
  private static final int RECORD_BYTES = 500_000;

  private static final Kind[] KINDS = Kind.values();

  private SeenCodec() {}

  /** Returns the values of as many records as it takes. */
  static List<byte[]> write(List<Seen> all) {
    List<byte[]> records = new ArrayList<>();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      for (Seen seen : all) {
        if (bytes.size() == 0) {
          out.writeByte(VERSION);
        }
        out.writeByte(seen.kind().ordinal());
        out.writeUTF(seen.parent());
        out.writeUTF(seen.name());
        out.writeLong(seen.values().dateTimes());
        out.writeLong(seen.values().strings());
        out.writeLong(seen.values().numbers());
        out.writeLong(seen.values().booleans());
        out.writeLong(seen.values().untyped());
        out.writeLong(seen.first());
        out.writeLong(seen.last());
        if (bytes.size() > RECORD_BYTES) {
          records.add(bytes.toByteArray());
          bytes.reset();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Writing to an array failed.", e);
    }
    if (bytes.size() > 0) {
      records.add(bytes.toByteArray());
    }
    return records;
  }

  /**
   * Reads a record's value.
   *
   * @throws MalformedRecordException if it is none
   */
  static List<Seen> read(byte[] value) {
    if (value == null) {
      throw new MalformedRecordException("The counts have no value.");
    }
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(value));
    List<Seen> all = new ArrayList<>();
    try {
      int version = in.readByte();
      if (version != VERSION) {
        throw new MalformedRecordException(
            "The counts have the format " + version + ", which this version does not read.");
      }
      while (in.available() > 0) {
        int kind = in.readByte();
        if (kind < 0 || kind >= KINDS.length) {
          throw new MalformedRecordException("The counts name the unknown kind " + kind + ".");
        }
        all.add(
            new Seen(
                KINDS[kind],
                in.readUTF(),
                in.readUTF(),
                new ValueCounts(
                    in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readLong()),
                in.readLong(),
                in.readLong()));
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new MalformedRecordException("The counts are damaged.", e);
    }
    return all;
  }
}
