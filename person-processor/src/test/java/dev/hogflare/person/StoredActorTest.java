// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class StoredActorTest {
  private static final Actor KEY = new Actor(Events.TOKEN, "origin");
  private static final int IDS = 5;

  private final StateCodec codec = new StateCodec();

  private StoredActor stored(ActorState state) {
    return StoredActor.read(codec.encode(state));
  }

  private StoredActor.Root root(Person person) {
    return (StoredActor.Root) stored(new ActorState.Root(person));
  }

  @Test
  void aRootShowsItsPerson() {
    Person person = StateCodecTest.person();
    StoredActor.Root root = root(person);
    assertThat(root.person()).isEqualTo(person.uuid());
    assertThat(StoredActor.fields(root.content()))
        .containsEntry("person_id", person.uuid().toString())
        .containsEntry("origin", "anon")
        .containsEntry("created", "1780000000000:0:1")
        .containsEntry("created_at", "1780000000000001")
        .containsEntry("identified", "true")
        .containsEntry("number", "4096 by first event 1780000000000:0:1")
        .containsEntry("canonical", "user \uD83E\uDD94 at 1790000000123:3:42")
        .containsEntry("version", "300")
        .containsEntry("distinct_ids", "[\"anon\",\"user \uD83E\uDD94\"]")
        .containsEntry("$set.plan", "\"pro\" at 1790000000123:3:42 by anon")
        .containsEntry("$set.gone", "unset at 7:0:1 by user demoted 2")
        .containsEntry("$set_once.first", "{\"a\":1} at 1790000000123:3:42 by user")
        .containsEntry("$set_once.again", "null at 1790000000123:3:42 by anon unset at 7:0:1")
        .containsEntry("$set_once.gone", "unset unset at 7:0:1");
  }

  @Test
  void aRootThatLostAnIdShowsNothingThatItWrote() {
    Lives lives = new Lives(List.of(7L), new ActorState.Root(StateCodecTest.withoutAnon()));
    StoredActor.Root root = (StoredActor.Root) StoredActor.read(codec.encode(lives));
    assertThat(StoredActor.fields(root.content()))
        .containsEntry("version", "301")
        .containsEntry("distinct_ids", "[\"user \uD83E\uDD94\"]")
        .containsEntry("deleted_ids", "[\"anon\"]")
        .containsEntry("$set.plan", "unset at 1790000000123:3:42 by anon")
        .containsEntry("$set_once.first", "{\"a\":1} at 1790000000123:3:42 by user");
  }

  @Test
  void aDistinctIdThatWasDeletedUnknownShowsNothing() {
    assertThat(StoredActor.read(codec.encode(new Lives(List.of(7L), null))))
        .isEqualTo(new StoredActor.Nothing());
  }

  @Test
  void whateverIsNoRootShowsWhereItLeads() {
    Stamp stamp = new Stamp(1, 2, 3);
    assertThat(stored(new ActorState.Link("up", List.of(stamp))))
        .isEqualTo(new StoredActor.Link("up"));
    assertThat(stored(new ActorState.Joining("anon", Claim.NONE, 0, 2)))
        .isEqualTo(new StoredActor.Waiting("anon"));
    assertThat(stored(new ActorState.Rerouting("old", List.of(), 0, 2)))
        .isEqualTo(new StoredActor.Waiting("old"));
  }

  @Test
  void refusesBytesThatAreNoState() {
    assertThatThrownBy(() -> StoredActor.read(new byte[] {9, 0, 1}))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("version 9");
    assertThatThrownBy(() -> StoredActor.read(new byte[] {3, 0, 1}))
        .isInstanceOf(MalformedRecordException.class);
    assertThatThrownBy(() -> StoredActor.fields(new byte[3]))
        .isInstanceOf(MalformedRecordException.class);
  }

  @Property
  void aPersonHasTheSameBytesInWhateverOrderItsHistoryArrives(@ForAll Random random) {
    List<Event> history = history(random);
    byte[] expected = root(live(history, random)).content();
    for (int i = 0; i < 3; i++) {
      assertThat(root(live(history, random)).content()).isEqualTo(expected);
    }
  }

  /** One event of one of the person's ids; those of an odd id arrive with another person. */
  private record Event(String id, Stamp stamp, PropertyUpdate update) {
    void applyTo(Person person) {
      person.add(id);
      person.count(id, stamp, stamp.appendedAt() * 1_000);
      person.properties().apply(update, stamp, id, 0);
    }
  }

  private static List<Event> history(Random random) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Map<String, byte[]> values =
          Map.of(
              "p" + random.nextInt(4),
              Json.bytes("" + i),
              "q" + random.nextInt(4),
              Json.bytes("1"));
      boolean once = random.nextBoolean();
      events.add(
          new Event(
              "id" + random.nextInt(IDS),
              new Stamp(1 + random.nextInt(6), i % 3, i),
              new PropertyUpdate(once ? Map.of() : values, once ? values : Map.of(), Set.of())));
    }
    return events;
  }

  /** Lets a person see its history in another order, parts of it by way of persons it absorbs. */
  private static Person live(List<Event> history, Random random) {
    Person survivor = Person.born(KEY, new Stamp(1, 0, 0), 1_000);
    List<Person> others = new ArrayList<>();
    for (int id = 0; id < IDS; id++) {
      others.add(Person.born(new Actor(Events.TOKEN, "id" + id), new Stamp(9, 0, 99), 9_000));
    }
    List<Event> shuffled = new ArrayList<>(history);
    Collections.shuffle(shuffled, random);
    for (Event event : shuffled) {
      int id = event.id().charAt(2) - '0';
      event.applyTo(random.nextBoolean() ? survivor : others.get(id));
    }
    Collections.shuffle(others, random);
    others.forEach(other -> survivor.absorb(other, true));
    return survivor;
  }
}
