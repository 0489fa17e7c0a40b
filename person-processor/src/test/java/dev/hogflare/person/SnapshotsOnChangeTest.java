// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Snapshots that are only written when the person changed still show how it is in the end. */
class SnapshotsOnChangeTest {
  private static final long FIRST_SEED = 20_260_801L;
  private static final int LOGS = 100;

  @Test
  void theLastSnapshotOfEachPersonShowsItAsItIs() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + LOGS; seed++) {
      Random random = new Random(seed);
      List<World.Entry> log =
          random.nextBoolean() ? World.Workload.devices(random) : World.Workload.chaos(random);
      try (Circuit circuit = new Circuit(PersonConfig.Snapshots.ON_CHANGE)) {
        log.forEach(entry -> circuit.take(entry.id(), entry.json().replace('"', '\'')));
        assertLastSnapshots(circuit, seed);
      }
    }
  }

  private static void assertLastSnapshots(Circuit circuit, long seed) {
    Map<String, JsonNode> last = new HashMap<>();
    circuit.snapshots.forEach(s -> last.put(s.get("person_id").textValue(), s));
    RowWriter writer = new RowWriter(Optional.empty());
    Cause cause = new Cause(Sent.STAMP, 0, new UUID(0, 0), "now");
    for (ActorState state : circuit.partition.actors().values()) {
      if (state instanceof ActorState.Root root) {
        Person person = root.person();
        JsonNode now = Json.tree(writer.snapshot(Events.TOKEN, person, cause, ""));
        assertThat(last).as("seed %d", seed).containsKey(person.uuid().toString());
        assertThat(shown(last.get(person.uuid().toString())))
            .as("seed %d, person %s", seed, person.ids())
            .isEqualTo(shown(now));
      }
    }
  }

  /** Returns what a snapshot says about the person rather than about its last event. */
  private static JsonNode shown(JsonNode snapshot) {
    return ((ObjectNode) snapshot.deepCopy())
        .without(List.of("uuid", "operation", "updated_at", "version", "source_event_uuid"));
  }
}
