// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Uuids;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is written when persons are deleted, and what comes of those who come back. */
class PersonDeletionTest {
  private static final String EVENT = "{'event':'e','properties':{'$set':{'plan':'pro'}}}";
  private static final String PLAIN = "{'event':'e'}";
  private static final String PERSONLESS =
      "{'event':'e','properties':{'$process_person_profile':false}}";

  private final Circuit circuit = new Circuit();

  @AfterEach
  void close() {
    circuit.close();
  }

  private static String identify(String anonymous) {
    return "{'event':'$identify','properties':{'$anon_distinct_id':'" + anonymous + "'}}";
  }

  private static String born(String id, int deletions) {
    return Uuids.person(new ActorKey(Events.TOKEN, id), deletions).toString();
  }

  @Test
  void aDeletedPersonComesBackAsAnotherWithoutAnything() {
    circuit.take("A", EVENT).delete("A").take("A", PLAIN);
    assertThat(Circuit.all(circuit.rows, "person_id")).containsExactly(born("A", 0), born("A", 1));
    assertThat(circuit.row().get("person_properties")).isEmpty();
    assertThat(Circuit.all(circuit.snapshots, "operation"))
        .containsExactly("capture", "delete", "capture");
    assertThat(Circuit.all(circuit.snapshots, "person_id"))
        .containsExactly(born("A", 0), born("A", 0), born("A", 1));
    assertThat(circuit.person("A").isDeleted()).isTrue();
    assertThat(circuit.person("A\0001").distinctIds()).containsExactly("A");
    assertThat(born("A", 1)).isNotEqualTo(born("A", 0));
  }

  @Test
  void theLastSnapshotHoldsNothingOfThePerson() {
    circuit.take("A", EVENT).delete("A");
    JsonNode last = circuit.snapshot();
    assertThat(last.get("version").asLong()).isEqualTo(2);
    assertThat(last.get("canonical_distinct_id").textValue()).isEmpty();
    assertThat(last.get("distinct_ids")).isEmpty();
    assertThat(last.get("properties")).isEmpty();
    assertThat(last.get("properties_set_once")).isEmpty();
    assertThat(last.get("merged_properties")).isEmpty();
    assertThat(last.get("source_event_uuid").textValue())
        .isEqualTo(Uuids.deletion(new ActorKey(Events.TOKEN, "A"), 0).toString());
  }

  @Test
  void aPersonIsDeletedOnceNoneOfItsIdsIsLeft() {
    circuit.take("A", EVENT).take("U", identify("A")).take("U", EVENT);
    assertThat(circuit.overrides).containsKey("U");
    circuit.delete("U");
    assertThat(circuit.snapshot().get("operation").textValue()).isEqualTo("delete_id");
    assertThat(circuit.snapshot().get("distinct_ids")).hasSize(1);
    assertThat(circuit.snapshot().get("canonical_distinct_id").textValue()).isEqualTo("A");
    assertThat(circuit.overrides).isEmpty();
    circuit.delete("A");
    assertThat(circuit.snapshot().get("operation").textValue()).isEqualTo("delete");
    circuit.take("A", PLAIN).take("U", PLAIN);
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(born("U", 1));
    assertThat(circuit.person("U\0001").ids()).containsExactly("U\0001");
  }

  @Test
  void aPersonlessEventCarriesTheIdOfTheNextPerson() {
    circuit.take("A", EVENT).delete("A").take("A", PERSONLESS);
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(born("A", 1));
    assertThat(circuit.row().has("person_created_at")).isFalse();
    circuit.delete("A").take("A", PERSONLESS);
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(born("A", 2));
  }

  @Test
  void aRecordingBelongsToTheNextPersonAsWell() {
    circuit.take("A", EVENT).delete("A");
    circuit.take(
        Route.S, "A", "{'event':'$snapshot','properties':{'$session_id':'s','$snapshot_data':[]}}");
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(born("A", 1));
  }

  @Test
  void whoWasDeletedMergesAgainAsANewcomer() {
    circuit.take("A", EVENT).take("U", identify("A")).delete("A", "U");
    circuit.take("A", PLAIN).take("U", identify("A"));
    Person person = circuit.person("U\0001");
    assertThat(person.distinctIds()).containsExactly("A", "U");
    assertThat(person.ids()).containsExactly("A\0001", "U\0001");
    assertThat(person.uuid()).hasToString(born("A", 1));
    assertThat(circuit.overrides).containsEntry("U\0001", born("A", 1));
  }

  @Test
  void deletingNobodyOrTwiceWritesNothing() {
    circuit.delete("A").delete("A");
    assertThat(circuit.snapshots).isEmpty();
    assertThat(circuit.metrics().commands()).isEqualTo(2);
    circuit.take("A", PLAIN);
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(born("A", 2));
  }
}
