// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.GroupedEvent.Visited;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RowSchema;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupColumnsTest {
  private static final GroupColumns COLUMNS =
      new GroupColumns(List.of("company", "", "project", "", "team"));

  @Test
  void fillsTheSlotsOfTheConfiguredTypesWhateverTheOrderOfTheVisits() {
    assertThat(
            append(
                "{\"event\":\"e\"}",
                group("project", "7", "{\"p\":1}"),
                group("company", "acme", "{\"c\":1}")))
        .isEqualTo(
            "{\"event\":\"e\",\"group0\":\"acme\",\"group2\":\"7\","
                + "\"group_properties\":{\"project\":{\"p\":1},\"company\":{\"c\":1}}}");
  }

  @Test
  void aTypeWithoutASlotHasItsPropertiesInTheRowAllTheSame() {
    assertThat(append("{\"event\":\"e\"}", group("guild", "g", "{\"x\":1}")))
        .isEqualTo("{\"event\":\"e\",\"group_properties\":{\"guild\":{\"x\":1}}}");
  }

  @Test
  void aGroupOfWhichNothingIsKnownFillsItsSlotAndLeavesNoProperties() {
    assertThat(append("{\"event\":\"e\"}", group("company", "acme", null)))
        .isEqualTo("{\"event\":\"e\",\"group0\":\"acme\"}");
  }

  @Test
  void aTypeInSeveralSlotsFillsTheFirst() {
    GroupColumns columns = new GroupColumns(List.of("", "company", "company", "", ""));

    assertThat(
            new String(
                columns.append(bytes("{\"a\":1}"), List.of(group("company", "acme", null))), UTF_8))
        .isEqualTo("{\"a\":1,\"group1\":\"acme\"}");
  }

  @Test
  void ofTwoGroupsOfOneTypeTheLastCounts() {
    assertThat(
            append(
                "{\"a\":1}",
                group("company", "one", "{\"n\":1}"),
                group("company", "two", "{\"n\":2}")))
        .isEqualTo("{\"a\":1,\"group0\":\"two\",\"group_properties\":{\"company\":{\"n\":2}}}");
  }

  @Test
  void keysAndTypesAreEscaped() {
    assertThat(append("{}", group("company", "a\"b\n", null), group("x\"y", "k", "{}")))
        .isEqualTo("{\"group0\":\"a\\\"b\\n\",\"group_properties\":{\"x\\\"y\":{}}}");
  }

  @Test
  void theRowObeysTheSchemaOfEvents() {
    String row =
        "{\"uuid\":\"u\",\"source\":\"posthog\",\"event\":\"e\",\"distinct_id\":\"d\","
            + "\"created_at\":\"2026-01-01T00:00:00.000000Z\",\"properties\":{}}";

    byte[] full =
        COLUMNS.append(
            bytes(row),
            List.of(
                group("company", "acme", "{\"a\":1}"),
                group("project", "7", "{}"),
                group("team", "t", null)));

    assertThat(RowSchema.EVENTS.validator().violationOrNull(full)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "}", "[]", "{\"a\":1} ", "{\"a\":1", "null"})
  void refusesWhatIsNoRow(String row) {
    assertThatThrownBy(() -> append(row))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("not an event row");
  }

  @Test
  void refusesAnotherNumberOfSlots() {
    assertThatThrownBy(() -> new GroupColumns(List.of("company")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("5 group slots");
  }

  private static String append(String row, Visited... visited) {
    return new String(COLUMNS.append(bytes(row), List.of(visited)), UTF_8);
  }

  private static Visited group(String type, String key, String properties) {
    return new Visited(type, key, properties == null ? null : bytes(properties));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
