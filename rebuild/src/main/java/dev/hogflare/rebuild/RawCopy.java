// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.CopiedStamp;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Utils;

/**
 * Decides in which order the records of a raw topic go into one with another number of partitions,
 * and what of them changes.
 *
 * <p>Records leave in the order of their stamps. Each keeps its place in history: the stamp of the
 * original goes along in a header, with its partition moved behind those of the new topic, so that
 * no stamp of a copy can be that of a later record. The order of stamps stays as it is. An event
 * that names the offset of its claim gets the claim's new one; offsets are known beforehand,
 * because nobody else writes to the new topic. Markers of cutovers stay behind, and so does what
 * belongs to nobody but deleted persons.
 */
final class RawCopy {
  /** An event stands milliseconds behind its claim; a claim is remembered for so much longer. */
  private static final long CLAIM_MEMORY_MILLIS = 3_600_000;

  private static final String CLAIM = "claim";

  /** What the number of a person leaves for partitions. */
  private static final int MAX_PARTITIONS = 4_096;

  private final int partitions;
  private final List<Deque<ConsumerRecord<byte[], byte[]>>> waiting = new ArrayList<>();
  private final boolean[] ended;
  private final long[] nextOffsets;
  private final Map<ClaimKey, List<MovedClaim>> claims = new LinkedHashMap<>();
  private final Predicate<ConsumerRecord<byte[], byte[]>> leavesOut;
  private final DeletedIds deleted;
  private long left;
  private long unclaimed;
  private long forgotten;

  /** By which an event finds its claim: who claimed, and where the claim stood. */
  record ClaimKey(String token, String claimant, long offset) {}

  /**
   * Where a claim stands now.
   *
   * @param claimed the distinct id that it is on
   */
  private record MovedClaim(String claimed, long offset, long appendedAt) {}

  /**
   * A record of the new topic.
   *
   * @param offset the one that it will have
   */
  record Copy(int partition, long offset, byte[] key, byte[] value, Headers headers) {}

  /**
   * Creates a copy of a topic of which nothing was read yet.
   *
   * @param from the partitions of the old topic
   * @param to those of the new one
   * @param deleted what the raw topic of events deletes
   * @param leavesOut which records therefore stay behind; asked once of each, in their new order
   */
  RawCopy(
      int from, int to, DeletedIds deleted, Predicate<ConsumerRecord<byte[], byte[]>> leavesOut) {
    this.deleted = deleted;
    this.leavesOut = leavesOut;
    partitions = to;
    for (int p = 0; p < from; p++) {
      waiting.add(new ArrayDeque<>());
    }
    ended = new boolean[from];
    nextOffsets = new long[to];
  }

  /** Takes a record of the old topic, those of one partition in order. */
  void add(ConsumerRecord<byte[], byte[]> record) {
    waiting.get(record.partition()).add(record);
  }

  /** Notes that no record of a partition follows. */
  void end(int partition) {
    ended[partition] = true;
  }

  /** Returns how many records of a partition were taken and not given out. */
  int waiting(int partition) {
    return waiting.get(partition).size();
  }

  /** Returns the next record of the new topic, or nothing until more was added. */
  Optional<Copy> next() {
    while (true) {
      int chosen = earliest(true);
      if (chosen < 0 && allKnown()) {
        // What an event waits for is not in the log: its claim was written to be lost.
        chosen = earliest(false);
      }
      if (chosen < 0) {
        return Optional.empty();
      }
      ConsumerRecord<byte[], byte[]> record = waiting.get(chosen).poll();
      if (isCutover(record)) {
        left++;
        continue;
      }
      if (leavesOut.test(record)) {
        forgotten++;
        continue;
      }
      return Optional.of(copy(record));
    }
  }

