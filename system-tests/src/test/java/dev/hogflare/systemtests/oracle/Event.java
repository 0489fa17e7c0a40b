// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stamp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A raw event as the manual says it is to be understood, for the shapes that the load generator
 * sends.
 */
final class Event implements Entry {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<Route> ROUTES = Set.of(Route.CAPTURE, Route.E, Route.BATCH);
  private static final Set<String> FIELDS =
      Set.of("api_key", "uuid", "event", "distinct_id", "timestamp", "properties");
  private static final Map<String, String> OPERATIONS =
      Map.of(
          "$identify", "identify",
          "$create_alias", "alias",
          "$merge_dangerously", "alias",
          "$groupidentify", "group_identify");

  private final RawEvent raw;
  private final Stamp stamp;
  private final JsonNode json;
  private final JsonNode properties;
  private final Lives lives;

  private Event(RawEvent raw, Stamp stamp, JsonNode json, Lives lives) {
    this.lives = lives;
    this.raw = raw;
    this.stamp = stamp;
    this.json = json;
    this.properties = json.path("properties");
  }

  /**
   * Reads a record of the raw topic.
   *
   * @param lives the deletions of all ids
   * @throws AssertionError if it has a shape that this oracle knows nothing of
   */
  static Event read(ConsumerRecord<byte[], byte[]> record, Lives lives) {
    RawEvent raw = RawEvent.read(record.key(), record.value(), record.headers());
    Stamp stamp = new Stamp(record.timestamp(), record.partition(), record.offset());
    JsonNode json;
    try {
      json = JSON.readTree(raw.json());
    } catch (IOException e) {
      throw new UncheckedIOException("The raw record at " + stamp + " is no JSON.", e);
    }
    Event event = new Event(raw, stamp, json, lives);
    boolean known = ROUTES.contains(raw.route()) && raw.sentAt() == null && raw.defaults() == null;
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      known &= FIELDS.contains(field.getKey());
    }
    if (!known) {
      throw new AssertionError("The oracle does not know events such as " + json);
    }
    return event;
  }

  ActorKey key() {
    return raw.key();
  }

  String id() {
    return raw.key().distinctId();
  }

  /** Returns the life of its distinct id that it belongs to. */
  String who() {
    return lives.at(key(), stamp.offset());
  }

  /** Returns the life that the id that is to be united with its own was claimed in, or null. */
  String askedOrNull() {
    String other = otherOrNull();
    if (other == null) {
      return null;
    }
    ActorKey asked = new ActorKey(key().token(), other);
    return raw.claim() == null ? lives.present(asked) : lives.at(asked, raw.claim());
  }

  UUID uuid() {
    return raw.uuid();
  }

  @Override
  public Stamp stamp() {
    return stamp;
  }

  long arrivedAt() {
    return raw.arrivedAt();
  }

  String name() {
    return json.path("event").asText();
  }

  /** Returns the operation of its snapshot. */
  String operation() {
    return OPERATIONS.getOrDefault(name(), "capture");
  }

  JsonNode properties() {
    return properties;
  }

  boolean isPersonless() {
    return properties.path("$process_person_profile").isBoolean()
        && !properties.path("$process_person_profile").asBoolean();
  }

  boolean isAboutIdentity() {
    return name().equals("$identify") || isAlias();
  }

  private boolean isAlias() {
    return name().equals("$create_alias") || name().equals("$merge_dangerously");
  }

  boolean isDangerous() {
    return name().equals("$merge_dangerously");
  }

  /** Whether nothing can be made of it: it is about a person and asks for none. */
  boolean isContradictory() {
    return isAboutIdentity() && isPersonless();
  }

  /** Whether it changes its person. */
  boolean writes() {
    return !isPersonless() && !name().equals("$groupidentify");
  }

  /** Returns the id that is to be united with its own, or null. */
  String otherOrNull() {
    JsonNode other =
        name().equals("$identify")
            ? properties.path("$anon_distinct_id")
            : isAlias() ? properties.path("alias") : properties.path("\0");
    return !writes() || other.isMissingNode() || other.asText().equals(id())
        ? null
        : other.asText();
  }

  /** Returns its groups by type, its own one first if it is about a group. */
  Map<String, String> groups() {
    Map<String, String> groups = new LinkedHashMap<>();
    if (name().equals("$groupidentify")) {
      groups.put(properties.path("$group_type").asText(), properties.path("$group_key").asText());
    }
    for (Map.Entry<String, JsonNode> group : properties.path("$groups").properties()) {
      groups.putIfAbsent(group.getKey(), group.getValue().asText());
    }
    return groups;
  }

  /**
   * Returns the columns of its row that are functions of itself alone.
   *
   * @param groupTypes the group type of each slot
   */
  ObjectNode columns(Map<String, String> groupTypes) {
    ObjectNode row = JSON.createObjectNode();
    row.put("uuid", uuid().toString());
    row.put("source", "posthog");
    row.put("event", name());
    row.put("distinct_id", id());
    row.put("created_at", Rfc3339.format(arrivedAt()));
    String sent = json.path("timestamp").asText(null);
    row.put("timestamp", sent == null ? Rfc3339.format(arrivedAt()) : Rfc3339.format(micros(sent)));
    ObjectNode all = properties.deepCopy();
    if (raw.enrichment() != null) {
      for (Map.Entry<String, JsonNode> more : parse(raw.enrichment()).properties()) {
        if (!all.has(more.getKey())) {
          all.set(more.getKey(), more.getValue());
        }
      }
    }
    row.set("properties", all);
    row.put("api_key", key().token());
    ObjectNode extra = JSON.createObjectNode();
    if (sent != null) {
      extra.put("timestamp", sent);
    }
    if (isAlias()) {
      extra.set("alias", properties.path("alias"));
    }
    if (name().equals("$groupidentify")) {
      extra.set("group_type", properties.path("$group_type"));
      extra.set("group_key", properties.path("$group_key"));
    }
    if (!extra.isEmpty()) {
      row.set("extra", extra);
    }
    Map<String, String> groups = groups();
    groupTypes.forEach(
        (slot, type) -> {
          if (groups.containsKey(type)) {
            row.put(slot, groups.get(type));
          }
        });
    return row;
  }

  private static long micros(String time) {
    Long micros = Rfc3339.parseOrNull(time);
    if (micros == null) {
      throw new AssertionError("The oracle does not know times such as " + time);
    }
    return micros;
  }

  static JsonNode parse(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return stamp.toText() + ' ' + id() + ' ' + json;
  }
}
