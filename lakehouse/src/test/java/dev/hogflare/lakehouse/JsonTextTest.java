// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class JsonTextTest {
  @Test
  void replacesEscapedHalvesOfSurrogatePairs() {
    assertThat(repaired("{\"a\":\"x\\ud800y\"}")).isEqualTo("{\"a\":\"x\\ufffdy\"}");
    assertThat(repaired("{\"a\":\"\\uDC00\\uD83D\"}")).isEqualTo("{\"a\":\"\\ufffd\\ufffd\"}");
    assertThat(repaired("{\"\\ud800\\ud800\\udc00\":1}"))
        .isEqualTo("{\"\\ufffd\\ud800\\udc00\":1}");
  }

  @Test
  void leavesOtherTextAsItIs() {
    for (String json :
        new String[] {
          "{\"a\":\"\\ud83d\\ude00\"}",
          "{\"a\":\"\\\\ud800\"}",
          "{\"a\":\"\\u0000\\n\\\"\"}",
          "{\"a\":\"gr\u00fcn \uD83D\uDE00 \u4e2d\"}",
          "{}"
        }) {
      assertThat(repaired(json)).isEqualTo(json);
    }
  }

  @Property
  void acceptsExactlyTheBytesThatAStrictDecoderAccepts(@ForAll("oftenUtf8") byte[] bytes) {
    boolean strict;
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes));
      strict = true;
    } catch (CharacterCodingException e) {
      strict = false;
    }
    assertThat(JsonText.repair(bytes, 0, bytes.length)).isEqualTo(strict);
  }

  @Provide
  Arbitrary<byte[]> oftenUtf8() {
    Arbitrary<byte[]> pieces =
        Arbitraries.oneOf(
            Arbitraries.strings()
                .ofMaxLength(6)
                .map(text -> text.replace('\\', '/').getBytes(StandardCharsets.UTF_8)),
            Arbitraries.of(
                new byte[] {(byte) 0xC0, (byte) 0x80},
                new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
                new byte[] {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
                new byte[] {(byte) 0xE0, (byte) 0x9F, (byte) 0xBF},
                new byte[] {(byte) 0xF0, (byte) 0x8F, (byte) 0xBF, (byte) 0xBF},
                new byte[] {(byte) 0xE2, (byte) 0x82},
                new byte[] {(byte) 0xFF}));
    return pieces.list().ofMaxSize(5).map(JsonTextTest::joined);
  }

  private static byte[] joined(java.util.List<byte[]> pieces) {
    ByteBuffer all = ByteBuffer.allocate(pieces.stream().mapToInt(piece -> piece.length).sum());
    pieces.forEach(all::put);
    return all.array();
  }

  private static String repaired(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    assertThat(JsonText.repair(bytes, 0, bytes.length)).isTrue();
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
