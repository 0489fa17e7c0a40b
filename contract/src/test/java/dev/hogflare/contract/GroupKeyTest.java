// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupKeyTest {

  @Test
  void putsANulBetweenItsParts() {
    assertThat(new GroupKey("phc_1", "company", "acme").toBytes())
        .isEqualTo(utf8("phc_1\0company\0acme"));
  }

  @Test
  void readsWhatItWrote() {
    GroupKey key = new GroupKey("phc_1", "Entreprise é", "🦔");
    assertThat(GroupKey.fromBytes(key.toBytes())).isEqualTo(key);
  }

  @Test
  void keepsEmptyPartsApart() {
    assertThat(GroupKey.fromBytes(utf8("\0\0"))).isEqualTo(new GroupKey("", "", ""));
    assertThat(GroupKey.fromBytes(utf8("\0\0x"))).isEqualTo(new GroupKey("", "", "x"));
    assertThat(GroupKey.fromBytes(utf8("\0x\0"))).isEqualTo(new GroupKey("", "x", ""));
  }

  @Test
  void doesNotLetATypeWithNulReachIntoAnotherGroup() {
    assertThat(new GroupKey("t", "a\0b", "c").toBytes())
        .isNotEqualTo(new GroupKey("t", "a", "b\0c").toBytes());
  }

  @Test
  void replacesWhatATypeOrKeyCannotHold() {
    assertThat(new GroupKey("t", "a\0", "\0b")).isEqualTo(new GroupKey("t", "a\uFFFD", "\uFFFDb"));
    assertThat(new GroupKey("t", "\uD800", "\uDC00"))
        .isEqualTo(new GroupKey("t", "\uFFFD", "\uFFFD"));
  }

  @Test
  void refusesATokenThatWouldNotSurvive() {
    assertThatThrownBy(() -> new GroupKey("a\0b", "x", "y"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NUL");
  }

  @Test
  void refusesARecordWithoutAKey() {
    assertThatThrownBy(() -> GroupKey.fromBytes(null))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("The record has no key; expected token NUL group type NUL group key.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "t", "t\0company"})
  void refusesAKeyWithoutTwoNuls(String key) {
    assertThatThrownBy(() -> GroupKey.fromBytes(utf8(key)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("too few NULs");
  }

  @Test
  void refusesAKeyWhoseBytesWouldComeOutDifferently() {
    assertThatThrownBy(() -> GroupKey.fromBytes(new byte[] {'t', 0, 'c', 0, (byte) 0xC0}))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("UTF-8");
    assertThatThrownBy(() -> GroupKey.fromBytes(utf8("t\0c\0a\0b")))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("NUL");
  }

  @Property
  void everyKeySurvivesItsBytes(
      @ForAll("tokens") String token, @ForAll String type, @ForAll String key) {
    GroupKey group = new GroupKey(token, type, key);
    assertThat(GroupKey.fromBytes(group.toBytes())).isEqualTo(group);
  }

  @Property
  void everyKeyThatIsReadHasTheSameBytesAgain(@ForAll byte[] bytes) {
    GroupKey key;
    try {
      key = GroupKey.fromBytes(bytes);
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
