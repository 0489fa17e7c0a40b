// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What one writer counted for one project and hour: a record of the ledger's topic.
 *
 * <p>The key is {@code count NUL stage NUL application NUL writer NUL token NUL hour}, the value a
 * JSON object with the totals since the writer began. No two writers have the same name, so that
 * the totals of all of them add up, whatever was restarted, rebuilt or killed in between.
 *
 * @param stage who counted
 * @param application the application id or instance, for the eye
 * @param writer names one run of one writer
 * @param token the project, empty if it is not known
 * @param hour the hour of the events' arrival at the gateway, in hours since the epoch
 * @param counts the totals by name
 * @param raw the first and last offset of the raw records among them, by topic and partition
 */
public record LedgerEntry(
    Stage stage,
    String application,
    String writer,
    String token,
    long hour,
    Map<String, Long> counts,
    Map<Place, Offsets> raw) {
  private static final String KIND = "count";
  private static final long MICROS_PER_HOUR = 3_600_000_000L;

  /** Copies the maps. */
  public LedgerEntry {
    counts = Map.copyOf(counts);
    raw = Map.copyOf(raw);
  }

  /** A partition of a raw topic. */
  public record Place(String topic, int partition) {}

  /** The first and the last offset of a stretch of a partition. */
  public record Offsets(long first, long last) {
    /** Returns the shortest stretch that holds both. */
    public Offsets and(Offsets other) {
      return new Offsets(Math.min(first, other.first), Math.max(last, other.last));
    }
  }

  /** Returns the hour of a time in microseconds since the epoch. */
  public static long hourOf(long micros) {
    return Math.floorDiv(micros, MICROS_PER_HOUR);
  }

  /** Returns the Kafka key. */
  public byte[] key() {
    return RecordKeys.bytes(KIND, stage.text(), application, writer, token, Long.toString(hour));
  }

  /** Returns the value of the record. */
  public byte[] value() {
    JsonBuffer json = new JsonBuffer(256).openObject().name("counts").openObject();
    new TreeMap<>(counts).forEach((name, count) -> json.name(name).number(count));
    json.closeObject().name("raw").openArray();
    raw.forEach(
        (place, offsets) ->
            json.separate()
                .openObject()
                .name("topic")
                .string(place.topic())
                .name("partition")
                .number(place.partition())
                .name("first")
                .number(offsets.first())
                .name("last")
                .number(offsets.last())
                .closeObject());
    return json.closeArray().closeObject().toBytes();
  }

  /**
   * Reads a record of the ledger's topic.
   *
   * @return the entry, or nothing if the record is another kind or was deleted
   * @throws MalformedRecordException if it is a damaged entry
   */
  public static Optional<LedgerEntry> read(byte[] key, byte[] value) {
    byte[] prefix = (KIND + '\0').getBytes(StandardCharsets.US_ASCII);
    if (key == null
        || value == null
        || key.length < prefix.length
        || !Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length)) {
      return Optional.empty();
    }
    String[] parts = RecordKeys.parts(key, 6, "the key of a ledger's entry");
    Stage stage =
        Arrays.stream(Stage.values())
            .filter(known -> known.text().equals(parts[1]))
            .findFirst()
            .orElseThrow(
                () -> new MalformedRecordException("There is no stage \"" + parts[1] + "\"."));
    Map<String, Long> counts = new TreeMap<>();
    Map<Place, Offsets> raw = new HashMap<>();
    try (JsonParser parser = RecordJson.FACTORY.createParser(value)) {
      expect(parser.nextToken() == JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        if (name.equals("counts") && token == JsonToken.START_OBJECT) {
          while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String count = parser.currentName();
            expect(parser.nextToken() == JsonToken.VALUE_NUMBER_INT);
            counts.put(count, parser.getLongValue());
          }
        } else if (name.equals("raw") && token == JsonToken.START_ARRAY) {
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            readRaw(parser, raw);
          }
        } else {
          parser.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new MalformedRecordException("The ledger's entry is not JSON.", e);
    }
    return Optional.of(
        new LedgerEntry(
            stage,
            parts[2],
            parts[3],
            parts[4],
            RecordHeaders.number("hour", parts[5]),
            counts,
            raw));
  }

  private static void readRaw(JsonParser parser, Map<Place, Offsets> raw) throws IOException {
    String topic = null;
    long partition = -1;
    long first = -1;
    long last = -1;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken token = parser.nextToken();
      if (name.equals("topic")) {
        topic = parser.getText();
      } else {
        expect(token == JsonToken.VALUE_NUMBER_INT);
        long number = parser.getLongValue();
        switch (name) {
          case "partition" -> partition = number;
          case "first" -> first = number;
          case "last" -> last = number;
          default -> expect(false);
        }
      }
    }
    expect(topic != null && partition >= 0 && first >= 0 && last >= first);
    raw.merge(new Place(topic, (int) partition), new Offsets(first, last), Offsets::and);
  }

  private static void expect(boolean holds) {
    if (!holds) {
      throw new MalformedRecordException("The ledger's entry is not what the ledger holds.");
    }
  }
}
