// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Stamp;
import dev.hogflare.group.Group.Property;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Turns groups into the bytes of the store.
 *
 * <p>Big-endian: a format byte; the stamp of creation as append time (8 bytes), partition (4) and
 * offset (8); the time of creation (8); the version (8); the length of the properties (4); the
 * properties as the JSON object that rows carry; then the stamp of each property in the same order
 * (20 each). Most events only read a group, and for them this layout needs no parsing: the
 * properties are one slice.
 */
final class GroupCodec {
  private static final byte FORMAT = 1;
  private static final int STAMP_BYTES = 20;
  private static final int CREATED_AT = 1 + STAMP_BYTES;
  private static final int VERSION = CREATED_AT + Long.BYTES;
  private static final int LENGTH = VERSION + Long.BYTES;
  private static final int PROPERTIES = LENGTH + Integer.BYTES;

  private GroupCodec() {}

  /** Returns the bytes of a group; equal groups have equal bytes. */
  static byte[] encode(Group group) {
    int estimate = 2;
    for (var property : group.properties().entrySet()) {
      estimate += property.getKey().length() + property.getValue().value().length + 4;
    }
    JsonBuffer json = new JsonBuffer(estimate + 64).openObject();
    group.properties().forEach((name, property) -> json.name(name).raw(property.value()));
    byte[] properties = json.closeObject().toBytes();
    ByteBuffer out =
        ByteBuffer.allocate(
            PROPERTIES + properties.length + STAMP_BYTES * group.properties().size());
    out.put(FORMAT);
    put(out, group.createdBy());
    out.putLong(group.createdAt()).putLong(group.version()).putInt(properties.length);
    out.put(properties);
    group.properties().values().forEach(property -> put(out, property.stamp()));
    return out.array();
  }

  /**
   * Reads a group.
   *
   * @throws IllegalStateException if the bytes are not those of a group in a known format
   */
  static Group decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte[] json = properties(bytes);
    in.position(1);
    Stamp createdBy = stamp(in);
    long createdAt = in.getLong();
    long version = in.getLong();
    in.position(PROPERTIES + json.length);
    if (in.remaining() % STAMP_BYTES != 0) {
      throw damaged("its stamps are cut off", null);
    }
    SortedMap<String, Property> properties = new TreeMap<>();
    try {
      GroupJson.read(
          json,
          (name, value) -> {
            if (!in.hasRemaining()) {
              throw damaged("it has fewer stamps than properties", null);
            }
            properties.put(name, new Property(stamp(in), value));
          });
    } catch (MalformedRecordException e) {
      throw damaged("its properties are no JSON object", e);
    }
    if (in.hasRemaining()) {
      throw damaged("it has more stamps than properties", null);
    }
    return new Group(createdBy, createdAt, version, properties);
  }

  /** Returns the properties of an encoded group as a JSON object. */
  static byte[] properties(byte[] bytes) {
    if (bytes.length < PROPERTIES) {
      throw damaged("it is shorter than its fixed part", null);
    }
    if (bytes[0] != FORMAT) {
      throw new IllegalStateException(
          "A stored group has the format "
              + bytes[0]
              + " and this version reads "
              + FORMAT
              + "; run the version that wrote it, or rebuild the state.");
    }
    int length = ByteBuffer.wrap(bytes).getInt(LENGTH);
    if (length < 2 || length > bytes.length - PROPERTIES) {
      throw damaged("the length of its properties is impossible", null);
    }
    return Arrays.copyOfRange(bytes, PROPERTIES, PROPERTIES + length);
  }

  /** Returns the time of creation of an encoded group, in microseconds since the epoch. */
  static long createdAt(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong(CREATED_AT);
  }

  /** Returns the version of an encoded group. */
  static long version(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong(VERSION);
  }

  private static void put(ByteBuffer out, Stamp stamp) {
    out.putLong(stamp.appendedAt()).putInt(stamp.partition()).putLong(stamp.offset());
  }

  private static Stamp stamp(ByteBuffer in) {
    return new Stamp(in.getLong(), in.getInt(), in.getLong());
  }

  private static IllegalStateException damaged(String how, Throwable cause) {
    return new IllegalStateException(
        "A stored group is damaged: " + how + "; rebuild the state from the changelog.", cause);
  }
}
