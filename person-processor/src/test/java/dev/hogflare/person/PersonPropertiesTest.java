// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/**
 * The properties of persons: what one event after the other does, and that the order in which parts
 * of the history meet does not matter.
 */
class PersonPropertiesTest {

  private static Stamp at(long offset) {
    return new Stamp(1_000, 0, offset);
  }

  private static Map<String, byte[]> values(String object) {
    Map<String, byte[]> values = new LinkedHashMap<>();
    Json.tree(object)
        .properties()
        .forEach(e -> values.put(e.getKey(), e.getValue().toString().getBytes(UTF_8)));
    return values;
  }

  private static PropertyUpdate set(String object) {
    return new PropertyUpdate(values(object), Map.of(), Set.of());
  }

  private static PropertyUpdate once(String object) {
    return new PropertyUpdate(Map.of(), values(object), Set.of());
  }

  private static PropertyUpdate unset(String... names) {
    return new PropertyUpdate(Map.of(), Map.of(), Set.of(names));
  }

  private static JsonNode written(Consumer<JsonBuffer> writer) {
    JsonBuffer out = new JsonBuffer(64);
    writer.accept(out);
    return Json.tree(out.toBytes());
  }

  private static void assertShows(
      PersonProperties properties, String set, String once, String merged) {
    assertThat(written(properties::writeSet)).isEqualTo(Json.tree(set));
    assertThat(written(properties::writeOnce)).isEqualTo(Json.tree(once));
    assertThat(written(properties::writeMerged)).isEqualTo(Json.tree(merged));
  }

  @Test
  void setOverwrites() {
    PersonProperties properties = new PersonProperties();
    assertThat(properties.apply(set("{'a':1,'b':{'x':[1]}}"), at(1), "U", 0)).isTrue();
    assertThat(properties.apply(set("{'a':2}"), at(2), "U", 0)).isTrue();
    assertShows(properties, "{'a':2,'b':{'x':[1]}}", "{}", "{'a':2,'b':{'x':[1]}}");
  }

  @Test
  void anEqualValueIsNoChange() {
    PersonProperties properties = new PersonProperties();
    assertThat(properties.apply(set("{'a':1}"), at(1), "U", 0)).isTrue();
    assertThat(properties.apply(set("{'a':1}"), at(2), "U", 0)).isFalse();
    assertThat(properties.apply(once("{'b':1}"), at(3), "U", 0)).isTrue();
    assertThat(properties.apply(once("{'b':1}"), at(4), "U", 0)).isFalse();
    assertThat(properties.apply(once("{'b':2}"), at(5), "U", 0)).isFalse();
    assertThat(properties.apply(unset("c"), at(6), "U", 0)).isFalse();
    assertThat(properties.apply(unset("a"), at(7), "U", 0)).isTrue();
  }

  @Test
  void setOnceKeepsTheFirstValueAndIsShadowedBySet() {
    PersonProperties properties = new PersonProperties();
    boolean first = properties.apply(once("{'a':1,'b':1}"), at(1), "U", 0);
    boolean second = properties.apply(once("{'a':2}"), at(2), "U", 0);
    boolean third = properties.apply(set("{'b':3}"), at(3), "U", 0);
    assertThat(List.of(first, second, third)).containsExactly(true, false, true);
    assertShows(properties, "{'b':3}", "{'a':1,'b':1}", "{'a':1,'b':3}");
  }

  @Test
  void setBeatsSetOnceOfTheSameEvent() {
    PersonProperties properties = new PersonProperties();
    assertThat(
            properties.apply(
                new PropertyUpdate(values("{'a':1}"), values("{'a':2}"), Set.of()), at(1), "U", 0))
        .isTrue();
    assertThat(written(properties::writeMerged)).isEqualTo(Json.tree("{'a':1}"));
  }

  @Test
  void nullIsAValue() {
    PersonProperties properties = new PersonProperties();
    assertThat(properties.apply(set("{'a':null}"), at(1), "U", 0)).isTrue();
    assertShows(properties, "{'a':null}", "{}", "{'a':null}");
  }

