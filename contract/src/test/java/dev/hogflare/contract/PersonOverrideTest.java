// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PersonOverrideTest {
  private static final UUID PERSON = UUID.fromString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");

  @Test
  void isWrittenAsTheGoldenFileSays() {
    PersonOverride override =
        new PersonOverride(new ActorKey("phc_1", "user \"1\" 🦔"), PERSON, 1_795_236_205_000_123L);
    assertThat(override.toJson()).isEqualTo(Golden.bytes("person-override.json"));
  }

  @Test
  void showsTheIdThatItsKeyHolds() {
    PersonOverride override = new PersonOverride(new ActorKey("t", "a\0\uD800"), PERSON, 0);
    assertThat(Golden.parse(override.toJson()).get("distinct_id").textValue())
        .isEqualTo(ActorKey.fromBytes(override.key().toBytes()).distinctId());
  }

  @Test
  void becomesARowOfItsTable() {
    PersonOverride override =
        new PersonOverride(new ActorKey("phc_1", "user \"1\""), PERSON, 1_795_236_205_000_123L);
    byte[] row =
        PersonOverride.toRow(override.key().toBytes(), override.toJson(), 1_795_236_206_789L);

    assertThat(RowSchema.PERSON_OVERRIDES.validator().violationOrNull(row)).isNull();
    JsonNode columns = Golden.parse(row);
    assertThat(columns.get("api_key").textValue()).isEqualTo("phc_1");
    assertThat(columns.get("distinct_id").textValue()).isEqualTo("user \"1\"");
    assertThat(columns.get("life").intValue()).isZero();
    assertThat(columns.get("person_id").textValue()).isEqualTo(PERSON.toString());
    assertThat(columns.get("merged_at"))
        .isEqualTo(Golden.parse(override.toJson()).get("merged_at"));
    assertThat(columns.get("created_at").textValue()).isEqualTo("2026-11-21T04:43:26.789000Z");
    assertThat(
            PersonOverride.toRow(override.key().toBytes(), override.toJson(), 1_795_236_206_789L))
        .as("the same record again")
        .isEqualTo(row);
  }

  @Test
  void becomesARowWithoutAPersonWhenItIsTakenBack() {
    byte[] key = "phc_1\0ann\0002".getBytes(StandardCharsets.UTF_8);
    byte[] row = PersonOverride.toRow(key, null, 0);

    assertThat(RowSchema.PERSON_OVERRIDES.validator().violationOrNull(row)).isNull();
    JsonNode columns = Golden.parse(row);
    assertThat(columns.get("distinct_id").textValue()).isEqualTo("ann");
    assertThat(columns.get("life").intValue()).isEqualTo(2);
    assertThat(columns.has("person_id")).isFalse();
    assertThat(Golden.parse(PersonOverride.toRow(key, null, 1)).get("uuid"))
        .as("another record")
        .isNotEqualTo(columns.get("uuid"));
  }

  @Test
  void refusesRecordsThatAreNone() {
    byte[] good = new ActorKey("t", "a").toBytes();
    for (String key : List.of("", "t", "t\0a\0x", "t\0a\0001\0002")) {
      assertThatThrownBy(() -> PersonOverride.toRow(key.getBytes(StandardCharsets.UTF_8), null, 0))
          .as(key)
          .isInstanceOf(MalformedRecordException.class);
    }
    for (String value : List.of("", "[]", "{", "x")) {
      assertThatThrownBy(
              () -> PersonOverride.toRow(good, value.getBytes(StandardCharsets.UTF_8), 0))
          .as(value)
          .isInstanceOf(MalformedRecordException.class);
    }
  }
}
