// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentSizesTest {
  @Test
  void whatWasNotAskedForLongestIsForgottenAndFoundAgain() {
    List<String> found = new ArrayList<>();
    RecentSizes sizes =
        new RecentSizes(
            2,
            token -> {
              found.add(token);
              return new int[2];
            });
    sizes.of("a")[0] = 7;
    sizes.of("b");
    assertThat(sizes.of("a")[0]).isEqualTo(7);
    sizes.of("c");
    sizes.of("a");
    sizes.of("b");
    assertThat(found).containsExactly("a", "b", "c", "b");
  }
}
