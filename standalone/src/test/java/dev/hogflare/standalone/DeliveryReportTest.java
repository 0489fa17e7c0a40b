// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.cloudflare.CloudflareTable;
import dev.hogflare.cloudflare.SinkCounts;
import dev.hogflare.contract.DeliveryEntry.Counts;
import dev.hogflare.contract.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeliveryReportTest {
  private static final Map<String, Counts> DELIVERED =
      Map.of(
          "events",
          new Counts(1_010, 1_000, 2),
          "recordings",
          new Counts(5, 5, 0),
          "persons",
          new Counts(7, 7, 0),
          "events.g2",
          new Counts(9, 9, 0));

  private static DeliveryReport report(long events, Map<String, Long> dropped) {
    return new DeliveryReport(
        DELIVERED,
        Optional.of(
            Map.of(
                CloudflareTable.EVENTS,
                new SinkCounts(events, dropped),
                CloudflareTable.PERSONS,
                new SinkCounts(7, Map.of()))),
        false,
        Set.of());
  }

  @Test
  void showsWhatWasDeliveredWithoutAskingTheSink() {
    DeliveryReport report = new DeliveryReport(DELIVERED, Optional.empty(), false, Set.of());
    assertThat(report.lines())
        .containsExactly(
            "delivered to      acknowledged  repeated  dead letters  written  dropped",
            "hogflare_events          1,005        10             2        -        -",
            "hogflare_persons             7         0             0        -        -");
    assertThat(report.sound()).isTrue();
    assertThat(new DeliveryReport(Map.of(), Optional.empty(), true, Set.of()).lines()).isEmpty();
  }

  @Test
  void isSoundIfTheSinkWroteWhatItAcknowledgedOrMore() {
    // A request whose answer was lost may have been stored.
    assertThat(report(1_015, Map.of()).sound()).isTrue();
    assertThat(report(1_005, Map.of()).lines()).hasSize(3);
  }

  @Test
  void namesWhatWasAcknowledgedAndNeverWritten() {
    DeliveryReport report = report(993, Map.of());
    assertThat(report.sound()).isFalse();
    assertThat(report.lines())
        .last()
        .asString()
        .startsWith("12 rows of hogflare_events were acknowledged, and the sink neither wrote");
  }

  @Test
  void namesWhatTheSinkDroppedAndWhy() {
    DeliveryReport report = report(1_000, Map.of("type_mismatch", 4L, "missing_field", 1L));
    assertThat(report.sound()).isFalse();
    assertThat(report.lines())
        .anyMatch(l -> l.startsWith("1 rows of hogflare_events were dropped by the sink: missing"))
        .anyMatch(l -> l.startsWith("4 rows of hogflare_events were dropped by the sink: type_mis"))
        .noneMatch(l -> l.contains("neither wrote"));
    JsonBuffer out = new JsonBuffer(100);
    report.json(out);
    assertThat(new String(out.toBytes(), StandardCharsets.UTF_8))
        .contains(
            "{\"table\":\"hogflare_events\",\"sent\":1015,\"acknowledged\":1005,"
                + "\"dead_lettered\":2,\"written\":1000,"
                + "\"dropped\":{\"missing_field\":1,\"type_mismatch\":4},\"lost\":0}");
  }

  @Test
  void reportsNoLossWhereTheSinkWasAskedAboutOneStreamOfSeveral() {
    DeliveryReport report =
        new DeliveryReport(
            DELIVERED,
            Optional.of(Map.of(CloudflareTable.EVENTS, new SinkCounts(500, Map.of()))),
            false,
            Set.of(CloudflareTable.EVENTS));
    assertThat(report.sound()).isTrue();
    assertThat(report.lines())
        .contains("hogflare_events          1,005        10             2        -        0")
        .last()
        .asString()
        .startsWith("rows of hogflare_events are divided among several streams");
    JsonBuffer out = new JsonBuffer(100);
    report.json(out);
    assertThat(new String(out.toBytes(), StandardCharsets.UTF_8))
        .contains("\"dead_lettered\":2,\"dropped\":{}}")
        .doesNotContain("lost", "written");
  }

  @Test
  void namesWhatOneStreamOfSeveralDropped() {
    DeliveryReport report =
        new DeliveryReport(
            DELIVERED,
            Optional.of(
                Map.of(CloudflareTable.EVENTS, new SinkCounts(500, Map.of("type_mismatch", 4L)))),
            false,
            Set.of(CloudflareTable.EVENTS));
    assertThat(report.sound()).isFalse();
    assertThat(report.lines())
        .anyMatch(l -> l.startsWith("4 rows of hogflare_events were dropped by the sink: type"));
  }
}
