// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.text;
import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ActorKeyTest {

  @Test
  void putsOneNulBetweenTokenAndDistinctId() {
    assertThat(new ActorKey("phc_1", "user 1").toBytes()).isEqualTo(utf8("phc_1\0user 1"));
  }

  @Test
  void readsWhatItWrote() {
    ActorKey key = new ActorKey("phc_1", "Zoë 🦔");
    assertThat(ActorKey.fromBytes(key.toBytes())).isEqualTo(key);
  }

  @Test
  void keepsAnEmptyTokenApartFromAnEmptyId() {
    assertThat(ActorKey.fromBytes(utf8("\0x"))).isEqualTo(new ActorKey("", "x"));
    assertThat(ActorKey.fromBytes(utf8("x\0"))).isEqualTo(new ActorKey("x", ""));
  }

  @Test
  void refusesATokenThatWouldNotSurvive() {
    assertThatThrownBy(() -> new ActorKey("a\0b", "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NUL");
    assertThatThrownBy(() -> new ActorKey("a\uD800", "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("surrogate");
  }

  @Test
  void replacesWhatADistinctIdCannotHold() {
    assertThat(new ActorKey("t", "a\0b").distinctId()).isEqualTo("a\uFFFDb");
    assertThat(new ActorKey("t", "\uD800").distinctId()).isEqualTo("\uFFFD");
    assertThat(new ActorKey("t", "a\uDC00\uD83E\uDD94\uD83E").distinctId())
        .isEqualTo("a\uFFFD🦔\uFFFD");
  }

  @Test
  void doesNotTakeHalfOfASurrogatePairForAQuestionMark() {
    assertThat(new ActorKey("t", "\uD800").toBytes())
        .isNotEqualTo(new ActorKey("t", "?").toBytes());
  }

  @Test
  void refusesARecordWithoutAKey() {
    assertThatThrownBy(() -> ActorKey.fromBytes(null))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("The record has no key; expected token NUL distinct_id.");
  }

  @Test
  void refusesAKeyWithoutNul() {
    assertThatThrownBy(() -> ActorKey.fromBytes(utf8("phc_1")))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("The record key has too few NULs; expected token NUL distinct_id.");
    assertThatThrownBy(() -> ActorKey.fromBytes(new byte[0]))
        .isInstanceOf(MalformedRecordException.class);
  }

  @Test
  void refusesAKeyWhoseBytesWouldComeOutDifferently() {
    assertThatThrownBy(() -> ActorKey.fromBytes(new byte[] {'t', 0, (byte) 0xFF}))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("UTF-8");
    assertThatThrownBy(() -> ActorKey.fromBytes(utf8("t\0a\0b")))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("The record key has too many NULs; expected token NUL distinct_id.");
  }

  @Test
  void readsAGenuineReplacementCharacter() {
    assertThat(ActorKey.fromBytes(utf8("t\0\uFFFD"))).isEqualTo(new ActorKey("t", "\uFFFD"));
  }

  @Property
  void everyKeySurvivesItsBytes(@ForAll("tokens") String token, @ForAll String distinctId) {
    ActorKey key = new ActorKey(token, distinctId);
    assertThat(ActorKey.fromBytes(key.toBytes())).isEqualTo(key);
    assertThat(text(new JsonBuffer(8).string(key.distinctId()).toBytes()))
        .as("what a row shows is what the key holds")
        .isEqualTo(text(new JsonBuffer(8).string(distinctId.replace('\0', '\uFFFD')).toBytes()));
  }

  @Property
  void everyKeyThatIsReadHasTheSameBytesAgain(@ForAll byte[] bytes) {
    ActorKey key;
    try {
      key = ActorKey.fromBytes(bytes);
    } catch (MalformedRecordException e) {
      return;
    }
    assertThat(key.toBytes()).isEqualTo(bytes);
  }

  @Provide
  Arbitrary<String> tokens() {
    return Arbitraries.strings().ascii().filter(text -> text.indexOf('\0') < 0);
  }
}
