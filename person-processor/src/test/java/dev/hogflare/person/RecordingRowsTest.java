// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.Uuids;
import dev.hogflare.person.SnapshotItems.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recordings become as many rows as they need, each of which a sink takes. */
class RecordingRowsTest {
  private final Circuit circuit = new Circuit();

  @AfterEach
  void close() {
    circuit.close();
  }

  private static String recording(String items, String otherProperties) {
    return "{'event':'$snapshot','properties':{'$session_id':'s1','$snapshot_data':["
        + items
        + "]"
        + otherProperties
        + "}}";
  }

  private static String items(int count, int length) {
    return IntStream.range(0, count)
        .mapToObj(n -> "{'type':3,'n':" + n + ",'text':'" + "x".repeat(length) + "'}")
        .collect(Collectors.joining(","));
  }

  private static List<Integer> numbers(List<JsonNode> rows) {
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode row : rows) {
      row.at("/properties/$snapshot_items").forEach(item -> numbers.add(item.get("n").asInt()));
    }
    return numbers;
  }

  @Test
  void aRecordingThatFitsIsOneRowWithoutMarks() {
    circuit.take(Route.S, "U", recording(items(3, 10), ",'$snapshot_part':7,'$snapshot_parts':9"));
    assertThat(circuit.rows).hasSize(1);
    assertThat(circuit.row().get("uuid").asText()).isEqualTo(Circuit.uuid(1).toString());
    assertThat(circuit.row().get("properties"))
        .as("a client cannot set the marks")
        .isEqualTo(
            Json.tree(
                "{'$session_id':'s1','distinct_id':'U','$window_id':'s1','$snapshot_source':'web',"
                    + "'$lib':'web','$snapshot_items':["
                    + items(3, 10)
                    + "]}"));
    assertThat(circuit.metrics().split()).isZero();
    assertThat(circuit.metrics().items(Outcome.PLAIN)).isEqualTo(3);
  }

  @Test
  void aLongRecordingIsSeveralRowsThatASinkTakes() {
    circuit.take(Route.S, "U", recording(items(50, 60_000), ",'$lib':'js'"));
    assertThat(circuit.rows).hasSize(4);
    assertThat(numbers(circuit.rows)).isEqualTo(IntStream.range(0, 50).boxed().toList());
    UUID event = Circuit.uuid(1);
    for (int part = 0; part < 4; part++) {
      JsonNode row = circuit.rows.get(part);
      assertThat(row.toString().getBytes(UTF_8).length)
          .isLessThanOrEqualTo(RowSchema.MAX_ROW_BYTES);
      assertThat(row.at("/properties/$snapshot_part").asInt(-1)).isEqualTo(part);
      assertThat(row.at("/properties/$snapshot_parts").asInt(-1)).isEqualTo(4);
      assertThat(row.at("/properties/$session_id").asText()).isEqualTo("s1");
      assertThat(row.at("/properties/$lib").asText()).isEqualTo("js");
      assertThat(row.get("uuid").asText()).isEqualTo(Uuids.recordingPart(event, part).toString());
    }
    assertThat(circuit.rows.getFirst().get("uuid").asText()).isEqualTo(event.toString());
    assertThat(circuit.rows.stream().map(row -> row.get("uuid").asText())).doesNotHaveDuplicates();
    assertThat(circuit.metrics().received() + circuit.metrics().split())
        .isEqualTo(circuit.metrics().rows())
        .isEqualTo(4);
  }

  @Test
  void theDivisionDoesNotDependOnWhatIsKnownOfThePerson() throws Exception {
    PersonEvent event = Sent.on(Route.S, recording(items(300, 9_000), "")).read();
    RowWriter writer = new RowWriter(Optional.of(Long.MIN_VALUE));
    UUID id = new UUID(1, 2);
    RecordingRows unknown = RecordingRows.of(writer, event, null, id);
    RecordingRows known = RecordingRows.of(writer, event, StateCodecTest.person(), id);
    assertThat(unknown.rows()).hasSameSizeAs(known.rows()).hasSizeGreaterThan(2);
    assertThat(known.rows())
        .allSatisfy(row -> assertThat(row.length).isLessThanOrEqualTo(RowSchema.MAX_ROW_BYTES));
    for (int i = 0; i < known.rows().size(); i++) {
      assertThat(Json.tree(known.rows().get(i)).get("properties"))
          .isEqualTo(Json.tree(unknown.rows().get(i)).get("properties"));
    }
    assertThat(RecordingRows.of(writer, event, null, id).rows())
        .as("again, to the byte")
        .containsExactlyElementsOf(unknown.rows());
  }

  @Test
  void aPartWithAnItemThatIsStillCompressedSaysSo() {
    String good = "{'n':1}";
    String bad = "{'n':2,'data':'no gzip','cv':'2024-10'}";
    circuit.take(Route.S, "U", recording(good + "," + bad + "," + bad, ""));
    assertThat(circuit.row().at("/properties/$snapshot_undecoded").asInt()).isEqualTo(2);
    assertThat(circuit.row().at("/properties/$snapshot_items/1")).isEqualTo(Json.tree(bad));
    assertThat(circuit.metrics().items(Outcome.DAMAGED)).isEqualTo(2);
    assertThat(circuit.metrics().items(Outcome.PLAIN)).isEqualTo(1);
  }

  @Test
  void anItemThatNoRowTakesIsARowOfItsOwnForTheForwarderToPutAside() {
    String large = "{'n':1,'text':'" + "x".repeat(RowSchema.MAX_ROW_BYTES) + "'}";
    circuit.take(Route.S, "U", recording("{'n':0}," + large + ",{'n':2}", ""));
    assertThat(circuit.rows).hasSize(3);
    assertThat(numbers(circuit.rows)).containsExactly(0, 1, 2);
    assertThat(circuit.rows.stream().filter(row -> row.toString().length() > 900_000)).hasSize(1);
  }

  @Test
  void aRecordingWithMoreBesideItsItemsThanInThemIsNotMultiplied() {
    String beside = ",'other':'" + "y".repeat(200_000) + "'";
    String packed = "{'n':0,'data':'x','cv':'2024-10'},";
    circuit.take(Route.S, "U", recording(packed + items(20, 60_000), beside));
    assertThat(circuit.rows).hasSize(1);
    assertThat(circuit.row().at("/properties/$snapshot_undecoded").asInt()).isEqualTo(1);
    assertThat(circuit.metrics().items(Outcome.TOO_LARGE)).isEqualTo(1);
  }

  @Test
  void longIdsAndExtrasAreAllowedFor() {
    String id = "\"\\\u0001".repeat(60);
    circuit.take(
        Route.S,
        id,
        "{'extra_field':'"
            + "z".repeat(50_000)
            + "',"
            + recording(items(40, 50_000), "").substring(1));
    assertThat(circuit.rows).hasSizeGreaterThan(2);
    assertThat(circuit.rows)
        .allSatisfy(
            row ->
                assertThat(row.toString().getBytes(UTF_8).length)
                    .isLessThanOrEqualTo(RowSchema.MAX_ROW_BYTES));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'properties':{'$session_id':'s1','$snapshot_data':[1]}}",
        "{'metadata':{'distinct_id':'user'},'chunk':'abc'}"
      })
  void rowsOfRecordingsAreOnATopicOfTheirOwn(String json) {
    try (Partition partition = new Partition()) {
      partition.takeRecording(Sent.on(Route.S, json).raw(), Circuit.START);
      assertThat(partition.events()).isEmpty();
      assertThat(partition.recordings()).hasSize(1);
    }
  }
}
