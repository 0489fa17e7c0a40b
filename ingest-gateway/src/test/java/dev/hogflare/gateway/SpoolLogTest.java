// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolLogTest {
  private static final int SMALL = 400;
  private static final int ALL = Integer.MAX_VALUE;

  @TempDir Path temp;
  private Path folder;

  @BeforeEach
  void choose() {
    folder = temp.resolve("spool");
  }

  @Test
  void readsInOrderWhatWasAppendedOverManyFiles() throws Exception {
    try (SpoolLog log = SpoolLog.open(folder, SMALL)) {
      List<String> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        append(log, "a" + i, "b" + i);
        all.add("a" + i);
        all.add("b" + i);
      }
      assertThat(files()).hasSizeGreaterThan(3);
      assertThat(read(log)).isEqualTo(all);
      assertThat(read(log)).isEmpty();
      append(log, "more");
      assertThat(read(log)).containsExactly("more");
    }
  }

  @Test
  void readsNoMoreAtOnceThanIsAskedFor() throws Exception {
    try (SpoolLog log = SpoolLog.open(folder, SMALL)) {
      append(log, "aaaa", "bbbb", "cccc");
      assertThat(texts(log.read(5))).containsExactly("aaaa", "bbbb");
      assertThat(texts(log.read(5))).containsExactly("cccc");
    }
  }

  @Test
  void aProcessThatWasKilledLeavesEverythingToTheNext() throws Exception {
    SpoolLog killed = SpoolLog.open(folder, SMALL);
    for (int i = 0; i < 30; i++) {
      append(killed, "e" + i);
    }
    List<SpoolFrame> sent = killed.read(20);
    killed.drainedTo(sent.getLast().end());
    Path copy = copyOf(folder);
    killed.close();
    try (SpoolLog next = SpoolLog.open(copy, SMALL)) {
      assertThat(next.foundItems()).isEqualTo(30L - sent.size());
      List<String> rest = read(next);
      assertThat(rest).hasSize(30 - sent.size()).endsWith("e28", "e29");
      append(next, "new");
      assertThat(read(next)).containsExactly("new");
      assertThat(next.lostFrames()).isZero();
    }
  }

  @Test
  void aTornTailIsCutWhereverItIsTorn() throws Exception {
    SpoolLog log = SpoolLog.open(folder, 1 << 20);
    append(log, "first", "second");
    long whole = Files.size(only());
    append(log, "the one that is torn");
    long end = Files.size(only());
    log.close();
    for (long length = whole; length < end; length++) {
      Path copy = copyOf(folder);
      truncate(copy.resolve(only().getFileName()), length);
      try (SpoolLog next = SpoolLog.open(copy, 1 << 20)) {
        assertThat(next.foundItems()).as("cut at %d", length).isEqualTo(2);
        append(next, "third");
        assertThat(read(next)).as("cut at %d", length).containsExactly("first", "second", "third");
        assertThat(next.lostFrames()).isZero();
      }
      try (SpoolLog again = SpoolLog.open(copy, 1 << 20)) {
        assertThat(read(again)).as("cut at %d", length).containsExactly("first", "second", "third");
      }
    }
  }

  @Test
  void aFlippedBitCostsOneRequestAndIsTold() throws Exception {
    SpoolLog log = SpoolLog.open(folder, 1 << 20);
    append(log, "first");
    long from = Files.size(only());
    append(log, "damaged");
    long to = Files.size(only());
    append(log, "third", "fourth");
    log.close();
    for (long at = from; at < to; at++) {
      for (int bit = 0; bit < 8; bit++) {
        Path copy = copyOf(folder);
        Path file = copy.resolve(only().getFileName());
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) at] ^= (byte) (1 << bit);
        Files.write(file, bytes);
        try (SpoolLog next = SpoolLog.open(copy, 1 << 20)) {
          assertThat(next.foundItems()).isEqualTo(3);
          assertThat(read(next))
              .as("bit %d of byte %d", bit, at)
              .containsExactly("first", "third", "fourth");
          assertThat(next.lostFrames()).isEqualTo(1);
          assertThat(Path.of(file + ".damaged")).hasBinaryContent(bytes);
        }
      }
    }
  }

  @Test
  void theLossOfAWholeFileIsTold() throws Exception {
    SpoolLog log = SpoolLog.open(folder, 1);
    append(log, "first");
    append(log, "second");
    append(log, "third");
    log.close();
    Files.delete(files().get(1));
    try (SpoolLog next = SpoolLog.open(folder, 1)) {
      assertThat(read(next)).containsExactly("first", "third");
      assertThat(next.lostFrames()).isEqualTo(1);
    }
  }

  @Test
  void damageAtTheEndOfAnEarlierFileIsToldFromATornTail() throws Exception {
    SpoolLog log = SpoolLog.open(folder, 1);
    append(log, "first");
    append(log, "second");
    append(log, "third");
    log.close();
    Path second = files().get(1);
    truncate(second, Files.size(second) - 1);
    try (SpoolLog next = SpoolLog.open(folder, 1)) {
      assertThat(read(next)).containsExactly("first", "third");
      assertThat(next.lostFrames()).isEqualTo(1);
    }
  }

  @Test
  void randomDamageIsNeverTakenForARequest() throws Exception {
    long seed = 20_261_201;
    Random random = new Random(seed);
    SpoolLog log = SpoolLog.open(folder, SMALL);
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String text = "e" + i + "x".repeat(random.nextInt(60));
      all.add(text);
      append(log, text);
    }
    log.close();
    for (int round = 0; round < 300; round++) {
      Path copy = copyOf(folder);
      Path file = copy.resolve(files().get(random.nextInt(files().size())).getFileName());
      byte[] bytes = Files.readAllBytes(file);
      int from = 8 + random.nextInt(bytes.length - 8);
      for (int i = from; i < Math.min(bytes.length, from + 1 + random.nextInt(80)); i++) {
        bytes[i] = (byte) random.nextInt();
      }
      Files.write(file, bytes);
      try (SpoolLog next = SpoolLog.open(copy, SMALL)) {
        List<String> read = read(next);
        assertThat(all).as("seed %d, round %d", seed, round).containsSubsequence(read);
        if (!file.getFileName().equals(files().getLast().getFileName())) {
          assertThat(read.size() + next.lostFrames()).isEqualTo(all.size());
        }
      }
    }
  }

  @Test
  void withoutAUsableCheckpointEverythingIsReadAgain() throws Exception {
    SpoolLog log = SpoolLog.open(folder, 1 << 20);
    append(log, "first", "second");
    log.drainedTo(log.read(1).getLast().end());
    log.close();
    Files.write(folder.resolve("drained"), new byte[28]);
    try (SpoolLog next = SpoolLog.open(folder, 1 << 20)) {
      assertThat(read(next)).containsExactly("first", "second");
      assertThat(next.lostFrames()).isZero();
    }
  }

  @Test
  void aFileGoesWhenAllOfItIsDrained() throws Exception {
    try (SpoolLog log = SpoolLog.open(folder, 1)) {
      append(log, "first");
      append(log, "second");
      assertThat(files()).hasSize(2);
      log.drainedTo(log.read(ALL).getLast().end());
      assertThat(files()).hasSize(1);
      assertThat(log.waitingBytes()).isZero();
      log.clear();
      assertThat(files()).isEmpty();
      assertThat(log.bytes()).isZero();
      append(log, "third");
      assertThat(read(log)).containsExactly("third");
      assertThat(log.lostFrames()).isZero();
    }
    try (SpoolLog next = SpoolLog.open(folder, 1)) {
      assertThat(read(next)).containsExactly("third");
      assertThat(next.lostFrames()).isZero();
    }
  }

  @Test
  void goesBackToWhatIsNotDrained() throws Exception {
    try (SpoolLog log = SpoolLog.open(folder, 1)) {
      append(log, "first");
      append(log, "second");
      log.drainedTo(log.read(1).getLast().end());
      assertThat(read(log)).containsExactly("second");
      log.rewind();
      assertThat(read(log)).containsExactly("second");
    }
  }

  @Test
  void aSecondProcessIsRefused() throws Exception {
    try (SpoolLog log = SpoolLog.open(folder, SMALL)) {
      assertThat(log.foundItems()).isZero();
      assertThatThrownBy(() -> SpoolLog.open(folder, SMALL))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("HOGFLARE_SPOOL_DIR");
    }
    SpoolLog.open(folder, SMALL).close();
  }

  @Test
  void aFileOfAnotherVersionIsNotTouched() throws Exception {
    try (SpoolLog log = SpoolLog.open(folder, SMALL)) {
      append(log, "first");
    }
    byte[] bytes = Files.readAllBytes(only());
    bytes[7] = 2;
    Files.write(only(), bytes);
    assertThatThrownBy(() -> SpoolLog.open(folder, SMALL))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another version");
    assertThat(only()).hasBinaryContent(bytes);
  }

  @Test
  void aFileThatWasOnlyBegunIsNoHindrance() throws Exception {
    SpoolLog log = SpoolLog.open(folder, SMALL);
    append(log, "first");
    log.close();
    Files.write(SpoolSegment.file(folder, 2), new byte[] {'h', 'f'});
    try (SpoolLog next = SpoolLog.open(folder, SMALL)) {
      append(next, "second");
      assertThat(read(next)).containsExactly("first", "second");
    }
  }

  private static void append(SpoolLog log, String... texts) throws IOException {
    log.append(
        Stream.of(texts)
            .map(text -> new SpoolLog.Entry(text.getBytes(StandardCharsets.UTF_8), 1))
            .toList());
  }

  private static List<String> read(SpoolLog log) throws IOException {
    return texts(log.read(ALL));
  }

  private static List<String> texts(List<SpoolFrame> frames) {
    return frames.stream().map(f -> new String(f.payload(), StandardCharsets.UTF_8)).toList();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> SpoolSegment.numberOf(file) >= 0).sorted().toList();
    }
  }

  private Path only() throws IOException {
    assertThat(files()).hasSize(1);
    return files().getFirst();
  }

  private static void truncate(Path file, long length) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, (int) length));
  }

  /** What a process that is killed now leaves behind. */
  private Path copyOf(Path source) throws IOException {
    Path copy = Files.createTempDirectory(temp, "copy");
    try (Stream<Path> all = Files.list(source)) {
      for (Path file : all.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }
}
