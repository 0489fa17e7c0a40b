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
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.header.internals.RecordHeaders;
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
  private static final long FIRST_APPEND = 1_790_000_000_000L;
  private static final int LIVELOCK = 100_000;

  /**
   * One raw event of a log.
   *
   * @param json what was sent; null is a deletion
   * @param other the distinct id that it wants united with its own, or null
   */
  record Entry(String id, int number, long appendedAt, String json, String other) {
    private static final String PERSON = "person";

    Entry(String id, int number, long appendedAt, String json) {
      this(id, number, appendedAt, json, null);
    }

    /** Returns a deletion of a distinct id alone, or of all that belong to its person then. */
    static Entry deletion(String id, int number, boolean person) {
      return new Entry(id, number, FIRST_APPEND + number, null, person ? PERSON : null);
    }

    boolean isDeletion() {
      return json == null;
    }

    boolean isOfPerson() {
      return PERSON.equals(other);
    }

    RawEvent raw(Long claim) {
      UUID uuid = UUID.nameUUIDFromBytes(("event " + number).getBytes(StandardCharsets.UTF_8));
      return new RawEvent(
          new ActorKey(Events.TOKEN, id),
          json.getBytes(StandardCharsets.UTF_8),
          uuid,
          Route.BATCH,
          appendedAt * 1_000,
          null,
          null,
          null,
          claim);
    }
  }

  /** In which order partitions get on and mail arrives. */
  enum Schedule {
    /** Anything may come next. */
    ANY,
    /** All raw records come before any mail, as when days are replayed in seconds. */
    RAW_FIRST,
    /** Mail comes at once, as when there is little to do. */
    MAIL_FIRST,
    /** One partition after the other reads its raw records. */
    ONE_BY_ONE
  }

  private final List<Partition> partitions = new ArrayList<>();
  private final List<Deque<TestRecord<byte[], byte[]>>> logs = new ArrayList<>();
  private final List<Integer> written = new ArrayList<>();
  private final List<Deque<TestRecord<byte[], byte[]>>> channels = new ArrayList<>();
  private final Map<String, List<Integer>> rowsOf = new TreeMap<>();
  private final List<JsonNode> snapshots = new ArrayList<>();
  private final Map<String, String> overrides = new HashMap<>();
  private final Map<Integer, String> writers = new HashMap<>();
  private final Random random;
  private final Schedule schedule;
  private final LogOracle oracle = new LogOracle();
  private final Map<Integer, NavigableMap<Integer, RawCommand.Cutover>> due = new HashMap<>();
  private int deadLetters;
  private int appended;
  private int repeats;

  /** Creates a world whose events were written without claims. */
  World(int count, List<Entry> log, Random random, IdentityProtocol protocol) {
    this(count, log, random, protocol, GenerationRecord.first());
  }

  /** Creates a world of a generation whose events were written without claims. */
  World(
      int count,
      List<Entry> log,
      Random random,
      IdentityProtocol protocol,
      GenerationRecord generation) {
    this(count, random, Schedule.ANY, protocol, generation);
    andThen(log);
  }

  /** Creates a world without any event. */
  World(int count, Random random, Schedule schedule, IdentityProtocol protocol) {
    this(count, random, schedule, protocol, GenerationRecord.first());
  }

  /** Creates a world of a generation without any event. */
  World(
      int count,
      Random random,
      Schedule schedule,
      IdentityProtocol protocol,
      GenerationRecord generation) {
    this(count, random, schedule, protocol, generation, Duration.ZERO);
  }

  /** Creates a world without any event that knows repeated events for a time. */
  World(
      int count,
      Random random,
      Schedule schedule,
      IdentityProtocol protocol,
      GenerationRecord generation,
      Duration dedup) {
    this.random = random;
    this.schedule = schedule;
    for (int i = 0; i < count; i++) {
      partitions.add(
          new Partition(Partition.config(dedup, PersonConfig.Snapshots.ALL), generation, protocol));
      logs.add(new ArrayDeque<>());
      written.add(0);
    }
    for (int i = 0; i < count * count; i++) {
      channels.add(new ArrayDeque<>());
    }
  }

  private int partitionOf(byte[] key) {
    return Utils.toPositive(Utils.murmur2(key)) % partitions.size();
  }

  /** Puts a marker into the log of a partition, behind so many entries or at its end. */
  void mark(int partition, int behind, RawCommand.Cutover cutover) {
    List<TestRecord<byte[], byte[]>> records = new ArrayList<>(logs.get(partition));
    int at = Math.min(behind, records.size());
    long appendedAt = at == 0 ? 1 : records.get(at - 1).getRecordTime().toEpochMilli();
    records.add(at, Partition.marker(cutover, appendedAt));
    logs.set(partition, new ArrayDeque<>(records));
  }

  /**
   * Puts a marker into each partition in front of the record that would have had an offset; to be
   * called before the records are written.
   */
  World marked(int[] offsets, RawCommand.Cutover cutover) {
    for (int p = 0; p < offsets.length; p++) {
      due.computeIfAbsent(p, partition -> new TreeMap<>()).put(offsets[p], cutover);
    }
    return this;
  }

  private void writeDue(int partition, int behind) {
    NavigableMap<Integer, RawCommand.Cutover> markers =
        due.getOrDefault(partition, new TreeMap<>());
    while (!markers.isEmpty() && markers.firstKey() <= behind) {
      RawCommand.Cutover cutover = markers.pollFirstEntry().getValue();
      logs.get(partition).add(Partition.marker(cutover, FIRST_APPEND + appended++));
      written.set(partition, written.get(partition) + 1);
    }
  }

  /** Adds further raw events behind what is there. */
  World andThen(List<Entry> more) {
    more.forEach(entry -> write(Partition.record(entry.raw(null), entry.appendedAt())));
    return this;
  }

  /**
   * Adds further raw events as gateways write them: each merging event behind the acknowledgement
   * of its claim, with what other gateways write in between.
   *
   * @param gateways decides how long each event is under way
   */
  World claimed(List<Entry> more, Random gateways) {
    return requested(more, gateways, 1, 0);
  }

  /**
   * Adds further raw events as gateways write requests of several events: the claims of all of
   * them, then the events. Some requests come again, as from a client that missed the answer; a
   * repeat has claims of its own.
   *
   * @param gateways decides what is a request, how long it is under way, and which come again
   * @param largest the most events of a request
   * @param repeated the share of requests that come again
   */
  World requested(List<Entry> more, Random gateways, int largest, double repeated) {
    List<Request> underWay = new ArrayList<>();
    int at = 0;
    while (at < more.size()) {
      if (more.get(at).isDeletion()) {
        delete(more.get(at++), underWay, gateways);
        continue;
      }
      int size = Math.min(1 + gateways.nextInt(largest), beforeDeletion(more, at));
      List<Entry> entries = more.subList(at, at + size);
      at += size;
      send(underWay, entries, false);
      if (gateways.nextDouble() < repeated) {
        send(underWay, entries, true);
      }
      writeIf(underWay, request -> gateways.nextDouble() < 0.6);
    }
    writeIf(underWay, request -> true);
    for (int p = 0; p < partitions.size(); p++) {
      writeDue(p, Integer.MAX_VALUE);
    }
    return this;
  }

  /** Returns how many events come before the next deletion. */
  private static int beforeDeletion(List<Entry> entries, int from) {
    int at = from;
    while (at < entries.size() && !entries.get(at).isDeletion()) {
      at++;
    }
    return at - from;
  }

  /** Deletes one id after the other, with what gateways write in between. */
  private void delete(Entry entry, List<Request> underWay, Random gateways) {
    for (String id : entry.isOfPerson() ? oracle.personOf(entry.id()) : Set.of(entry.id())) {
      oracle.deleted(id);
      write(Partition.deletion(id, FIRST_APPEND + appended++));
      writeIf(underWay, request -> gateways.nextDouble() < 0.2);
    }
  }

  private record Pending(Entry entry, Long claim) {}

  private record Request(List<Pending> events, boolean isRepeat) {
    boolean hasAnIdOf(List<Entry> entries) {
      return events.stream()
          .anyMatch(event -> entries.stream().anyMatch(e -> e.id().equals(event.entry().id())));
    }
  }

  private void send(List<Request> underWay, List<Entry> entries, boolean isRepeat) {
    // A client sends its next request when it has the answer.
    writeIf(underWay, request -> request.hasAnIdOf(entries));
    List<Pending> events = new ArrayList<>();
    for (Entry entry : entries) {
      Long claim = null;
      if (entry.other() != null && !entry.other().equals(entry.id())) {
        oracle.claimed(entry);
        claim = write(claim(entry));
      }
      events.add(new Pending(entry, claim));
    }
    underWay.add(new Request(events, isRepeat));
  }

  private void writeIf(List<Request> underWay, Predicate<Request> ready) {
    for (Request request : List.copyOf(underWay)) {
      if (ready.test(request)) {
        underWay.remove(request);
        for (Pending pending : request.events()) {
          Entry entry = pending.entry();
          if (request.isRepeat()) {
            repeats++;
          } else {
            writers.put(entry.number(), oracle.written(entry));
          }
          write(Partition.record(entry.raw(pending.claim()), FIRST_APPEND + appended++));
        }
      }
    }
  }

  private TestRecord<byte[], byte[]> claim(Entry entry) {
    RawCommand.Claim claim = new RawCommand.Claim(entry.id());
    RecordHeaders headers = new RecordHeaders();
    claim.writeHeader(headers);
    return new TestRecord<>(
        new ActorKey(Events.TOKEN, entry.other()).toBytes(),
        claim.toJson(),
        headers,
        Instant.ofEpochMilli(FIRST_APPEND + appended++));
  }

  /** Adds a raw record behind what is there, and returns its offset. */
  private long write(TestRecord<byte[], byte[]> record) {
    int p = partitionOf(record.key());
    writeDue(p, written.get(p));
    logs.get(p).add(record);
    return written.set(p, written.get(p) + 1);
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
      int chosen = next(ready);
      if (chosen < 0) {
        int p = -1 - chosen;
        TestRecord<byte[], byte[]> record = logs.get(p).removeFirst();
        if (record.key() == null) {
          RawCommand command = RawCommand.read(record.value(), record.headers());
          partitions
              .get(p)
              .takeMarkers((RawCommand.Cutover) command, record.getRecordTime().toEpochMilli());
        } else {
          partitions.get(p).takeRaw(record);
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

  /** Chooses what comes next: a negative number is a raw record, any other one a channel. */
  private int next(List<Integer> ready) {
    List<Integer> raw = ready.stream().filter(choice -> choice < 0).toList();
    List<Integer> mail = ready.stream().filter(choice -> choice >= 0).toList();
    List<Integer> chosen =
        switch (schedule) {
          case ANY -> ready;
          case RAW_FIRST -> raw.isEmpty() ? mail : raw;
          case MAIL_FIRST -> mail.isEmpty() ? raw : mail;
          case ONE_BY_ONE -> raw.isEmpty() || random.nextBoolean() ? ready : raw.subList(0, 1);
        };
    return chosen.get(random.nextInt(chosen.size()));
  }

  private void collect(int from) {
    Partition partition = partitions.get(from);
    for (TestRecord<byte[], byte[]> message : partition.sentMail()) {
      channels.get(from * partitions.size() + partitionOf(message.key())).add(message);
    }
    for (TestRecord<byte[], byte[]> row : partition.events()) {
      JsonNode json = json(row.value());
      int number = json.at("/properties/n").asInt();
      rowsOf
          .computeIfAbsent(
              writers.getOrDefault(number, json.get("distinct_id").asText()),
              id -> new ArrayList<>())
          .add(number);
    }
    partition.persons().forEach(snapshot -> snapshots.add(json(snapshot.value())));
    for (TestRecord<byte[], byte[]> override : partition.overrides()) {
      String name = Partition.name(override.key());
      if (override.value() == null) {
        overrides.remove(name);
      } else {
        JsonNode json = json(override.value());
        assertThat(json.get("distinct_id").asText()).isEqualTo(Actor.id(name));
        overrides.put(name, json.get("person_id").asText());
      }
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
    assertThat(deadLetters).as("dead letters").isZero();
    assertThat(rowsOf)
        .as("every event gives one row, in the order of its distinct id")
        .isEqualTo(expectedRows(log));
    Map<String, ActorState> actors = actors();
    Map<String, Set<String>> members = new TreeMap<>();
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
            if (person.isDeleted(id)) {
              assertThat(overrides)
                  .as("what was deleted is overridden by nothing")
                  .doesNotContainKey(id);
              continue;
            }
            String born = new Actor(Events.TOKEN, id).uuid().toString();
            assertThat(overrides.getOrDefault(id, born))
                .as("earlier rows of %s are found under its person", id)
                .isEqualTo(person.uuid().toString());
          }
          checkLastSnapshot(person);
        });
    assertThat(partitions.stream().mapToInt(Partition::parked).sum())
        .as("parked messages")
        .isZero();
    long received = partitions.stream().mapToLong(p -> p.metrics.received()).sum();
    long rows = partitions.stream().mapToLong(p -> p.metrics.rows()).sum();
    long commands = partitions.stream().mapToLong(p -> p.metrics.commands()).sum();
    long duplicates = partitions.stream().mapToLong(p -> p.metrics.duplicates()).sum();
    assertThat(rows + duplicates + commands)
        .as("received = rows + duplicates + dead-lettered + commands")
        .isEqualTo(received);
    assertThat(duplicates).as("repeated events").isEqualTo(repeats);
    assertThat(partitions.stream().mapToInt(Partition::waiting).sum())
        .as("questions that wait for a claim")
        .isZero();
    assertThat(snapshots.stream().map(s -> s.get("uuid").asText()).distinct().count())
        .as("no two snapshots have one uuid")
        .isEqualTo(snapshots.size());
    return this;
  }

  private void checkLastSnapshot(Person person) {
    String uuid = person.uuid().toString();
    snapshots.stream()
        .filter(snapshot -> snapshot.get("person_id").asText().equals(uuid))
        .reduce(
            (one, later) ->
                one.get("version").asLong() > later.get("version").asLong() ? one : later)
        .ifPresent(
            last -> {
              assertThat(last.get("operation").asText().equals("delete"))
                  .as("the last snapshot of %s says whether it was deleted", uuid)
                  .isEqualTo(person.isDeleted());
              if (person.isDeleted()) {
                assertThat(last.get("merged_properties")).as("what is left").isEmpty();
              }
            });
  }

  /** Returns the numbers of a log's events by whose they are, in their order. */
  Map<String, List<Integer>> expectedRows(List<Entry> log) {
    Map<String, List<Integer>> expected = new TreeMap<>();
    for (Entry entry : log) {
      if (!entry.isDeletion()) {
        expected
            .computeIfAbsent(
                writers.getOrDefault(entry.number(), entry.id()), id -> new ArrayList<>())
            .add(entry.number());
      }
    }
    return expected;
  }

  /** Asserts that the persons are those that the log alone says, if it was written with claims. */
  World checkAgainstLog() {
    Map<String, ActorState> actors = actors();
    Map<Set<String>, LogOracle.Expected> persons = new HashMap<>();
    RowWriter rows = new RowWriter(Optional.empty());
    for (ActorState state : actors.values()) {
      if (state instanceof ActorState.Root root && !root.person().isDeleted()) {
        Person person = root.person();
        JsonNode record = json(rows.lookup(person.canonicalId(), person)).get("record");
        persons.put(
            Set.copyOf(person.distinctIds()),
            new LogOracle.Expected(
                person.origin(),
                LogOracle.values(record.get("properties")),
                LogOracle.values(record.get("properties_set_once"))));
      }
    }
    assertThat(persons).as("persons as the log says").isEqualTo(oracle.persons());
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

  /** Returns everything that is kept of all persons and must be the same in every rebuild. */
  List<String> contents() {
    StateCodec codec = new StateCodec();
    List<String> contents = new ArrayList<>();
    for (ActorState state : actors().values()) {
      if (StoredActor.read(codec.encode(state)) instanceof StoredActor.Root root) {
        contents.add(StoredActor.fields(root.content()).toString());
      }
    }
    contents.sort(null);
    return contents;
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

  /**
   * Returns the numbers of the events whose rows were written, by whose they are, in their order.
   */
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

    /** Returns an event that says nothing else. */
    static Entry plain(String id, int n) {
      return written(id, n, "e", "\"n\":" + n, null);
    }

    /** Returns an identify of a user with a device. */
    static Entry identify(String id, int n, String device) {
      return written(
          id, n, "$identify", "\"n\":" + n + ",\"$anon_distinct_id\":\"" + device + '"', device);
    }

    private static Entry written(String id, int n, String event, String properties, String other) {
      String json = "{\"event\":\"" + event + "\",\"properties\":{" + properties + "}}";
      return new Entry(id, n, 1_790_000_000_000L + n, json, other);
    }

    /**
     * Users, some of whom are known before, who claim a few devices, each other, and chains of
     * aliases, and most of whom send plain events as well.
     */
    static List<Entry> claims(Random random) {
      int users = 2 + random.nextInt(3);
      int devices = 1 + random.nextInt(3);
      List<Entry> log = new ArrayList<>();
      int events = 4 + random.nextInt(24);
      for (int n = 0; n < events; n++) {
        double dice = random.nextDouble();
        String user = "u" + random.nextInt(users);
        String device = "a" + random.nextInt(devices);
        if (dice < 0.4) {
          log.add(entry(random, user, n, device, random.nextInt(2)));
        } else if (dice < 0.5) {
          log.add(entry(random, user, n, "u" + random.nextInt(users), random.nextInt(3)));
        } else if (dice < 0.58) {
          log.add(entry(random, device, n, "a" + random.nextInt(devices), 1));
        } else if (dice < 0.64) {
          log.add(entry(random, user, n, device, 2));
        } else {
          log.add(entry(random, dice < 0.8 ? user : device, n, null, 0));
        }
      }
      return log;
    }

    /** Logs of claims and of anything, in which ids and persons are deleted time and again. */
    static List<Entry> deletions(Random random) {
      List<Entry> log = random.nextBoolean() ? claims(random) : chaos(random);
      double often = random.nextDouble() * 0.3;
      return log.stream()
          .map(
              entry ->
                  random.nextDouble() < often
                      ? Entry.deletion(
                          entry.other() == null || random.nextBoolean()
                              ? entry.id()
                              : entry.other(),
                          entry.number(),
                          random.nextInt(3) > 0)
                      : entry)
          .toList();
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
      return written(id, n, event, properties.toString(), other);
    }
  }
}