  @Test
  void unsetRemovesFromBothAndALaterSetOnceCountsAgain() {
    PersonProperties properties = new PersonProperties();
    boolean before =
        properties.apply(
            new PropertyUpdate(values("{'a':1}"), values("{'a':2,'b':2}"), Set.of()),
            at(1),
            "U",
            0);
    boolean unset = properties.apply(unset("a", "b"), at(2), "U", 0);
    assertShows(properties, "{}", "{}", "{}");
    boolean after = properties.apply(once("{'a':3}"), at(3), "U", 0);
    assertShows(properties, "{}", "{'a':3}", "{'a':3}");
    assertThat(List.of(before, unset, after)).containsOnly(true);
  }

  @Test
  void unsetBeatsTheOtherTwoOfTheSameEvent() {
    PersonProperties properties = new PersonProperties();
    assertThat(
            properties.apply(
                new PropertyUpdate(values("{'a':1}"), values("{'a':1}"), Set.of("a")),
                at(1),
                "U",
                0))
        .isFalse();
    assertShows(properties, "{}", "{}", "{}");
  }

  @Test
  void lateEventsDoNotOverwriteNewerOnes() {
    PersonProperties properties = new PersonProperties();
    assertThat(properties.apply(set("{'a':2}"), at(2), "U", 0)).isTrue();
    assertThat(properties.apply(set("{'a':1}"), at(1), "U", 0)).isFalse();
    assertThat(properties.apply(unset("a"), at(1), "U", 0)).isFalse();
    assertThat(written(properties::writeSet)).isEqualTo(Json.tree("{'a':2}"));
  }

  @Test
  void theSurvivorsValuesBeatThoseOfTheAbsorbedPersonHoweverNew() {
    PersonProperties survivor = new PersonProperties();
    PersonProperties absorbed = new PersonProperties();
    assertThat(survivor.apply(set("{'shared':'kept'}"), at(1), "U", 0)).isTrue();
    assertThat(absorbed.apply(set("{'shared':'lost','own':'kept'}"), at(5), "U", 0)).isTrue();
    survivor.merge(absorbed.demotedBy(List.of(at(6))));
    assertShows(survivor, "{'shared':'kept','own':'kept'}", "{}", "{'shared':'kept','own':'kept'}");
  }

  @Test
  void whatTheAbsorbedIdSaysAfterTheMergeIsNotDemoted() {
    PersonProperties survivor = new PersonProperties();
    PersonProperties absorbed = new PersonProperties();
    assertThat(survivor.apply(set("{'a':'old'}"), at(1), "U", 0)).isTrue();
    assertThat(absorbed.apply(set("{'a':'new'}"), at(7), "U", 0)).isTrue();
    survivor.merge(absorbed.demotedBy(List.of(at(6))));
    assertThat(written(survivor::writeSet)).isEqualTo(Json.tree("{'a':'new'}"));
  }

  @Test
  void theEarliestSetOnceOfTheWholeHistoryWins() {
    PersonProperties survivor = new PersonProperties();
    PersonProperties absorbed = new PersonProperties();
    assertThat(survivor.apply(once("{'ref':'later'}"), at(5), "U", 0)).isTrue();
    assertThat(absorbed.apply(once("{'ref':'first'}"), at(1), "U", 0)).isTrue();
    survivor.merge(absorbed.demotedBy(List.of(at(6))));
    assertThat(written(survivor::writeOnce)).isEqualTo(Json.tree("{'ref':'first'}"));
  }

  @Test
  void theSizeIsThatOfWhatIsThere() {
    PersonProperties properties = new PersonProperties();
    assertThat(properties.size()).isZero();
    boolean one = properties.apply(set("{'name':'0123456789'}"), at(1), "U", 0);
    long small = properties.size();
    boolean two = properties.apply(set("{'name':'01234567890123456789'}"), at(2), "U", 0);
    assertThat(properties.size()).isEqualTo(small + 10);
    boolean three = properties.apply(unset("name"), at(3), "U", 0);
    assertThat(properties.size()).isLessThan(small + 48);
    assertThat(List.of(one, two, three)).containsOnly(true);
    PersonProperties copy = copyOf(properties);
    assertThat(copy.size()).isEqualTo(properties.size());
  }

