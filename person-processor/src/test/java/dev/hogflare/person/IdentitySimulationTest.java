// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Stamp;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The identity protocol under random interleavings of several partitions, on the real topology.
 *
 * <p>Every world and every schedule follows from the seed that a failure names; {@code
 * -Dhogflare.seed=N} runs that one alone.
 */
class IdentitySimulationTest {
  private static final int SCHEDULES = 4;
  private static final long FIRST_SEED = 20_260_101L;

  @Test
  void everyInterleavingOfDevicesAndUsersGivesTheSamePersons() {
    run(150, IdentityProtocol::new, true);
  }

  @Test
  void anyMergesOfAnythingLoseNothingAndKeepTheOrder() {
    run(150, IdentityProtocol::new, false);
  }

  @Test
  @Tag("long")
  void thousandsOfWorldsHoldAsWell() {
    run(4_000, IdentityProtocol::new, true);
    run(4_000, IdentityProtocol::new, false);
  }

  @Test
  void aProtocolWithoutTheCheckOfRanksIsFoundOut() {
    assertIsFoundOut(
        () ->
            new IdentityProtocol() {
              @Override
              boolean givesWay(Person person, Rank other) {
                return true;
              }
            },
        false);
  }

  @Test
  void aProtocolThatDoesNotDemoteLateEventsIsFoundOut() {
    assertIsFoundOut(
        () ->
            new IdentityProtocol() {
              @Override
              int demotions(List<Stamp> sinces, Stamp stamp) {
                return 0;
              }
            },
        true);
  }

  @Test
  void aProtocolThatDoesNotDemoteAbsorbedPersonsIsFoundOut() {
    assertIsFoundOut(
        () ->
            new IdentityProtocol() {
              @Override
              Person demoted(Person person, List<Stamp> sinces) {
                return person;
              }
            },
        true);
  }

  @Test
  void aProtocolThatDoesNotParkIsFoundOut() {
    assertIsFoundOut(
        () ->
            new IdentityProtocol() {
              @Override
              ActorState park(ActorState.Waiting waiting, Message message, ActorContext context) {
                if (message instanceof Message.Own own) {
                  context.row(own.event(), null);
                }
                return waiting;
              }
            },
        true);
  }

  @Test
  void everyInterleavingOfCompetingClaimsGivesTheSamePersons() {
    runClaims(400, IdentityProtocol::new);
  }

  @Test
  @Tag("long")
  void everyInterleavingOfThousandsOfWorldsOfClaimsGivesTheSamePersons() {
    runClaims(10_000, IdentityProtocol::new);
  }

  @Test
  void requestsOfSeveralEventsGiveTheSamePersons() {
    runRequests(150, 0);
  }

  /** Few worlds, because each partition keeps what it has seen on disk. */
  @Test
  void requestsThatComeAgainGiveTheSamePersons() {
    runRequests(8, 0.15);
  }

  @Test
  @Tag("long")
  void thousandsOfWorldsOfRequestsGiveTheSamePersons() {
    runRequests(4_000, 0);
    runRequests(400, 0.15);
  }

  private static void runRequests(int worlds, double repeated) {
    forSeeds(
        worlds,
        seed -> {
          Random random = new Random(seed);
          List<World.Entry> log =
              switch (random.nextInt(3)) {
                case 0 -> World.Workload.claims(random);
                case 1 -> World.Workload.chaos(random);
                default -> World.Workload.deletions(random);
              };
          int partitions = 1 + random.nextInt(5);
          long gateways = random.nextLong();
          Set<List<String>> outcomes = new HashSet<>();
          for (World.Schedule schedule : World.Schedule.values()) {
            try (World world =
                new World(
                    partitions,
                    new Random(random.nextLong()),
                    schedule,
                    new IdentityProtocol(),
                    GenerationRecord.first(),
                    repeated > 0 ? Duration.ofHours(24) : Duration.ZERO)) {
              world
                  .requested(log, new Random(gateways), 6, repeated)
                  .run()
                  .check(log)
                  .checkAgainstLog();
              outcomes.add(world.contents());
            }
          }
          assertThat(outcomes).as("every interleaving gives the same persons").hasSize(1);
        });
  }

