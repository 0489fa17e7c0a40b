// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
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
   * @param parent the next id on the way, of the same project: a distinct id, with NUL and the
   *     number of deletions behind it if there were any
   */
  record Link(String parent) implements StoredActor {}

  /**
   * A message to this distinct id is under way.
   *
   * @param target whom it asked
   */
  record Waiting(String target) implements StoredActor {}

  /**
   * Whose state a record of the store's changelog is.
   *
   * @param token the project
   * @param distinctId the distinct id
   * @param life how often it was deleted before
   */
  record Key(String token, String distinctId, int life) {
    private static final String SHAPE =
        "The key of an actor is not token NUL distinct_id, with NUL and a number behind it.";

    /**
     * Reads the key of a record.
     *
     * @throws MalformedRecordException if it has another form
     */
    public static Key of(byte[] key) {
      String text = new String(key, StandardCharsets.UTF_8);
      int end = text.indexOf('\0');
      String name = text.substring(end + 1);
      try {
        if (end >= 0) {
          return new Key(text.substring(0, end), Actor.id(name), Actor.life(name));
        }
      } catch (NumberFormatException e) {
        throw new MalformedRecordException(SHAPE, e);
      }
      throw new MalformedRecordException(SHAPE);
    }

    /** Returns the distinct id of whom a link leads to. */
    public static String distinctId(String parent) {
      return Actor.id(parent);
    }

    /** Returns by which name links lead to it. */
    public String name() {
      return Actor.name(distinctId, life);
    }

    /** Returns the distinct id, with the number of the life behind it if it is not the first. */
    public String text() {
      return life == 0 ? distinctId : distinctId + " (life " + (life + 1) + ")";
    }
  }

  /** Nothing is known of this life of the distinct id but that it was deleted. */
  record Nothing() implements StoredActor {}

  /**
   * Reads the value of a record of the store's changelog.
   *
   * @throws MalformedRecordException if the bytes are no state that this version writes
   */
  static StoredActor read(byte[] value) {
    byte[] content = StateCodec.contentOrNull(value);
    if (content != null) {
      return new Root(new BinaryReader(content).uuid(), content);
    }
    return switch (StateCodec.decode(value)) {
      case null -> new Nothing();
      case ActorState.Link link -> new Link(link.parent());
      case ActorState.Joining joining -> new Waiting(joining.target());
      case ActorState.Rerouting rerouting -> new Waiting(rerouting.parent());
      case ActorState.Root root ->
          throw new IllegalStateException("A root was not seen to be one: " + root);
    };
  }

  /**
   * Returns the distinct ids of a person that were not deleted.
   *
   * @throws MalformedRecordException if the content is damaged
   */
  static List<String> distinctIds(byte[] content) {
    return StateCodec.content(new BinaryReader(content), null, null).distinctIds();
  }

  /**
   * Returns where a distinct id's log deletes it, from the value under its own key; null is an id
   * that was never seen.
   *
   * @throws MalformedRecordException if the bytes are no state that this version writes
   */
  static List<Long> deletions(byte[] value) {
    return StateCodec.decodeLives(value).deletions();
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
    JsonBuffer deleted = new JsonBuffer(64).openArray();
    person.ids().forEach(id -> (person.isDeleted(id) ? deleted : ids).separate().string(id));
    fields.put("distinct_ids", new String(ids.closeArray().toBytes(), StandardCharsets.UTF_8));
    fields.put("deleted_ids", new String(deleted.closeArray().toBytes(), StandardCharsets.UTF_8));
    person
        .properties()
        .setEntries()
        .forEach(
            (name, entry) ->
                fields.put(
                    "$set." + name,
                    text(entry.value())
                        + at(entry.stamp(), " at ")
                        + by(entry.by())
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
                        + by(entry.by())
                        + at(entry.unsetAt(), " unset at ")));
    return fields;
  }

  private static String text(byte[] value) {
    return value == null ? "unset" : new String(value, StandardCharsets.UTF_8);
  }

  private static String by(String writerOrNull) {
    return writerOrNull == null ? "" : " by " + writerOrNull;
  }

  private static String at(Stamp stamp, String word) {
    return stamp == null ? "" : word + stamp.toText();
  }
}