  @Test
  void theSizeOfANameIsThatOfItsBytesInARow() {
    for (String name :
        new String[] {
          "plain", "\u0001\u001f", "\n\r\t", "\"\\", "é", "€", "\uD83E\uDD94", "\u007f", ""
        }) {
      PersonProperties properties = new PersonProperties();
      PersonProperties withoutName = new PersonProperties();
      PropertyUpdate named = new PropertyUpdate(Map.of(name, Json.bytes("1")), Map.of(), Set.of());
      assertThat(properties.apply(named, at(1), "U", 0)).isTrue();
      assertThat(withoutName.apply(set("{'':1}"), at(1), "U", 0)).isTrue();
      JsonBuffer row = new JsonBuffer(64);
      properties.writeSet(row);
      assertThat(properties.size() - withoutName.size())
          .as(name)
          .isEqualTo(row.length() - "{\"\":1}".length());
    }
  }

  /** One write of one property by an event of its own. */
  private record Write(int kind, String name, long offset, int demotions) {
    void applyTo(PersonProperties properties) {
      String value = "{'" + name + "':" + offset + "}";
      PropertyUpdate update =
          switch (kind) {
            case 0 -> set(value);
            case 1 -> once(value);
            default -> unset(name);
          };
      boolean changed = properties.apply(update, at(offset), "U", demotions);
      assertThat(changed && update.isEmpty()).isFalse();
    }
  }

  @Provide
  Arbitrary<List<Write>> setsAndUnsets() {
    return histories(0, 2).map(writes -> writes.stream().filter(w -> w.kind() != 1).toList());
  }

  @Provide
  Arbitrary<List<Write>> setsAndOnces() {
    return histories(0, 1);
  }

  private static Arbitrary<List<Write>> histories(int lowest, int highest) {
    return Combinators.combine(
            Arbitraries.integers().between(lowest, highest),
            Arbitraries.of("x", "y", "z"),
            Arbitraries.integers().between(0, 2))
        .as((kind, name, demotions) -> new Write(kind, name, 0, demotions))
        .list()
        .ofMaxSize(14)
        .map(
            writes -> {
              List<Write> numbered = new ArrayList<>();
              for (Write w : writes) {
                numbered.add(new Write(w.kind(), w.name(), numbered.size(), w.demotions()));
              }
              return numbered;
            });
  }

  @Property
  void setAndSetOnceAreOrderFree(
      @ForAll("setsAndOnces") List<Write> writes, @ForAll Random random) {
    assertOrderFree(writes, random, PersonPropertiesTest::entries);
  }

  @Property
  void setAndUnsetAreOrderFree(@ForAll("setsAndUnsets") List<Write> writes, @ForAll Random random) {
    assertOrderFree(
        writes, random, properties -> written(properties::writeSet) + " " + entries(properties));
  }

  /**
   * Cuts a history into persons at random, merges those in random order, and expects what one
   * person would show that had seen it all.
   */
  private static void assertOrderFree(
      List<Write> writes,
      Random random,
      java.util.function.Function<PersonProperties, String> view) {
    PersonProperties all = new PersonProperties();
    writes.forEach(write -> write.applyTo(all));
    List<PersonProperties> parts = new ArrayList<>();
    for (int i = 0; i < 1 + random.nextInt(4); i++) {
      parts.add(new PersonProperties());
    }
    List<Write> shuffled = new ArrayList<>(writes);
    Collections.shuffle(shuffled, random);
    shuffled.forEach(write -> write.applyTo(parts.get(random.nextInt(parts.size()))));
    while (parts.size() > 1) {
      PersonProperties one = parts.remove(random.nextInt(parts.size()));
      PersonProperties other = parts.remove(random.nextInt(parts.size()));
      PersonProperties there = copyOf(one);
      there.merge(other);
      PersonProperties back = copyOf(other);
      back.merge(one);
      assertThat(view.apply(back)).as("commutative").isEqualTo(view.apply(there));
      PersonProperties twice = copyOf(there);
      twice.merge(other);
      assertThat(view.apply(twice)).as("idempotent").isEqualTo(view.apply(there));
      assertThat(there.size()).as("size").isEqualTo(copyOf(there).size());
      parts.add(there);
    }
    assertThat(view.apply(parts.get(0))).as("associative").isEqualTo(view.apply(all));
  }

