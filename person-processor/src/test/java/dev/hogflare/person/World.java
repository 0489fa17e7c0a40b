// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.test.TestRecord;

/**
 * Several partitions of the real topology, with a scheduler that carries mail between them in
 * random order.
 *
 * <p>Mail between two partitions keeps its order; nothing else is promised, as in Kafka. Everything
 * that is random comes from the given generator.
 */
final class World implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LIVELOCK = 100_000;

  /** One raw event of a log. */
  record Entry(String id, int number, long appendedAt, String json) {
    RawEvent raw() {
      UUID uuid = UUID.nameUUIDFromBytes(("event " + number).getBytes(StandardCharsets.UTF_8));
      return new RawEvent(
          new ActorKey(Events.TOKEN, id),
          json.getBytes(StandardCharsets.UTF_8),
          uuid,
          Route.BATCH,
          appendedAt * 1_000,
          null,
          null,
          null);
    }
  }

  private final List<Partition> partitions = new ArrayList<>();
  private final List<Deque<Entry>> logs = new ArrayList<>();
  private final List<Deque<TestRecord<byte[], byte[]>>> channels = new ArrayList<>();
  private final Map<String, List<Integer>> rowsOf = new TreeMap<>();
  private final List<JsonNode> snapshots = new ArrayList<>();
  private final Map<String, String> overrides = new HashMap<>();
  private final Map<String, RawCommand.Cutover> markers = new HashMap<>();
  private final Random random;
  private int deadLetters;

  World(int count, List<Entry> log, Random random, IdentityProtocol protocol) {
    this(count, log, random, protocol, GenerationRecord.first());
  }

  World(
      int count,
      List<Entry> log,
      Random random,
      IdentityProtocol protocol,
      GenerationRecord generation) {
    this.random = random;
    for (int i = 0; i < count; i++) {
      partitions.add(
          new Partition(
              Partition.config(Duration.ZERO, PersonConfig.Snapshots.ALL), generation, protocol));
      logs.add(new ArrayDeque<>());
    }
    for (int i = 0; i < count * count; i++) {
      channels.add(new ArrayDeque<>());
    }
    andThen(log);
  }

  private int partitionOf(byte[] key) {
    return Utils.toPositive(Utils.murmur2(key)) % partitions.size();
  }

  /** Puts a marker into the log of a partition, behind so many entries or at its end. */
  void mark(int partition, int behind, RawCommand.Cutover cutover) {
    List<Entry> entries = new ArrayList<>(logs.get(partition));
    int at = Math.min(behind, entries.size());
    long appendedAt = at == 0 ? 1 : entries.get(at - 1).appendedAt();
    String text = new String(cutover.toJson(), StandardCharsets.UTF_8);
    entries.add(at, new Entry(null, -1, appendedAt, text));
    logs.set(partition, new ArrayDeque<>(entries));
    markers.put(text, cutover);
  }

  /** Adds further raw events behind what is there. */
  World andThen(List<Entry> more) {
    more.forEach(entry -> logs.get(partitionOf(entry.raw().key().toBytes())).add(entry));
    return this;
  }

  /** Runs until nothing is left to do. */
  World run() {
    for (int steps = 0; steps < LIVELOCK; steps++) {
      List<Integer> ready = new ArrayList<>();
      for (int p = 0; p < partitions.size(); p++) {
        if (!logs.get(p).isEmpty()) {
          ready.add(-1 - p);
        }
      }
      for (int c = 0; c < channels.size(); c++) {
        if (!channels.get(c).isEmpty()) {
          ready.add(c);
        }
      }
      if (ready.isEmpty()) {
        return this;
      }
      int chosen = ready.get(random.nextInt(ready.size()));
      if (chosen < 0) {
        int p = -1 - chosen;
        Entry entry = logs.get(p).removeFirst();
        if (entry.id() == null) {
          partitions.get(p).takeMarkers(markers.get(entry.json()), entry.appendedAt());
        } else {
          partitions.get(p).takeRaw(entry.raw(), entry.appendedAt());
        }
        collect(p);
      } else {
        int p = chosen % partitions.size();
        partitions.get(p).takeMail(channels.get(chosen).removeFirst());
        collect(p);
      }
    }
    throw new AssertionError("livelock");
  }

  private void collect(int from) {
    Partition partition = partitions.get(from);
    for (TestRecord<byte[], byte[]> message : partition.sentMail()) {
      channels.get(from * partitions.size() + partitionOf(message.key())).add(message);
    }
    for (TestRecord<byte[], byte[]> row : partition.events()) {
      JsonNode json = json(row.value());
      rowsOf
          .computeIfAbsent(json.get("distinct_id").asText(), id -> new ArrayList<>())
          .add(json.at("/properties/n").asInt());
    }
    partition.persons().forEach(snapshot -> snapshots.add(json(snapshot.value())));
    for (TestRecord<byte[], byte[]> override : partition.overrides()) {
      JsonNode json = json(override.value());
      overrides.put(json.get("distinct_id").asText(), json.get("person_id").asText());
    }
    deadLetters += partition.deadLetters().size();
  }

  private static JsonNode json(byte[] bytes) {
    try {
      return JSON.readTree(bytes);
    } catch (IOException e) {
      throw new AssertionError(new String(bytes, StandardCharsets.UTF_8), e);
    }
  }

  /** Asserts what must hold when nothing is under way. */
  World check(List<Entry> log) {
    Map<String, List<Integer>> expected = new TreeMap<>();
    log.forEach(
        entry -> expected.computeIfAbsent(entry.id(), id -> new ArrayList<>()).add(entry.number()));
    assertThat(deadLetters).as("dead letters").isZero();
    assertThat(rowsOf)
        .as("every event gives one row, in the order of its distinct id")
        .isEqualTo(expected);
    Map<String, ActorState> actors = actors();
    Map<String, TreeSet<String>> members = new TreeMap<>();
    for (Map.Entry<String, ActorState> actor : actors.entrySet()) {
      assertThat(actor.getValue())
          .as("nobody waits: %s", actor.getKey())
          .isNotInstanceOf(ActorState.Waiting.class);
      members
          .computeIfAbsent(rootOf(actor.getKey(), actors), root -> new TreeSet<>())
          .add(actor.getKey());
    }
    members.forEach(
        (root, ids) -> {
          Person person = ((ActorState.Root) actors.get(root)).person();
          assertThat(person.ids())
              .as("the ids of %s are those that lead to it", root)
              .isEqualTo(ids);
          for (String id : ids) {
            String born =
                dev.hogflare.contract.Uuids.person(new ActorKey(Events.TOKEN, id)).toString();
            assertThat(overrides.getOrDefault(id, born))
                .as("earlier rows of %s are found under its person", id)
                .isEqualTo(person.uuid().toString());
          }
        });
    assertThat(partitions.stream().mapToInt(Partition::parked).sum())
        .as("parked messages")
        .isZero();
    long received = partitions.stream().mapToLong(p -> p.metrics.received()).sum();
    long rows = partitions.stream().mapToLong(p -> p.metrics.rows()).sum();
    assertThat(rows).as("received = rows + duplicates + dead-lettered").isEqualTo(received);
    assertThat(snapshots.stream().map(s -> s.get("uuid").asText()).distinct().count())
        .as("no two snapshots have one uuid")
        .isEqualTo(snapshots.size());
    return this;
  }

  private static String rootOf(String id, Map<String, ActorState> actors) {
    String at = id;
    for (int hops = 0; hops <= actors.size(); hops++) {
      if (!(actors.get(at) instanceof ActorState.Link link)) {
        return at;
      }
      at = link.parent();
    }
    throw new AssertionError("the links from " + id + " form a ring");
  }

  /** Returns the longest way from an id to its person, in links. */
  int longestChain() {
    Map<String, ActorState> actors = actors();
    int longest = 0;
    for (String id : actors.keySet()) {
      int length = 0;
      String at = id;
      while (actors.get(at) instanceof ActorState.Link link) {
        at = link.parent();
        length++;
      }
      longest = Math.max(longest, length);
    }
    return longest;
  }

  private Map<String, ActorState> actors() {
    Map<String, ActorState> actors = new TreeMap<>();
    partitions.forEach(partition -> actors.putAll(partition.actors()));
    return actors;
  }

  /** Returns all persons as lookups show them. */
  List<String> persons() {
    List<String> persons = new ArrayList<>();
    RowWriter rows = new RowWriter(Optional.empty());
    for (ActorState state : actors().values()) {
      if (state instanceof ActorState.Root root) {
        persons.add(
            new String(
                rows.lookup(root.person().canonicalId(), root.person()), StandardCharsets.UTF_8));
      }
    }
    persons.sort(null);
    return persons;
  }

  /** Returns the numbers of the events whose rows were written, by distinct id, in their order. */
  Map<String, List<Integer>> rows() {
    return rowsOf;
  }

  /** Returns a counter over all partitions. */
  long count(ToLongFunction<PersonMetrics> counter) {
    return partitions.stream().mapToLong(p -> counter.applyAsLong(p.metrics)).sum();
  }

  /** Returns the latest person of the earlier rows of each id that has one by a merge. */
  Map<String, String> overrides() {
    return overrides;
  }

  /** Returns the snapshots written, in no particular order. */
  List<JsonNode> snapshots() {
    return snapshots;
  }

  /** Returns how many merges were refused. */
  long refused() {
    return partitions.stream()
        .mapToLong(p -> p.metrics.warnings(Warning.CANNOT_MERGE_ALREADY_IDENTIFIED))
        .sum();
  }

  @Override
  public void close() {
    partitions.forEach(Partition::close);
  }

  /** Makes logs. */
  static final class Workload {
    private static final List<String> KEYS = Arrays.asList("x", "y", "z");

    private Workload() {}

    /** Anything may merge with anything. */
    static List<Entry> chaos(Random random) {
      int ids = 2 + random.nextInt(8);
      List<Entry> log = new ArrayList<>();
      int events = 3 + random.nextInt(38);
      for (int n = 0; n < events; n++) {
        String id = "d" + random.nextInt(ids);
        String other = random.nextDouble() < 0.4 ? "d" + random.nextInt(ids) : null;
        log.add(entry(random, id, n, other, random.nextInt(3)));
      }
      return log;
    }

    /** Devices that identify as one user each: the common case, in which no merge is refused. */
    static List<Entry> devices(Random random) {
      int ids = 2 + random.nextInt(8);
      int users = Math.max(1, ids / 3);
      Map<String, String> owners = new HashMap<>();
      List<Entry> log = new ArrayList<>();
      int events = 3 + random.nextInt(38);
      for (int n = 0; n < events; n++) {
        if (random.nextDouble() < 0.35 && users < ids) {
          String device = "d" + (users + random.nextInt(ids - users));
          String user = owners.computeIfAbsent(device, d -> "d" + random.nextInt(users));
          log.add(entry(random, user, n, device, 0));
        } else {
          log.add(entry(random, "d" + random.nextInt(ids), n, null, 0));
        }
      }
      return log;
    }

    private static Entry entry(Random random, String id, int n, String other, int how) {
      StringBuilder properties = new StringBuilder("\"n\":").append(n);
      double dice = random.nextDouble();
      String key = KEYS.get(random.nextInt(KEYS.size()));
      if (dice < 0.35) {
        properties.append(",\"$set\":{\"").append(key).append("\":").append(n).append('}');
      } else if (dice < 0.6) {
        properties.append(",\"$set_once\":{\"").append(key).append("\":").append(n).append('}');
      }
      String event = "e";
      if (other != null) {
        event = List.of("$identify", "$create_alias", "$merge_dangerously").get(how);
        String field = how == 0 ? "$anon_distinct_id" : "alias";
        properties.append(",\"").append(field).append("\":\"").append(other).append('"');
      }
      String json = "{\"event\":\"" + event + "\",\"properties\":{" + properties + "}}";
      return new Entry(id, n, 1_790_000_000_000L + n, json);
    }
  }
}
