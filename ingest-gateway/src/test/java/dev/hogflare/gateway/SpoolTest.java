// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int ALL = Integer.MAX_VALUE;

  @TempDir Path folder;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private Spool spool;

  @AfterEach
  void close() {
    if (spool != null) {
      spool.close();
    }
  }

  private Spool open(long maxBytes) {
    spool = new Spool(new SpoolConfig(folder, maxBytes), new SpoolMetrics(registry));
    spool.open(false);
    return spool;
  }

  @Test
  void isPassedByUntilSomethingWaits() throws Exception {
    open(1 << 20);
    assertThat(spool.isActive()).isFalse();
    spool.append(new byte[] {1}, 1, Long.MAX_VALUE, PATIENCE);
    assertThat(spool.isActive()).isTrue();
    assertThat(spool.takesNewcomers()).isTrue();
    assertThat(spool.waiting()).isEqualTo(1);
    theEquationHolds();
  }

  @Test
  void isPassedByAgainWhenNothingWaits() throws Exception {
    open(1 << 20);
    spool.append(new byte[] {1}, 3, Long.MAX_VALUE, PATIENCE);
    List<SpoolFrame> frames = spool.take(ALL);
    spool.drained(frames);
    CompletableFuture<Void> more = taking();
    Await.until("nothing waits", () -> !spool.isActive());
    assertThat(spool.takesNewcomers()).isFalse();
    assertThat(spool.bytes()).isZero();
    assertThat(registry.get("hogflare_gateway_spool_drained_total").counter().count()).isEqualTo(3);
    theEquationHolds();
    spool.append(new byte[] {2}, 1, Long.MAX_VALUE, PATIENCE);
    more.get();
  }

  @Test
  void holdsNewcomersBackWhileTheLastIsSentAndLetsThemInIfThatTakesTooLong() throws Exception {
    open(1 << 20);
    spool.append(new byte[] {1}, 1, Long.MAX_VALUE, PATIENCE);
    spool.drained(spool.take(ALL));
    spool.append(new byte[] {2}, 1, Long.MAX_VALUE, PATIENCE);
    long begin = System.nanoTime();
    assertThat(spool.takesNewcomers()).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void whatManyAppendAtOnceIsAllThereInTheOrderOfEach() throws Exception {
    open(64 << 20);
    int clients = 16;
    int each = 200;
    AtomicInteger failed = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int c = 0; c < clients; c++) {
      byte client = (byte) c;
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 0; i < each; i++) {
                      try {
                        spool.append(new byte[] {client, (byte) i}, 1, Long.MAX_VALUE, PATIENCE);
                      } catch (PublicationFailedException e) {
                        failed.incrementAndGet();
                      }
                    }
                  }));
    }
    int[] next = new int[clients];
    int count = 0;
    while (count < clients * each) {
      List<SpoolFrame> frames = spool.take(1_000);
      for (SpoolFrame frame : frames) {
        assertThat(frame.payload()[1]).isEqualTo((byte) next[frame.payload()[0]]++);
      }
      count += frames.size();
      spool.drained(frames);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failed).hasValue(0);
    theEquationHolds();
  }

  @Test
  void refusesWhatHasNoRoomAndTakesAgainWhenThereIsSome() throws Exception {
    open(10_000);
    int taken = 0;
    PublicationFailedException refusal = null;
    while (refusal == null) {
      try {
        spool.append(new byte[1_000], 1, Long.MAX_VALUE, PATIENCE);
        taken++;
      } catch (PublicationFailedException e) {
        refusal = e;
      }
    }
    assertThat(refusal).hasMessageContaining("full").hasMessageContaining("HOGFLARE_SPOOL_MAX_MB");
    assertThat(spool.problemOrNull()).contains("full");
    assertThat(taken).isBetween(8, 9);
    assertThat(spool.bytes()).isLessThanOrEqualTo(10_000);
    spool.drained(spool.take(ALL));
    assertThat(spool.problemOrNull()).isNull();
    CompletableFuture<Void> more = taking();
    Await.until("nothing waits", () -> !spool.isActive());
    spool.append(new byte[1_000], 1, Long.MAX_VALUE, PATIENCE);
    more.get();
    theEquationHolds();
  }

  @Test
  void anotherProcessGoesOnWithWhatWaits() throws Exception {
    open(1 << 20);
    spool.append(new byte[] {1}, 2, Long.MAX_VALUE, PATIENCE);
    spool.append(new byte[] {2}, 1, Long.MAX_VALUE, PATIENCE);
    spool.close();
    SimpleMeterRegistry other = new SimpleMeterRegistry();
    try (Spool next = new Spool(new SpoolConfig(folder, 1 << 20), new SpoolMetrics(other))) {
      next.open(false);
      assertThat(next.isActive()).isTrue();
      assertThat(next.waiting()).isEqualTo(3);
      assertThat(other.get("hogflare_gateway_spool_found_total").counter().count()).isEqualTo(3);
      next.append(new byte[] {3}, 1, Long.MAX_VALUE, PATIENCE);
      List<SpoolFrame> frames = next.take(ALL);
      assertThat(frames.stream().map(f -> f.payload()[0]))
          .containsExactly((byte) 1, (byte) 2, (byte) 3);
    }
  }

  @Test
  void aFolderThatCannotBeUsedIsToldAtTheStart() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    try (Spool broken = new Spool(new SpoolConfig(file, 1 << 20), new SpoolMetrics(registry))) {
      assertThatThrownBy(() -> broken.open(false))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("HOGFLARE_SPOOL_DIR");
    }
  }

  @Test
  void aDiskThatFailsIsToldAndTriedAgain() throws Exception {
    Path own = Files.createDirectory(folder.resolve("own"));
    spool = new Spool(new SpoolConfig(own, 1 << 20), new SpoolMetrics(registry));
    spool.open(false);
    Files.createDirectory(SpoolSegment.file(own, 1));
    assertThatThrownBy(() -> spool.append(new byte[] {1}, 1, Long.MAX_VALUE, PATIENCE))
        .isInstanceOf(PublicationFailedException.class)
        .hasMessageContaining("disk");
    assertThat(spool.problemOrNull()).contains("check the disk");
    Files.delete(SpoolSegment.file(own, 1));
    Await.until(
        "the disk is tried again",
        () -> {
          try {
            spool.append(new byte[] {2}, 1, Long.MAX_VALUE, PATIENCE);
            return true;
          } catch (PublicationFailedException e) {
            return false;
          }
        });
    assertThat(spool.problemOrNull()).isNull();
    assertThat(spool.take(ALL).getFirst().payload()).containsExactly(2);
    theEquationHolds();
  }

  private CompletableFuture<Void> taking() {
    CompletableFuture<Void> taken = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                assertThat(spool.take(ALL)).isNotEmpty();
                taken.complete(null);
              } catch (Exception e) {
                taken.completeExceptionally(e);
              }
            });
    return taken;
  }

  private void theEquationHolds() {
    ConcurrentHashMap<String, Double> counts = new ConcurrentHashMap<>();
    for (String name : List.of("found", "spooled", "drained", "lost")) {
      counts.put(name, registry.get("hogflare_gateway_spool_" + name + "_total").counter().count());
    }
    assertThat(counts.get("found") + counts.get("spooled"))
        .isEqualTo(
            counts.get("drained")
                + counts.get("lost")
                + registry.get("hogflare_gateway_spool_waiting").gauge().value());
  }
}
