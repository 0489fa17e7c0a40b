// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MergeTargetTest {
  @Test
  void anotherIdIsUnitedAndItsOwnIsAlready() {
    assertThat(MergeTarget.of("a", "u")).isEqualTo(new MergeTarget.Other("a"));
    assertThat(MergeTarget.of("u", "u")).isInstanceOf(MergeTarget.Itself.class);
  }

  @Test
  void whatStandsForManyIsNeverUnited() {
    for (String many : new String[] {"null", "Anonymous", "$posthog_cookieless"}) {
      assertThat(MergeTarget.of(many, "u")).as(many).isInstanceOf(MergeTarget.Nobody.class);
      assertThat(MergeTarget.of("u", many)).as(many).isInstanceOf(MergeTarget.Nobody.class);
    }
  }
}
