// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IllegalIdsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "anonymous",
        "guest",
        "distinctid",
        "distinct_id",
        "id",
        "not_authenticated",
        "email",
        "undefined",
        "true",
        "false"
      })
  void theseNeverMergeInAnyCase(String id) {
    for (String spelled :
        new String[] {
          id,
          id.toUpperCase(Locale.ROOT),
          id.substring(0, 1).toUpperCase(Locale.ROOT) + id.substring(1)
        }) {
      assertIllegalAlsoInQuotes(spelled);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[object Object]", "NaN", "None", "none", "null", "0", "undefined"})
  void theseNeverMergeAsTheyAreSpelled(String id) {
    assertIllegalAlsoInQuotes(id);
  }

  private static void assertIllegalAlsoInQuotes(String id) {
    assertThat(IllegalIds.contains(id)).as(id).isTrue();
    assertThat(IllegalIds.contains('"' + id + '"')).as("in double quotes: %s", id).isTrue();
    assertThat(IllegalIds.contains("'" + id + "'")).as("in single quotes: %s", id).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\n", "''", "\"\"", "' '", "\" \"", "a\0b", "\0", "a\uFFFDb"})
  void emptyOrDamagedIdsNeverMerge(String id) {
    assertThat(IllegalIds.contains(id)).isTrue();
  }

  @Test
  void overlongIdsNeverMergeByTheirCharactersNotTheirUnits() {
    String hedgehog = "\uD83E\uDD94";
    assertThat(IllegalIds.contains(hedgehog.repeat(400))).isFalse();
    assertThat(IllegalIds.contains(hedgehog.repeat(401))).isTrue();
    assertThat(IllegalIds.contains("a".repeat(400))).isFalse();
    assertThat(IllegalIds.contains("a".repeat(401))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "user 1",
        "NULL",
        "nan",
        "NONE",
        "00",
        "1",
        "-0",
        "[object object]",
        "guests",
        "my email",
        "'anonymous\"",
        "\"anonymous",
        "''anonymous''",
        " anonymous",
        "'",
        "\"",
        "trueish",
        "İd"
      })
  void anyOtherIdMerges(String id) {
    assertThat(IllegalIds.contains(id)).isFalse();
  }
}
