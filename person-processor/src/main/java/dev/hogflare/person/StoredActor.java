// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * What the store of actors keeps for one distinct id, as far as two sets of state can be compared
 * by it.
 *
 * <p>Which of a person's distinct ids it lives at, and how long the chains of links are, depends on
 * how partitions interleave. What the person is, and which person an id leads to, does not.
 */
public sealed interface StoredActor {

  /**
   * The person lives here.
   *
   * @param person its UUID
   * @param content everything that is known of it: equal persons have equal bytes, in whatever
   *     order their history arrived
   */
  record Root(UUID person, byte[] content) implements StoredActor {}

  /**
   * The person lives further up.
   *
   * @param parent the next distinct id on the way, of the same project
   */
  record Link(String parent) implements StoredActor {}

  /**
   * A message to this distinct id is under way.
   *
   * @param target whom it asked
   */
  record Waiting(String target) implements StoredActor {}

  /**
   * Reads the value of a record of the store's changelog.
   *
   * @throws MalformedRecordException if the bytes are no state that this version writes
   */
  static StoredActor read(byte[] value) {
    if (value.length > 2 && value[0] == StateCodec.VERSION && value[1] == StateCodec.ROOT) {
      BinaryReader in = new BinaryReader(Arrays.copyOfRange(value, 2, value.length));
      if (in.bool()) {
        // What the person was born as depends on how partitions interleave.
        in.uuid();
        in.text();
      }
      // The content is the rest of the bytes: nothing of it need be parsed to be compared.
      byte[] content = in.rest();
      return new Root(new BinaryReader(content).uuid(), content);
    }
    return switch (StateCodec.decode(value)) {
      case ActorState.Link link -> new Link(link.parent());
      case ActorState.Joining joining -> new Waiting(joining.target());
      case ActorState.Rerouting rerouting -> new Waiting(rerouting.parent());
      case ActorState.Root root ->
          throw new IllegalStateException("A root was not seen to be one: " + root);
    };
  }

  /**
   * Returns the content of a person as text by field, in a fixed order; properties are fields whose
   * names begin with {@code $set.} and {@code $set_once.}.
   *
   * @throws MalformedRecordException if the content is damaged
   */
  static Map<String, String> fields(byte[] content) {
    BinaryReader in = new BinaryReader(content);
    Person person = StateCodec.content(in, null, null);
    in.end();
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("person_id", person.uuid().toString());
    fields.put("origin", person.origin());
    fields.put("created", person.created().toText());
    fields.put("created_at", Long.toString(person.createdAt()));
    fields.put("identified", Boolean.toString(person.identified()));
    fields.put(
        "number",
        person.intId()
            + (person.firstEventOrNull(person.origin()) == null ? " by " : " by first event ")
            + person.numberedBy().toText());
    Person.Canonical canonical = person.canonicalOrNull();
    fields.put(
        "canonical", canonical == null ? "none" : canonical.id() + at(canonical.stamp(), " at "));
    fields.put("version", Long.toString(person.version()));
    JsonBuffer ids = new JsonBuffer(64).openArray();
    person.ids().forEach(id -> ids.separate().string(id));
    fields.put("distinct_ids", new String(ids.closeArray().toBytes(), StandardCharsets.UTF_8));
    person
        .properties()
        .setEntries()
        .forEach(
            (name, entry) ->
                fields.put(
                    "$set." + name,
                    text(entry.value())
                        + at(entry.stamp(), " at ")
                        + (entry.demotions() == 0 ? "" : " demoted " + entry.demotions())));
    person
        .properties()
        .onceEntries()
        .forEach(
            (name, entry) ->
                fields.put(
                    "$set_once." + name,
                    text(entry.value())
                        + at(entry.stamp(), " at ")
                        + at(entry.unsetAt(), " unset at ")));
    return fields;
  }

  private static String text(byte[] value) {
    return value == null ? "unset" : new String(value, StandardCharsets.UTF_8);
  }

  private static String at(Stamp stamp, String word) {
    return stamp == null ? "" : word + stamp.toText();
  }
}