  /** Whether every partition has a record to offer or has ended. */
  private boolean allKnown() {
    for (int p = 0; p < ended.length; p++) {
      if (!ended[p] && waiting.get(p).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns the partition whose next record is the earliest, or -1 if that cannot be told yet.
   *
   * @param claimsFirst whether events wait until their claim was given out
   */
  private int earliest(boolean claimsFirst) {
    if (!allKnown()) {
      return -1;
    }
    int earliest = -1;
    Stamp best = null;
    for (int p = 0; p < ended.length; p++) {
      ConsumerRecord<byte[], byte[]> head = waiting.get(p).peek();
      if (head == null || (claimsFirst && waitsForClaim(head))) {
        continue;
      }
      Stamp stamp = stamp(head);
      if (best == null || stamp.isBefore(best)) {
        best = stamp;
        earliest = p;
      }
    }
    return earliest;
  }

  private boolean waitsForClaim(ConsumerRecord<byte[], byte[]> record) {
    ClaimKey key = claimKeyOrNull(record);
    return key != null && !claims.containsKey(key) && !deleted.isOver(record);
  }

  /** Returns the claim that an event names, or null. */
  static ClaimKey claimKeyOrNull(ConsumerRecord<byte[], byte[]> record) {
    Header header = record.headers().lastHeader(CLAIM);
    if (header == null || RawCommand.isCommand(record.headers())) {
      return null;
    }
    try {
      ActorKey actor = ActorKey.fromBytes(record.key());
      return new ClaimKey(
          actor.token(),
          actor.distinctId(),
          Long.parseLong(new String(header.value(), StandardCharsets.UTF_8)));
    } catch (MalformedRecordException | NumberFormatException e) {
      // The processors will say what is wrong with it; a copy changes nothing of that.
      return null;
    }
  }

  private static boolean isCutover(ConsumerRecord<byte[], byte[]> record) {
    return command(record) instanceof RawCommand.Cutover;
  }

  /** Returns the command that a record is, or null if it is none that can be read. */
  static RawCommand command(ConsumerRecord<byte[], byte[]> record) {
    if (!RawCommand.isCommand(record.headers())) {
      return null;
    }
    try {
      return RawCommand.read(record.value(), record.headers());
    } catch (MalformedRecordException e) {
      return null;
    }
  }

  /** Returns the place in history that a record has in the old topic. */
  static Stamp stamp(ConsumerRecord<byte[], byte[]> record) {
    Stamp own = new Stamp(record.timestamp(), record.partition(), record.offset());
    try {
      return CopiedStamp.orOwn(record.headers(), own);
    } catch (MalformedRecordException e) {
      return own;
    }
  }

  private Copy copy(ConsumerRecord<byte[], byte[]> record) {
    int partition =
        record.key() == null
            ? record.partition() % partitions
            : Utils.toPositive(Utils.murmur2(record.key())) % partitions;
    long offset = nextOffsets[partition]++;
    Headers headers = new RecordHeaders(record.headers());
    Stamp stamp = stamp(record);
    int moved = stamp.partition() + partitions;
    if (moved >= MAX_PARTITIONS) {
      throw new RebuildException(
          "After so many changes of the partition count there is no room for stamps: they name"
              + " partitions up to "
              + moved
              + ", and "
              + (MAX_PARTITIONS - 1)
              + " is the last.");
    }
    CopiedStamp.write(headers, new Stamp(stamp.appendedAt(), moved, stamp.offset()));
    byte[] value = record.value();
    if (command(record) instanceof RawCommand.Claim claim) {
      remember(record, claim, offset);
      value = deleted.withoutGone(record, claim);
    } else {
      translateClaim(record, headers);
    }
    return new Copy(partition, offset, record.key(), value, headers);
  }

  private void remember(ConsumerRecord<byte[], byte[]> record, RawCommand.Claim claim, long to) {
    ActorKey claimed = ActorKey.fromBytes(record.key());
    claims
        .computeIfAbsent(
            new ClaimKey(claimed.token(), claim.claimant(), record.offset()),
            key -> new ArrayList<>())
        .add(new MovedClaim(claimed.distinctId(), to, record.timestamp()));
    var oldest = claims.values().iterator();
    while (record.timestamp() - oldest.next().get(0).appendedAt() > CLAIM_MEMORY_MILLIS) {
      oldest.remove();
    }
  }

  private void translateClaim(ConsumerRecord<byte[], byte[]> record, Headers headers) {
    ClaimKey key = claimKeyOrNull(record);
    if (key == null) {
      return;
    }
    headers.remove(CLAIM);
    List<MovedClaim> found = claims.getOrDefault(key, List.of());
    String json =
        record.value() == null || found.size() < 2
            ? ""
            : new String(record.value(), StandardCharsets.UTF_8);
    // Two claims of one claimant may stand at the same offset of two partitions.
    Optional<MovedClaim> claim =
        found.size() < 2
            ? found.stream().findFirst()
            : found.stream().filter(one -> json.contains(one.claimed())).findFirst();
    if (claim.isEmpty()) {
      unclaimed++;
      return;
    }
    headers.add(CLAIM, Long.toString(claim.get().offset()).getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the offsets behind the last copies, by partition of the new topic. */
  Map<Integer, Long> ends() {
    Map<Integer, Long> ends = new HashMap<>();
    for (int p = 0; p < partitions; p++) {
      ends.put(p, nextOffsets[p]);
    }
    return ends;
  }

  /** Returns how many markers of cutovers stayed behind. */
  long left() {
    return left;
  }

  /** Returns how many records stayed behind because they were deleted. */
  long forgotten() {
    return forgotten;
  }

  /** Returns how many events named a claim that is not in the log, and name none any more. */
  long unclaimed() {
    return unclaimed;
  }
}
