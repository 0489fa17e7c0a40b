// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Uuids;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What must hold of several partitions that send each other mail, in any order of its delivery. */
class PersonPartitionsTest {
  private static final long FIRST_SEED = 20_260_901L;
  private static final int SCHEDULES = 20;

  private int events;

  private World.Entry event(String id, String fields) {
    int n = events++;
    String json = Json.text("{" + fields + ",'properties':{'n':" + n + "}}");
    return new World.Entry(id, n, Circuit.START + n, json);
  }

  private World.Entry merge(String name, String id, String other) {
    int n = events++;
    String field = name.equals("$identify") ? "$anon_distinct_id" : "alias";
    String json =
        Json.text(
            "{'event':'"
                + name
                + "','properties':{'n':"
                + n
                + ",'"
                + field
                + "':'"
                + other
                + "'}}");
    return new World.Entry(id, n, Circuit.START + n, json);
  }

  private World.Entry identify(String id, String anonymous) {
    return merge("$identify", id, anonymous);
  }

  private static String uuidOf(String id) {
    return Uuids.person(new ActorKey(Events.TOKEN, id)).toString();
  }

  private interface Expectation {
    void check(World world);
  }

  /** Plays a log in many orders on two to five partitions. */
  private static void inEveryOrder(List<World.Entry> log, Expectation expectation) {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      Random random = new Random(seed);
      int partitions = 2 + random.nextInt(4);
      try (World world = new World(partitions, log, random, new IdentityProtocol())) {
        expectation.check(world.run().check(log));
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static List<JsonNode> personsOf(World world) {
    return world.persons().stream().map(p -> Json.tree(p.replace('"', '\''))).toList();
  }

  @Test
  void theStandardFlowGivesOnePersonInEveryOrder() {
    List<World.Entry> log =
        List.of(
            event("A", "'event':'view','$set':{'seen':1},'$set_once':{'first':'/'}"),
            identify("U", "A"),
            event("U", "'event':'buy','$set':{'plan':'pro'}"));
    inEveryOrder(
        log,
        world -> {
          assertThat(personsOf(world)).hasSize(1);
          JsonNode person = personsOf(world).get(0).get("record");
          assertThat(person.get("uuid").textValue()).isEqualTo(uuidOf("A"));
          assertThat(person.get("distinct_ids")).isEqualTo(Json.tree("['A','U']"));
          assertThat(person.get("merged_properties"))
              .isEqualTo(Json.tree("{'first':'/','plan':'pro','seen':1}"));
          assertThat(person.get("version").longValue()).isEqualTo(3);
          assertThat(world.snapshots())
              .extracting(snapshot -> snapshot.get("operation").textValue())
              .containsExactlyInAnyOrder("capture", "identify", "capture");
          JsonNode last =
              world.snapshots().stream()
                  .max(Comparator.comparingLong(s -> s.get("version").longValue()))
                  .orElseThrow();
          assertThat(last.get("distinct_ids")).isEqualTo(Json.tree("['A','U']"));
          assertThat(last.get("merged_properties")).isEqualTo(person.get("merged_properties"));
        });
  }

  @Test
  void twoUsersWithTwoDevicesEachAreTwoPersonsInEveryOrder() {
    List<World.Entry> log = new ArrayList<>();
    for (String user : List.of("U", "V")) {
      for (String device : List.of("-phone", "-laptop")) {
        log.add(event(user + device, "'event':'view','$set_once':{'" + device + "':1}"));
        log.add(event(user + device, "'event':'view'"));
        log.add(identify(user, user + device));
        log.add(event(user, "'event':'buy','$set':{'of':'" + user + "'}"));
      }
    }
    inEveryOrder(
        log,
        world -> {
          assertThat(personsOf(world)).hasSize(2);
          assertThat(personsOf(world))
              .extracting(p -> p.get("record").get("distinct_ids").toString())
              .containsExactlyInAnyOrder(
                  Json.text("['U','U-laptop','U-phone']"), Json.text("['V','V-laptop','V-phone']"));
          assertThat(world.refused()).isZero();
        });
  }

  @Test
  void knownUsersAreRefusedInEveryOrderAndStayTwo() {
    List<World.Entry> first = List.of(identify("U", "U-device"), identify("X", "X-device"));
    List<World.Entry> then = List.of(identify("U", "X"), event("X", "'event':'buy'"));
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      try (World world = new World(3, first, new Random(seed), new IdentityProtocol())) {
        List<World.Entry> all = new ArrayList<>(first);
        all.addAll(then);
        world.run().andThen(then).run().check(all);
        assertThat(personsOf(world)).as("seed %d", seed).hasSize(2);
        assertThat(world.refused()).as("seed %d", seed).isEqualTo(1);
      }
    }
  }

  @Test
  void mergeDangerouslyUnitesKnownUsersInEveryOrder() {
    List<World.Entry> log =
        List.of(
            identify("U", "U-device"),
            identify("X", "X-device"),
            merge("$merge_dangerously", "U", "X"),
            merge("$merge_dangerously", "X", "U"),
            event("U-device", "'event':'a'"),
            event("X-device", "'event':'b'"));
    inEveryOrder(log, world -> assertThat(personsOf(world)).hasSize(1));
  }

  @Test
  void everyRowOfAPersonCanBeFoundAfterwards() {
    List<World.Entry> log = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      log.add(event("A" + i, "'event':'view'"));
      log.add(identify("U", "A" + i));
    }
    inEveryOrder(
        log,
        world -> {
          String person = personsOf(world).get(0).get("record").get("uuid").textValue();
          for (String id : List.of("U", "A0", "A1", "A2", "A3")) {
            assertThat(world.overrides().getOrDefault(id, uuidOf(id))).as(id).isEqualTo(person);
          }
        });
  }

