// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.DefinitionKey.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DefinitionTest {
  private static final DefinitionKey PRICE =
      new DefinitionKey("phc_1", Kind.EVENTS_PROPERTY, "buy", "price \"€\"");

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void theRecordIsPinned() {
    Definition price =
        Definition.first(PRICE, new ValueCounts(0, 1, 5, 0, 2), 1_000_000, 2_000_000);
    assertThat(new String(price.toJson(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"uuid\":\""
                + Uuids.v5(
                    UUID.fromString("0c9d6f1e-3f0a-5b57-8a43-2d4e7f5a9c10"),
                    utf8("phc_1\0events_property\0buy\0price \"€\"\0008"))
                + "\",\"api_key\":\"phc_1\",\"kind\":\"events_property\",\"parent\":\"buy\","
                + "\"name\":\"price \\\"€\\\"\",\"type\":\"Numeric\",\"seen_count\":8,"
                + "\"types\":{\"String\":1,\"Numeric\":5,\"untyped\":2},"
                + "\"first_seen\":\"1970-01-01T00:00:01.000000Z\","
                + "\"last_seen\":\"1970-01-01T00:00:02.000000Z\"}");
    assertThat(PRICE.toBytes()).isEqualTo(utf8("phc_1\0events_property\0buy\0price \"€\""));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void whatIsWrittenIsRead(Kind kind) {
    DefinitionKey key = new DefinitionKey("t", kind, "parent", "name");
    for (Definition definition :
        new Definition[] {
          Definition.first(key, new ValueCounts(1, 2, 3, 4, 5), 7, 9),
          Definition.first(key, new ValueCounts(0, 0, 0, 0, 5), 7, 9),
        }) {
      assertThat(Definition.fromRecord(key.toBytes(), definition.toJson())).isEqualTo(definition);
    }
  }

  @Test
  void namesArePinned() {
    assertThat(Stream.of(Kind.values()).map(Kind::text))
        .containsExactly(
            "event",
            "event_property",
            "events_property",
            "person_property",
            "group_property",
            "refused");
    assertThat(Stream.of(ValueType.values()).map(ValueType::text))
        .containsExactly("DateTime", "String", "Numeric", "Boolean");
    assertThat(Stream.of(SchemaChange.Change.values()).map(SchemaChange.Change::text))
        .containsExactly("added", "type_added", "type_changed", "limit_reached");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "{}", "{\"first_seen\":\"x\",\"last_seen\":\"y\"}"})
  void whatIsNoDefinitionIsRefused(String value) {
    assertThatThrownBy(() -> Definition.fromRecord(PRICE.toBytes(), utf8(value)))
        .isInstanceOf(MalformedRecordException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "t", "t\0event\0", "t\0no_kind\0\0n", "t\0event\0\0n\0more"})
  void whatIsNoKeyIsRefused(String key) {
    assertThatThrownBy(() -> DefinitionKey.fromBytes(utf8(key)))
        .isInstanceOf(MalformedRecordException.class);
  }

  @Test
  void aNameThatAKeyCannotHoldIsCleanedFirst() {
    assertThatThrownBy(() -> new DefinitionKey("t", Kind.EVENT, "", "a\0b"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(DefinitionKey.clean("a\0b\uD800")).isEqualTo("a\uFFFDb\uFFFD");
  }

  @Test
  void aChangeNamesWhatItHappenedTo() {
    SchemaChange change =
        new SchemaChange(
            SchemaChange.Change.TYPE_CHANGED,
            PRICE,
            Optional.of(ValueType.NUMERIC),
            Optional.of(ValueType.STRING),
            0);
    assertThat(new String(change.toJson(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"change\":\"type_changed\",\"api_key\":\"phc_1\",\"kind\":\"events_property\","
                + "\"parent\":\"buy\",\"name\":\"price \\\"€\\\"\",\"type_before\":\"Numeric\","
                + "\"type_after\":\"String\",\"seen_at\":\"1970-01-01T00:00:00.000000Z\"}");
    assertThat(change.toKey()).isEqualTo(utf8("phc_1"));
  }
}
