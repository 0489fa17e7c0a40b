// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What must have come of a raw topic once nothing is under way any more. */
public final class Oracle {
  private static final int PARTITIONS_IN_INT_ID = 4_096;

  /** The group types of the slots that a pipeline under test has to be given. */
  public static final Map<String, String> GROUP_TYPES =
      Map.of("group0", "company", "group1", "team");

  private final String rawTopic;
  private final Map<ActorKey, List<Event>> rows = new LinkedHashMap<>();
  private final Set<DeadLetter.Source> deadLetters = new HashSet<>();
  private final Map<ActorKey, ObjectNode> persons = new LinkedHashMap<>();
  private final Map<GroupKey, ObjectNode> groups = new LinkedHashMap<>();
  private final Lives lives = new Lives();
  private final Map<ActorKey, Set<String>> deletedPersons = new LinkedHashMap<>();
  private long repeats;

  /**
   * Works everything out.
   *
   * @param raw all records of the topic of raw events, those of one partition in their order
   */
  public Oracle(String rawTopic, List<ConsumerRecord<byte[], byte[]>> raw) {
    this.rawTopic = rawTopic;
    for (ConsumerRecord<byte[], byte[]> record : raw) {
      if (RawCommand.isCommand(record.headers())
          && RawCommand.read(record.value(), record.headers()) instanceof RawCommand.DeletePerson) {
        lives.deleted(ActorKey.fromBytes(record.key()), record.offset());
      }
    }
    List<Event> all = new ArrayList<>();
    Map<String, List<Entry>> logs = new TreeMap<>();
    for (Event event : understood(raw, logs)) {
      all.add(event);
      rows.computeIfAbsent(event.key(), key -> new ArrayList<>()).add(event);
    }
    logs.forEach(this::persons);
    groups(all);
  }

  /**
   * Returns the events that give a row: the first of each uuid that is no contradiction.
   *
   * @param logs takes what is said of identity, by project
   */
  private List<Event> understood(
      List<ConsumerRecord<byte[], byte[]>> raw, Map<String, List<Entry>> logs) {
    List<Event> understood = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (ConsumerRecord<byte[], byte[]> record : raw) {
      if (RawCommand.isCommand(record.headers())) {
        switch (RawCommand.read(record.value(), record.headers())) {
          case RawCommand.Claim claim -> {
            ActorKey key = ActorKey.fromBytes(record.key());
            Stamp stamp = new Stamp(record.timestamp(), record.partition(), record.offset());
            logs.computeIfAbsent(key.token(), token -> new ArrayList<>())
                .add(new Entry.Claim(lives.at(key, record.offset()), claim.claimant(), stamp));
          }
          case RawCommand.DeletePerson delete -> {
            // Known before.
          }
          case RawCommand.Cutover cutover -> {
            // Says which generation writes, and changes nothing of what it writes.
          }
        }
        continue;
      }
      Event event = Event.read(record, lives);
      if (event.isContradictory()) {
        deadLetters.add(new DeadLetter.Source(rawTopic, record.partition(), record.offset()));
      } else if (seen.add(event.key().token() + ' ' + event.uuid())) {
        understood.add(event);
        if (event.writes()) {
          logs.computeIfAbsent(event.key().token(), token -> new ArrayList<>()).add(event);
        }
      } else {
        repeats++;
      }
    }
    return understood;
  }

  private void persons(String token, List<Entry> log) {
    Merges merges = new Merges(token, log);
    Map<Set<String>, List<Event>> events = new HashMap<>();
    for (Entry entry : log) {
      if (entry instanceof Event event) {
        events
            .computeIfAbsent(merges.personOf(event.who()), person -> new ArrayList<>())
            .add(event);
      }
    }
    events.forEach(
        (ids, own) -> {
          List<String> living = ids.stream().filter(id -> !lives.isOver(token, id)).toList();
          if (living.isEmpty()) {
            String uuid = merges.uuid(merges.origin(ids));
            ids.forEach(
                id ->
                    deletedPersons
                        .computeIfAbsent(new ActorKey(token, Lives.id(id)), key -> new TreeSet<>())
                        .add(uuid));
            return;
          }
          ObjectNode person = person(token, ids, merges, own);
          living.forEach(id -> persons.put(new ActorKey(token, Lives.id(id)), person));
        });
  }

