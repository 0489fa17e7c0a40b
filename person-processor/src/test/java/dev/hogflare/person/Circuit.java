// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.RowSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.streams.test.TestRecord;

/**
 * One partition whose mail comes straight back to it, with everything that came out of it.
 *
 * <p>Every row is checked against the schema of its table; {@link #close} asserts the equation of
 * the counters. Raw events get rising times and uuids of their own.
 */
final class Circuit implements AutoCloseable {
  static final long START = 1_790_000_000_000L;
  private static final int LIVELOCK = 10_000;

  final Partition partition;
  final List<JsonNode> rows = new ArrayList<>();
  final List<GroupedEvent> groupEvents = new ArrayList<>();
  final List<JsonNode> snapshots = new ArrayList<>();
  final List<TestRecord<byte[], byte[]>> deadLetters = new ArrayList<>();
  final Map<String, String> overrides = new HashMap<>();
  private final RowSchema.Validator rowJudge = RowSchema.EVENTS.validator();
  private final RowSchema.Validator recordingJudge = RowSchema.RECORDINGS.validator();
  private final RowSchema.Validator snapshotJudge = RowSchema.PERSONS.validator();
  private long now = START;
  private int events;

  Circuit() {
    this(PersonConfig.Snapshots.ALL);
  }

  Circuit(PersonConfig.Snapshots snapshots) {
    this(new Partition(Partition.config(Duration.ZERO, snapshots), new IdentityProtocol()));
  }

  Circuit(Partition partition) {
    this.partition = partition;
  }

  PersonMetrics metrics() {
    return partition.metrics;
  }

  /** Takes an event that came in over {@code /batch}, and carries the mail until there is none. */
  Circuit take(String id, String json) {
    return take(Route.BATCH, id, json);
  }

  Circuit take(Route route, String id, String json) {
    return take(new ActorKey(Events.TOKEN, id), route, json);
  }

  /** Takes an event that was one too many of its sender. */
  Circuit takeOverflow(String id, String json) {
    partition.takeRaw(
        new RawEvent(
            new ActorKey(Events.TOKEN, id),
            Json.bytes(json),
            uuid(++events),
            Route.BATCH,
            now * 1_000,
            null,
            null,
            null,
            null,
            true),
        now);
    now += 1_000;
    return settle();
  }

  Circuit take(ActorKey key, Route route, String json) {
    RawEvent raw =
        new RawEvent(key, Json.bytes(json), uuid(++events), route, now * 1_000, null, null, null);
    if (route == Route.S) {
      partition.takeRecording(raw, now);
    } else {
      partition.takeRaw(raw, now);
    }
    now += 1_000;
    return settle();
  }

  /** Deletes distinct ids, one after the other, and carries the mail until there is none. */
  Circuit delete(String... ids) {
    for (String id : ids) {
      partition.takeRaw(Partition.deletion(id, now));
      now += 1_000;
    }
    return settle();
  }

  /** Returns the uuid of the n-th event, counted from 1. */
  static UUID uuid(int n) {
    return new UUID(0x7000L, n);
  }

  /** Carries the mail until there is none, and gathers what came out. */
  Circuit settle() {
    for (int steps = 0; steps < LIVELOCK; steps++) {
      List<TestRecord<byte[], byte[]>> mail = partition.sentMail();
      if (mail.isEmpty()) {
        return gather();
      }
      mail.forEach(partition::takeMail);
    }
    throw new AssertionError("livelock");
  }

  private Circuit gather() {
    for (TestRecord<byte[], byte[]> row : partition.events()) {
      assertThat(rowJudge.violationOrNull(row.value())).isNull();
      rows.add(Json.tree(row.value()));
    }
    for (TestRecord<byte[], byte[]> row : partition.recordings()) {
      assertThat(rowJudge.violationOrNull(row.value())).isNull();
      assertThat(recordingJudge.violationOrNull(row.value())).isNull();
      rows.add(Json.tree(row.value()));
    }
    for (TestRecord<byte[], byte[]> event : partition.groupEvents()) {
      GroupedEvent grouped = GroupedEvent.read(event.value(), event.headers());
      assertThat(event.key()).isEqualTo(grouped.visitKey().toBytes());
      assertThat(rowJudge.violationOrNull(grouped.row())).isNull();
      groupEvents.add(grouped);
      if (!grouped.muted()) {
        rows.add(Json.tree(grouped.row()));
      }
    }
    for (TestRecord<byte[], byte[]> snapshot : partition.persons()) {
      assertThat(snapshotJudge.violationOrNull(snapshot.value())).isNull();
      snapshots.add(Json.tree(snapshot.value()));
    }
    for (TestRecord<byte[], byte[]> override : partition.overrides()) {
      String name = Partition.name(override.key());
      if (override.value() == null) {
        overrides.remove(name);
        continue;
      }
      JsonNode json = Json.tree(override.value());
      assertThat(json.get("distinct_id").textValue()).isEqualTo(Actor.id(name));
      overrides.put(name, json.get("person_id").textValue());
    }
    deadLetters.addAll(partition.deadLetters());
    return this;
  }

  JsonNode row() {
    return rows.get(rows.size() - 1);
  }

  JsonNode snapshot() {
    return snapshots.get(snapshots.size() - 1);
  }

  DeadLetter deadLetter() {
    return DeadLetter.read(deadLetters.get(deadLetters.size() - 1).headers());
  }

  /** Returns what one field of all rows or snapshots holds, as text. */
  static List<String> all(List<JsonNode> trees, String field) {
    return trees.stream().map(tree -> tree.get(field).asText()).toList();
  }

  /** Returns the person that an id leads to. */
  Person person(String id) {
    Map<String, ActorState> actors = partition.actors();
    String at = id;
    for (int hops = 0; hops <= actors.size(); hops++) {
      switch (actors.get(at)) {
        case ActorState.Root root -> {
          return root.person();
        }
        case ActorState.Link link -> at = link.parent();
        case null, default -> throw new AssertionError(id + " leads to " + actors.get(at));
      }
    }
    throw new AssertionError("the links from " + id + " form a ring");
  }

  long persons() {
    return partition.actors().values().stream().filter(ActorState.Root.class::isInstance).count();
  }

  long warnings(Warning warning) {
    return metrics().warnings(warning);
  }

  @Override
  public void close() {
    try {
      PersonMetrics metrics = metrics();
      assertThat(
              metrics.rows()
                  + metrics.duplicates()
                  + metrics.filtered()
                  + metrics.deadLettered()
                  + metrics.muted()
                  + metrics.left()
                  + metrics.commands())
          .as("received + split = rows + duplicates + dead-lettered + muted + left + commands")
          .isEqualTo(metrics.received() + metrics.split());
      assertThat(metrics.rows()).as("rows counted").isEqualTo(rows.size());
      assertThat(metrics.snapshots()).as("snapshots counted").isEqualTo(snapshots.size());
      assertThat(partition.parked()).as("parked messages").isZero();
      if (Set.copyOf(all(rows, "uuid")).size() == rows.size()) {
        assertThat(all(snapshots, "uuid")).as("uuids of snapshots").doesNotHaveDuplicates();
      }
    } finally {
      partition.close();
    }
  }
}
