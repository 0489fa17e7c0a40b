// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import dev.hogflare.contract.DeliveryEntry;
import dev.hogflare.contract.DeliveryEntry.Counts;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sums what forwarders did with rows, by stream.
 *
 * <p>A kill of a forwarder may count rows once more than they were delivered, and never less often.
 */
public final class DeliveryAccounts {
  private final Topics topics;
  private final TopicReader reader;

  /** Creates the accounts of a deployment. */
  public DeliveryAccounts(KafkaSettings kafka, Topics topics) {
    this.topics = topics;
    reader = new TopicReader(kafka);
  }

  private record Key(String stream, String writer, long minute) {}

  /**
   * What was done in a stretch of time.
   *
   * @param totals the sums of each stream, by its name
   * @param firstMinute the first minute in which anything was done, in minutes since the epoch; the
   *     end of the stretch if nothing was
   */
  public record Deliveries(Map<String, Counts> totals, long firstMinute) {
    /** Copies the map. */
    public Deliveries {
      totals = Map.copyOf(totals);
    }
  }

  /**
   * Reads what was done.
   *
   * @param from the first minute since the epoch
   * @param to the minute behind the last
   */
  public Deliveries between(long from, long to) {
    // A compacted topic may still hold older totals of a writer; the last of each is the one.
    Map<Key, DeliveryEntry> latest = new HashMap<>();
    reader.all(
        topics.deliveries().name(),
        record ->
            DeliveryEntry.read(record.key(), record.value())
                .filter(entry -> entry.minute() >= from && entry.minute() < to)
                .ifPresent(
                    entry ->
                        latest.put(
                            new Key(entry.stream(), entry.writer(), entry.minute()), entry)));
    Map<String, Counts> totals = new TreeMap<>();
    long first = to;
    for (DeliveryEntry entry : latest.values()) {
      first = Math.min(first, entry.minute());
      for (Counts counts : entry.partitions().values()) {
        totals.merge(entry.stream(), counts, Counts::and);
      }
    }
    return new Deliveries(totals, first);
  }
}
