// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows for tests. */
final class Rows {
  private Rows() {}

  /** Returns a valid event row. */
  static byte[] event(String uuid) {
    return event(uuid, 0);
  }

  /** Returns a valid event row with so many bytes of padding in its properties. */
  static byte[] event(String uuid, int padding) {
    return bytes(
        "{\"uuid\":\""
            + uuid
            + "\",\"source\":\"posthog\",\"event\":\"$pageview\",\"distinct_id\":\"d\","
            + "\"created_at\":\"2026-01-02T03:04:05.000006Z\",\"properties\":{\"pad\":\""
            + "x".repeat(padding)
            + "\"}}");
  }

  /** Returns an event row without the required column {@code event}. */
  static byte[] eventWithoutName(String uuid) {
    return bytes(
        "{\"uuid\":\""
            + uuid
            + "\",\"source\":\"posthog\",\"distinct_id\":\"d\","
            + "\"created_at\":\"2026-01-02T03:04:05.000006Z\"}");
  }

  /** Returns a row of a partition, for tests that look at nothing but its length. */
  static Row row(OffsetTracker tracker, long offset, int bytes) {
    byte[] value = new byte[bytes];
    Arrays.fill(value, (byte) '1');
    return new Row(tracker, offset, null, value, List.of());
  }

  /** Returns a batch of rows with these values. */
  static Batch batch(String... values) {
    OffsetTracker tracker = new OffsetTracker(0);
    List<Row> rows = new ArrayList<>();
    for (String value : values) {
      rows.add(new Row(tracker, rows.size(), null, bytes(value), List.of()));
    }
    return new Batch(rows);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
