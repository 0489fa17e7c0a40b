// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareTable;
import dev.hogflare.cloudflare.SinkCounts;
import dev.hogflare.contract.DeliveryEntry.Counts;
import dev.hogflare.contract.JsonBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Words what the forwarders delivered, and how that fits what the sink itself counted.
 *
 * @param deliveries the forwarders' sums by stream
 * @param sink what the sink counted, if it was asked
 * @param recordingsApart whether recordings have a table of their own
 * @param divided the tables whose rows go to several streams; the sink was asked about one pipeline
 *     of each, so that what it wrote says nothing about the others
 */
record DeliveryReport(
    Map<String, Counts> deliveries,
    Optional<Map<CloudflareTable, SinkCounts>> sink,
    boolean recordingsApart,
    Set<CloudflareTable> divided) {

  private static final String EVENTS = "events";
  private static final String RECORDINGS = "recordings";

  /** What was acknowledged for a table and what became of it. */
  private record Line(
      CloudflareTable table, Counts counts, Optional<SinkCounts> sink, boolean divided) {
    Optional<Long> written() {
      return divided ? Optional.empty() : sink.map(SinkCounts::written);
    }

    long lost() {
      return written()
          .map(rows -> Math.max(0, counts.acknowledged() - rows - dropped()))
          .orElse(0L);
    }

    long dropped() {
      return sink.map(SinkCounts::allDropped).orElse(0L);
    }
  }

  private List<Line> perTable() {
    Map<CloudflareTable, Counts> sums = new EnumMap<>(CloudflareTable.class);
    deliveries.forEach(
        (stream, counts) -> tableOf(stream).ifPresent(t -> sums.merge(t, counts, Counts::and)));
    List<Line> lines = new ArrayList<>();
    sums.forEach(
        (table, counts) ->
            lines.add(
                new Line(table, counts, sink.map(all -> all.get(table)), divided.contains(table))));
    return lines;
  }

  private Optional<CloudflareTable> tableOf(String stream) {
    return switch (stream) {
      case EVENTS -> Optional.of(CloudflareTable.EVENTS);
      case RECORDINGS ->
          Optional.of(recordingsApart ? CloudflareTable.RECORDINGS : CloudflareTable.EVENTS);
      case "persons" -> Optional.of(CloudflareTable.PERSONS);
      case "overrides" -> Optional.of(CloudflareTable.OVERRIDES);
      default -> Optional.empty(); // A shadow's rows go to a lake of its own.
    };
  }

  /** Whether rows are missing at the sink or were dropped there. */
  boolean sound() {
    return perTable().stream().allMatch(line -> line.lost() == 0 && line.dropped() == 0);
  }

  /** Returns the answer for people, nothing if nothing was delivered. */
  List<String> lines() {
    if (deliveries.isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    TextTable table =
        new TextTable(
            List.of(
                "delivered to", "acknowledged", "repeated", "dead letters", "written", "dropped"),
            Set.of(1, 2, 3, 4, 5));
    for (Line line : perTable()) {
      table.row(
          line.table().schema().name(),
          number(line.counts().acknowledged()),
          number(line.counts().sent() - line.counts().acknowledged()),
          number(line.counts().deadLettered()),
          line.written().map(DeliveryReport::number).orElse("-"),
          line.sink().map(s -> number(s.allDropped())).orElse("-"));
    }
    lines.addAll(table.lines());
    for (Line line : perTable()) {
      String name = line.table().schema().name();
      if (line.divided() && line.sink().isPresent()) {
        lines.add(
            "rows of "
                + name
                + " are divided among several streams, and the sink was asked about one: compare"
                + " what it wrote per pipeline in Cloudflare's dashboard");
      }
      if (line.lost() > 0) {
        lines.add(
            number(line.lost())
                + " rows of "
                + name
                + " were acknowledged, and the sink neither wrote nor dropped them; those of the"
                + " last minutes may be on their way, a difference that stays is a loss");
      }
      line.sink()
          .ifPresent(
              counts ->
                  new TreeMap<>(counts.dropped())
                      .forEach(
                          (reason, rows) ->
                              lines.add(
                                  number(rows)
                                      + " rows of "
                                      + name
                                      + " were dropped by the sink: "
                                      + reason
                                      + "; start a forwarder with CLOUDFLARE_ACCOUNT_ID and"
                                      + " CLOUDFLARE_API_TOKEN, which compares the columns")));
    }
    return lines;
  }

  private static String number(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** Writes the answer for programs as the value of a name. */
  void json(JsonBuffer out) {
    out.openArray();
    for (Line line : perTable()) {
      out.separate()
          .openObject()
          .name("table")
          .string(line.table().schema().name())
          .name("sent")
          .number(line.counts().sent())
          .name("acknowledged")
          .number(line.counts().acknowledged())
          .name("dead_lettered")
          .number(line.counts().deadLettered());
      line.sink()
          .ifPresent(
              counts -> {
                line.written().ifPresent(rows -> out.name("written").number(rows));
                out.name("dropped").openObject();
                new TreeMap<>(counts.dropped())
                    .forEach((reason, rows) -> out.name(reason).number(rows));
                out.closeObject();
                line.written().ifPresent(rows -> out.name("lost").number(line.lost()));
              });
      out.closeObject();
    }
    out.closeArray();
  }
}
