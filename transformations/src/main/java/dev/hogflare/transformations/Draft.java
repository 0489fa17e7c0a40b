// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.JsonBuffer;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An event on its way through the steps; used by one thread. */
final class Draft {
  private static final List<String> PERSON_PROPERTIES = List.of("$set", "$set_once");

  private final EventInput input;
  private final JsonObject root;
  private final JsonObject properties;
  private final JsonObject added;
  private boolean dropped;

  private Draft(EventInput input, JsonObject root, JsonObject properties, JsonObject added) {
    this.input = input;
    this.root = root;
    this.properties = properties;
    this.added = added;
  }

  /**
   * Begins a draft of an event as all that follow will see it: with the fields of its envelope and
   * the properties of the gateway where it has none of its own.
   *
   * @throws IOException if it is no JSON object or its properties are none
   */
  static Draft of(EventInput input) throws IOException {
    JsonObject properties = JsonObject.empty();
    JsonObject root = JsonObject.readEvent(input.json(), properties);
    if (input.defaults() != null) {
      JsonObject defaultProperties = JsonObject.empty();
      JsonObject defaults = JsonObject.readEvent(input.defaults(), defaultProperties);
      defaults.addTo(root);
      if (properties.isEmpty()) {
        defaultProperties.addTo(properties);
      }
    }
    for (String name : PERSON_PROPERTIES) {
      moveDown(root, properties, name);
    }
    JsonObject added = null;
    if (input.enrichment() != null) {
      added = JsonObject.read(input.enrichment());
      added.addTo(properties);
    }
    return new Draft(input, root, properties, added);
  }

  /**
   * Puts person properties that stand beside the properties, where posthog-js sends them, among
   * them, so that steps find them in one place; the ones beside win, as they do in PostHog.
   */
  private static void moveDown(JsonObject root, JsonObject properties, String name)
      throws IOException {
    byte[] beside = root.raw(name);
    byte[] among = properties.raw(name);
    if (beside == null || beside[0] != '{' || (among != null && among[0] != '{')) {
      return;
    }
    if (among == null) {
      properties.putRaw(name, beside);
    } else {
      JsonObject both = JsonObject.read(beside);
      JsonObject.read(among).addTo(both);
      JsonBuffer out = new JsonBuffer(beside.length + among.length);
      both.write(out);
      properties.putRaw(name, out.toBytes());
    }
    root.remove(name);
  }

  JsonObject root() {
    return root;
  }

  JsonObject properties() {
    return properties;
  }

  /** Returns the event's name, empty if it has none. */
  String event() {
    String name = root.text("event");
    return name == null ? "" : name;
  }

  String token() {
    return input.token();
  }

  String distinctId() {
    return input.distinctId();
  }

  /** Returns when it happened. */
  Instant time() {
    JsonNode timestamp = root.node("timestamp");
    JsonNode offset = root.node("offset");
    JsonNode ignored = properties.node("$ignore_sent_at");
    return input
        .time()
        .apply(
            new EventInput.Clues(
                timestamp != null && timestamp.isValueNode() && !timestamp.isNull()
                    ? timestamp.asText()
                    : null,
                offset != null && offset.isNumber() ? Math.round(offset.doubleValue()) : null,
                ignored != null && ignored.isBoolean() && ignored.booleanValue()));
  }

  /** Leaves the event out. */
  void drop() {
    dropped = true;
  }

  boolean isDropped() {
    return dropped;
  }

  /** Returns the first of these properties that is a text with anything in it, or null. */
  String firstText(List<String> names) {
    for (String name : names) {
      String text = properties.text(name);
      if (text != null && !text.isEmpty()) {
        return text;
      }
    }
    return null;
  }

  /** Returns the event as it is now. */
  Outcome.Kept finish() {
    JsonBuffer out = new JsonBuffer(input.json().length + 1_024);
    properties.write(out);
    root.putRaw("properties", out.toBytes());
    out.clear();
    root.write(out);
    Map<String, byte[]> still = new LinkedHashMap<>();
    if (added != null) {
      for (String name : added.names()) {
        if (properties.has(name)) {
          still.put(name, properties.raw(name));
        }
      }
    }
    return new Outcome.Kept(out.toBytes(), still);
  }
}
