// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathSegmentsTest {

  @ParameterizedTest
  @ValueSource(strings = {"plain", "a/b", "50 %", "a+b", "ünï çødé 🦔", "..", "a;b?c#d"})
  void anyIdSurvivesTheWayThroughAPath(String id) {
    String path = "/persons/" + PathSegments.encode("phc_x") + "/" + PathSegments.encode(id);

    assertThat(PathSegments.decodeOrNull(path, "/persons", 2)).isEqualTo(List.of("phc_x", id));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/persons", "/persons/a", "/persons/a/", "/persons//b", "/persons/a/b/c"})
  void anotherNumberOfSegmentsIsNoPath(String path) {
    assertThat(PathSegments.decodeOrNull(path, "/persons", 2)).isNull();
  }

  @Test
  void aBrokenEscapeIsNoPath() {
    assertThat(PathSegments.decodeOrNull("/persons/a/%zz", "/persons", 2)).isNull();
  }

  @Test
  void anotherPrefixIsNoPath() {
    assertThat(PathSegments.decodeOrNull("/groups/a/b", "/persons", 2)).isNull();
  }
}
