// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowSchemaTest {

  @Test
  void columnsOfEventsArePinned() {
    assertThat(describe(RowSchema.EVENTS))
        .containsExactly(
            "uuid STRING required",
            "team_id INT64",
            "source STRING required",
            "event STRING required",
            "distinct_id STRING required",
            "timestamp TIMESTAMP",
            "created_at TIMESTAMP required",
            "properties JSON",
            "context JSON",
            "person_id STRING",
            "person_created_at TIMESTAMP",
            "person_properties JSON",
            "group0 STRING",
            "group1 STRING",
            "group2 STRING",
            "group3 STRING",
            "group4 STRING",
            "group_properties JSON",
            "api_key STRING",
            "extra JSON");
    assertThat(RowSchema.EVENTS.name()).isEqualTo("hogflare_events");
  }

  @Test
  void columnsOfRecordingsArePinned() {
    assertThat(describe(RowSchema.RECORDINGS))
        .containsExactly(
            "uuid STRING required",
            "team_id INT64",
            "source STRING required",
            "event STRING required",
            "distinct_id STRING required",
            "timestamp TIMESTAMP",
            "created_at TIMESTAMP required",
            "properties JSON",
            "person_id STRING",
            "person_created_at TIMESTAMP",
            "api_key STRING",
            "extra JSON");
    assertThat(RowSchema.RECORDINGS.name()).isEqualTo("hogflare_recordings");
  }

  @Test
  void everyRowOfRecordingsFitsIntoTheTableOfEvents() {
    assertThat(RowSchema.EVENTS.columns()).containsAll(RowSchema.RECORDINGS.columns());
  }

  @Test
  void columnsOfPersonsArePinned() {
    assertThat(describe(RowSchema.PERSONS))
        .containsExactly(
            "uuid STRING required",
            "team_id INT64",
            "source STRING required",
            "operation STRING required",
            "person_id STRING required",
            "person_int_id INT64 required",
            "canonical_distinct_id STRING required",
            "distinct_ids STRING_LIST required",
            "created_at TIMESTAMP required",
            "updated_at TIMESTAMP required",
            "version INT64 required",
            "properties JSON required",
            "properties_set_once JSON required",
            "merged_properties JSON required",
            "api_key STRING",
            "source_event_uuid STRING required");
    assertThat(RowSchema.PERSONS.name()).isEqualTo("hogflare_persons");
  }

  @Test
  void columnsOfOverridesArePinned() {
    assertThat(describe(RowSchema.PERSON_OVERRIDES))
        .containsExactly(
            "uuid STRING required",
            "api_key STRING required",
            "distinct_id STRING required",
            "life INT64 required",
            "person_id STRING",
            "merged_at TIMESTAMP",
            "created_at TIMESTAMP required");
    assertThat(RowSchema.PERSON_OVERRIDES.name()).isEqualTo("hogflare_person_overrides");
  }

  @Test
  void schemaFilesAreAsTheyWereFirstPublished() {
    assertThat(utf8(RowSchema.EVENTS.toPipelineSchema()))
        .isEqualTo(Golden.bytes("events-pipeline-schema.json"));
    assertThat(utf8(RowSchema.RECORDINGS.toPipelineSchema()))
        .isEqualTo(Golden.bytes("recordings-pipeline-schema.json"));
    assertThat(utf8(RowSchema.PERSONS.toPipelineSchema()))
        .isEqualTo(Golden.bytes("persons-pipeline-schema.json"));
  }

  @Test
  void schemaFilesOfTheScriptsFollowFromTheCode() throws IOException {
    // The tests of a module run in its folder.
    Path scripts = Path.of("..", "scripts");
    assertThat(Files.readString(scripts.resolve("events-pipeline-schema.json")))
        .isEqualTo(RowSchema.EVENTS.toPipelineSchema());
    assertThat(Files.readString(scripts.resolve("recordings-pipeline-schema.json")))
        .isEqualTo(RowSchema.RECORDINGS.toPipelineSchema());
    assertThat(Files.readString(scripts.resolve("persons-pipeline-schema.json")))
        .isEqualTo(RowSchema.PERSONS.toPipelineSchema());
    assertThat(Files.readString(scripts.resolve("overrides-pipeline-schema.json")))
        .isEqualTo(RowSchema.PERSON_OVERRIDES.toPipelineSchema());
  }

  @Test
  void aSchemaFileNamesEveryColumnInOrder() {
    for (RowSchema schema :
        List.of(
            RowSchema.EVENTS,
            RowSchema.RECORDINGS,
            RowSchema.PERSONS,
            RowSchema.PERSON_OVERRIDES)) {
      JsonNode fields = Golden.parse(utf8(schema.toPipelineSchema())).get("fields");
      assertThat(fields).hasSize(schema.columns().size());
      for (int i = 0; i < fields.size(); i++) {
        RowSchema.Column column = schema.columns().get(i);
        assertThat(fields.get(i).get("name").textValue()).isEqualTo(column.name());
        assertThat(fields.get(i).get("type").textValue()).isEqualTo(column.type().schemaName());
        assertThat(fields.get(i).get("required").booleanValue()).isEqualTo(column.required());
        assertThat(fields.get(i).has("items"))
            .isEqualTo(column.type() == RowSchema.ColumnType.STRING_LIST);
      }
    }
  }

  @Test
  void typesHaveTheNamesThatPipelinesKnows() {
    assertThat(List.of(RowSchema.ColumnType.values()))
        .extracting(RowSchema.ColumnType::schemaName)
        .containsExactly("string", "int64", "timestamp", "json", "list");
  }

  @Test
  void cannotBeChanged() {
    List<RowSchema.Column> columns =
        new ArrayList<>(List.of(new RowSchema.Column("a", RowSchema.ColumnType.STRING, true)));
    RowSchema schema = new RowSchema("t", columns);
    columns.clear();
    assertThat(schema.columns()).hasSize(1);
    assertThatThrownBy(() -> schema.columns().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  private static List<String> describe(RowSchema schema) {
    return schema.columns().stream()
        .map(c -> c.name() + " " + c.type() + (c.required() ? " required" : ""))
        .toList();
  }
}
