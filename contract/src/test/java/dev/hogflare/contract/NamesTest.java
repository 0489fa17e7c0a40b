// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The names that stand in headers, metrics and logs, where changing one breaks what is stored. */
class NamesTest {

  @Test
  void errorCodesArePinned() {
    assertThat(Stream.of(ErrorCode.values()).map(ErrorCode::text))
        .containsExactly(
            "not_an_object",
            "malformed_json",
            "missing_token",
            "invalid_token",
            "unknown_token",
            "missing_event",
            "missing_distinct_id",
            "invalid_field",
            "invalid_alias",
            "merge_without_person",
            "invalid_group",
            "too_deep",
            "event_too_large",
            "row_too_large",
            "schema_violation",
            "refused_by_sink",
            "malformed_record",
            "invalid_recording",
            "internal");
  }

  @Test
  void stagesArePinned() {
    assertThat(Stream.of(Stage.values()).map(Stage::text))
        .containsExactly("gateway", "person", "group", "forwarder");
  }

  @Test
  void routesArePinned() {
    assertThat(Stream.of(Route.values()).map(Route::text))
        .containsExactly("capture", "e", "batch", "identify", "alias", "engage", "groups", "s");
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void everyRouteIsFoundByItsName(Route route) {
    assertThat(Route.fromText(route.text())).isEqualTo(route);
  }

  @Test
  void anUnknownRouteIsMalformed() {
    assertThatThrownBy(() -> Route.fromText("CAPTURE"))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("The header route holds \"CAPTURE\", which is no route.");
  }
}
