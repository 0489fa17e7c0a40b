// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.Setup;
import dev.hogflare.contract.GenerationRecord.State;
import dev.hogflare.contract.RawCommand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Three generations that take over from each other, each under an interleaving of its own.
 *
 * <p>The markers stand at random places, different in every partition, so that mail crosses from
 * before one to behind another in both directions. Every world follows from the seed that a failure
 * names; {@code -Dhogflare.seed=N} runs that one alone.
 */
class CutoverSimulationTest {
  private static final long FIRST_SEED = 20_270_101L;
  private static final int WORLDS = 150;

  private static final RawCommand.Cutover FIRST_CUT = cut(1, 2);
  private static final RawCommand.Cutover SECOND_CUT = cut(2, 3);

  private static RawCommand.Cutover cut(int from, int to) {
    return new RawCommand.Cutover(new Generation(from), new Generation(to));
  }

  private static GenerationRecord generation(int number) {
    Generation generation = new Generation(number);
    return number == 1
        ? GenerationRecord.first()
        : new GenerationRecord(
            generation,
            State.REBUILDING,
            new Setup(generation, false, Setup.BEGINNING, 0, 1, Map.of()),
            Optional.empty());
  }

  @Test
  void everyEventGivesOneRowInOneOfTheGenerations() {
    Long only = Long.getLong("hogflare.seed");
    long first = only == null ? FIRST_SEED : only;
    for (long seed = first; seed < first + (only == null ? WORLDS : 1); seed++) {
      try {
        runWorld(seed, seed % 2 == 0);
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static void runWorld(long seed, boolean devices) {
    Random random = new Random(seed);
    List<World.Entry> log = devices ? World.Workload.devices(random) : World.Workload.chaos(random);
    int partitions = 1 + random.nextInt(5);
    int[] firstCut = new int[partitions];
    int[] secondCut = new int[partitions];
    for (int p = 0; p < partitions; p++) {
      firstCut[p] = random.nextInt(12);
      // Behind the first marker at least.
      secondCut[p] = firstCut[p] + 1 + random.nextInt(12);
    }
    Map<String, List<Integer>> rows = new TreeMap<>();
    List<String> snapshots = new ArrayList<>();
    Set<List<String>> outcomes = new HashSet<>();
    long refused = 0;
    for (int number = 1; number <= 3; number++) {
      try (World world =
          new World(
              partitions,
              log,
              new Random(random.nextLong()),
              new IdentityProtocol(),
              generation(number))) {
        for (int p = 0; p < partitions; p++) {
          world.mark(p, firstCut[p], FIRST_CUT);
          world.mark(p, secondCut[p], SECOND_CUT);
        }
        world.run();
        world
            .rows()
            .forEach((id, of) -> rows.computeIfAbsent(id, i -> new ArrayList<>()).addAll(of));
        world.snapshots().forEach(snapshot -> snapshots.add(snapshot.get("uuid").asText()));
        assertEveryRecordIsAccountedFor(world);
        refused += world.refused();
        if (number == 3) {
          outcomes.add(world.persons());
        }
      }
    }
    Map<String, List<Integer>> expected = new TreeMap<>();
    log.forEach(
        entry -> expected.computeIfAbsent(entry.id(), id -> new ArrayList<>()).add(entry.number()));
    assertThat(rows).as("each event once, those of an id in their order").isEqualTo(expected);
    assertThat(snapshots).as("uuids of snapshots").doesNotHaveDuplicates();
    // A marker takes an offset, and persons are numbered by offsets, so that it has markers, too.
    try (World alone =
        new World(partitions, log, new Random(random.nextLong()), new IdentityProtocol())) {
      for (int p = 0; p < partitions; p++) {
        alone.mark(p, firstCut[p], cut(7, 8));
        alone.mark(p, secondCut[p], cut(8, 9));
      }
      alone.run();
      assertThat(alone.rows()).as("markers of others mean nothing").isEqualTo(expected);
      outcomes.add(alone.persons());
      refused += alone.refused();
    }
    if (refused == 0 && devices) {
      assertThat(outcomes).as("a rebuild gives the same persons").hasSize(1);
    }
  }

  @Test
  void everyEventGivesOneRowAndARebuildTheSamePersonsWithClaims() {
    Long only = Long.getLong("hogflare.seed");
    long first = only == null ? FIRST_SEED : only;
    for (long seed = first; seed < first + (only == null ? WORLDS : 1); seed++) {
      try {
        runClaims(seed);
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static void runClaims(long seed) {
    Random random = new Random(seed);
    List<World.Entry> log =
        switch (random.nextInt(3)) {
          case 0 -> World.Workload.claims(random);
          case 1 -> World.Workload.chaos(random);
          default -> World.Workload.deletions(random);
        };
    int partitions = 1 + random.nextInt(5);
    int[] firstCut = random.ints(partitions, 0, 12).toArray();
    int[] secondCut = Arrays.stream(firstCut).map(cut -> cut + 1 + random.nextInt(12)).toArray();
    long gateways = random.nextLong();
    Map<String, List<Integer>> rows = new TreeMap<>();
    Map<String, List<Integer>> expected = new TreeMap<>();
    Set<List<String>> outcomes = new HashSet<>();
    for (int number = 1; number <= 4; number++) {
      // The fourth takes no part: it is the rebuild to compare with.
      boolean muted = number == 4;
      World.Schedule schedule = World.Schedule.values()[random.nextInt(4)];
      try (World world =
          new World(
              partitions,
              new Random(random.nextLong()),
              schedule,
              new IdentityProtocol(),
              generation(number))) {
        world
            .marked(firstCut, FIRST_CUT)
            .marked(secondCut, SECOND_CUT)
            .claimed(log, new Random(gateways))
            .run();
        assertEveryRecordIsAccountedFor(world);
        world
            .rows()
            .forEach((id, of) -> rows.computeIfAbsent(id, i -> new ArrayList<>()).addAll(of));
        expected.putAll(world.expectedRows(log));
        if (muted) {
          assertThat(world.rows()).isEmpty();
        }
        if (number >= 3) {
          outcomes.add(world.contents());
          world.checkAgainstLog();
        }
      }
    }
    assertThat(rows).as("each event once, those of an id in their order").isEqualTo(expected);
    assertThat(outcomes).as("a rebuild gives the same persons").hasSize(1);
  }

  private static void assertEveryRecordIsAccountedFor(World world) {
    assertThat(
            world.count(PersonMetrics::rows)
                + world.count(PersonMetrics::duplicates)
                + world.count(PersonMetrics::deadLettered)
                + world.count(PersonMetrics::muted)
                + world.count(PersonMetrics::left)
                + world.count(PersonMetrics::commands))
        .as("received = rows + duplicates + dead-lettered + muted + left + commands")
        .isEqualTo(world.count(PersonMetrics::received));
  }
}