  private static PersonProperties copyOf(PersonProperties properties) {
    return new PersonProperties(
        new TreeMap<>(properties.setEntries()), new TreeMap<>(properties.onceEntries()));
  }

  private static String entries(PersonProperties properties) {
    StringBuilder out = new StringBuilder();
    properties
        .setEntries()
        .forEach(
            (name, e) ->
                out.append(name)
                    .append('=')
                    .append(e.demotions())
                    .append('/')
                    .append(e.stamp().offset())
                    .append(e.value() == null ? " gone" : new String(e.value(), UTF_8))
                    .append(' '));
    properties
        .onceEntries()
        .forEach(
            (name, e) ->
                out.append(name)
                    .append("?=")
                    .append(e.unsetAt())
                    .append(e.stamp())
                    .append(e.value() == null ? " none" : new String(e.value(), UTF_8))
                    .append(' '));
    return out.toString();
  }

  /**
   * The one thing that depends on the order: an {@code $unset} between two {@code $set_once} of one
   * property by different ids. Keeping the earliest forgets the later one, which the {@code $unset}
   * would need again.
   */
  @Test
  void anUnsetBetweenTwoSetOncesOfDifferentIdsDependsOnTheOrder() {
    OnceEntry first = OnceEntry.written(at(1), "U", Json.bytes("1"));
    OnceEntry unset = OnceEntry.unset(at(2));
    OnceEntry last = OnceEntry.written(at(3), "U", Json.bytes("3"));
    assertThat(OnceEntry.merge(OnceEntry.merge(first, unset), last).value())
        .as("in the order of history the value after the unset holds")
        .isEqualTo(Json.bytes("3"));
    assertThat(OnceEntry.merge(first, OnceEntry.merge(unset, last)).value())
        .isEqualTo(Json.bytes("3"));
    assertThat(OnceEntry.merge(OnceEntry.merge(first, last), unset).isPresent())
        .as("where both values meet before the unset arrives, the later one is gone already")
        .isFalse();
  }

  @Property
  void onceEntriesWithUnsetsAreCommutativeAndIdempotent(
      @ForAll("onceEntries") OnceEntry one, @ForAll("onceEntries") OnceEntry other) {
    OnceEntry merged = OnceEntry.merge(one, other);
    assertSameEntry(OnceEntry.merge(other, one), merged);
    assertSameEntry(OnceEntry.merge(merged, other), merged);
    assertSameEntry(OnceEntry.merge(one, one), one);
  }

  private static void assertSameEntry(OnceEntry one, OnceEntry other) {
    assertThat(one).usingRecursiveComparison().isEqualTo(other);
  }

  @Provide
  Arbitrary<OnceEntry> onceEntries() {
    Arbitrary<OnceEntry> written =
        Arbitraries.integers()
            .between(0, 5)
            .map(n -> OnceEntry.written(at(n), "U", Json.bytes(Integer.toString(n))));
    Arbitrary<OnceEntry> unset =
        Arbitraries.integers().between(6, 9).map(n -> OnceEntry.unset(at(n)));
    Arbitrary<OnceEntry> both =
        Combinators.combine(
                Arbitraries.integers().between(0, 3), Arbitraries.integers().between(4, 5))
            .as((u, w) -> new OnceEntry(at(u + 10), at(w + 10), "U", Json.bytes("" + w)));
    return Arbitraries.oneOf(written, unset, both);
  }
}
