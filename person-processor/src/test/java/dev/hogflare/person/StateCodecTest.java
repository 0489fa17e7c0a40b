// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Uuids;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class StateCodecTest {
  private static final long SEED = 20_260_719L;
  private static final Stamp STAMP = new Stamp(1_790_000_000_123L, 3, 42);

  private final StateCodec codec = new StateCodec();

  /** Returns a person with something in every field. */
  static Person person() {
    TreeMap<String, SetEntry> set = new TreeMap<>();
    set.put("plan", new SetEntry(0, STAMP, "anon", Json.bytes("'pro'")));
    set.put("gone", new SetEntry(2, new Stamp(7, 0, 1), "user", null));
    TreeMap<String, OnceEntry> once = new TreeMap<>();
    once.put("first", OnceEntry.written(STAMP, "user", Json.bytes("{'a':1}")));
    once.put("gone", OnceEntry.unset(new Stamp(7, 0, 1)));
    once.put("again", new OnceEntry(new Stamp(7, 0, 1), STAMP, "anon", Json.bytes("null")));
    return new Person(
        Uuids.person(new ActorKey(Events.TOKEN, "anon")),
        "anon",
        new Stamp(1_780_000_000_000L, 0, 1),
        1_780_000_000_000_001L,
        new Person.Canonical(
            STAMP, "user \uD83E\uDD94", "anon", Uuids.person(new ActorKey(Events.TOKEN, "anon"))),
        300,
        firstEvents(),
        Set.of(),
        new PersonProperties(set, once));
  }

  private static Map<String, Stamp> firstEvents() {
    Map<String, Stamp> firstEvents = new HashMap<>();
    firstEvents.put("anon", new Stamp(1_780_000_000_000L, 0, 1));
    firstEvents.put("user \uD83E\uDD94", null);
    return firstEvents;
  }

  /** Returns a person of whose ids one was deleted. */
  static Person withoutAnon() {
    Person person = person();
    assertThat(person.delete("anon")).isTrue();
    assertThat(person.delete("anon")).as("once is enough").isFalse();
    assertThat(person.delete("stranger")).isFalse();
    return person;
  }

  private static Map<String, Lives> lives() {
    Map<String, Lives> lives = new LinkedHashMap<>();
    lives.put("unknown-deleted", new Lives(List.of(7L), null));
    lives.put("root-deleted", new Lives(List.of(7L, 300L), new ActorState.Root(withoutAnon())));
    lives.put("link-deleted", new Lives(List.of(7L), new ActorState.Link("user", List.of())));
    return lives;
  }

  private static Map<String, ActorState> states() {
    Map<String, ActorState> states = new LinkedHashMap<>();
    states.put("root", new ActorState.Root(person()));
    states.put(
        "root-newborn",
        new ActorState.Root(
            Person.born(new Actor(Events.TOKEN, "user"), STAMP, 1_790_000_000_123_456L)));
    states.put("link", new ActorState.Link("user \uD83E\uDD94", List.of()));
    states.put("link-merged", new ActorState.Link("user", List.of(STAMP, new Stamp(0, 0, 0))));
    states.put("joining", new ActorState.Joining("anon", Claim.NONE, 0, 200));
    states.put("joining-claimed", new ActorState.Joining("anon", new Claim.Open("user", 7), 0, 1));
    states.put("rerouting", new ActorState.Rerouting("parent", List.of(STAMP), 1, 2));
    return states;
  }

  @Test
  void everyStateIsStoredAsTheGoldenFileSays() {
    Map<String, String> stored = new LinkedHashMap<>();
    states().forEach((name, state) -> stored.put(name, hex(codec.encode(state))));
    lives().forEach((name, lives) -> stored.put(name, hex(codec.encode(lives))));
    Map<String, String> golden = new LinkedHashMap<>();
    Golden.bytes("states.txt").forEach((name, bytes) -> golden.put(name, hex(bytes)));
    assertThat(stored).isEqualTo(golden);
  }

  @Test
  void everyStateIsReadFromTheGoldenFile() {
    Map<String, byte[]> golden = Golden.bytes("states.txt");
    states()
        .forEach(
            (name, state) ->
                assertThat(StateCodec.decode(golden.get(name)))
                    .as(name)
                    .usingRecursiveComparison()
                    .isEqualTo(state));
    lives()
        .forEach(
            (name, lives) ->
                assertThat(StateCodec.decodeLives(golden.get(name)))
                    .as(name)
                    .usingRecursiveComparison()
                    .isEqualTo(lives));
  }

  @Test
  void aPlaceInTheLogBelongsToTheLifeThatItsDeletionsLeaveIt() {
    Lives lives = Lives.NONE.deletedAt(7).deletedAt(300);
    assertThat(lives.current()).isEqualTo(2);
    assertThat(List.of(lives.at(0), lives.at(6), lives.at(8), lives.at(299), lives.at(301)))
        .containsExactly(0, 0, 1, 1, 2);
  }

  @Test
  void anActorThatWasNeverSeenHasNoState() {
    assertThat(StateCodec.decode(null)).isNull();
  }

  @Test
  void refusesEveryBeginningOfAState() {
    Golden.bytes("states.txt")
        .forEach(
            (name, bytes) -> {
              for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> StateCodec.decode(cut))
                    .as("%d bytes of %s", length, name)
                    .isInstanceOf(MalformedRecordException.class);
              }
            });
  }

  @Test
  void refusesAStateWithMoreBehindIt() {
    Golden.bytes("states.txt")
        .forEach(
            (name, bytes) ->
                assertThatThrownBy(() -> StateCodec.decode(Arrays.copyOf(bytes, bytes.length + 1)))
                    .as(name)
                    .isInstanceOf(MalformedRecordException.class)
                    .hasMessageContaining("1 bytes too many"));
  }

  @Test
  void refusesAnotherVersionOrKind() {
    assertThatThrownBy(() -> StateCodec.decode(new byte[] {1, 0}))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("The state has version 1; this program reads 3.");
    assertThatThrownBy(() -> StateCodec.decode(new byte[] {3, 9}))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("unknown kind 9");
  }

  @Test
  void refusesLengthsThatAreMoreThanThereIs() {
    for (String hex : List.of("0301ffffffff0f", "0301ffffffffffffffffff01", "030180")) {
      assertThatThrownBy(() -> StateCodec.decode(HexFormat.of().parseHex(hex)))
          .as(hex)
          .isInstanceOf(MalformedRecordException.class);
    }
    assertThatThrownBy(
            () -> StateCodec.decode(HexFormat.of().parseHex("0301ffffffffffffffffffffff")))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("longer than ten bytes");
  }

  @Test
  void garbageIsAStateOrIsRefusedAndNothingElse() {
    Random random = new Random(SEED);
    List<byte[]> originals = List.copyOf(Golden.bytes("states.txt").values());
    int refused = 0;
    for (int i = 0; i < 8_000; i++) {
      byte[] bytes = originals.get(random.nextInt(originals.size())).clone();
      for (int times = 1 + random.nextInt(3); times > 0; times--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(StateCodec.decodeLives(bytes)).isNotNull();
      } catch (MalformedRecordException e) {
        refused++;
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + ", try " + i + ": " + hex(bytes), e);
      }
    }
    assertThat(refused).isGreaterThan(1_000);
  }

  @Property(tries = 300)
  void everyStateSurvives(@ForAll("anyStates") ActorState state) {
    byte[] stored = codec.encode(state);
    assertThat(StateCodec.decode(stored)).usingRecursiveComparison().isEqualTo(state);
    assertThat(codec.encode(StateCodec.decode(stored))).isEqualTo(stored);
  }

  @Provide
  Arbitrary<ActorState> anyStates() {
    Arbitrary<Stamp> stamps =
        Combinators.combine(
                Arbitraries.longs().greaterOrEqual(0),
                Arbitraries.integers().between(0, 4_095),
                Arbitraries.longs().greaterOrEqual(0))
            .as(Stamp::new);
    Arbitrary<String> ids = Arbitraries.strings().map(id -> new ActorKey("t", id).distinctId());
    Arbitrary<Long> numbers = Arbitraries.longs().greaterOrEqual(0);
    Arbitrary<Claim> claims =
        Arbitraries.oneOf(
            Arbitraries.of(Claim.Settled.values()),
            Combinators.combine(ids, numbers).as(Claim.Open::new));
    return Arbitraries.oneOf(
        Combinators.combine(ids, stamps.list().ofMaxSize(4)).as(ActorState.Link::new),
        Combinators.combine(ids, claims, numbers, numbers).as(ActorState.Joining::new),
        Combinators.combine(ids, stamps.list().ofMaxSize(4), numbers, numbers)
            .as(ActorState.Rerouting::new),
        Combinators.combine(ids, stamps, Arbitraries.longs(), ids.set().ofMaxSize(5))
            .as(
                (id, stamp, arrivedAt, others) -> {
                  Person person = Person.born(new Actor("t", id), stamp, arrivedAt);
                  others.forEach(person::add);
                  return new ActorState.Root(person);
                }));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
