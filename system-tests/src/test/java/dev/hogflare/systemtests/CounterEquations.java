// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/**
 * Checks that every record that entered a part of the pipeline left it, and entered the next one.
 *
 * <p>The equations hold at rest, for a pipeline that was started on an empty folder and met no
 * failure of Kafka.
 */
final class CounterEquations {
  private final PipelineFixture pipeline;
  private final List<String> violations = new ArrayList<>();

  private CounterEquations(PipelineFixture pipeline) {
    this.pipeline = pipeline;
  }

  /** Waits until all equations hold. */
  static void assertHold(PipelineFixture pipeline) {
    assertThat(Await.value(() -> violations(pipeline), List::isEmpty)).isEmpty();
  }

  /** Waits until what comes into each part has gone out of it, whatever generations there were. */
  static void assertHoldOverGenerations(PipelineFixture pipeline) {
    assertThat(
            Await.value(
                () -> {
                  CounterEquations equations = new CounterEquations(pipeline);
                  equations.parts();
                  return equations.violations;
                },
                List::isEmpty))
        .isEmpty();
  }

  private static List<String> violations(PipelineFixture pipeline) {
    CounterEquations equations = new CounterEquations(pipeline);
    equations.parts();
    equations.seams();
    return equations.violations;
  }

  /** What comes into a part goes out of it. */
  private void parts() {
    check(
        "gateway: received = stored + rejected + filtered + dead-lettered",
        total("gateway_events_received"),
        total("gateway_events_stored")
            + total("gateway_events_rejected")
            + total("gateway_events_filtered")
            + total("gateway_events_dead_lettered"));
    check(
        "person-processor: received + split = rows + duplicates + filtered + dead-lettered + muted + left + commands",
        total("person_received") + total("person_split"),
        total("person_rows")
            + total("person_duplicates")
            + total("person_filtered")
            + total("person_dead_letters")
            + total("person_muted")
            + total("person_left")
            + total("person_commands"));
    check(
        "group-processor: received = forwarded + rows + muted + dead-lettered",
        total("group_received"),
        total("group_forwarded")
            + total("group_rows")
            + total("group_muted")
            + total("group_dead_letters"));
    check(
        "property-catalog: received = counted + skipped",
        total("catalog_received"),
        total("catalog_counted") + total("catalog_skipped"));
    for (String stream : List.of("events", "recordings", "persons")) {
      check(
          "forwarder, " + stream + ": received = delivered + dead-lettered",
          forwarder("received", stream),
          forwarder("delivered", stream) + forwarder("dead_lettered", stream));
      check(
          "lake, " + stream + ": received = committed",
          lake("received", stream),
          lake("committed", stream));
    }
  }

  /** What goes out of a part comes into the next one. */
  private void seams() {
    check(
        "from the gateway to the person-processor, beside commands such as claims",
        total("gateway_events_stored"),
        total("person_received") - total("person_commands"));
    check(
        "from the gateway to the person-processor, claims",
        total("gateway_claims"),
        total("person_commands"));
    check(
        "from the processors to the forwarder, events and recordings",
        total("person_rows") - total("group_dead_letters"),
        forwarder("received", "events") + forwarder("received", "recordings"));
    check(
        "from the processors to the forwarder, persons",
        total("person_snapshots"),
        forwarder("received", "persons"));
    check(
        "from the forwarder to the lake, events and recordings",
        forwarder("delivered", "events") + forwarder("delivered", "recordings"),
        lake("received", "events") + lake("received", "recordings"));
    check(
        "from the forwarder to the lake, persons",
        forwarder("delivered", "persons"),
        lake("received", "persons"));
  }

  private void check(String equation, long left, long right) {
    if (left != right) {
      violations.add(equation + ": " + left + " and " + right);
    }
  }

  private long total(String name) {
    return pipeline.count("hogflare_" + name + "_total");
  }

  private long forwarder(String what, String stream) {
    return pipeline.count("hogflare_forwarder_rows_" + what + "_total", "stream", stream);
  }

  private long lake(String what, String stream) {
    return pipeline.count("hogflare_lake_rows_" + what + "_total", "table", "hogflare_" + stream);
  }
}
