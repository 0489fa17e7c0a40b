// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class JsonTextTest {
  private static final ObjectMapper JACKSON = new ObjectMapper();

  @Test
  void readsEveryEscape() {
    assertThat(of("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83e\\udd94Z\""))
        .isEqualTo("a\"\\/\b\f\n\r\té🦔Z");
  }

  @Test
  void replacesHalvesOfSurrogatePairs() {
    assertThat(of("\"a\\ud800b\"")).isEqualTo("a\uFFFDb");
    assertThat(of("\"\\udd94\\ud83e\"")).isEqualTo("\uFFFD\uFFFD");
    assertThat(of("\"\\ud83e\\ud83e\\udd94\"")).isEqualTo("\uFFFD🦔");
    assertThat(of("\"\\ud83e\\u0041\"")).isEqualTo("\uFFFDA");
  }

  @Test
  void readsIdentifiersOfEveryType() {
    assertThat(identifier("\"user 1\"")).isEqualTo("user 1");
    assertThat(identifier("\" a \"")).isEqualTo(" a ");
    assertThat(identifier("23")).isEqualTo("23");
    assertThat(identifier("23.4")).isEqualTo("23.4");
    assertThat(identifier("true")).isEqualTo("true");
    assertThat(identifier("[ 1 , \"a b\" ]")).isEqualTo("[1,\"a b\"]");
    assertThat(identifier("{ \"a\" : \"\\\" }\" }")).isEqualTo("{\"a\":\"\\\" }\"}");
    assertThat(identifier("\"a\\u0000b\"")).isEqualTo("a\uFFFDb");
  }

  @Test
  void cutsIdentifiersBehindTwoHundredCodePoints() {
    assertThat(identifier('"' + "a".repeat(222) + '"')).isEqualTo("a".repeat(200));
    assertThat(identifier('"' + "🦔".repeat(222) + '"')).isEqualTo("🦔".repeat(200));
    assertThat(identifier('"' + "\\ud83e\\udd94".repeat(222) + '"')).isEqualTo("🦔".repeat(200));
    assertThat(identifier('"' + "é".repeat(150) + '"')).isEqualTo("é".repeat(150));
    assertThat(identifier("[" + "1, ".repeat(10_000) + "1]")).hasSize(200).startsWith("[1,1,");
    assertThat(identifier("[\"" + "🦔".repeat(5_000) + "\"]")).isEqualTo("[\"" + "🦔".repeat(198));
  }

  @Test
  void comparesWithoutDecodingWherePossible() {
    byte[] wanted = bytes("$identify");
    assertThat(JsonText.equals(bytes("\"$identify\""), 0, 11, wanted)).isTrue();
    assertThat(JsonText.equals(bytes("\"$identif\""), 0, 10, wanted)).isFalse();
    byte[] escaped = bytes("\"$iden\\u0074ify\"");
    assertThat(JsonText.equals(escaped, 0, escaped.length, wanted)).isTrue();
    assertThat(JsonText.equals(bytes("12"), 0, 2, bytes("12"))).isFalse();
  }

  @Property
  void readsWhatJacksonWrites(@ForAll("texts") String text) throws Exception {
    byte[] json = JACKSON.writeValueAsBytes(text);
    assertThat(JsonText.of(json, 0, json.length)).isEqualTo(text);
    assertThat(JsonText.utf8(json, 0, json.length)).isEqualTo(bytes(text));
    byte[] escaped = bytes(escapeAll(text));
    assertThat(JsonText.of(escaped, 0, escaped.length)).isEqualTo(text);
    assertThat(JsonText.utf8(escaped, 0, escaped.length)).isEqualTo(bytes(text));
  }

  private static String escapeAll(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.chars().forEach(unit -> out.append(String.format("\\u%04X", unit)));
    return out.append('"').toString();
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings()
        .withCharRange(' ', '\uD7FF')
        .withChars("\"\\\n\t")
        .ofMaxLength(300)
        .map(text -> text + "🦔");
  }

  private static String of(String json) {
    byte[] bytes = bytes(json);
    return JsonText.of(bytes, 0, bytes.length);
  }

  private static String identifier(String json) {
    byte[] bytes = bytes(json);
    return JsonText.identifier(bytes, 0, bytes.length, 200);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
