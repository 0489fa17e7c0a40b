// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** The deterministic identifiers of the product: every one is a function of the raw log. */
public final class Uuids {
  /** The namespace in which PostHog derives person UUIDs; ours are derived in it as well. */
  private static final UUID PERSONS = UUID.fromString("932979b4-65c3-4424-8467-0b66ec27bc22");

  private static final byte[] PERSONS_BYTES = bytes(PERSONS);

  private Uuids() {}

  /**
   * Returns the UUID of the person that is born with this distinct id: UUIDv5 of the actor's key
   * bytes.
   */
  public static UUID person(ActorKey key) {
    return v5(PERSONS_BYTES, key.toBytes());
  }

  /**
   * Returns the UUID of the person that is born with a distinct id that was deleted before: UUIDv5
   * of the key bytes, NUL and the number of deletions, so that it is nobody's who was deleted.
   *
   * @param deletions how often the distinct id was deleted before
   */
  public static UUID person(ActorKey key, int deletions) {
    return deletions == 0
        ? person(key)
        : v5(
            PERSONS_BYTES,
            RecordKeys.bytes(key.token(), key.distinctId(), Integer.toString(deletions)));
  }

  /**
   * Returns the UUID that stands for the deletion of a distinct id where an event's stands
   * otherwise.
   *
   * @param deletions how often it was deleted before
   */
  public static UUID deletion(ActorKey key, int deletions) {
    return v5(person(key, deletions), "delete".getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Returns the UUID of a person snapshot.
   *
   * @param row the UUID of the event row that caused it
   * @param operation the snapshot's operation
   * @param absorbedId the distinct id whose person was absorbed, or an empty string if the event
   *     itself is shown
   */
  public static UUID snapshot(UUID row, String operation, String absorbedId) {
    return v5(bytes(row), (operation + '\0' + absorbedId).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Returns the UUID of a row that holds a part of a recording which is too long for one row: that
   * of the event for the first part, so that the event is found under it, and one derived from it
   * for each other.
   *
   * @param row the UUID of the event
   * @param part which part it is, from 0
   */
  public static UUID recordingPart(UUID row, int part) {
    return part == 0
        ? row
        : v5(bytes(row), ("snapshot_part\0" + part).getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Returns the name-based UUID (version 5, SHA-1) of a name in a namespace, as RFC 9562 defines
   * it.
   */
  public static UUID v5(UUID namespace, byte[] name) {
    return v5(bytes(namespace), name);
  }

  private static UUID v5(byte[] namespace, byte[] name) {
    MessageDigest sha1;
    try {
      sha1 = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(
          "This Java runtime has no SHA-1, which every runtime must have.", e);
    }
    sha1.update(namespace);
    ByteBuffer digest = ByteBuffer.wrap(sha1.digest(name));
    long high = (digest.getLong() & ~0xF000L) | 0x5000L;
    long low = (digest.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }

  /**
   * Returns a UUIDv7 of a time in milliseconds since the epoch and 74 bits of the caller's
   * randomness.
   */
  public static UUID v7(long epochMillis, long randomHigh, long randomLow) {
    long high = (epochMillis << 16) | 0x7000L | (randomHigh & 0xFFFL);
    long low = (randomLow & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }

  /**
   * Reads a UUID in its canonical form of 36 characters, upper or lower case.
   *
   * @return the UUID, or null if the text is anything else
   */
  public static UUID parseOrNull(String text) {
    if (text == null || text.length() != 36) {
      return null;
    }
    long high = 0;
    long low = 0;
    for (int i = 0; i < 36; i++) {
      char c = text.charAt(i);
      if (i == 8 || i == 13 || i == 18 || i == 23) {
        if (c != '-') {
          return null;
        }
        continue;
      }
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        return null;
      }
      if (i < 18) {
        high = (high << 4) | digit;
      } else {
        low = (low << 4) | digit;
      }
    }
    return new UUID(high, low);
  }

  /** Returns the 16 bytes of a UUID, big-endian. */
  public static byte[] bytes(UUID uuid) {
    return ByteBuffer.allocate(16)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits())
        .array();
  }
}
