// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What one run of a forwarder did with the rows of one stream in one minute: a record of the topic
 * of deliveries.
 *
 * <p>The key is {@code stream NUL instance NUL writer NUL minute}, the value a JSON object with the
 * totals of each partition. No two writers have the same name, so that the totals of all of them
 * add up.
 *
 * @param stream {@code events}, {@code recordings}, {@code persons} or {@code overrides}, with the
 *     suffix of its generation if it is a shadow's
 * @param instance names the forwarder, for the eye
 * @param writer names one run of one stream's loop
 * @param minute when the answers came, in minutes since the epoch
 * @param partitions the totals by partition of the topic of rows
 */
public record DeliveryEntry(
    String stream, String instance, String writer, long minute, Map<Integer, Counts> partitions) {
  /** Copies the map. */
  public DeliveryEntry {
    partitions = Map.copyOf(partitions);
  }

  /**
   * The totals of a partition.
   *
   * @param sent rows in requests that were over, repeated ones once more each time
   * @param acknowledged rows that the sink said to have
   * @param deadLettered rows that became dead letters
   */
  public record Counts(long sent, long acknowledged, long deadLettered) {
    /** No rows. */
    public static final Counts NONE = new Counts(0, 0, 0);

    /** Returns the sums. */
    public Counts and(Counts other) {
      return new Counts(
          sent + other.sent, acknowledged + other.acknowledged, deadLettered + other.deadLettered);
    }
  }

  /** Returns the Kafka key. */
  public byte[] key() {
    return RecordKeys.bytes(stream, instance, writer, Long.toString(minute));
  }

  /** Returns the value of the record. */
  public byte[] value() {
    JsonBuffer json = new JsonBuffer(256).openObject();
    new TreeMap<>(partitions)
        .forEach(
            (partition, counts) ->
                json.name(Integer.toString(partition))
                    .openArray()
                    .separate()
                    .number(counts.sent())
                    .separate()
                    .number(counts.acknowledged())
                    .separate()
                    .number(counts.deadLettered())
                    .closeArray());
    return json.closeObject().toBytes();
  }

  /**
   * Reads a record of the topic of deliveries.
   *
   * @return the entry, or nothing if the record was deleted
   * @throws MalformedRecordException if it is damaged
   */
  public static Optional<DeliveryEntry> read(byte[] key, byte[] value) {
    String[] parts = RecordKeys.parts(key, 4, "the key of deliveries");
    if (value == null) {
      return Optional.empty();
    }
    Map<Integer, Counts> partitions = new TreeMap<>();
    try (JsonParser parser = RecordJson.FACTORY.createParser(value)) {
      expect(parser.nextToken() == JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        int partition = (int) RecordHeaders.number("partition", parser.currentName());
        expect(parser.nextToken() == JsonToken.START_ARRAY);
        partitions.put(partition, new Counts(next(parser), next(parser), next(parser)));
        expect(parser.nextToken() == JsonToken.END_ARRAY);
      }
    } catch (IOException e) {
      throw new MalformedRecordException("The entry of deliveries is not JSON.", e);
    }
    return Optional.of(
        new DeliveryEntry(
            parts[0], parts[1], parts[2], RecordHeaders.number("minute", parts[3]), partitions));
  }

  private static long next(JsonParser parser) throws IOException {
    expect(parser.nextToken() == JsonToken.VALUE_NUMBER_INT);
    return parser.getLongValue();
  }

  private static void expect(boolean holds) {
    if (!holds) {
      throw new MalformedRecordException("The entry of deliveries is not what a forwarder writes.");
    }
  }
}
