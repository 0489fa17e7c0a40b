// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class GroupReducerPropertiesTest {
  /** An update as the client sent it, and where it stands in history. */
  record Update(Stamp stamp, long arrivedAt, Map<String, String> set) {
    byte[] json() {
      JsonBuffer out = new JsonBuffer(64).openObject();
      set.forEach((name, value) -> out.name(name).raw(value.getBytes(UTF_8)));
      return out.closeObject().toBytes();
    }
  }

  @Property(tries = 2_000)
  void anyOrderOfArrivalGivesTheSameGroup(
      @ForAll("histories") List<Update> history, @ForAll Random random) {
    List<Update> shuffled = new ArrayList<>(history);
    Collections.shuffle(shuffled, random);

    byte[] inOrder = GroupCodec.encode(fold(history));
    byte[] anyOrder = GroupCodec.encode(fold(shuffled));

    assertThat(anyOrder).isEqualTo(inOrder);
  }

  @Property(tries = 1_000)
  void theGroupIsWhatAnOverwriteInHistoricalOrderGives(
      @ForAll("histories") List<Update> history, @ForAll Random random) {
    List<Update> sorted = new ArrayList<>(history);
    sorted.sort(Comparator.comparing(Update::stamp));
    Map<String, String> expected = new TreeMap<>();
    sorted.forEach(update -> expected.putAll(update.set()));
    List<Update> shuffled = new ArrayList<>(history);
    Collections.shuffle(shuffled, random);

    Group group = fold(shuffled);

    Map<String, String> properties = new TreeMap<>();
    group
        .properties()
        .forEach((name, property) -> properties.put(name, new String(property.value(), UTF_8)));
    assertThat(properties).isEqualTo(expected);
    assertThat(group.version()).isEqualTo(history.size());
    assertThat(group.createdBy()).isEqualTo(sorted.get(0).stamp());
    assertThat(group.createdAt()).isEqualTo(sorted.get(0).arrivedAt());
  }

  @Property(tries = 1_000)
  void aGroupSurvivesTheStore(@ForAll("histories") List<Update> history) {
    byte[] stored = GroupCodec.encode(fold(history));

    assertThat(GroupCodec.encode(GroupCodec.decode(stored))).isEqualTo(stored);
  }

  /** Applies updates with a trip through the store between any two, as the processor does. */
  private static Group fold(List<Update> updates) {
    Group group = null;
    for (Update update : updates) {
      Group before = group == null ? null : GroupCodec.decode(GroupCodec.encode(group));
      group = GroupReducer.apply(before, update.json(), update.stamp(), update.arrivedAt());
    }
    return group;
  }

  @Provide
  Arbitrary<List<Update>> histories() {
    // Few times and partitions, so that stamps often differ in the offset alone.
    Arbitrary<Stamp> stamps =
        Combinators.combine(
                Arbitraries.longs().between(1_000, 1_003),
                Arbitraries.integers().between(0, 2),
                Arbitraries.longs().between(0, 20))
            .as(Stamp::new);
    Arbitrary<String> names =
        Arbitraries.of("plan", "seats", "", "é", "\uD83D\uDE00", "a\"b", "Z", "\n");
    Arbitrary<String> values =
        Arbitraries.of("null", "1", "-2.5e3", "\"x\"", "{\"a\":[1,{}]}", "[ ]", "\"\\u0000\"");
    Arbitrary<Update> updates =
        Combinators.combine(
                stamps,
                Arbitraries.longs().between(0, 1_000_000),
                Arbitraries.maps(names, values).ofMaxSize(4))
            .as(Update::new);
    return updates.list().ofMinSize(1).ofMaxSize(8).uniqueElements(Update::stamp);
  }
}
