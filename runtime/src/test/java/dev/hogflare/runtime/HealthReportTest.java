// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HealthReportTest {

  @Test
  void isOkWhenEveryPartIsUp() {
    assertThat(report(Map.of("a", Health.up("works"), "b", Health.up("works too"))))
        .isEqualTo(
            "{\"status\":\"ok\",\"parts\":{"
                + "\"a\":{\"status\":\"ok\",\"message\":\"works\"},"
                + "\"b\":{\"status\":\"ok\",\"message\":\"works too\"}}}");
  }

  @Test
  void isDownWhenOnePartIsDown() {
    assertThat(report(Map.of("a", Health.up("works"), "b", Health.down("no \"broker\""))))
        .isEqualTo(
            "{\"status\":\"down\",\"parts\":{"
                + "\"a\":{\"status\":\"ok\",\"message\":\"works\"},"
                + "\"b\":{\"status\":\"down\",\"message\":\"no \\\"broker\\\"\"}}}");
  }

  @Test
  void isDegradedWhenOnePartIsAndNoneIsDown() {
    Health degraded = Health.degraded("works from the spool");
    assertThat(degraded.up()).isTrue();
    assertThat(report(Map.of("a", Health.up("works"), "b", degraded)))
        .isEqualTo(
            "{\"status\":\"degraded\",\"parts\":{"
                + "\"a\":{\"status\":\"ok\",\"message\":\"works\"},"
                + "\"b\":{\"status\":\"degraded\",\"message\":\"works from the spool\"}}}");
    assertThat(report(Map.of("a", Health.down("away"), "b", degraded)))
        .startsWith("{\"status\":\"down\"");
  }

  @Test
  void ofNoPartIsOk() {
    assertThat(report(Map.of())).isEqualTo("{\"status\":\"ok\",\"parts\":{}}");
  }

  private static String report(Map<String, Health> parts) {
    return new String(HealthReport.toJson(new TreeMap<>(parts)), StandardCharsets.UTF_8);
  }
}
