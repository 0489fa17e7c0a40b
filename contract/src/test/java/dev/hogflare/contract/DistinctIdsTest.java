// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class DistinctIdsTest {

  @Test
  void leavesAnOrdinaryIdAsItIs() {
    String id = "user 1 Zoë 🦔";
    assertThat(DistinctIds.normalize(id)).isSameAs(id);
    assertThat(DistinctIds.normalize("")).isEmpty();
    assertThat(DistinctIds.normalize(" \n")).isEqualTo(" \n");
  }

  @Test
  void replacesNulAndHalfSurrogatePairs() {
    assertThat(DistinctIds.normalize("a\0b")).isEqualTo("a\uFFFDb");
    assertThat(DistinctIds.normalize("\uD83E")).isEqualTo("\uFFFD");
    assertThat(DistinctIds.normalize("\uDD94a")).isEqualTo("\uFFFDa");
    assertThat(DistinctIds.normalize("🦔\uD83E\uD83E\uDD94\0")).isEqualTo("🦔\uFFFD🦔\uFFFD");
  }

  @Test
  void cutsBehindTwoHundredCharactersAsPeopleCountThem() {
    assertThat(DistinctIds.MAX_CODE_POINTS).isEqualTo(200);
    assertThat(DistinctIds.normalize("x".repeat(200))).isEqualTo("x".repeat(200));
    assertThat(DistinctIds.normalize("x".repeat(201))).isEqualTo("x".repeat(200));
    assertThat(DistinctIds.normalize("🦔".repeat(200))).isEqualTo("🦔".repeat(200));
    assertThat(DistinctIds.normalize("🦔".repeat(201))).isEqualTo("🦔".repeat(200));
    assertThat(DistinctIds.normalize("x" + "🦔".repeat(5_000_000)))
        .isEqualTo("x" + "🦔".repeat(199));
  }

  @Property
  void whatIsNormalizedSurvivesAKeyAndStaysAsItIs(@ForAll("texts") String text) {
    String id = DistinctIds.normalize(text);
    assertThat(DistinctIds.normalize(id)).isEqualTo(id);
    assertThat(id.codePointCount(0, id.length())).isLessThanOrEqualTo(200);
    ActorKey key = new ActorKey("t", id);
    assertThat(key.distinctId()).isEqualTo(id);
    assertThat(ActorKey.fromBytes(key.toBytes())).isEqualTo(key);
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.oneOf(
        Arbitraries.strings().withCharRange('\0', '\uFFFF').ofMaxLength(300),
        Arbitraries.strings()
            .withCharRange('\uD7FF', '\uE000')
            .withChars("a\0")
            .ofMinLength(190)
            .ofMaxLength(420));
  }
}
