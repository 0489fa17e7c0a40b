// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "\0",
        "\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff",
        "\ud800\udc00\udbff\udfff",
        "sixteen letters!é and more of them behind"
      })
  void acceptsEveryKindOfCharacter(String text) {
    assertThat(wellFormed(utf8(text))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80", // a continuation alone
        "c3", // cut off
        "c328", // no continuation
        "c080", // NUL in two bytes
        "c1bf", // overlong
        "e08080", // overlong
        "e09fbf", // overlong
        "e282", // cut off
        "e28228", // no continuation
        "eda080", // half of a surrogate pair
        "edbfbf", // the other half
        "eda0bdedb894", // a pair in two times three bytes
        "f0808080", // overlong
        "f08fbfbf", // overlong
        "f09fa6", // cut off
        "f09f28a6", // no continuation
        "f4908080", // behind the last code point
        "f5808080",
        "ff"
      })
  void refusesEveryKindOfMistakeWhereverItStands(String hex) {
    byte[] mistake = HexFormat.of().parseHex(hex);
    for (int before = 0; before < 20; before++) {
      for (int after = 0; after < 20; after += 5) {
        byte[] bytes = new byte[before + mistake.length + after];
        Arrays.fill(bytes, (byte) 'x');
        System.arraycopy(mistake, 0, bytes, before, mistake.length);
        assertThat(wellFormed(bytes)).as("%s behind %d letters", hex, before).isFalse();
      }
    }
  }

  @Property
  void agreesWithTheDecoderOfTheJdk(@ForAll("almostUtf8") byte[] bytes) {
    assertThat(wellFormed(bytes)).isEqualTo(decodes(bytes, 0, bytes.length));
  }

  @Property
  void looksAtNothingOutsideItsRange(
      @ForAll("almostUtf8") byte[] bytes,
      @ForAll @IntRange(max = 40) int one,
      @ForAll @IntRange(max = 40) int other) {
    int from = Math.min(Math.min(one, other), bytes.length);
    int to = Math.min(Math.max(one, other), bytes.length);
    assertThat(Utf8.isWellFormed(bytes, from, to)).isEqualTo(decodes(bytes, from, to));
  }

  @Provide
  Arbitrary<byte[]> almostUtf8() {
    Arbitrary<String> pieces =
        Arbitraries.oneOf(
            Arbitraries.strings()
                .withCharRange('\0', '\uFFFF')
                .ofMaxLength(4)
                .map(text -> HexFormat.of().formatHex(utf8(text))),
            Arbitraries.of("78", "7878787878787878", "c3a9", "e282ac", "f09fa694"),
            Arbitraries.of("80", "bf", "c0", "c2", "e0", "ed", "a0", "9f", "f0", "90", "8f", "f4"));
    return pieces.list().ofMaxSize(12).map(list -> HexFormat.of().parseHex(String.join("", list)));
  }

  private static boolean wellFormed(byte[] bytes) {
    return Utf8.isWellFormed(bytes, 0, bytes.length);
  }

  private static boolean decodes(byte[] bytes, int from, int to) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, to - from));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