  /** Returns a person as a lookup answers it. */
  private ObjectNode person(String token, Set<String> ids, Merges merges, List<Event> events) {
    events.sort(Comparator.comparing(Event::stamp));
    Values values = new Values();
    events.forEach(
        event ->
            values.add(
                event,
                merges.demotions(event.who(), event.stamp()),
                lives.isOver(token, event.who())));
    List<String> living = ids.stream().filter(id -> !lives.isOver(token, id)).toList();
    String origin = merges.origin(ids);
    Event identified = merges.identifiedOrNull(ids);
    Stamp numbered =
        events.stream()
            .filter(event -> event.who().equals(origin))
            .findFirst()
            .orElse(identified)
            .stamp();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    String best = identified == null ? origin : identified.who();
    json.put("canonical_id", Lives.id(living.contains(best) ? best : living.get(0)));
    ObjectNode record = json.putObject("record");
    record.put("id", numbered.offset() * PARTITIONS_IN_INT_ID + numbered.partition());
    record.put("uuid", merges.uuid(origin));
    record.put("created_at", Rfc3339.format(events.get(0).arrivedAt()));
    record.put("version", (long) events.size() + ids.size() - living.size());
    living.stream().map(Lives::id).distinct().forEach(record.putArray("distinct_ids")::add);
    record.set("properties", values.ofSet());
    record.set("properties_set_once", values.ofSetOnce());
    record.set("merged_properties", values.merged());
    return json;
  }

  private void groups(List<Event> all) {
    Map<GroupKey, List<Event>> updates = new LinkedHashMap<>();
    for (Event event : all) {
      if (event.name().equals("$groupidentify")) {
        Map.Entry<String, String> own = event.groups().entrySet().iterator().next();
        updates
            .computeIfAbsent(
                new GroupKey(event.key().token(), own.getKey(), own.getValue()),
                key -> new ArrayList<>())
            .add(event);
      }
    }
    updates.forEach(
        (key, events) -> {
          events.sort(Comparator.comparing(Event::stamp));
          TreeMap<String, JsonNode> properties = new TreeMap<>();
          for (Event event : events) {
            for (Map.Entry<String, JsonNode> one :
                event.properties().path("$group_set").properties()) {
              properties.put(one.getKey(), one.getValue());
            }
          }
          ObjectNode json = JsonNodeFactory.instance.objectNode();
          json.put("group_type", key.type());
          json.put("group_key", key.key());
          json.put("created_at", Rfc3339.format(events.get(0).arrivedAt()));
          json.put("version", (long) events.size());
          json.putObject("properties").setAll(properties);
          groups.put(key, json);
        });
  }

  /** Returns how many rows there must be. */
  public long rowCount() {
    return rows.values().stream().mapToLong(List::size).sum();
  }

  /** Returns how many raw events give no row because their uuid was there before. */
  public long repeatCount() {
    return repeats;
  }

  /** Returns the raw records that must be dead letters. */
  public Set<DeadLetter.Source> deadLetters() {
    return deadLetters;
  }

  /** Returns every distinct id that has a person, with the answer of its lookup. */
  public Map<ActorKey, ObjectNode> persons() {
    return persons;
  }

  /** Returns every distinct id that was deleted and has no person since. */
  public Set<ActorKey> nobodies() {
    Set<ActorKey> nobodies = new LinkedHashSet<>();
    for (ActorKey key : lives.deleted()) {
      if (!persons.containsKey(key)) {
        nobodies.add(key);
      }
    }
    return nobodies;
  }

  /** Returns the UUIDs of the persons that were deleted, by distinct id. */
  public Map<ActorKey, Set<String>> deletedPersons() {
    return deletedPersons;
  }

  /** Returns the deletions. */
  Lives lives() {
    return lives;
  }

  /** Returns every group of which anything is known, with the answer of its lookup. */
  public Map<GroupKey, ObjectNode> groups() {
    return groups;
  }

  /** Returns the events that must have rows, by distinct id and in order. */
  Map<ActorKey, List<Event>> rows() {
    return rows;
  }
}
