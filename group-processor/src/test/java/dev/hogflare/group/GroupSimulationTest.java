// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static dev.hogflare.group.GroupDriver.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.GroupedEvent.Pending;
import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the topology over several partitions in random interleavings.
 *
 * <p>Set the system property {@code group.simulation.seed} to repeat a failing run.
 */
class GroupSimulationTest {
  private static final int PARTITIONS = 3;
  private static final int SENDERS = 3;
  private static final int EVENTS = 40;
  private static final int SCHEDULES = 3;
  private static final Pattern ROW =
      Pattern.compile("\\{\"event\":(\\d+),.*\"company\":\\{\"n\":(\\d+)\\}.*");

  static List<Long> seeds() {
    Long seed = Long.getLong("group.simulation.seed");
    return seed != null ? List.of(seed) : new Random(20_260_101).longs(6).boxed().toList();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyInterleavingGivesTheSameGroupsAndEachEventItsOneRow(long seed) {
    Map<String, List<GroupedEvent>> logs = logs(new Random(seed));
    Map<String, String> reference = null;
    for (int schedule = 0; schedule < SCHEDULES; schedule++) {
      try (GroupPartitions partitions =
          new GroupPartitions(PARTITIONS, new Random(seed + schedule))) {
        logs.forEach((sender, log) -> log.forEach(event -> partitions.send(sender, event)));

        List<String> rows = partitions.run();

        assertThat(rows.stream().map(row -> row.substring(0, row.indexOf(','))).toList())
            .hasSize(SENDERS * EVENTS)
            .doesNotHaveDuplicates();
        Map<String, String> groups = partitions.groups();
        assertThat(groups).hasSize(allGroups().size());
        if (reference == null) {
          reference = groups;
        }
        assertThat(groups).isEqualTo(reference);
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void anEventSeesTheGroupIdentifyThatItsClientSentBefore(long seed) {
    Random random = new Random(seed);
    try (GroupPartitions partitions = new GroupPartitions(PARTITIONS, random)) {
      for (int i = 0; i < EVENTS; i++) {
        List<Pending> groups = new ArrayList<>();
        if (i % 2 == 0) {
          groups.add(new Pending("company", "1", bytes("{\"n\":" + i + "}")));
        } else {
          groups.add(new Pending("project", "1", null));
          groups.add(new Pending("company", "1", null));
          Collections.shuffle(groups, random);
        }
        partitions.send("client", event("client", Integer.toString(i), stamp(0, i), groups));
      }

      List<String> rows = partitions.run();

      assertThat(rows)
          .hasSize(EVENTS)
          .allSatisfy(
              row -> {
                Matcher parts = ROW.matcher(row);
                assertThat(parts.matches()).as(row).isTrue();
                int number = Integer.parseInt(parts.group(1));
                assertThat(Integer.parseInt(parts.group(2)))
                    .isGreaterThanOrEqualTo(number - number % 2);
              });
    }
  }

  private static Map<String, List<GroupedEvent>> logs(Random random) {
    Map<String, List<GroupedEvent>> logs = new TreeMap<>();
    for (int sender = 0; sender < SENDERS; sender++) {
      List<GroupedEvent> log = new ArrayList<>();
      for (int i = 0; i < EVENTS; i++) {
        Stamp stamp = stamp(sender, i);
        List<Pending> shuffled = new ArrayList<>(allGroups());
        Collections.shuffle(shuffled, random);
        List<Pending> visits = new ArrayList<>();
        for (Pending group : shuffled.subList(0, 1 + random.nextInt(3))) {
          byte[] set =
              random.nextInt(3) == 0
                  ? null
                  : bytes("{\"p" + random.nextInt(4) + "\":\"" + stamp.toText() + "\"}");
          visits.add(new Pending(group.type(), group.key(), set));
        }
        log.add(event("user-" + sender, Integer.toString(sender * EVENTS + i), stamp, visits));
      }
      logs.put("sender " + sender, log);
    }
    return logs;
  }

  private static List<Pending> allGroups() {
    List<Pending> groups = new ArrayList<>();
    for (String type : List.of("company", "project", "guild")) {
      for (String key : List.of("1", "2")) {
        groups.add(new Pending(type, key, null));
      }
    }
    return groups;
  }

  private static GroupedEvent event(
      String distinctId, String name, Stamp stamp, List<Pending> visits) {
    return new GroupedEvent(
        new ActorKey("phc_a", distinctId),
        bytes("{\"event\":" + name + ",\"properties\":{}}"),
        stamp,
        stamp.appendedAt() * 1_000 + stamp.offset(),
        visits,
        List.of());
  }

  /** Several events share a time, so that partition and offset decide too. */
  private static Stamp stamp(int partition, int offset) {
    return new Stamp(1_000 + offset / 3, partition, offset);
  }
}
