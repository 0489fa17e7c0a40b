// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.Uuids;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Gathers every difference between what an oracle expects and what is there. */
public final class Verdict {
  /** With so many differences no further ones are looked up. */
  private static final int MOST_LOOKUPS = 20;

  private final Oracle oracle;
  private final List<String> differences = new ArrayList<>();

  /** Creates a verdict without any difference yet. */
  public Verdict(Oracle oracle) {
    this.oracle = oracle;
  }

  /** Returns the differences that were found. */
  public List<String> differences() {
    return differences;
  }

  /**
   * Compares the rows: each event once, in the order of its distinct id and groups, with the
   * columns that its raw record gives and the person that it belongs to in the end.
   *
   * @param events the topic of event rows
   * @param overrides the topic of overrides
   */
  public Verdict rows(
      List<ConsumerRecord<byte[], byte[]>> events, List<ConsumerRecord<byte[], byte[]>> overrides) {
    Map<String, String> overridden = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : overrides) {
      String key = new String(record.key(), StandardCharsets.UTF_8);
      if (record.value() == null) {
        overridden.remove(key);
      } else {
        overridden.put(key, Event.parse(record.value()).path("person_id").asText());
      }
    }
    overridden
        .keySet()
        .removeIf(
            key -> {
              int end = key.indexOf('\0');
              boolean over = oracle.lives().isOver(key.substring(0, end), key.substring(end + 1));
              if (over) {
                differences.add("an override of the deleted " + key.replace('\0', ' '));
              }
              return over;
            });
    Map<ActorKey, List<ConsumerRecord<byte[], byte[]>>> there =
        new TreeMap<>((one, other) -> one.toString().compareTo(other.toString()));
    events.forEach(
        record ->
            there
                .computeIfAbsent(ActorKey.fromBytes(record.key()), key -> new ArrayList<>())
                .add(record));
    there.forEach(
        (key, found) -> {
          if (!oracle.rows().containsKey(key)) {
            differences.add(found.size() + " rows of " + key + ", which sent nothing");
          }
        });
    oracle
        .rows()
        .forEach(
            (key, expected) ->
                rows(
                    key,
                    expected,
                    there.getOrDefault(key, List.of()),
                    overridden.get(key.token() + '\0' + oracle.lives().present(key))));
    return this;
  }

  /** Rows that must keep their order: of one life, through the same groups. */
  private record Way(String who, Map<String, String> groups) {}

  private void rows(
      ActorKey key,
      List<Event> expected,
      List<ConsumerRecord<byte[], byte[]>> there,
      String overridden) {
    Map<String, JsonNode> found = new LinkedHashMap<>();
    List<String> doubled = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : there) {
      JsonNode row = Event.parse(record.value());
      String uuid = row.path("uuid").asText();
      if (found.put(uuid, row) != null) {
        doubled.add(uuid);
      }
    }
    List<String> missing = new ArrayList<>();
    Map<Way, List<String>> ways = new HashMap<>();
    Map<String, Way> wayOf = new HashMap<>();
    for (Event event : expected) {
      String uuid = event.uuid().toString();
      Way own = new Way(event.who(), event.groups());
      wayOf.put(uuid, own);
      ways.computeIfAbsent(own, way -> new ArrayList<>()).add(uuid);
      if (!found.containsKey(uuid)) {
        missing.add(uuid);
      }
    }
    List<String> foreign =
        found.keySet().stream().filter(uuid -> !wayOf.containsKey(uuid)).toList();
    if (!doubled.isEmpty() || !missing.isEmpty() || !foreign.isEmpty()) {
      differences.add(
          there.size()
              + " rows of "
              + key
              + " instead of "
              + expected.size()
              + ", doubled "
              + doubled
              + ", missing "
              + missing
              + ", of others "
              + foreign);
      return;
    }
    // An event visits its groups on its way: only those that go the same way keep their order.
    Map<Way, List<String>> foundWays = new HashMap<>();
    found
        .keySet()
        .forEach(
            uuid -> foundWays.computeIfAbsent(wayOf.get(uuid), way -> new ArrayList<>()).add(uuid));
    ways.forEach(
        (way, uuids) -> {
          if (!uuids.equals(foundWays.get(way))) {
            differences.add(
                "rows of " + key + " out of order, " + foundWays.get(way) + " instead of " + uuids);
          }
        });
    JsonNode person = oracle.persons().get(key);
    String present = oracle.lives().present(key);
    String id =
        person == null ? Lives.uuid(key.token(), present) : person.at("/record/uuid").asText();
    for (Event event : expected) {
      ObjectNode row = (ObjectNode) found.get(event.uuid().toString());
      String rowPerson = row.path("person_id").asText();
      boolean lives = event.who().equals(present);
      if (!lives && rowPerson.equals(id)) {
        differences.add("the row of " + event + " belongs to whoever came after it was deleted");
      }
      if (lives && !rowPerson.equals(id) && !id.equals(overridden)) {
        differences.add(
            "person_id of the row of "
                + event
                + " is "
                + rowPerson
                + ", overridden by "
                + overridden
                + ", instead of "
                + id);
      }
      if (row.has("person_properties") != event.writes()) {
        differences.add("person_properties of the row of " + event);
      }
      ObjectNode own = row.deepCopy();
      own.remove(
          List.of("person_id", "person_created_at", "person_properties", "group_properties"));
      ObjectNode columns = event.columns(Oracle.GROUP_TYPES);
      if (!own.equals(columns)) {
        differences.add("row " + own + " instead of " + columns);
      }
    }
  }

  /** Compares the dead letters of the raw topic by the places that they came from. */
  public Verdict deadLetters(List<ConsumerRecord<byte[], byte[]>> letters) {
    Set<DeadLetter.Source> found = new HashSet<>();
    for (ConsumerRecord<byte[], byte[]> record : letters) {
      DeadLetter letter = DeadLetter.read(record.headers());
      if (!found.add(letter.source())) {
        differences.add("two dead letters of " + letter.source());
      }
      if (!oracle.deadLetters().contains(letter.source())) {
        differences.add("a dead letter that should be none: " + letter);
      }
    }
    for (DeadLetter.Source source : oracle.deadLetters()) {
      if (!found.contains(source)) {
        differences.add("no dead letter of " + source);
      }
    }
    return this;
  }

  /**
   * Compares snapshots: one for each event that writes, none twice, and the last one of a deleted
   * person says so and nothing else.
   */
  public Verdict snapshots(List<ConsumerRecord<byte[], byte[]>> snapshots) {
    Map<String, Integer> found = new HashMap<>();
    Map<String, JsonNode> last = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : snapshots) {
      JsonNode snapshot = Event.parse(record.value());
      found.merge(snapshot.path("uuid").asText(), 1, Integer::sum);
      last.merge(
          snapshot.path("person_id").asText(),
          snapshot,
          (one, other) ->
              one.path("version").asLong() > other.path("version").asLong() ? one : other);
    }
    oracle
        .deletedPersons()
        .forEach(
            (key, persons) ->
                persons.forEach(
                    person -> {
                      JsonNode tombstone = last.get(person);
                      if (tombstone == null
                          || !tombstone.path("operation").asText().equals("delete")
                          || !tombstone.path("distinct_ids").isEmpty()
                          || !tombstone.path("merged_properties").isEmpty()) {
                        differences.add(
                            "the last snapshot of the deleted "
                                + person
                                + " of "
                                + key
                                + ": "
                                + tombstone);
                      }
                    }));
    found.forEach(
        (uuid, count) -> {
          if (count > 1) {
            differences.add(count + " snapshots " + uuid);
          }
        });
    oracle.rows().values().stream()
        .flatMap(List::stream)
        .filter(Event::writes)
        .forEach(
            event -> {
              String uuid = Uuids.snapshot(event.uuid(), event.operation(), "").toString();
              if (!found.containsKey(uuid)) {
                differences.add("no snapshot of " + event);
              }
            });
    return this;
  }

  /**
   * Compares the events of a lake.
   *
   * @param shown the uuids of the rows that queries of the table see
   * @param all the uuids of all its rows, with those that a forwarder sent again after a kill
   */
  public Verdict lakeOfEvents(List<String> shown, List<String> all) {
    Set<String> expected = new HashSet<>();
    oracle.rows().values().stream()
        .flatMap(List::stream)
        .forEach(event -> expected.add(event.uuid().toString()));
    lake("events", expected, shown, all);
    return this;
  }

  /**
   * Compares the snapshots of a lake with those on their topic.
   *
   * @param shown the uuids of the rows that queries of the table see
   * @param all the uuids of all its rows
   */
  public Verdict lakeOfSnapshots(
      List<ConsumerRecord<byte[], byte[]>> snapshots, List<String> shown, List<String> all) {
    Set<String> expected = new HashSet<>();
    snapshots.forEach(record -> expected.add(Event.parse(record.value()).path("uuid").asText()));
    lake("snapshots", expected, shown, all);
    return this;
  }

  private void lake(String what, Set<String> expected, List<String> shown, List<String> all) {
    Set<String> once = new HashSet<>(shown);
    if (once.size() != shown.size()) {
      differences.add("the lake shows " + shown.size() + ' ' + what + " of " + once.size());
    }
    Set<String> missing = new HashSet<>(expected);
    missing.removeAll(once);
    if (!missing.isEmpty()) {
      differences.add("the lake lacks " + missing.size() + ' ' + what + ": " + missing);
    }
    Set<String> foreign = new HashSet<>(all);
    foreign.addAll(once);
    foreign.removeAll(expected);
    if (!foreign.isEmpty()) {
      differences.add("the lake has " + foreign.size() + ' ' + what + " of nobody: " + foreign);
    }
  }

  /**
   * Compares what is known of every distinct id.
   *
   * @param lookup answers as the person-processor does, or null if it cannot say at the moment
   */
  public Verdict persons(Function<ActorKey, JsonNode> lookup) {
    lookUp("person of ", oracle.persons(), lookup);
    for (ActorKey key : oracle.nobodies()) {
      ObjectNode nobody = JsonNodeFactory.instance.objectNode();
      nobody.put("canonical_id", key.distinctId()).putNull("record");
      compare("the deleted person of " + key, nobody, lookup.apply(key));
    }
    return this;
  }

  /**
   * Compares every group.
   *
   * @param lookup answers as the group-processor does, or null if it cannot say at the moment
   */
  public Verdict groups(Function<GroupKey, JsonNode> lookup) {
    lookUp("group ", oracle.groups(), lookup);
    return this;
  }

  private <K> void lookUp(String what, Map<K, ObjectNode> expected, Function<K, JsonNode> lookup) {
    for (Map.Entry<K, ObjectNode> each : expected.entrySet()) {
      // Each lookup that nobody answers takes seconds.
      if (differences.size() >= MOST_LOOKUPS) {
        return;
      }
      compare(what + each.getKey(), each.getValue(), lookup.apply(each.getKey()));
    }
  }

  private void compare(String what, ObjectNode expected, JsonNode found) {
    if (!Objects.equals(text(expected), found == null ? null : text(found))) {
      differences.add(what + ": " + found + "\n  instead of " + expected);
    }
  }

  /** Returns the text of a document whose members are sorted, so that equal ones are equal. */
  private static String text(JsonNode node) {
    if (node.isObject()) {
      StringBuilder text = new StringBuilder("{");
      TreeMap<String, JsonNode> members = new TreeMap<>();
      node.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
      members.forEach(
          (name, value) -> text.append(name).append(':').append(text(value)).append(','));
      return text.append('}').toString();
    }
    if (node instanceof ArrayNode array) {
      StringBuilder text = new StringBuilder("[");
      array.forEach(value -> text.append(text(value)).append(','));
      return text.append(']').toString();
    }
    return node.toString();
  }
}
