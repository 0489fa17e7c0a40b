// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class LzStringTest {
  private static final int CEILING = 1_000_000;

  @Test
  void decodesRunsThatReferToThemselves() throws Exception {
    assertThat(decode(LzStringWriter.toBase64("a".repeat(10_000)))).isEqualTo("a".repeat(10_000));
    assertThat(decode(LzStringWriter.toBase64("abcabcabc"))).isEqualTo("abcabcabc");
    assertThat(decode(LzStringWriter.toBase64(""))).isEmpty();
  }

  @Test
  void replacesHalvesOfSurrogatePairs() throws Exception {
    assertThat(decode(LzStringWriter.toBase64("a\uD800b\uDD94\uD83E")))
        .isEqualTo("a\uFFFDb\uFFFD\uFFFD");
    assertThat(decode(LzStringWriter.toBase64("🦔"))).isEqualTo("🦔");
  }

  @Test
  void stopsABombAtTheCeiling() {
    String bomb = LzStringWriter.toBase64("a".repeat(CEILING + 1));
    assertThat(bomb.length()).isLessThan(10_000);
    assertThatThrownBy(() -> decode(bomb))
        .isInstanceOfSatisfying(
            RequestRefusedException.class,
            e -> assertThat(e.refusal()).isEqualTo(Refusal.TOO_LARGE));
  }

  @Test
  void takesExactlyTheCeiling() throws Exception {
    assertThat(decode(LzStringWriter.toBase64("a".repeat(CEILING)))).hasSize(CEILING);
  }

  @Test
  void refusesDamagedText() {
    for (String damaged : new String[] {"", "!", "A", "{\"event\":1}", "Nobw", "////////"}) {
      assertThatThrownBy(() -> decode(damaged))
          .as(damaged)
          .isInstanceOfSatisfying(
              RequestRefusedException.class,
              e -> assertThat(e.refusal()).isEqualTo(Refusal.UNREADABLE));
    }
  }

  @Property(tries = 300)
  void decodesWhatWasWritten(@ForAll("texts") String text) throws Exception {
    assertThat(decode(LzStringWriter.toBase64(text))).isEqualTo(text);
  }

  @Property(tries = 1_000)
  void refusesOrDecodesDamagedTextButNeverBreaks(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] text =
        LzStringWriter.toBase64("{\"event\":\"x\"}".repeat(20)).getBytes(StandardCharsets.US_ASCII);
    byte[] damaged = Damage.of(text, random);
    try {
      LzString.decode(Octets.of(damaged), 10_000, MemoryBudget.UNBOUNDED);
    } catch (RequestRefusedException e) {
      assertThat(e.refusal()).isIn(Refusal.UNREADABLE, Refusal.TOO_LARGE);
    }
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.oneOf(
        Arbitraries.strings().withChars("ab\"{}:é日").ofMaxLength(2_000),
        Arbitraries.strings().withCharRange('\0', '\uD7FF').ofMaxLength(500));
  }

  private static String decode(String base64) throws RequestRefusedException {
    Octets out =
        LzString.decode(
            Octets.of(base64.getBytes(StandardCharsets.UTF_8)), CEILING, MemoryBudget.UNBOUNDED);
    return new String(out.bytes(), out.from(), out.length(), StandardCharsets.UTF_8);
  }
}
