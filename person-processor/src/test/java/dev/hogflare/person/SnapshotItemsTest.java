// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.person.SnapshotItems.Divided;
import dev.hogflare.person.SnapshotItems.Outcome;
import dev.hogflare.person.SnapshotItems.Part;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed items become plain ones, or stay what they were; lists are divided at their items. */
class SnapshotItemsTest {
  private static final int ROOM = 10_000;

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static String packed(String json) {
    return new String(gzip(json.getBytes(UTF_8)), ISO_8859_1);
  }

  /** Returns a full snapshot whose data is a text. */
  static ObjectNode snapshot(String data) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", 2)
        .put("data", data)
        .put("cv", "2024-10")
        .put("timestamp", 7);
  }

  private static Divided divided(int room, JsonNode... items) {
    JsonNode list = JsonNodeFactory.instance.arrayNode().addAll(Arrays.asList(items));
    // Within other bytes, as the list stands among the properties.
    byte[] json = ("{\"a\":" + list + ",\"b\":1}").getBytes(UTF_8);
    return SnapshotItems.divided(json, 5, json.length - 7, room);
  }

  private static JsonNode onlyItem(Divided divided) {
    assertThat(divided.parts()).hasSize(1);
    JsonNode list = Json.tree(divided.parts().getFirst().items());
    assertThat(list).hasSize(1);
    return list.get(0);
  }

  private static void assertStays(JsonNode item, Outcome outcome, int room) {
    Divided divided = divided(room, item);
    assertThat(onlyItem(divided)).isEqualTo(item);
    assertThat(divided.outcomes()).isEqualTo(Map.of(outcome, 1));
    assertThat(divided.parts().getFirst().undecoded()).isEqualTo(1);
  }

  @Test
  void whatPublishedSdksCompressedIsWhatItWasBefore() {
    JsonNode all = Json.tree(Golden.line("compressed-items.json").getBytes(UTF_8));
    assertThat(all).hasSize(3);
    for (JsonNode each : all) {
      Divided divided = divided(ROOM, each.get("sent"));
      assertThat(onlyItem(divided)).as(each.get("sdk").asText()).isEqualTo(each.get("plain"));
      assertThat(divided.outcomes()).isEqualTo(Map.of(Outcome.DECODED, 1));
      assertThat(divided.parts().getFirst().undecoded()).isZero();
    }
  }

  @Test
  void theListsOfAMutationBecomePlainAndItsOtherFieldsStay() {
    ObjectNode data =
        JsonNodeFactory.instance
            .objectNode()
            .put("source", 0)
            .put("adds", packed("[{\"parentId\":5,\"node\":{\"textContent\":\"Grüße 🦔\"}}]"))
            .put("removes", packed("[]"))
            .put("texts", packed("[{\"id\":1,\"value\":null}]"))
            .put("attributes", packed("[]"))
            .put("isAttachIframe", "yes");
    ObjectNode item =
        JsonNodeFactory.instance.objectNode().put("type", 3).put("cv", "2024-10").put("x", 1.50);
    item.set("data", data);
    assertThat(onlyItem(divided(ROOM, item)))
        .isEqualTo(
            Json.tree(
                "{'type':3,'x':1.50,'data':{'source':0,'adds':[{'parentId':5,"
                    + "'node':{'textContent':'Grüße 🦔'}}],'removes':[],"
                    + "'texts':[{'id':1,'value':null}],'attributes':[],'isAttachIframe':'yes'}}"));
  }

  @Test
  void listsThatWereNotCompressedStay() {
    JsonNode item = Json.tree("{'type':3,'data':{'source':8,'adds':[1]},'cv':'2024-10'}");
    assertThat(onlyItem(divided(ROOM, item)))
        .isEqualTo(Json.tree("{'type':3,'data':{'source':8,'adds':[1]}}"));
  }

  @Test
  void itemsWithoutMarkAreCopiedToTheByte() {
    String list = "[ {\"type\" : 4,\"n\":1.10, \"cv\":null} ,7,\"cv\",[ ],{\"data\":\"\\u001f\"}]";
    byte[] json = list.getBytes(UTF_8);
    Divided divided = SnapshotItems.divided(json, 0, json.length, ROOM);
    assertThat(divided.parts().getFirst().items())
        .asString(UTF_8)
        .isEqualTo("[{\"type\" : 4,\"n\":1.10, \"cv\":null},7,\"cv\",[ ],{\"data\":\"\\u001f\"}]");
    assertThat(divided.outcomes()).isEqualTo(Map.of(Outcome.PLAIN, 5));
  }

  @Test
  void anEmptyListIsOnePart() {
    Divided divided = divided(ROOM);
    assertThat(divided.parts()).hasSize(1);
    assertThat(divided.parts().getFirst().items()).asString(UTF_8).isEqualTo("[]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "1 2", "[1]]", "nul", "\"a\nb\"", " "})
  void whatIsNoJsonInsideStaysAsItWasSent(String inside) {
    assertStays(snapshot(packed(inside)), Outcome.DAMAGED, ROOM);
  }

  @Test
  void whatIsNoUtf8InsideStaysAsItWasSent() {
    byte[] latin = "{\"a\":\"ü\"}".getBytes(ISO_8859_1);
    assertStays(snapshot(new String(gzip(latin), ISO_8859_1)), Outcome.DAMAGED, ROOM);
  }

  @Test
  void halfASurrogatePairInsideIsReplacedBecauseNoReaderTakesIt() {
    assertThat(onlyItem(divided(ROOM, snapshot(packed("{\"a\":\"\\ud83d\"}")))))
        .isEqualTo(Json.tree("{'type':2,'data':{'a':'\uFFFD'},'timestamp':7}"));
  }

  @Test
  void everyDamageToAFileIsFoundAndTheItemStaysAsItWasSent() {
    byte[] file = gzip("{\"href\":\"https://example.com/\",\"width\":1280}".getBytes(UTF_8));
    for (int cut = 0; cut < file.length; cut++) {
      byte[] part = Arrays.copyOf(file, cut);
      assertStays(snapshot(new String(part, ISO_8859_1)), Outcome.DAMAGED, ROOM);
    }
    assertStays(snapshot(new String(file, ISO_8859_1) + '\0'), Outcome.DAMAGED, ROOM);
    assertStays(snapshot(new String(file, ISO_8859_1) + 'Ā'), Outcome.DAMAGED, ROOM);
    for (int at : new int[] {0, 1, 2, 20, file.length - 8, file.length - 1}) {
      byte[] changed = file.clone();
      changed[at] ^= 0x10;
      assertStays(snapshot(new String(changed, ISO_8859_1)), Outcome.DAMAGED, ROOM);
    }
  }

  @Test
  void anyBytesAreEitherPlainOrAsTheyWereSent() {
    long seed = 20_261_201;
    Random random = new Random(seed);
    byte[] file = gzip("{\"a\":[1,2,3],\"b\":\"some text\"}".getBytes(UTF_8));
    for (int i = 0; i < 5_000; i++) {
      byte[] changed = file.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      JsonNode item = snapshot(new String(changed, ISO_8859_1));
      Divided divided = divided(ROOM, item);
      if (divided.outcomes().containsKey(Outcome.DECODED)) {
        assertThat(onlyItem(divided).get("data").toString())
            .as("seed %d, round %d", seed, i)
            .isEqualTo("{\"a\":[1,2,3],\"b\":\"some text\"}");
      } else {
        assertThat(onlyItem(divided)).as("seed %d, round %d", seed, i).isEqualTo(item);
      }
    }
  }

  @Test
  void aHeaderWithNamesAndCommentsIsPassedOver() {
    byte[] file = gzip("{\"a\":1}".getBytes(UTF_8));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] head = Arrays.copyOf(file, 10);
    head[3] = 2 + 4 + 8 + 16;
    out.writeBytes(head);
    out.writeBytes(new byte[] {3, 0, 'a', 'b', 'c', 'n', 0, 'c', 'd', 0, 9, 9});
    out.writeBytes(Arrays.copyOfRange(file, 10, file.length));
    assertThat(onlyItem(divided(ROOM, snapshot(out.toString(ISO_8859_1)))).get("data"))
        .isEqualTo(Json.tree("{'a':1}"));
  }

  @Test
  void anotherMarkIsNotGuessedAt() {
    assertStays(snapshot(packed("{}")).put("cv", "2027-01"), Outcome.UNKNOWN_FORM, ROOM);
    ObjectNode object = snapshot(packed("{}"));
    object.set("cv", Json.tree("{'a':[1]}"));
    assertStays(object, Outcome.UNKNOWN_FORM, ROOM);
  }

  @Test
  void whatIsTooLongForARowInPlainFormStaysCompressed() {
    String longText = "{\"a\":\"" + "x".repeat(ROOM) + "\"}";
    assertStays(snapshot(packed(longText)), Outcome.TOO_LARGE, ROOM);
    assertThat(divided(ROOM + 100, snapshot(packed(longText))).outcomes())
        .isEqualTo(Map.of(Outcome.DECODED, 1));
  }

  @Test
  void whatIsDeeperThanAnyDocumentStaysCompressed() {
    int levels = SnapshotItems.MAX_LEVELS + 1;
    String deep = "[".repeat(levels) + "]".repeat(levels);
    assertStays(snapshot(packed(deep)), Outcome.TOO_LARGE, ROOM);
    String allowed = deep.substring(1, deep.length() - 1);
    assertThat(divided(ROOM, snapshot(packed(allowed))).outcomes())
        .isEqualTo(Map.of(Outcome.DECODED, 1));
  }

  @Test
  void aRecordingOfBombsIsInflatedToTheBoundAndNoFurther() {
    int room = 900_000;
    // A thousand times as long as what was sent, and too long for a row.
    JsonNode bomb = snapshot(packed("[" + " ".repeat(2_000_000) + "]"));
    // As long as a row takes.
    JsonNode lawful = snapshot(packed("[" + " ".repeat(room - 100) + "]"));
    List<JsonNode> items = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      items.add(bomb);
      items.add(lawful);
    }
    Divided divided = divided(room, items.toArray(JsonNode[]::new));
    long bytes = divided.parts().stream().mapToLong(part -> part.items().length).sum();
    assertThat(bytes).isLessThan(SnapshotItems.MAX_INFLATED_BYTES + 1_000_000L);
    int decoded = divided.outcomes().get(Outcome.DECODED);
    // What is given up has been inflated as well.
    assertThat(decoded).isBetween(15, 20);
    assertThat(divided.outcomes().get(Outcome.TOO_LARGE)).isEqualTo(60 - decoded);
  }

  @Test
  void aListIsDividedAtItsItemsAndNothingIsLostOrMoved() {
    long seed = 7;
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      List<JsonNode> items = new ArrayList<>();
      for (int n = random.nextInt(40); n > 0; n--) {
        items.add(
            random.nextInt(4) == 0
                ? snapshot(packed("[\"" + "y".repeat(random.nextInt(300)) + "\"]"))
                : JsonNodeFactory.instance
                    .objectNode()
                    .put("type", 3)
                    .put("n", n)
                    .put("text", "x".repeat(random.nextInt(150))));
      }
      int room = 400;
      Divided divided = divided(room, items.toArray(JsonNode[]::new));
      List<String> found = new ArrayList<>();
      for (Part part : divided.parts()) {
        assertThat(part.items().length)
            .as("seed %d, round %d", seed, round)
            .isLessThanOrEqualTo(room);
        Json.tree(part.items()).forEach(item -> found.add(item.toString()));
      }
      Divided whole = divided(1_000_000, items.toArray(JsonNode[]::new));
      List<String> expected = new ArrayList<>();
      Json.tree(whole.parts().getFirst().items()).forEach(item -> expected.add(item.toString()));
      assertThat(found).as("seed %d, round %d", seed, round).isEqualTo(expected);
    }
  }

  @Test
  void anItemThatNoRowTakesIsAPartOfItsOwn() {
    JsonNode small = Json.tree("{'n':1}");
    JsonNode large = JsonNodeFactory.instance.objectNode().put("text", "x".repeat(500));
    Divided divided = divided(300, small, large, small, small);
    assertThat(divided.parts())
        .extracting(part -> Json.tree(part.items()).size())
        .containsExactly(1, 1, 2);
    assertThat(divided.outcomes()).isEqualTo(Map.of(Outcome.PLAIN, 4));
  }

  @Test
  void itemsThatAreToStayAreNeitherInflatedNorDivided() {
    byte[] json =
        JsonNodeFactory.instance
            .arrayNode()
            .add(snapshot(packed("{}")))
            .add("x".repeat(1_000))
            .toString()
            .getBytes(UTF_8);
    Divided divided = SnapshotItems.asSent(json, 0, json.length);
    assertThat(divided.parts()).hasSize(1);
    assertThat(divided.parts().getFirst().items()).isEqualTo(json);
    assertThat(divided.parts().getFirst().undecoded()).isEqualTo(1);
    assertThat(divided.outcomes()).isEqualTo(Map.of(Outcome.PLAIN, 1, Outcome.TOO_LARGE, 1));
  }
}
