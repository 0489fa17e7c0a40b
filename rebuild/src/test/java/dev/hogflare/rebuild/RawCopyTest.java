// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.CopiedStamp;
import dev.hogflare.contract.Generation;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.Stamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class RawCopyTest {
  private static final Duration DEDUP_WINDOW = Duration.ofHours(1);

  private static final String TOKEN = "phc_test";
  private static final Stamp NONE = new Stamp(-1, -1, -1);

  private static ConsumerRecord<byte[], byte[]> record(
      int partition, long offset, long time, String id, byte[] value, Headers headers) {
    return new ConsumerRecord<>(
        "raw",
        partition,
        offset,
        time,
        TimestampType.LOG_APPEND_TIME,
        0,
        0,
        new ActorKey(TOKEN, id).toBytes(),
        value,
        headers,
        Optional.empty());
  }

  private static ConsumerRecord<byte[], byte[]> event(
      int partition, long offset, long time, String id) {
    return record(partition, offset, time, id, "{}".getBytes(UTF_8), new RecordHeaders());
  }

  private static ConsumerRecord<byte[], byte[]> event(
      int partition, long offset, long time, String id, String other, long claim) {
    Headers headers = new RecordHeaders();
    headers.add("claim", Long.toString(claim).getBytes(UTF_8));
    byte[] json = ("{\"$anon_distinct_id\":\"" + other + "\"}").getBytes(UTF_8);
    return record(partition, offset, time, id, json, headers);
  }

  private static ConsumerRecord<byte[], byte[]> command(
      int partition, long offset, long time, String id, RawCommand command) {
    Headers headers = new RecordHeaders();
    command.writeHeader(headers);
    return record(partition, offset, time, id, command.toJson(), headers);
  }

  /** Returns the copy of a topic that deletes nobody. */
  private static RawCopy copyOf(int from, int to) {
    DeletedIds nobody = new DeletedIds(DEDUP_WINDOW);
    return new RawCopy(from, to, nobody, nobody::leavesOut);
  }

  private static List<RawCopy.Copy> all(RawCopy copy) {
    List<RawCopy.Copy> copies = new ArrayList<>();
    for (Optional<RawCopy.Copy> next = copy.next(); next.isPresent(); next = copy.next()) {
      copies.add(next.get());
    }
    return copies;
  }

  private static Stamp stamp(RawCopy.Copy copy) {
    return CopiedStamp.orOwn(copy.headers(), NONE);
  }

  private static String id(RawCopy.Copy copy) {
    return ActorKey.fromBytes(copy.key()).distinctId();
  }

  private static String claim(RawCopy.Copy copy) {
    return new String(copy.headers().lastHeader("claim").value(), UTF_8);
  }

  @Property(tries = 200)
  void keepsTheOrderOfHistoryAndTheOffsetsThatItForetells(@ForAll Random random) {
    int from = 1 + random.nextInt(4);
    int to = 1 + random.nextInt(9);
    RawCopy copy = copyOf(from, to);
    Map<String, List<Stamp>> expected = new HashMap<>();
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int p = 0; p < from; p++) {
      long time = 100;
      for (int offset = 0; offset < random.nextInt(30); offset++) {
        time += random.nextInt(3);
        String id = "p" + p + "-" + random.nextInt(3);
        records.add(event(p, offset, time, id));
        expected.computeIfAbsent(id, key -> new ArrayList<>()).add(new Stamp(time, p + to, offset));
      }
    }
    List<RawCopy.Copy> copies = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      copy.add(record);
      copies.addAll(all(copy));
    }
    for (int p = 0; p < from; p++) {
      copy.end(p);
    }
    copies.addAll(all(copy));
    assertThat(copies).hasSameSizeAs(records);
    assertThat(copies.stream().map(RawCopyTest::stamp)).isSorted();
    Map<String, List<Stamp>> found = new HashMap<>();
    Map<Integer, Long> next = new HashMap<>();
    Set<Stamp> stamps = new HashSet<>();
    for (RawCopy.Copy one : copies) {
      found.computeIfAbsent(id(one), key -> new ArrayList<>()).add(stamp(one));
      assertThat(one.partition()).isEqualTo(Utils.toPositive(Utils.murmur2(one.key())) % to);
      assertThat(one.offset()).isEqualTo(next.merge(one.partition(), 1L, Long::sum) - 1);
      assertThat(stamp(one).partition())
          .as("never that of a later record")
          .isGreaterThanOrEqualTo(to);
      assertThat(stamps.add(stamp(one))).isTrue();
    }
    assertThat(found).isEqualTo(expected);
    next.forEach((partition, end) -> assertThat(copy.ends()).containsEntry(partition, end));
  }

  @Test
  void anEventNamesTheNewOffsetOfItsClaim() {
    RawCopy copy = copyOf(2, 1);
    copy.add(event(0, 0, 1, "anon"));
    copy.add(command(0, 1, 5, "anon", new RawCommand.Claim("user")));
    copy.add(event(1, 0, 6, "user", "anon", 1));
    copy.add(event(1, 1, 7, "user", "anon", 1));
    copy.end(0);
    copy.end(1);
    List<RawCopy.Copy> copies = all(copy);
    assertThat(copies).extracting(RawCopyTest::id).containsExactly("anon", "anon", "user", "user");
    assertThat(claim(copies.get(2))).isEqualTo("1");
    assertThat(claim(copies.get(3))).isEqualTo("1");
    assertThat(copy.unclaimed()).isZero();
  }

  @Test
  void anEventWaitsForItsClaimAlsoIfTheBrokersClocksDiffer() {
    RawCopy copy = copyOf(2, 1);
    copy.add(event(1, 0, 1, "user", "anon", 2));
    copy.add(event(0, 0, 3, "x"));
    copy.add(event(0, 1, 4, "y"));
    copy.add(command(0, 2, 5, "anon", new RawCommand.Claim("user")));
    copy.end(0);
    copy.end(1);
    List<RawCopy.Copy> copies = all(copy);
    assertThat(copies).extracting(RawCopyTest::id).containsExactly("x", "y", "anon", "user");
    assertThat(claim(copies.get(3))).isEqualTo("2");
  }

  @Test
  void tellsTwoClaimsAtTheSameOffsetOfTwoPartitionsApart() {
    RawCopy copy = copyOf(3, 1);
    copy.add(command(0, 0, 1, "phone", new RawCommand.Claim("user")));
    copy.add(command(1, 0, 2, "laptop", new RawCommand.Claim("user")));
    copy.add(event(2, 0, 3, "user", "laptop", 0));
    copy.add(event(2, 1, 4, "user", "phone", 0));
    for (int p = 0; p < 3; p++) {
      copy.end(p);
    }
    List<RawCopy.Copy> copies = all(copy);
    assertThat(claim(copies.get(2))).isEqualTo("1");
    assertThat(claim(copies.get(3))).isEqualTo("0");
  }

  @Test
  void anEventWhoseClaimIsGoneNamesNone() {
    RawCopy copy = copyOf(1, 2);
    copy.add(event(0, 7, 1, "user", "anon", 3));
    copy.end(0);
    List<RawCopy.Copy> copies = all(copy);
    assertThat(copies).hasSize(1);
    assertThat(copies.get(0).headers().lastHeader("claim")).isNull();
    assertThat(copy.unclaimed()).isEqualTo(1);
  }

  @Test
  void markersOfCutoversStayBehind() {
    RawCopy copy = copyOf(1, 2);
    copy.add(command(0, 0, 1, "x", new RawCommand.Cutover(Generation.FIRST, new Generation(2))));
    copy.end(0);
    assertThat(all(copy)).isEmpty();
    assertThat(copy.left()).isEqualTo(1);
  }

  @Test
  void aCopyOfACopyKeepsTheFirstPlaceInHistory() {
    Headers headers = new RecordHeaders();
    CopiedStamp.write(headers, new Stamp(5, 9, 77));
    RawCopy copy = copyOf(1, 16);
    copy.add(record(0, 0, 1_000, "x", "{}".getBytes(UTF_8), headers));
    copy.end(0);
    assertThat(stamp(all(copy).get(0))).isEqualTo(new Stamp(5, 25, 77));
    assertThat(CopiedStamp.orOwn(headers, NONE)).as("the original").isEqualTo(new Stamp(5, 9, 77));
  }

  @Test
  void saysNothingUntilEveryPartitionHasSpoken() {
    RawCopy copy = copyOf(2, 1);
    copy.add(event(0, 0, 5, "a"));
    assertThat(copy.next()).isEmpty();
    copy.end(1);
    assertThat(copy.next()).isPresent();
  }

  private static ConsumerRecord<byte[], byte[]> delete(
      int partition, long offset, long time, String id) {
    return command(partition, offset, time, id, new RawCommand.DeletePerson(time * 1_000));
  }

  private static ConsumerRecord<byte[], byte[]> event(
      int partition, long offset, long time, String id, String uuid) {
    Headers headers = new RecordHeaders();
    headers.add("uuid", uuid.getBytes(UTF_8));
    return record(partition, offset, time, id, "{}".getBytes(UTF_8), headers);
  }

  private static DeletedIds deletedIn(List<ConsumerRecord<byte[], byte[]>> records) {
    DeletedIds deleted = new DeletedIds(DEDUP_WINDOW);
    records.forEach(deleted::find);
    records.forEach(deleted::findClaims);
    records.forEach(deleted::findNamed);
    return deleted;
  }

  /** Returns what of a topic of two partitions goes into a copy. */
  private static List<RawCopy.Copy> copied(List<ConsumerRecord<byte[], byte[]>> records) {
    DeletedIds deleted = deletedIn(records);
    RawCopy copy = new RawCopy(2, 1, deleted, deleted::leavesOut);
    records.forEach(copy::add);
    copy.end(0);
    copy.end(1);
    List<RawCopy.Copy> copies = all(copy);
    assertThat(copy.forgotten()).isEqualTo(records.size() - copies.size());
    return copies;
  }

  @Test
  void nothingOfADeletedPersonGoesAlong() {
    List<RawCopy.Copy> copies =
        copied(
            List.of(
                event(0, 0, 1, "anon"),
                command(0, 1, 2, "anon", new RawCommand.Claim("user")),
                event(1, 0, 3, "user", "anon", 1),
                event(1, 1, 4, "other"),
                delete(0, 2, 5, "anon"),
                delete(1, 2, 6, "user"),
                event(1, 3, 7, "other")));
    assertThat(copies).extracting(RawCopyTest::id).containsExactly("other", "other");
  }

  @Test
  void whoCameBackBringsTheNumberOfDeletionsAlong() {
    List<RawCopy.Copy> copies =
        copied(
            List.of(
                event(0, 0, 1, "anon"),
                delete(0, 1, 2, "anon"),
                event(0, 2, 3, "anon"),
                delete(0, 3, 4, "anon"),
                event(0, 4, 5, "anon")));
    assertThat(copies)
        .extracting(RawCopyTest::stamp)
        .extracting(Stamp::offset)
        .containsExactly(1L, 3L, 4L);
    assertThat(RawCommand.read(copies.get(1).value(), copies.get(1).headers()))
        .isEqualTo(new RawCommand.DeletePerson(4_000));
  }

  @Test
  void anEventThatWasRepeatedBehindTheDeletionComesBackInNoCopy() {
    long hour = DEDUP_WINDOW.toMillis();
    List<RawCopy.Copy> copies =
        copied(
            List.of(
                event(0, 0, 1, "anon", "one"),
                event(0, 1, 2, "anon", "two"),
                delete(0, 2, 3, "anon"),
                event(0, 3, 4, "anon", "one"),
                event(0, 4, 5, "anon", "three"),
                event(0, 5, 2 * hour - 1, "anon", "two"),
                event(0, 6, 2 * hour, "anon", "two")));
    assertThat(copies)
        .extracting(RawCopyTest::stamp)
        .extracting(Stamp::offset)
        .containsExactly(2L, 4L, 6L);
  }

  @Test
  void aRepetitionThatIsLeftOutItselfIsNotRememberedAnew() {
    long hour = DEDUP_WINDOW.toMillis();
    List<RawCopy.Copy> copies =
        copied(
            List.of(
                event(0, 0, 1, "anon", "one"),
                event(0, 1, hour, "anon", "one"),
                delete(0, 2, hour + 1, "anon"),
                event(0, 3, 2 * hour, "anon", "one")));
    assertThat(copies)
        .extracting(RawCopyTest::stamp)
        .extracting(Stamp::offset)
        .containsExactly(2L, 3L);
  }

  @Test
  void withoutDeduplicationARepeatedEventComesBack() {
    List<ConsumerRecord<byte[], byte[]>> records =
        List.of(
            event(0, 0, 1, "anon", "one"), delete(0, 1, 2, "anon"), event(0, 2, 3, "anon", "one"));
    DeletedIds deleted = new DeletedIds(Duration.ZERO);
    records.forEach(deleted::find);
    assertThat(records.stream().map(deleted::leavesOut)).containsExactly(true, false, false);
  }

  @Test
  void aClaimOnADeletedIdGoesAlongIfAnEventThatDoesNamesIt() {
    List<RawCopy.Copy> copies =
        copied(
            List.of(
                event(0, 0, 1, "anon"),
                command(0, 1, 2, "anon", new RawCommand.Claim("gone")),
                command(0, 2, 3, "anon", new RawCommand.Claim("user")),
                event(1, 0, 3, "gone", "anon", 1),
                delete(1, 1, 4, "gone"),
                delete(0, 3, 5, "anon"),
                event(1, 2, 6, "user", "anon", 2)));
    assertThat(copies).extracting(RawCopyTest::id).containsExactly("anon", "anon", "user");
    assertThat(claim(copies.get(2))).isEqualTo("0");
    assertThat(RawCommand.read(copies.get(1).value(), copies.get(1).headers()))
        .isInstanceOf(RawCommand.DeletePerson.class);
  }

  @Test
  void aClaimOfADeletedPersonOnALivingIdKeepsItsPlaceAndLosesItsName() {
    List<RawCopy.Copy> copies =
        copied(
            List.of(
                command(0, 0, 1, "anon", new RawCommand.Claim("gone")),
                command(0, 1, 2, "anon", new RawCommand.Claim("user")),
                delete(1, 0, 3, "gone"),
                event(0, 2, 4, "anon")));
    assertThat(copies)
        .extracting(copy -> new String(copy.value(), UTF_8))
        .containsExactly("{\"claimant\":\"\"}", "{\"claimant\":\"user\"}", "{}");
  }

  @Test
  void recordingsStayBehindByTime() {
    DeletedIds deleted = deletedIn(List.of(event(0, 0, 1, "anon"), delete(0, 1, 100, "anon")));
    RawCopy recordings = new RawCopy(1, 1, deleted, deleted::leavesOutByTime);
    recordings.add(event(0, 5, 99, "anon"));
    recordings.add(event(0, 6, 99, "other"));
    recordings.add(event(0, 7, 101, "anon"));
    recordings.end(0);
    assertThat(all(recordings)).extracting(RawCopyTest::id).containsExactly("other", "anon");
    assertThat(recordings.forgotten()).isEqualTo(1);
  }
}
