// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/** Rows as a forwarder sends them. */
final class TestRows {
  private TestRows() {}

  /** An event row with the required columns and properties. */
  static String event(String uuid, String event, String distinctId, String properties) {
    return """
        {"uuid":"%s","source":"posthog","event":"%s","distinct_id":"%s",\
        "created_at":"2026-11-21T10:00:00.000001Z","properties":%s}"""
        .formatted(uuid, event, distinctId, properties);
  }

  /** An event row whose uuid is made from a number. */
  static String event(int number) {
    return event(uuid(number), "test", "user-" + number, "{\"n\":" + number + "}");
  }

  static String uuid(int number) {
    return new UUID(7, number).toString();
  }

  /** A person row with all required columns. */
  static String person(int number, List<String> distinctIds) {
    JsonBuffer out = new JsonBuffer(256).openObject();
    out.name("uuid").string(uuid(number)).name("source").string("posthog");
    out.name("operation").string("identify").name("person_id").string(uuid(1000 + number));
    out.name("person_int_id").number(number).name("canonical_distinct_id").string("user");
    out.name("distinct_ids").openArray();
    distinctIds.forEach(id -> out.separate().string(id));
    out.closeArray();
    out.name("created_at").string("2026-11-21T10:00:00Z");
    out.name("updated_at").string("2026-11-21T11:00:00+01:00");
    out.name("version").number(1).name("properties").openObject().closeObject();
    out.name("properties_set_once").openObject().closeObject();
    out.name("merged_properties").openObject().name("plan").string("pro").closeObject();
    out.name("source_event_uuid").string(uuid(2000 + number)).closeObject();
    return new String(out.toBytes(), StandardCharsets.UTF_8);
  }

  static byte[] body(String... rows) {
    return bytes("[" + String.join(",", rows) + "]");
  }

  /** A body of the events of a range of numbers. */
  static byte[] events(int from, int to) {
    return bytes(
        java.util.stream.IntStream.range(from, to)
            .mapToObj(TestRows::event)
            .collect(Collectors.joining(",", "[", "]")));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
