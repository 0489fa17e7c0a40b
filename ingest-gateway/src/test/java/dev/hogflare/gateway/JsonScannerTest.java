// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonScannerTest {
  private static final JsonFactory JACKSON = new JsonFactory();

  @Test
  void findsTheSlicesOfMembersAndElements() throws Exception {
    byte[] json = bytes(" {\"a\": [1, {\"b\":\"]}\"} ,\"x\"] , \"c\":-1.5e3,\"d\\u0061\":null}\n");
    JsonScanner scanner = new JsonScanner(json, 0, json.length);
    List<String> slices = new ArrayList<>();
    for (boolean more = scanner.firstMember(0); more; more = scanner.nextMember()) {
      String name = text(json, scanner.nameFrom(), scanner.nameTo());
      int from = scanner.position();
      scanner.skipValue(1);
      slices.add(name + scanner.nameEscaped() + text(json, from, scanner.position()));
    }
    scanner.expectEnd();
    assertThat(slices)
        .containsExactly("afalse[1, {\"b\":\"]}\"} ,\"x\"]", "cfalse-1.5e3", "d\\u0061truenull");
  }

  @Test
  void walksOverElements() throws Exception {
    byte[] json = bytes("[ 1 ,\"two\", [] ,{ } ]");
    JsonScanner scanner = new JsonScanner(json, 0, json.length);
    List<String> slices = new ArrayList<>();
    for (boolean more = scanner.firstElement(0); more; more = scanner.nextElement()) {
      int from = scanner.position();
      scanner.skipValue(1);
      slices.add(text(json, from, scanner.position()));
    }
    scanner.expectEnd();
    assertThat(slices).containsExactly("1", "\"two\"", "[]", "{ }");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "[1,]",
        "[1 2]",
        "{a:1}",
        "'a'",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[-]",
        "[1e]",
        "[1e+]",
        "[nul]",
        "[tru",
        "[NaN]",
        "[Infinity]",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12G4\"",
        "[\"\t\"]",
        "[\"\n\"]",
        "{} {}",
        "[]]",
        "// no\n[]",
        "[1]x",
        "]",
        ","
      })
  void refusesWhatIsNotJson(String text) {
    assertThatThrownBy(() -> scan(bytes(text))).isInstanceOf(MalformedJsonException.class);
  }

  @Test
  void refusesWhatIsNotUtf8() {
    int[][] malformed = {
      {0x80},
      {0xC0, 0x80},
      {0xC3},
      {0xE0, 0x80, 0x80},
      {0xED, 0xA0, 0x80},
      {0xE2, 0x82},
      {0xF0, 0x80, 0x80, 0x80},
      {0xF4, 0x90, 0x80, 0x80},
      {0xF5, 0x80, 0x80, 0x80},
      {0xFF}
    };
    for (int[] sequence : malformed) {
      for (String before : List.of("", "a", "1234567", "12345678", "a long text before it")) {
        byte[] start = bytes("[\"" + before);
        byte[] json = java.util.Arrays.copyOf(start, start.length + sequence.length + 2);
        for (int i = 0; i < sequence.length; i++) {
          json[start.length + i] = (byte) sequence[i];
        }
        json[json.length - 2] = '"';
        json[json.length - 1] = ']';
        assertThatThrownBy(() -> scan(json)).isInstanceOf(MalformedJsonException.class);
      }
    }
  }

  @Test
  void saysWhereTheTextIsWrong() {
    assertThatThrownBy(() -> scan(bytes("{\"a\":1,\"b\" 2}"))).hasMessage("expected : at byte 11");
  }

  @Test
  void measuresTheDepthOfAnItem() throws Exception {
    byte[] json = bytes("[[[]],{\"a\":[{}]},1]");
    JsonScanner scanner = new JsonScanner(json, 0, json.length);
    List<Integer> depths = new ArrayList<>();
    for (boolean more = scanner.firstElement(0); more; more = scanner.nextElement()) {
      scanner.beginItem();
      scanner.skipValue(1);
      depths.add(Math.max(0, scanner.deepest() - 1));
    }
    assertThat(depths).containsExactly(2, 3, 0);
  }

  @Test
  void followsFiveThousandLevelsAndNoMore() throws Exception {
    scan(nested(JsonScanner.MAX_LEVELS));
    assertThatThrownBy(() -> scan(nested(JsonScanner.MAX_LEVELS + 1)))
        .isInstanceOfSatisfying(
            MalformedJsonException.class, e -> assertThat(e.tooDeep()).isTrue());
    assertThatThrownBy(() -> scan(bytes("[".repeat(1_000_000))))
        .isInstanceOf(MalformedJsonException.class);
  }

  @Test
  void noticesWhatReadersDownstreamDoNotTake() throws Exception {
    assertThat(unreadable("[" + "1".repeat(1_000) + "]")).isNull();
    assertThat(unreadable("[" + "1".repeat(1_001) + "]")).contains("number");
    assertThat(unreadable("{\"" + "n".repeat(50_000) + "\":1}")).isNull();
    assertThat(unreadable("{\"" + "n".repeat(50_001) + "\":1}")).contains("name");
  }

  @Property(tries = 3_000)
  void agreesWithJacksonOnWhatIsJson(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    RandomJson json = new RandomJson(random);
    byte[] document = json.document();
    assertThat(accepts(document)).as(text(document, 0, document.length)).isTrue();
    byte[] damaged = json.damage(document);
    jacksonAccepts(damaged)
        .ifPresent(
            wanted ->
                assertThat(accepts(damaged))
                    .as(text(damaged, 0, damaged.length))
                    .isEqualTo(wanted));
  }

  @Property(tries = 500)
  void readsTheSameInTheMiddleOfAnArray(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    byte[] document = new RandomJson(random).document();
    int before = random.nextInt(20);
    byte[] padded = new byte[before + document.length + random.nextInt(20)];
    random.nextBytes(padded);
    System.arraycopy(document, 0, padded, before, document.length);
    JsonScanner scanner = new JsonScanner(padded, before, before + document.length);
    scanner.skipValue(0);
    scanner.expectEnd();
  }

  private static byte[] nested(int levels) {
    int objects = levels / 2;
    int arrays = levels - objects;
    return bytes(
        "[".repeat(arrays)
            + "{\"a\":".repeat(objects)
            + "1"
            + "}".repeat(objects)
            + "]".repeat(arrays));
  }

  private static String unreadable(String json) throws Exception {
    byte[] bytes = bytes(json);
    JsonScanner scanner = new JsonScanner(bytes, 0, bytes.length);
    scanner.beginItem();
    scanner.skipValue(0);
    return scanner.unreadable();
  }

  private static void scan(byte[] json) throws MalformedJsonException {
    JsonScanner scanner = new JsonScanner(json, 0, json.length);
    scanner.skipValue(0);
    scanner.expectEnd();
  }

  private static boolean accepts(byte[] json) {
    try {
      JsonScanner scanner = new JsonScanner(json, 0, json.length);
      scanner.skipValue(0);
      scanner.expectEnd();
      return true;
    } catch (MalformedJsonException e) {
      return false;
    }
  }

  /** Returns nothing where Jackson is stricter than the grammar of JSON. */
  private static Optional<Boolean> jacksonAccepts(byte[] json) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
    } catch (CharacterCodingException e) {
      return Optional.of(false);
    }
    try (JsonParser parser = JACKSON.createParser(text)) {
      int depth = 0;
      int roots = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        parser.getText();
        roots += depth == 0 && !token.isStructEnd() ? 1 : 0;
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      }
      return Optional.of(roots == 1);
    } catch (IOException e) {
      // It takes half of a surrogate pair in a value and not in a name.
      return e.getMessage().contains("surrogate") ? Optional.empty() : Optional.of(false);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] json, int from, int to) {
    return new String(json, from, to - from, StandardCharsets.UTF_8);
  }
}
