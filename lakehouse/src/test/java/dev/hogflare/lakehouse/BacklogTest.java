// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private final Backlog backlog = new Backlog(100, 1_000);

  @Test
  void letsInWhatFitsAndRefusesTheRest() throws Exception {
    assertThat(backlog.enter(60, Duration.ZERO)).isTrue();
    assertThat(backlog.enter(40, Duration.ZERO)).isTrue();
    assertThat(backlog.enter(1, Duration.ofMillis(5))).isFalse();
    backlog.adjust(-60);
    assertThat(backlog.enter(60, Duration.ZERO)).isTrue();
    assertThat(backlog.queuedBytes()).isEqualTo(100);
  }

  @Test
  void letsOneLargeRequestInWhenItIsAlone() throws Exception {
    assertThat(backlog.enter(500, Duration.ZERO)).isTrue();
    assertThat(backlog.enter(1, Duration.ZERO)).isFalse();
  }

  @Test
  void letsAWaitingRequestInWhenThereIsRoom() throws Exception {
    backlog.enter(100, Duration.ZERO);
    CompletableFuture<Boolean> waiting = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                waiting.complete(backlog.enter(50, Duration.ofSeconds(30)));
              } catch (InterruptedException e) {
                waiting.completeExceptionally(e);
              }
            });
    backlog.adjust(-100);
    assertThat(waiting.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void refusesAtOnceWhileTheJournalIsFull() throws Exception {
    backlog.journal(1_000);
    assertThat(backlog.enter(1, Duration.ofHours(1))).isFalse();
    assertThat(backlog.queuedBytes()).isZero();
    backlog.journal(-1);
    assertThat(backlog.journalBytes()).isEqualTo(999);
    assertThat(backlog.enter(1, Duration.ZERO)).isTrue();
  }
}
