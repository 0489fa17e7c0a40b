// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.header.Headers;

/**
 * An event with its person that still has to visit the partition of each of its groups, one after
 * another.
 *
 * <p>The record's key is the {@link GroupKey} of the first pending group and its value is {@link
 * #row}; the rest is in the headers {@code row_key}, {@code stamp}, {@code arrived_at}, {@code
 * groups}, and {@code muted} if it is.
 *
 * @param rowKey the key that the final row gets on the topic of events
 * @param row the event row, a JSON object without any group column
 * @param stamp the place of the raw event in history
 * @param arrivedAt the gateway's arrival time in microseconds since the epoch
 * @param pending the groups that are still to be visited, in order; the first one is where this
 *     record goes
 * @param visited the groups that were visited, in order
 * @param muted whether the groups are to learn of it although no row is to be written, because that
 *     is another generation's to do
 */
public record GroupedEvent(
    ActorKey rowKey,
    byte[] row,
    Stamp stamp,
    long arrivedAt,
    List<Pending> pending,
    List<Visited> visited,
    boolean muted) {
  private static final String MUTED = "muted";
  private static final String ROW_KEY = "row_key";
  private static final String STAMP = "stamp";
  private static final String ARRIVED_AT = "arrived_at";
  private static final String GROUPS = "groups";
  private static final String SET = "set";
  private static final String PROPERTIES = "properties";

  /**
   * A group to visit.
   *
   * @param type the kind of group
   * @param key its id
   * @param set a JSON object of properties that this event sets on the group, or null
   */
  public record Pending(String type, String key, byte[] set) {}

  /**
   * A group after the visit.
   *
   * @param type the kind of group
   * @param key its id
   * @param properties the group's properties as a JSON object, or null if nothing is known of the
   *     group
   */
  public record Visited(String type, String key, byte[] properties) {}

  /** Copies the lists. */
  public GroupedEvent {
    pending = List.copyOf(pending);
    visited = List.copyOf(visited);
  }

  /** Creates an event whose row is to be written. */
  public GroupedEvent(
      ActorKey rowKey,
      byte[] row,
      Stamp stamp,
      long arrivedAt,
      List<Pending> pending,
      List<Visited> visited) {
    this(rowKey, row, stamp, arrivedAt, pending, visited, false);
  }

  /** Returns the record's key: that of the first pending group. */
  public GroupKey visitKey() {
    Pending next = pending.get(0);
    return new GroupKey(rowKey.token(), next.type(), next.key());
  }

  /**
   * Adds the headers of this event to a record that is about to be sent, in the place of those of
   * the visit before.
   */
  public void writeHeaders(Headers headers) {
    RecordHeaders.replace(headers, ROW_KEY, rowKey.toBytes());
    RecordHeaders.replace(headers, STAMP, stamp.toText());
    RecordHeaders.replace(headers, ARRIVED_AT, Long.toString(arrivedAt));
    JsonBuffer out = new JsonBuffer(256).openObject().name("pending").openArray();
    for (Pending group : pending) {
      write(out, group.type(), group.key(), SET, group.set());
    }
    out.closeArray().name("visited").openArray();
    for (Visited group : visited) {
      write(out, group.type(), group.key(), PROPERTIES, group.properties());
    }
    RecordHeaders.replace(headers, GROUPS, out.closeArray().closeObject().toBytes());
    if (muted) {
      RecordHeaders.replace(headers, MUTED, new byte[] {'1'});
    }
  }

  private static void write(JsonBuffer out, String type, String key, String name, byte[] object) {
    out.separate().openObject().name("type").string(type).name("key").string(key);
    if (object != null) {
      out.name(name).raw(object);
    }
    out.closeObject();
  }

  /**
   * Reads a record of the topic of grouped events.
   *
   * @throws MalformedRecordException if a header is missing or unreadable, or no group is pending
   */
  public static GroupedEvent read(byte[] value, Headers headers) {
    if (value == null) {
      throw new MalformedRecordException("The record has no value; expected an event row.");
    }
    byte[] groups = RecordHeaders.bytesOrNull(headers, GROUPS);
    if (groups == null) {
      throw new MalformedRecordException("The header groups is missing.");
    }
    List<Pending> pending = new ArrayList<>();
    List<Visited> visited = new ArrayList<>();
    readGroups(groups, pending, visited);
    if (pending.isEmpty()) {
      throw new MalformedRecordException("The header groups names no pending group.");
    }
    byte[] rowKey = RecordHeaders.bytesOrNull(headers, ROW_KEY);
    if (rowKey == null) {
      throw new MalformedRecordException("The header row_key is missing.");
    }
    return new GroupedEvent(
        ActorKey.fromBytes(rowKey),
        value,
        Stamp.fromText(RecordHeaders.text(headers, STAMP)),
        RecordHeaders.number(ARRIVED_AT, RecordHeaders.text(headers, ARRIVED_AT)),
        pending,
        visited,
        isMuted(headers));
  }

  /** Whether the headers say that the event is muted, also where the rest cannot be read. */
  public static boolean isMuted(Headers headers) {
    return headers.lastHeader(MUTED) != null;
  }

  private static void readGroups(byte[] json, List<Pending> pending, List<Visited> visited) {
    try (JsonParser parser = JsonSlices.open(RecordJson.FACTORY, json, 0, json.length)) {
      expect(parser.nextToken() == JsonToken.START_OBJECT);
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        boolean isPending = "pending".equals(parser.currentName());
        expect(isPending || "visited".equals(parser.currentName()));
        expect(parser.nextToken() == JsonToken.START_ARRAY);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          Visited group = readGroup(parser, json, isPending ? SET : PROPERTIES);
          if (isPending) {
            pending.add(new Pending(group.type(), group.key(), group.properties()));
          } else {
            visited.add(group);
          }
        }
      }
      expect(parser.nextToken() == null);
    } catch (JsonProcessingException e) {
      throw new MalformedRecordException(
          "The header groups is not JSON: " + e.getOriginalMessage() + ".", e);
    } catch (IOException e) {
      throw new UncheckedIOException("Reading from an array failed.", e);
    }
  }

  private static Visited readGroup(JsonParser parser, byte[] json, String objectName)
      throws IOException {
    expect(parser.currentToken() == JsonToken.START_OBJECT);
    String type = null;
    String key = null;
    byte[] object = null;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (name.equals(objectName)) {
        expect(value == JsonToken.START_OBJECT);
        int from = JsonSlices.start(parser);
        object = Arrays.copyOfRange(json, from, JsonSlices.skip(parser));
      } else {
        expect(value == JsonToken.VALUE_STRING);
        switch (name) {
          case "type" -> type = parser.getText();
          case "key" -> key = parser.getText();
          default -> expect(false);
        }
      }
    }
    expect(type != null && key != null);
    return new Visited(type, key, object);
  }

  private static void expect(boolean holds) {
    if (!holds) {
      throw new MalformedRecordException(
          "The header groups is not {\"pending\": [...], \"visited\": [...]} of groups.");
    }
  }
}
