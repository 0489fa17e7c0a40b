// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.ActorKey;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Prints what it costs to read and count an event; run by hand, for RATIONALE.md. */
final class CatalogCost {
  private static final int EVENTS = 1_000_000;
  private static final int PROPERTIES = 30;

  private CatalogCost() {}

  /** Prints microseconds of CPU for each event, over five rounds. */
  public static void main(String[] arguments) {
    byte[][] rows = new byte[1_000][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row(i).getBytes(StandardCharsets.UTF_8);
    }
    byte[] key = new ActorKey("phc_1", "visitor").toBytes();
    for (int round = 0; round < 5; round++) {
      CountBook book = new CountBook();
      RowReader reader = new RowReader();
      long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      for (int i = 0; i < EVENTS; i++) {
        reader.read(rows[i % rows.length]);
        book.count(key, reader);
      }
      long end = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      List<Seen> seen = book.take().get("phc_1");
      System.out.printf(
          "%d bytes, %d properties: %.2f us an event; %d names, %d bytes in a commit%n",
          rows[0].length,
          PROPERTIES,
          (end - begin) / 1e3 / EVENTS,
          seen.size(),
          SeenCodec.write(seen).stream().mapToInt(record -> record.length).sum());
    }
  }

  private static String row(int number) {
    StringBuilder properties = new StringBuilder("{");
    for (int i = 0; i < PROPERTIES; i++) {
      properties.append(i == 0 ? "" : ",").append("\"$property_").append(i).append("\":");
      switch (i % 5) {
        case 0 -> properties.append(number * 31 + i);
        case 1 -> properties.append(i % 2 == 0);
        default -> properties.append("\"value number ").append(number + i).append('"');
      }
    }
    return "{\"uuid\":\"0190a6e0-0000-7000-8000-00000000"
        + (1_000 + number)
        + "\",\"source\":\"posthog_sdk\",\"event\":\"event "
        + number % 5
        + "\",\"distinct_id\":\"visitor\",\"created_at\":\"2026-03-01T12:00:00.000000Z\","
        + "\"timestamp\":\"2026-03-01T12:00:00.000000Z\",\"properties\":"
        + properties
        + "},\"person_id\":\"0190a6e0-0000-7000-8000-000000000000\",\"person_properties\":"
        + "{\"email\":\"visitor@example.com\",\"plan\":\"pro\"},\"api_key\":\"phc_1\"}";
  }
}