  @Test
  void withoutClaimsAReplayMayGiveAnIdToTheOtherUser() {
    assertThat(outcomesOfTwoUsers(false))
        .as("live, the user who came first has the device; a replay may decide otherwise")
        .hasSizeGreaterThan(1);
  }

  @Test
  void withClaimsEveryReplayGivesAnIdToTheUserWhoCameFirst() {
    assertThat(outcomesOfTwoUsers(true))
        .singleElement()
        .satisfies(
            persons ->
                assertThat(persons)
                    .anySatisfy(
                        person ->
                            assertThat(person)
                                .contains("\"distinct_ids\":[\"device\",\"monday\"]")));
  }

  /** Two known users who identify with one device, days apart. */
  private static Set<List<String>> outcomesOfTwoUsers(boolean claims) {
    List<World.Entry> log =
        List.of(
            World.Workload.plain("monday", 0),
            World.Workload.plain("tuesday", 1),
            World.Workload.identify("monday", 2, "device"),
            World.Workload.identify("tuesday", 3, "device"));
    Set<List<String>> outcomes = new HashSet<>();
    for (long seed = 0; seed < 40; seed++) {
      for (World.Schedule schedule : World.Schedule.values()) {
        try (World world = new World(5, new Random(seed), schedule, new IdentityProtocol())) {
          if (claims) {
            world.claimed(log, new Random(7));
          } else {
            world.andThen(log);
          }
          world.run().check(log);
          outcomes.add(world.persons());
        }
      }
    }
    return outcomes;
  }

  @Test
  void aProtocolThatDoesNotWaitForClaimsIsFoundOut() {
    assertClaimsFindOut(
        () ->
            new IdentityProtocol() {
              @Override
              boolean waits(Claim.Open claim, Claims claims) {
                return false;
              }
            });
  }

  @Test
  void aProtocolThatGrantsEveryClaimantIsFoundOut() {
    assertClaimsFindOut(
        () ->
            new IdentityProtocol() {
              @Override
              boolean grants(Claims claims, Claim.Open claim) {
                return true;
              }
            });
  }

  @Test
  void aProtocolThatGrantsTheClaimReadLastIsFoundOut() {
    assertClaimsFindOut(
        () ->
            new IdentityProtocol() {
              @Override
              Claims noted(Claims claims, Message.Claimed claimed) {
                return new Claims(true, claimed.claimant(), claimed.stamp().offset());
              }
            });
  }

  @Test
  void aProtocolThatForgetsTheClaimsReadIsFoundOut() {
    assertClaimsFindOut(
        () ->
            new IdentityProtocol() {
              @Override
              Claims noted(Claims claims, Message.Claimed claimed) {
                return claims;
              }
            });
  }

  @Test
  void aProtocolWhosePersonsDoNotYieldWhenTheyAreClaimedIsFoundOut() {
    assertClaimsFindOut(
        () ->
            new IdentityProtocol() {
              @Override
              Person yielding(Person person) {
                return person;
              }
            });
  }

  @Test
  void everyInterleavingOfDeletionsGivesTheSamePersons() {
    runDeletions(400, IdentityProtocol::new);
  }

  @Test
  @Tag("long")
  void everyInterleavingOfThousandsOfWorldsOfDeletionsGivesTheSamePersons() {
    runDeletions(10_000, IdentityProtocol::new);
  }

  @Test
  void aProtocolThatDeletesNothingIsFoundOut() {
    assertDeletionsFindOut(
        () ->
            new IdentityProtocol() {
              @Override
              boolean delete(Person person, String id) {
                return false;
              }
            });
  }

  @Test
  void aProtocolThatAsksThePresentLifeInsteadOfTheClaimedOneIsFoundOut() {
    assertDeletionsFindOut(
        () ->
            new IdentityProtocol() {
              @Override
              int lifeAsked(Lives lives, Message.Question question) {
                return lives.current();
              }
            });
  }

  @Test
  void aProtocolThatTakesALifeForAnotherIsFoundOut() {
    assertDeletionsFindOut(
        () ->
            new IdentityProtocol() {
              @Override
              boolean isUnited(Person person, PersonEvent event, String asked) {
                return person.lifeOf(event.other()) >= 0;
              }
            });
  }

