// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FlagKeysTest {
  @Test
  void theKeyOfAFlagIsTokenAndFlag() {
    FlagRecordKey key = new FlagRecordKey("phc_a", "new-checkout");
    assertThat(key.toBytes()).isEqualTo(utf8("phc_a\0new-checkout"));
    assertThat(FlagRecordKey.fromBytes(key.toBytes())).isEqualTo(key);
    assertThat(key.isSettings()).isFalse();
  }

  @Test
  void whatAllFlagsHaveInCommonHasAKeyOfItsOwn() {
    FlagRecordKey key = FlagRecordKey.settings("");
    assertThat(key.toBytes()).isEqualTo(utf8("\0"));
    assertThat(FlagRecordKey.fromBytes(key.toBytes()).isSettings()).isTrue();
  }

  @Test
  void theKeyOfAStickyIdIsTokenIdAndFlag() {
    StickyIdKey key = new StickyIdKey("phc_a", "user\0one", "beta");
    assertThat(key.toBytes()).isEqualTo(utf8("phc_a\0user\uFFFDone\0beta"));
    assertThat(StickyIdKey.fromBytes(key.toBytes())).isEqualTo(key);
  }

  @Test
  void refusesWhatIsNoKey() {
    assertThatThrownBy(() -> FlagRecordKey.fromBytes(utf8("phc_a")))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("token NUL flag key");
    assertThatThrownBy(() -> StickyIdKey.fromBytes(utf8("phc_a\0user")))
        .isInstanceOf(MalformedRecordException.class);
    assertThatThrownBy(() -> new FlagRecordKey("phc_a", "a\0b"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
