// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RawCommand;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.utils.Bytes;

/**
 * What a raw topic deletes, and so what of it does not go along into a copy.
 *
 * <p>The records of a distinct id before its last deletion are left out. The deletions themselves
 * are kept only where something depends on how often an id was deleted: it came back, or an event
 * that goes along names a claim on it from before. What is found here takes memory for each deleted
 * id, not for each event.
 *
 * <p>Found in up to three passes over the topic, whose partitions may come in any order: {@link
 * #find}, {@link #findClaims} and {@link #findNamed}.
 */
final class DeletedIds {
  private static final String UUID_HEADER = "uuid";

  private final long windowMillis;
  private final Map<Bytes, Deleted> ids = new HashMap<>();
  private final Map<RawCopy.ClaimKey, Set<Deleted>> claims = new HashMap<>();
  private final Set<RawCopy.ClaimKey> named = new HashSet<>();

  /** The events left out, by id and uuid, with their times, the oldest first. */
  private final Map<Repeat, Long> leftOut = new LinkedHashMap<>();

  /**
   * Creates it with nothing found yet.
   *
   * @param dedupWindow for how long the processors remember an event's uuid: it is known in the
   *     window of time that it came in, and in the next one; zero if they remember none
   */
  DeletedIds(Duration dedupWindow) {
    windowMillis = dedupWindow.toMillis();
  }

  private record Repeat(Bytes id, String uuid) {}

  /** What is known of a deleted id. */
  private static final class Deleted {
    private long lastOffset;
    private long lastTime;
    private boolean cameBack;
    private boolean isNamed;
  }

  /** Whether nothing is deleted. */
  boolean isEmpty() {
    return ids.isEmpty();
  }

  /** First pass: finds the deletions, and who came back. */
  void find(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      return;
    }
    Bytes key = Bytes.wrap(record.key());
    if (RawCopy.command(record) instanceof RawCommand.DeletePerson) {
      Deleted deleted = ids.computeIfAbsent(key, k -> new Deleted());
      deleted.lastOffset = record.offset();
      deleted.lastTime = RawCopy.stamp(record).appendedAt();
      deleted.cameBack = false;
    } else if (!ids.isEmpty()) {
      Deleted deleted = ids.get(key);
      if (deleted != null) {
        deleted.cameBack = true;
      }
    }
  }

  /** Second pass: finds the claims on deleted ids that an event may name that goes along. */
  void findClaims(ConsumerRecord<byte[], byte[]> record) {
    if (isOver(record) && RawCopy.command(record) instanceof RawCommand.Claim claim) {
      ActorKey claimed = ActorKey.fromBytes(record.key());
      if (!hasGone(claimed.token(), claim.claimant())) {
        claims
            .computeIfAbsent(
                new RawCopy.ClaimKey(claimed.token(), claim.claimant(), record.offset()),
                key -> new HashSet<>())
            .add(ids.get(Bytes.wrap(record.key())));
      }
    }
  }

  /** Third pass: finds the events that name them. */
  void findNamed(ConsumerRecord<byte[], byte[]> record) {
    RawCopy.ClaimKey claim = RawCopy.claimKeyOrNull(record);
    if (claim != null && claims.containsKey(claim) && !isOver(record)) {
      named.add(claim);
      claims.get(claim).forEach(deleted -> deleted.isNamed = true);
    }
  }

  /** Whether a record stands before the last deletion of its id. */
  boolean isOver(ConsumerRecord<byte[], byte[]> record) {
    Deleted deleted = record.key() == null ? null : ids.get(Bytes.wrap(record.key()));
    return deleted != null && record.offset() < deleted.lastOffset;
  }

  /** Whether nothing of a distinct id goes along. */
  boolean hasGone(String token, String distinctId) {
    Deleted deleted = ids.get(Bytes.wrap(new ActorKey(token, distinctId).toBytes()));
    return deleted != null && !deleted.cameBack && !deleted.isNamed;
  }

  /**
   * Whether a record of the topic that was searched stays behind; to be asked of all of them, in
   * the order of history.
   */
  boolean leavesOut(ConsumerRecord<byte[], byte[]> record) {
    if (ids.isEmpty() || record.key() == null) {
      return false;
    }
    Bytes key = Bytes.wrap(record.key());
    Deleted deleted = ids.get(key);
    if (deleted == null) {
      return false;
    }
    boolean keepsCount = deleted.cameBack || deleted.isNamed;
    if (RawCommand.isCommand(record.headers())) {
      return switch (RawCopy.command(record)) {
        case RawCommand.DeletePerson delete -> !keepsCount;
        case RawCommand.Claim claim -> isOver(record) && !isNamed(record, claim);
        case null, default -> isOver(record);
      };
    }
    return isOver(record) ? noted(key, record, keepsCount) : isRepeated(key, record);
  }

  private boolean isNamed(ConsumerRecord<byte[], byte[]> record, RawCommand.Claim claim) {
    ActorKey claimed = ActorKey.fromBytes(record.key());
    return named.contains(new RawCopy.ClaimKey(claimed.token(), claim.claimant(), record.offset()));
  }

  /** Remembers an event that is left out, because its repetition counts as little as it does. */
  private boolean noted(Bytes key, ConsumerRecord<byte[], byte[]> record, boolean mayComeAgain) {
    String uuid = windowMillis > 0 && mayComeAgain ? uuidOrNull(record) : null;
    if (uuid != null && !isRepeated(key, record)) {
      long now = RawCopy.stamp(record).appendedAt();
      leftOut.remove(new Repeat(key, uuid));
      leftOut.put(new Repeat(key, uuid), now);
      Iterator<Long> times = leftOut.values().iterator();
      while (!isKnown(times.next(), now)) {
        times.remove();
      }
    }
    return true;
  }

  private boolean isRepeated(Bytes key, ConsumerRecord<byte[], byte[]> record) {
    String uuid = leftOut.isEmpty() ? null : uuidOrNull(record);
    Long first = uuid == null ? null : leftOut.get(new Repeat(key, uuid));
    return first != null && isKnown(first, RawCopy.stamp(record).appendedAt());
  }

  /** Whether the processors know at a time what they saw at an earlier one. */
  private boolean isKnown(long first, long now) {
    return Math.floorDiv(now, windowMillis) - Math.floorDiv(first, windowMillis) <= 1;
  }

  private static String uuidOrNull(ConsumerRecord<byte[], byte[]> record) {
    Header header = record.headers().lastHeader(UUID_HEADER);
    return header == null || header.value() == null
        ? null
        : new String(header.value(), StandardCharsets.UTF_8);
  }

  /**
   * Whether a record of another raw topic stays behind: it has no place in the order of the topic
   * that was searched, so that time decides.
   */
  boolean leavesOutByTime(ConsumerRecord<byte[], byte[]> record) {
    Deleted deleted = record.key() == null ? null : ids.get(Bytes.wrap(record.key()));
    return deleted != null && RawCopy.stamp(record).appendedAt() <= deleted.lastTime;
  }

  /** Returns the value of a claim without the name of a claimant of whom nothing goes along. */
  byte[] withoutGone(ConsumerRecord<byte[], byte[]> record, RawCommand.Claim claim) {
    if (ids.isEmpty()) {
      return record.value();
    }
    try {
      String token = ActorKey.fromBytes(record.key()).token();
      return hasGone(token, claim.claimant()) ? new RawCommand.Claim("").toJson() : record.value();
    } catch (MalformedRecordException e) {
      return record.value();
    }
  }
}
