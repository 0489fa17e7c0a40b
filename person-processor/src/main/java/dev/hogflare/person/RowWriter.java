// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Uuids;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * Writes event rows and person snapshots as the JSON that the sinks store.
 *
 * <p>Columns without a value are left out. Used by one thread.
 */
final class RowWriter {
  private static final byte[] UUID_NAME = quoted("uuid");
  private static final byte[] TEAM_ID = quoted("team_id");
  private static final byte[] SOURCE = quoted("source");
  private static final byte[] EVENT = quoted("event");
  private static final byte[] DISTINCT_ID = quoted("distinct_id");
  private static final byte[] CREATED_AT = quoted("created_at");
  private static final byte[] TIMESTAMP = quoted("timestamp");
  private static final byte[] PROPERTIES = quoted("properties");
  private static final byte[] CONTEXT = quoted("context");
  private static final byte[] PERSON_ID = quoted("person_id");
  private static final byte[] PERSON_CREATED_AT = quoted("person_created_at");
  private static final byte[] PERSON_PROPERTIES = quoted("person_properties");
  private static final byte[] API_KEY = quoted("api_key");
  private static final byte[] EXTRA = quoted("extra");
  private static final byte[] OPERATION = quoted("operation");
  private static final byte[] PERSON_INT_ID = quoted("person_int_id");
  private static final byte[] CANONICAL = quoted("canonical_distinct_id");
  private static final byte[] DISTINCT_IDS = quoted("distinct_ids");
  private static final byte[] UPDATED_AT = quoted("updated_at");
  private static final byte[] VERSION = quoted("version");
  private static final byte[] SET_ONCE = quoted("properties_set_once");
  private static final byte[] MERGED = quoted("merged_properties");
  private static final byte[] SOURCE_EVENT = quoted("source_event_uuid");
  private static final byte[] FROM_SDK = quoted("posthog");
  private static final byte[] FROM_US = quoted("hogflare");

  private final JsonBuffer out = new JsonBuffer(8_192);
  private final Long teamId;

  /** Creates a writer that stamps every row with a team, if there is one. */
  RowWriter(Optional<Long> teamId) {
    this.teamId = teamId.orElse(null);
  }

  private static byte[] quoted(String name) {
    return ('"' + name + '"').getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Returns the row of an event, without its groups.
   *
   * @param person the event's person, or null if there is none yet
   * @param personId its UUID; without a person the one that the distinct id would give it
   */
  byte[] event(PersonEvent event, Person person, UUID personId) {
    begin(event, event.raw().uuid());
    optional(PROPERTIES, event.row().properties());
    return finish(event, person, personId);
  }

  /**
   * Returns a row of a recording.
   *
   * @param person the recording's person, or null if there is none yet
   * @param personId its UUID; without a person the one that the distinct id would give it
   * @param which which of the recording's rows it is, from 0
   * @param rows how many rows the recording has
   * @param part the items of this row
   */
  byte[] recording(
      PersonEvent event,
      Person person,
      UUID personId,
      int which,
      int rows,
      SnapshotItems.Part part) {
    EventColumns row = event.row();
    begin(event, Uuids.recordingPart(event.raw().uuid(), which));
    out.rawName(PROPERTIES).raw(row.properties(), 0, row.items().from()).raw(part.items());
    out.raw(row.properties(), row.items().to(), row.properties().length - 1);
    if (rows > 1) {
      out.name(RecordingRows.PART).number(which).name(RecordingRows.PARTS).number(rows);
    }
    if (part.undecoded() > 0) {
      out.name(RecordingRows.UNDECODED).number(part.undecoded());
    }
    out.closeObject();
    return finish(event, person, personId);
  }

  private void begin(PersonEvent event, UUID uuid) {
    EventColumns row = event.row();
    out.clear().openObject().rawName(UUID_NAME);
    out.uuid(uuid);
    team();
    out.rawName(SOURCE).raw(FROM_SDK);
    out.rawName(EVENT).string(row.event());
    out.rawName(DISTINCT_ID).string(event.id());
    out.rawName(CREATED_AT).time(event.raw().arrivedAt());
    out.rawName(TIMESTAMP).time(row.timestamp());
  }

  private byte[] finish(PersonEvent event, Person person, UUID personId) {
    optional(CONTEXT, event.row().context());
    out.rawName(PERSON_ID);
    out.uuid(personId);
    if (person != null) {
      out.rawName(PERSON_CREATED_AT).time(person.createdAt());
      if (!event.readsOnly()) {
        person.properties().writeMerged(out.rawName(PERSON_PROPERTIES));
      }
    }
    out.rawName(API_KEY).string(event.key().token());
    optional(EXTRA, event.row().extra());
    return out.closeObject().toBytes();
  }

  /**
   * Returns a snapshot of a person.
   *
   * @param token the project
   * @param cause the event that led to it
   * @param absorbedId the distinct id whose person was absorbed, or an empty string if the event
   *     itself is shown
   */
  byte[] snapshot(String token, Person person, Cause cause, String absorbedId) {
    out.clear().openObject().rawName(UUID_NAME);
    out.uuid(Uuids.snapshot(cause.row(), cause.operation(), absorbedId));
    team();
    out.rawName(SOURCE).raw(FROM_US);
    out.rawName(OPERATION).string(cause.operation());
    out.rawName(PERSON_ID);
    out.uuid(person.uuid());
    out.rawName(PERSON_INT_ID).number(person.intId());
    out.rawName(CANONICAL).string(person.canonicalId());
    out.rawName(DISTINCT_IDS).openArray();
    for (String id : person.distinctIds()) {
      out.separate().string(id);
    }
    out.closeArray();
    out.rawName(CREATED_AT).time(person.createdAt());
    out.rawName(UPDATED_AT).time(cause.arrivedAt());
    out.rawName(VERSION).number(person.version());
    properties(person);
    out.rawName(API_KEY).string(token);
    out.rawName(SOURCE_EVENT);
    out.uuid(cause.row());
    return out.closeObject().toBytes();
  }

  /** Returns what a lookup answers: hogflare's debug format. */
  byte[] lookup(String canonicalId, Person person) {
    out.clear().openObject().name("canonical_id").string(canonicalId).name("record");
    if (person == null) {
      return out.raw("null".getBytes(StandardCharsets.US_ASCII)).closeObject().toBytes();
    }
    out.openObject().name("id").number(person.intId());
    team();
    out.rawName(UUID_NAME);
    out.uuid(person.uuid());
    out.rawName(CREATED_AT).time(person.createdAt());
    out.rawName(VERSION).number(person.version());
    out.rawName(DISTINCT_IDS).openArray();
    for (String id : person.distinctIds()) {
      out.separate().string(id);
    }
    out.closeArray();
    properties(person);
    return out.closeObject().closeObject().toBytes();
  }

  private void properties(Person person) {
    person.properties().writeSet(out.rawName(PROPERTIES));
    person.properties().writeOnce(out.rawName(SET_ONCE));
    person.properties().writeMerged(out.rawName(MERGED));
  }

  private void team() {
    if (teamId != null) {
      out.rawName(TEAM_ID).number(teamId);
    }
  }

  private void optional(byte[] name, byte[] json) {
    if (json != null) {
      out.rawName(name).raw(json);
    }
  }
}
