// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.text;
import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSlicesTest {
  private static final JsonFactory JSON = new JsonFactory();

  /** A document that knows its own text, so that no reader has to be trusted. */
  private sealed interface Node {
    record Scalar(String text) implements Node {}

    record Items(List<Node> items) implements Node {}

    record Members(List<Member> members) implements Node {}
  }

  private record Member(String quotedName, Node value) {}

  private record Slice(int from, int to) {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-1",
        "12.5",
        "1e9",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\\\"b\"",
        "\"é🦔\\ud83e\"",
        "{}",
        "[]",
        "{\"a\":[{}]}"
      })
  void slicesAValueWhereverItStands(String value) throws IOException {
    assertThat(sliceOf(value, 1)).isEqualTo(value);
    assertThat(sliceOf(" \n" + value + "\t ", 1)).isEqualTo(value);
    assertThat(sliceOf(value + "\r", 1)).isEqualTo(value);
    assertThat(sliceOf("[" + value + "]", 2)).isEqualTo(value);
    assertThat(sliceOf("[ " + value + " ]", 2)).isEqualTo(value);
    assertThat(sliceOf("[" + value + ",1]", 2)).isEqualTo(value);
    assertThat(sliceOf("[1," + value + "]", 3)).isEqualTo(value);
    assertThat(sliceOf("{\"k\":" + value + "}", 3)).isEqualTo(value);
    assertThat(sliceOf("{\"ключ\" : " + value + " , \"b\":1}", 3)).isEqualTo(value);
    assertThat(sliceOf("{\"a\":1,\"k\":" + value + "\n}", 5)).isEqualTo(value);
  }

  @Test
  void slicesTheItemsOfABatchOneAfterAnother() throws IOException {
    byte[] batch = utf8("[ {\"event\":\"a\"}, 7,\"x\" ,{\"event\":{\"é\":[]}},null,-1.5e3]");
    List<String> items = new ArrayList<>();
    try (JsonParser parser = JSON.createParser(batch)) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        int from = JsonSlices.start(parser);
        items.add(text(Arrays.copyOfRange(batch, from, JsonSlices.skip(parser))));
      }
      assertThat(parser.nextToken()).isNull();
    }
    assertThat(items)
        .containsExactly(
            "{\"event\":\"a\"}", "7", "\"x\"", "{\"event\":{\"é\":[]}}", "null", "-1.5e3");
  }

  @Test
  void slicesAValueThatWasLookedAtBefore() throws IOException {
    byte[] json = utf8("{\"a\":\"x\\ny\",\"b\":12.50}");
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      parser.nextToken();
      parser.nextToken();
      assertThat(parser.getText()).isEqualTo("x\ny");
      int from = JsonSlices.start(parser);
      assertThat(text(Arrays.copyOfRange(json, from, JsonSlices.skip(parser))))
          .isEqualTo("\"x\\ny\"");
      parser.nextToken();
      parser.nextToken();
      assertThat(parser.getDecimalValue()).hasToString("12.50");
      from = JsonSlices.start(parser);
      assertThat(text(Arrays.copyOfRange(json, from, JsonSlices.skip(parser)))).isEqualTo("12.50");
    }
  }

  @Test
  void countsFromTheBeginningOfTheRangeThatIsRead() throws IOException {
    byte[] surrounded = utf8("xxx[\"a\"]yyy");
    try (JsonParser parser = JSON.createParser(surrounded, 3, 5)) {
      parser.nextToken();
      parser.nextToken();
      assertThat(JsonSlices.start(parser)).isEqualTo(1);
      assertThat(JsonSlices.skip(parser)).isEqualTo(4);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[\"a", "[{\"a\":1", "[[1,2", "[{\"a\":]}]", "[\"\\x\"]", "[{\"a\" 1}]"})
  void refusesAValueThatIsNotJson(String json) throws IOException {
    try (JsonParser parser = JSON.createParser(utf8(json))) {
      parser.nextToken();
      parser.nextToken();
      assertThatThrownBy(() -> JsonSlices.skip(parser)).isInstanceOf(JsonProcessingException.class);
    }
  }

  @Test
  void opensUtf8() throws IOException {
    for (String json : List.of("{\"a\":1}", "[]", " 1", "\"é\"", "7")) {
      byte[] bytes = utf8(json);
      try (JsonParser parser = JsonSlices.open(JSON, bytes, 0, bytes.length)) {
        assertThat(parser.nextToken()).isNotNull();
      }
    }
  }

  @Test
  void opensNothingAsNothing() throws IOException {
    try (JsonParser parser = JsonSlices.open(JSON, utf8("xx"), 1, 1)) {
      assertThat(parser.nextToken()).isNull();
    }
  }

  @Test
  void opensARange() throws IOException {
    byte[] surrounded = utf8("\0\0[\"a\"]\0");
    try (JsonParser parser = JsonSlices.open(JSON, surrounded, 2, 7)) {
      parser.nextToken();
      parser.nextToken();
      assertThat(JsonSlices.start(parser)).isEqualTo(1);
      assertThat(JsonSlices.skip(parser)).isEqualTo(4);
      assertThat(parser.nextToken()).isEqualTo(JsonToken.END_ARRAY);
      assertThat(parser.nextToken()).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16BE", "UTF-16LE", "UTF-32BE", "UTF-32LE", "UTF-16"})
  void doesNotOpenAnotherEncodingWhosePlacesNobodyKnows(String charset) {
    for (String json : List.of("{\"a\":1}", "[]", "1", "{}")) {
      byte[] bytes = json.getBytes(Charset.forName(charset));
      assertThatThrownBy(() -> JsonSlices.open(JSON, bytes, 0, bytes.length))
          .isInstanceOf(JsonProcessingException.class)
          .hasMessageContaining("UTF-8");
    }
  }

  @Test
  void doesNotOpenAByteOrderMark() {
    byte[] marked = utf8("\uFEFF{}");
    assertThatThrownBy(() -> JsonSlices.open(JSON, marked, 0, marked.length))
        .isInstanceOf(JsonProcessingException.class)
        .hasMessageContaining("byte order mark");
  }

  @Property
  void everyParserThatOpensKnowsItsPlaces(@ForAll byte[] start) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(start);
    bytes.write("[]".getBytes(StandardCharsets.US_ASCII));
    byte[] json = bytes.toByteArray();
    try (JsonParser parser = JsonSlices.open(JSON, json, 0, json.length)) {
      while (parser.nextToken() != null) {
        assertThat(JsonSlices.start(parser)).isBetween(0, json.length);
      }
    } catch (JsonProcessingException e) {
      assertThat(e.getOriginalMessage()).isNotBlank();
    }
  }

  @Property(tries = 500)
  void everyValueOfADocumentIsItsOwnText(
      @ForAll("documents") Node document, @ForAll Random whitespace) throws IOException {
    StringBuilder text = new StringBuilder();
    List<Slice> expected = new ArrayList<>();
    write(document, text, expected, whitespace);
    byte[] json = utf8(text.toString());
    for (int value = 0; value < expected.size(); value++) {
      try (JsonParser parser = JSON.createParser(json)) {
        advanceToValue(parser, value);
        Slice slice = expected.get(value);
        assertThat(JsonSlices.start(parser)).as("start of value %d", value).isEqualTo(slice.from());
        assertThat(JsonSlices.skip(parser)).as("end of value %d", value).isEqualTo(slice.to());
        JsonToken last = null;
        for (JsonToken next = parser.nextToken(); next != null; next = parser.nextToken()) {
          last = next;
        }
        assertThat(last == null || last.isStructEnd()).as("the rest is read").isTrue();
      }
    }
  }

  @Provide
  Arbitrary<Node> documents() {
    return nodes(3);
  }

  private static Arbitrary<Node> nodes(int depth) {
    List<String> parts =
        List.of(
            "a",
            "\\\"",
            "\\\\",
            "\\/",
            "\\n",
            "\\u00e9",
            "\\ud83e\\udd94",
            "é",
            "€",
            "🦔",
            "{",
            "]",
            ",",
            ":",
            " ",
            "\u007f");
    // Jackson reads half of a surrogate pair in a value and refuses it in a name.
    List<String> partsOfValues = new ArrayList<>(parts);
    partsOfValues.add("\\ud83e");
    Arbitrary<String> names = quoted(parts);
    Arbitrary<String> strings = quoted(partsOfValues);
    Arbitrary<String> numbers =
        Arbitraries.of(
            "0",
            "-0",
            "7",
            "-12",
            "3.25",
            "-0.5",
            "1e3",
            "1E+3",
            "-2.5e-7",
            "9223372036854775808",
            "1" + "0".repeat(900));
    Arbitrary<Node> scalars =
        Arbitraries.oneOf(strings, numbers, Arbitraries.of("true", "false", "null"))
            .map(Node.Scalar::new);
    if (depth == 0) {
      return scalars;
    }
    Arbitrary<Node> inner = nodes(depth - 1);
    return Arbitraries.oneOf(
        scalars,
        inner.list().ofMaxSize(4).map(Node.Items::new),
        Combinators.combine(names, inner)
            .as(Member::new)
            .list()
            .ofMaxSize(4)
            .map(Node.Members::new));
  }

  private static Arbitrary<String> quoted(List<String> parts) {
    return Arbitraries.of(parts)
        .list()
        .ofMaxSize(6)
        .map(chosen -> '"' + String.join("", chosen) + '"');
  }

  private static void write(Node node, StringBuilder out, List<Slice> slices, Random random) {
    space(out, random);
    int place = slices.size();
    int from = length(out);
    slices.add(new Slice(from, from));
    switch (node) {
      case Node.Scalar scalar -> out.append(scalar.text());
      case Node.Items items -> {
        out.append('[');
        for (int i = 0; i < items.items().size(); i++) {
          out.append(i > 0 ? "," : "");
          write(items.items().get(i), out, slices, random);
        }
        space(out, random);
        out.append(']');
      }
      case Node.Members members -> {
        out.append('{');
        for (int i = 0; i < members.members().size(); i++) {
          out.append(i > 0 ? "," : "");
          space(out, random);
          out.append(members.members().get(i).quotedName());
          space(out, random);
          out.append(':');
          write(members.members().get(i).value(), out, slices, random);
        }
        space(out, random);
        out.append('}');
      }
    }
    slices.set(place, new Slice(from, length(out)));
    space(out, random);
  }

  private static int length(StringBuilder out) {
    return utf8(out.toString()).length;
  }

  private static void space(StringBuilder out, Random random) {
    for (int count = random.nextInt(3); count > 0; count--) {
      out.append(" \t\r\n".charAt(random.nextInt(4)));
    }
  }

  private static void advanceToValue(JsonParser parser, int index) throws IOException {
    int seen = -1;
    while (seen < index) {
      JsonToken token = parser.nextToken();
      if (token != JsonToken.FIELD_NAME && !token.isStructEnd()) {
        seen++;
      }
    }
  }

  private static String sliceOf(String json, int token) throws IOException {
    byte[] bytes = utf8(json);
    try (JsonParser parser = JSON.createParser(bytes)) {
      for (int i = 0; i < token; i++) {
        parser.nextToken();
      }
      int from = JsonSlices.start(parser);
      return text(Arrays.copyOfRange(bytes, from, JsonSlices.skip(parser)));
    }
  }
}