  @Test
  void aProtocolThatForgetsTheEndOfALifeThatMailMakesKnownIsFoundOut() {
    assertDeletionsFindOut(
        () ->
            new IdentityProtocol() {
              @Override
              Person bornByMail(Person person, ActorContext context) {
                return person;
              }
            });
  }

  @Test
  void aProtocolThatLosesADeletionWhileItWaitsIsFoundOut() {
    assertDeletionsFindOut(
        () ->
            new IdentityProtocol() {
              @Override
              ActorState park(ActorState.Waiting waiting, Message message, ActorContext context) {
                return message instanceof Message.Deleted
                    ? waiting
                    : super.park(waiting, message, context);
              }
            });
  }

  private static void assertDeletionsFindOut(Supplier<IdentityProtocol> mutant) {
    assertFails(() -> runDeletions(400, mutant));
  }

  private static void runDeletions(int worlds, Supplier<IdentityProtocol> protocol) {
    forSeeds(worlds, seed -> runWithClaims(seed, World.Workload::deletions, protocol));
  }

  private static void assertClaimsFindOut(Supplier<IdentityProtocol> mutant) {
    assertFails(() -> runClaims(400, mutant));
  }

  private static void assertFails(Runnable simulation) {
    Throwable found = null;
    try {
      simulation.run();
    } catch (AssertionError | IllegalStateException e) {
      found = e;
    }
    assertThat(found).as("the failure that the mutant causes").isNotNull();
  }

  private static void runClaims(int worlds, Supplier<IdentityProtocol> protocol) {
    forSeeds(
        worlds,
        seed ->
            runWithClaims(
                seed,
                random ->
                    random.nextBoolean()
                        ? World.Workload.claims(random)
                        : World.Workload.chaos(random),
                protocol));
  }

  private static void runWithClaims(
      long seed,
      Function<Random, List<World.Entry>> workload,
      Supplier<IdentityProtocol> protocol) {
    Random random = new Random(seed);
    List<World.Entry> log = workload.apply(random);
    int partitions = 1 + random.nextInt(5);
    long gateways = random.nextLong();
    Set<List<String>> outcomes = new HashSet<>();
    for (World.Schedule schedule : World.Schedule.values()) {
      try (World world =
          new World(partitions, new Random(random.nextLong()), schedule, protocol.get())) {
        world.claimed(log, new Random(gateways)).run().check(log).checkAgainstLog();
        outcomes.add(world.contents());
      }
    }
    assertThat(outcomes).as("every interleaving gives the same persons").hasSize(1);
  }

  private static void assertIsFoundOut(Supplier<IdentityProtocol> mutant, boolean devices) {
    assertFails(() -> run(400, mutant, devices));
  }

  private static void run(int worlds, Supplier<IdentityProtocol> protocol, boolean devices) {
    forSeeds(worlds, seed -> runWorld(seed, protocol, devices));
  }

  private static void forSeeds(int worlds, LongConsumer run) {
    Long only = Long.getLong("hogflare.seed");
    long first = only == null ? FIRST_SEED : only;
    for (long seed = first; seed < first + (only == null ? worlds : 1); seed++) {
      try {
        run.accept(seed);
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      } catch (RuntimeException e) {
        throw new IllegalStateException("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static void runWorld(long seed, Supplier<IdentityProtocol> protocol, boolean devices) {
    Random random = new Random(seed);
    List<World.Entry> log = devices ? World.Workload.devices(random) : World.Workload.chaos(random);
    int partitions = 1 + random.nextInt(5);
    Set<List<String>> outcomes = new HashSet<>();
    long refused = 0;
    for (int schedule = 0; schedule < SCHEDULES; schedule++) {
      try (World world =
          new World(partitions, log, new Random(random.nextLong()), protocol.get())) {
        world.run().check(log);
        outcomes.add(world.persons());
        refused += world.refused();
      }
    }
    if (refused == 0 && devices) {
      assertThat(outcomes).as("every interleaving gives the same persons").hasSize(1);
    }
  }
}
