// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.RowSchema;
import dev.hogflare.lakehouse.Journal.SegmentEnd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final RowBatchParser PARSER =
      new RowBatchParser(new RowLayout(RowSchema.EVENTS, PromotedColumn.STANDARD), 1 << 20);
  private static final Journal.Bounds LONG =
      new Journal.Bounds(Duration.ofHours(1), 1_000_000, 1L << 30);

  @TempDir private Path folder;
  private final Collected collected = new Collected();
  private final AtomicLong clock = new AtomicLong(1_000);

  /** What a journal hands on. */
  private static final class Collected implements Journal.Sink {
    final BlockingQueue<RowBatch> batches = new LinkedBlockingQueue<>();
    final BlockingQueue<SegmentEnd> ends = new LinkedBlockingQueue<>();
    final AtomicLong bytes = new AtomicLong();

    @Override
    public void rows(RowBatch batch, long size) {
      batches.add(batch);
      bytes.addAndGet(size);
    }

    @Override
    public void segmentEnd(SegmentEnd end) {
      ends.add(end);
    }

    SegmentEnd nextEnd() throws InterruptedException {
      SegmentEnd end = ends.poll(10, TimeUnit.SECONDS);
      assertThat(end).as("a segment's end within ten seconds").isNotNull();
      return end;
    }
  }

  private record Frame(long ingestMicros, String payload) {}

  private Journal journal(Journal.Bounds bounds) {
    Journal journal = new Journal("test", folder, 5, bounds, clock::get, collected);
    journal.start();
    return journal;
  }

  private static RowBatch batch(int from, int to) throws RefusedBodyException {
    return PARSER.parse(TestRows.events(from, to));
  }

  private static List<Frame> frames(JournalSegment segment, boolean whole) throws IOException {
    List<Frame> frames = new ArrayList<>();
    assertThat(
            segment.read(
                (micros, payload) ->
                    frames.add(new Frame(micros, new String(payload, StandardCharsets.UTF_8)))))
        .isEqualTo(whole);
    return frames;
  }

  @Test
  void keepsWhatItAcknowledgedInOneReadableSegment() throws Exception {
    try (Journal journal = journal(LONG)) {
      List<CompletableFuture<Void>> appended = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        appended.add(journal.append(batch(2 * i, 2 * i + 2)));
      }
      for (CompletableFuture<Void> durable : appended) {
        durable.get(10, TimeUnit.SECONDS);
      }
      List<JournalSegment> segments = JournalSegment.in(folder);
      assertThat(segments).extracting(JournalSegment::number).containsExactly(5L);
      List<Frame> frames = frames(segments.getFirst(), true);
      assertThat(frames).hasSize(50);
      assertThat(frames.get(7))
          .isEqualTo(new Frame(1_000, new String(TestRows.events(14, 16), StandardCharsets.UTF_8)));
    }
    SegmentEnd end = collected.nextEnd();
    assertThat(end.rows()).isEqualTo(100);
    assertThat(end.bytes()).isEqualTo(Files.size(end.segment().file()));
    assertThat(collected.bytes).hasValue(end.bytes());
    assertThat(collected.batches).hasSize(50);
  }

  @Test
  void keepsOnlyTheValidRows() throws Exception {
    try (Journal journal = journal(LONG)) {
      RowBatch mixed = PARSER.parse(TestRows.body("{}", TestRows.event(3), "7"));
      journal.append(mixed).get(10, TimeUnit.SECONDS);
      assertThat(frames(JournalSegment.of(folder, 5), true))
          .containsExactly(new Frame(1_000, "[" + TestRows.event(3) + "]"));
    }
  }

  @Test
  void endsASegmentAfterTheInterval() throws Exception {
    try (Journal journal =
        journal(new Journal.Bounds(Duration.ofMillis(30), 1_000_000, 1L << 30))) {
      journal.append(batch(0, 3)).get(10, TimeUnit.SECONDS);
      SegmentEnd first = collected.nextEnd();
      assertThat(first.segment().number()).isEqualTo(5);
      assertThat(first.rows()).isEqualTo(3);
      journal.append(batch(3, 4)).get(10, TimeUnit.SECONDS);
      assertThat(collected.nextEnd().segment().number()).isEqualTo(6);
    }
    assertThat(collected.ends).isEmpty();
  }

  @Test
  void endsAFullSegmentAtOnce() throws Exception {
    try (Journal journal = journal(new Journal.Bounds(Duration.ofHours(1), 10, 1L << 30))) {
      journal.append(batch(0, 9)).get(10, TimeUnit.SECONDS);
      assertThat(collected.ends).isEmpty();
      journal.append(batch(9, 10)).get(10, TimeUnit.SECONDS);
      assertThat(collected.nextEnd().rows()).isEqualTo(10);
    }
    try (Journal journal =
        new Journal(
            "bytes",
            folder,
            50,
            new Journal.Bounds(Duration.ofHours(1), 1_000, 100),
            clock::get,
            collected)) {
      journal.start();
      journal.append(batch(0, 1)).get(10, TimeUnit.SECONDS);
      assertThat(collected.nextEnd().segment().number()).isEqualTo(50);
    }
  }

  @Test
  void endsASegmentOnDemand() throws Exception {
    try (Journal journal = journal(LONG)) {
      journal.closeSegment().get(10, TimeUnit.SECONDS);
      assertThat(collected.ends).isEmpty();
      journal.append(batch(0, 2)).get(10, TimeUnit.SECONDS);
      journal.closeSegment().get(10, TimeUnit.SECONDS);
      assertThat(collected.ends).hasSize(1);
    }
  }

  @Test
  void neverTurnsItsClockBack() throws Exception {
    try (Journal journal = journal(LONG)) {
      journal.append(batch(0, 1)).get(10, TimeUnit.SECONDS);
      clock.set(500);
      journal.append(batch(1, 2)).get(10, TimeUnit.SECONDS);
      assertThat(frames(JournalSegment.of(folder, 5), true))
          .extracting(Frame::ingestMicros)
          .containsExactly(1_000L, 1_000L);
    }
  }

  @Test
  void failsWhatItCannotWriteAndTakesRowsAgainWhenItCan() throws Exception {
    Path moved = folder.resolveSibling("moved-" + folder.getFileName());
    try (Journal journal = journal(LONG)) {
      Files.move(folder, moved);
      CompletableFuture<Void> lost = journal.append(batch(0, 1));
      assertThatThrownBy(() -> lost.get(10, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("The journal cannot be written");
      assertThat(collected.batches).isEmpty();

      Files.move(moved, folder);
      journal.append(batch(1, 2)).get(10, TimeUnit.SECONDS);
      assertThat(journal.failureOrNull()).isNull();
    }
    assertThat(collected.nextEnd().rows()).isEqualTo(1);
  }

  @Test
  void refusesRowsAfterItsEnd() throws Exception {
    Journal journal = journal(LONG);
    journal.close();
    assertThatThrownBy(() -> journal.append(batch(0, 1)).get(10, TimeUnit.SECONDS))
        .hasMessageContaining("closing");
    journal.closeSegment().get(10, TimeUnit.SECONDS);
  }

  @Test
  void readsUpToATornEnd() throws Exception {
    try (Journal journal = journal(LONG)) {
      journal.append(batch(0, 1)).get(10, TimeUnit.SECONDS);
      journal.append(batch(1, 2)).get(10, TimeUnit.SECONDS);
    }
    JournalSegment segment = JournalSegment.of(folder, 5);
    byte[] whole = Files.readAllBytes(segment.file());
    int first = frames(segment, true).getFirst().payload().length() + JournalSegment.HEADER_BYTES;
    for (int length = 0; length <= whole.length; length++) {
      Files.write(segment.file(), java.util.Arrays.copyOf(whole, length));
      int expected = length < first ? 0 : length < whole.length ? 1 : 2;
      boolean clean = length == 0 || length == first || length == whole.length;
      assertThat(frames(segment, clean)).as("%d bytes", length).hasSize(expected);
    }
    byte[] damaged = whole.clone();
    damaged[first + JournalSegment.HEADER_BYTES + 3] ^= 1;
    Files.write(segment.file(), damaged);
    assertThat(frames(segment, false)).hasSize(1);
    Files.write(segment.file(), whole);
    Files.write(segment.file(), new byte[100], StandardOpenOption.APPEND);
    assertThat(frames(segment, false)).hasSize(2);
  }

  @Test
  void listsItsSegmentsByNumberAndNothingElse() throws Exception {
    for (long number : new long[] {12, 3, 200}) {
      Files.createFile(JournalSegment.of(folder, number).file());
    }
    Files.createFile(folder.resolve("notes.txt"));
    assertThat(JournalSegment.in(folder))
        .extracting(JournalSegment::number)
        .containsExactly(3L, 12L, 200L);
  }
}
