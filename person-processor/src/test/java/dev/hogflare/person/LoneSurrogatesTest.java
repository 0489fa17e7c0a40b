// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoneSurrogatesTest {

  private static String replaced(String json) {
    return new String(LoneSurrogates.replaced(json.getBytes(UTF_8)), UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "\\ud83e, \\ufffd",
    "\\udd94, \\ufffd",
    "\\uD83E\\uD83E, \\ufffd\\ufffd",
    "\\udd94\\ud83e, \\ufffd\\ufffd",
    "\\ud83e\\ud83e\\udd94, \\ufffd\\ud83e\\udd94",
    "\\ud83e x \\udd94, \\ufffd x \\ufffd",
    "\\ud83e\\n\\udd94, \\ufffd\\n\\ufffd",
    "\\\\\\ud83e, \\\\\\ufffd",
    "a\\uDBFF, a\\ufffd",
    "\\uDC00b, \\ufffdb"
  })
  void replacesEachHalfThatStandsAlone(String text, String expected) {
    assertThat(replaced('"' + text + '"')).isEqualTo('"' + expected + '"');
  }

  @ParameterizedTest
  @CsvSource({
    "\\ud83e\\udd94",
    "\\uD83E\\uDD94",
    "\\\\ud83e",
    "\\\\\\\\udd94",
    "\\u0041\\ue000\\ud7ff",
    "\\uzzzz",
    "\\u12",
    "ud83e",
    "plain",
    "\\"
  })
  void leavesEverythingElseAsItIs(String text) {
    byte[] json = ('"' + text).getBytes(UTF_8);
    assertThat(LoneSurrogates.replaced(json)).isSameAs(json);
  }

  @Test
  void doesNotTouchTheDocumentThatItRepairs() {
    byte[] json = "\"\\ud83e\"".getBytes(US_ASCII);
    byte[] repaired = LoneSurrogates.replaced(json);
    assertThat(repaired).isNotSameAs(json).hasSameSizeAs(json);
    assertThat(new String(json, US_ASCII)).isEqualTo("\"\\ud83e\"");
  }

  @Property(tries = 2_000)
  void theTextIsTheSameButForItsHalves(@ForAll("texts") String text) {
    StringBuilder json = new StringBuilder("{\"a\":\"");
    text.chars().forEach(unit -> json.append(String.format(Locale.ROOT, "\\u%04x", unit)));
    byte[] repaired = LoneSurrogates.replaced(json.append("\"}").toString().getBytes(US_ASCII));
    StringBuilder expected = new StringBuilder();
    text.codePoints()
        .map(point -> point >= 0xD800 && point <= 0xDFFF ? 0xFFFD : point)
        .forEach(expected::appendCodePoint);
    assertThat(Json.tree(repaired).get("a").textValue()).isEqualTo(expected.toString());
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of('a', '\\', '"', '\0', '\uD83E', '\uDD94', '\uDBFF', '\uDC00', '\uFFFD')
        .list()
        .ofMaxSize(8)
        .map(
            units -> {
              StringBuilder text = new StringBuilder();
              units.forEach(text::append);
              return text.toString();
            });
  }

  @Property(tries = 2_000)
  void anyBytesComeBackInTheSameLength(@ForAll byte[] bytes) {
    assertThat(LoneSurrogates.replaced(bytes)).hasSameSizeAs(bytes);
  }
}
