// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RestartPauseTest {
  private final RestartPause pause = new RestartPause();

  private List<Long> seconds(int failures, long commits) {
    return IntStream.range(0, failures).mapToObj(i -> pause.after(commits).toSeconds()).toList();
  }

  @Test
  void growsToAMinuteWhileNothingIsCommitted() {
    assertThat(seconds(9, 0)).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L);
  }

  @Test
  void isShortAgainAfterACommit() {
    assertThat(seconds(5, 0)).endsWith(16L);
    assertThat(seconds(3, 7)).containsExactly(1L, 2L, 4L);
    assertThat(seconds(2, 8)).containsExactly(1L, 2L);
  }
}