  /** Rule 5: however the merges went, further events make every way one link long. */
  @Test
  void furtherEventsMakeEveryWayOneLinkLong() {
    int longest = 0;
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      Random random = new Random(seed);
      events = 0;
      int ids = 6;
      List<World.Entry> merges = new ArrayList<>();
      for (int i = 0; i < ids; i++) {
        merges.add(event("d" + i, "'event':'view'"));
      }
      for (int i = 0; i < 12; i++) {
        merges.add(
            merge("$merge_dangerously", "d" + random.nextInt(ids), "d" + random.nextInt(ids)));
      }
      List<World.Entry> traffic =
          IntStream.range(0, ids).mapToObj(i -> event("d" + i, "'event':'view'")).toList();
      List<World.Entry> all = new ArrayList<>(merges);
      all.addAll(traffic);
      try (World world = new World(3, merges, random, new IdentityProtocol())) {
        longest = Math.max(longest, world.run().longestChain());
        world.andThen(traffic).run().check(all);
        assertThat(world.longestChain()).as("seed %d", seed).isLessThanOrEqualTo(1);
      }
    }
    assertThat(longest).as("the merges alone made longer ways").isGreaterThanOrEqualTo(3);
  }

  @Test
  void eventsThatArriveWhileAWayIsShortenedKeepTheirOrder() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      events = 0;
      List<World.Entry> merges = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        merges.add(identify("r" + i, "own" + i));
      }
      List<World.Entry> chain = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        chain.add(merge("$merge_dangerously", "r" + i, "r" + (i + 1)));
      }
      List<World.Entry> traffic = new ArrayList<>();
      for (int round = 0; round < 6; round++) {
        for (int i = 0; i < 5; i++) {
          traffic.add(event("r" + i, "'event':'view','$set':{'round':" + round + "}"));
          traffic.add(event("own" + i, "'event':'view'"));
        }
      }
      List<World.Entry> all = new ArrayList<>(merges);
      all.addAll(chain);
      all.addAll(traffic);
      try (World world = new World(4, merges, new Random(seed), new IdentityProtocol())) {
        world.run().andThen(chain).run().andThen(traffic).run().check(all);
        assertThat(personsOf(world)).as("seed %d", seed).hasSize(1);
        assertThat(personsOf(world).get(0).at("/record/properties/round").intValue())
            .as("seed %d", seed)
            .isEqualTo(5);
        assertThat(world.longestChain()).as("seed %d", seed).isLessThanOrEqualTo(1);
      }
    }
  }
}
