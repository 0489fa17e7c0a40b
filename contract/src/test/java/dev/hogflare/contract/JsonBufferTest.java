// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.text;
import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class JsonBufferTest {
  private static final ObjectMapper ORACLE = new ObjectMapper();

  @Test
  void writesADocumentWithCommasWhereTheyBelong() {
    JsonBuffer out = new JsonBuffer(0);
    out.openObject()
        .name("text")
        .string("a")
        .name("number")
        .number(-1)
        .name("yes")
        .bool(true)
        .name("no")
        .bool(false)
        .name("time")
        .time(0)
        .name("empty")
        .openArray()
        .closeArray()
        .name("list")
        .openArray();
    out.separate().openObject().closeObject();
    out.separate().string("x");
    out.separate().number(1);
    out.closeArray().rawName(utf8("\"raw\"")).raw(utf8("[null]")).closeObject();

    assertThat(text(out.toBytes()))
        .isEqualTo(
            "{\"text\":\"a\",\"number\":-1,\"yes\":true,\"no\":false,"
                + "\"time\":\"1970-01-01T00:00:00.000000Z\",\"empty\":[],"
                + "\"list\":[{},\"x\",1],\"raw\":[null]}");
  }

  @Property
  void writesUuidsAsTheirTextIs(@ForAll long high, @ForAll long low) {
    UUID uuid = new UUID(high, low);

    assertThat(text(new JsonBuffer(4).uuid(uuid).toBytes())).isEqualTo("\"" + uuid + "\"");
  }

  @Test
  void putsNoCommaAtTheBeginningOfADocument() {
    assertThat(text(new JsonBuffer(4).separate().number(1).toBytes())).isEqualTo("1");
  }

  @Test
  void separatesBehindAStringThatEndsLikeAnOpening() {
    JsonBuffer out = new JsonBuffer(4).openArray();
    out.separate().string("{");
    out.separate().string("[");
    assertThat(text(out.closeArray().toBytes())).isEqualTo("[\"{\",\"[\"]");
  }

  @Test
  void escapesQuotesBackslashesAndControlCharacters() {
    assertThat(text(new JsonBuffer(4).string("\"\\\n\r\t\0\u0001\u001f\u007f/").toBytes()))
        .isEqualTo("\"\\\"\\\\\\n\\r\\t\\u0000\\u0001\\u001f\u007f/\"");
  }

  @Test
  void writesEveryPlaneOfUnicodeAsUtf8() {
    assertThat(new JsonBuffer(4).string("a\u0080ß\u0800€\uFFFF🦔\uDBFF\uDFFF").toBytes())
        .isEqualTo(utf8("\"a\u0080ß\u0800€\uFFFF🦔\uDBFF\uDFFF\""));
  }

  @Test
  void replacesHalfOfASurrogatePair() {
    assertThat(string("\uD83E")).isEqualTo("\"\uFFFD\"");
    assertThat(string("\uDD94")).isEqualTo("\"\uFFFD\"");
    assertThat(string("\uDD94\uD83E")).isEqualTo("\"\uFFFD\uFFFD\"");
    assertThat(string("a\uD83Eb")).isEqualTo("\"a\uFFFDb\"");
    assertThat(string("\uD83E\uD83E\uDD94")).isEqualTo("\"\uFFFD🦔\"");
  }

  @Test
  void writesTheEndsOfTheWholeNumbers() {
    assertThat(text(new JsonBuffer(1).number(Long.MIN_VALUE).toBytes()))
        .isEqualTo("-9223372036854775808");
    assertThat(text(new JsonBuffer(1).number(Long.MAX_VALUE).toBytes()))
        .isEqualTo("9223372036854775807");
  }

  @Test
  void copiesPartOfAnArray() {
    assertThat(text(new JsonBuffer(0).raw(utf8("0123456789"), 3, 6).toBytes())).isEqualTo("345");
    assertThat(new JsonBuffer(0).raw(utf8("0123"), 2, 2).length()).isZero();
  }

  @Test
  void isEmptyAgainAfterClear() {
    JsonBuffer out = new JsonBuffer(1).openObject().name("a").string("long enough to grow");
    out.clear();
    assertThat(out.length()).isZero();
    assertThat(out.toBytes()).isEmpty();
    assertThat(text(out.openObject().name("b").number(2).closeObject().toBytes()))
        .isEqualTo("{\"b\":2}");
  }

  @Test
  void givesACopyThatLaterWritesDoNotChange() {
    JsonBuffer out = new JsonBuffer(64).number(1);
    byte[] before = out.toBytes();
    out.clear().number(2);
    assertThat(text(before)).isEqualTo("1");
  }

  @Property
  void everyStringIsReadBackByAnotherReader(@ForAll("anyText") String text) throws IOException {
    byte[] written = new JsonBuffer(0).string(text).toBytes();
    assertThat(ORACLE.readValue(written, String.class)).isEqualTo(repaired(text));
    assertThat(Utf8.isWellFormed(written, 0, written.length)).isTrue();
  }

  @Property
  void growsToAnySizeFromAnyCapacity(
      @ForAll @IntRange(max = 70) int capacity,
      @ForAll("anyText") String text,
      @ForAll @IntRange(max = 40) int times)
      throws IOException {
    JsonBuffer out = new JsonBuffer(capacity).openArray();
    for (int i = 0; i < times; i++) {
      out.separate().string(text);
      out.separate().number(i);
      out.separate().time(i);
      out.separate().bool(i % 2 == 0);
      out.separate().put((byte) '7');
    }
    byte[] bytes = out.closeArray().toBytes();
    assertThat(bytes).hasSize(out.length());
    JsonNode read = ORACLE.readTree(bytes);
    assertThat(read).hasSize(5 * times);
    for (int i = 0; i < times; i++) {
      assertThat(read.get(5 * i).textValue()).isEqualTo(repaired(text));
      assertThat(read.get(5 * i + 1).longValue()).isEqualTo(i);
      assertThat(read.get(5 * i + 2).textValue()).isEqualTo(Rfc3339.format(i));
      assertThat(read.get(5 * i + 3).booleanValue()).isEqualTo(i % 2 == 0);
      assertThat(read.get(5 * i + 4).longValue()).isEqualTo(7);
    }
  }

  @Property
  void everyObjectIsReadBackByAnotherReader(@ForAll("objects") Map<String, Long> members)
      throws IOException {
    JsonBuffer out = new JsonBuffer(16).openObject();
    members.forEach((name, value) -> out.name(name).number(value));
    assertThat(ORACLE.readTree(out.closeObject().toBytes())).isEqualTo(ORACLE.valueToTree(members));
  }

  @Property
  void everyNumberIsReadBackByAnotherReader(@ForAll long number) throws IOException {
    assertThat(ORACLE.readValue(new JsonBuffer(0).number(number).toBytes(), Long.class))
        .isEqualTo(number);
  }

  @Provide
  Arbitrary<String> anyText() {
    return Arbitraries.oneOf(
        Arbitraries.strings().withCharRange('\0', '\uFFFF').ofMaxLength(40),
        Arbitraries.strings().withChars("\"\\/\b\f\n\r\t\0\u001f\u007f{}[],:").ofMaxLength(20),
        Arbitraries.strings()
            .withCharRange('\uD7FF', '\uE000')
            .withChars("a\u00e9")
            .ofMaxLength(10));
  }

  @Provide
  Arbitrary<Map<String, Long>> objects() {
    Arbitrary<String> names = Arbitraries.strings().withCharRange('\0', '\uD7FF').ofMaxLength(12);
    return Arbitraries.maps(names, Arbitraries.longs().between(Long.MIN_VALUE, -1L << 40))
        .ofMaxSize(12);
  }

  private static String string(String text) {
    return text(new JsonBuffer(0).string(text).toBytes());
  }

  /** Replaces each half of a surrogate pair without the other, by way of code points. */
  private static String repaired(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .map(point -> point >= 0xD800 && point <= 0xDFFF ? 0xFFFD : point)
        .forEach(out::appendCodePoint);
    return out.toString();
  }
}
