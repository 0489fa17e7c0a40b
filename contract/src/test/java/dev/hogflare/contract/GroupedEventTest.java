// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupedEventTest {
  private static final ActorKey USER = new ActorKey("phc_1", "user 1");

  private static GroupedEvent event() {
    return new GroupedEvent(
        USER,
        utf8("{\"uuid\":\"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\"}"),
        new Stamp(1_795_236_205_000L, 3, 42),
        1_795_236_205_000_123L,
        List.of(
            new GroupedEvent.Pending(
                "company", "acme \"é\" 🦔", utf8("{\"plan\":\"pro\",\"seats\":12.50}")),
            new GroupedEvent.Pending("team", "7", null)),
        List.of(
            new GroupedEvent.Visited("project", "p", utf8("{\"a\":{\"b\":[]}}")),
            new GroupedEvent.Visited("instance", "i", null)));
  }

  @Test
  void isWrittenAsTheGoldenFileSays() {
    assertThat(Golden.tree(event().visitKey().toBytes(), event().row(), headersOf(event())))
        .isEqualTo(Golden.tree("grouped-event.json"));
  }

  @Test
  void isReadFromTheGoldenFile() {
    Golden.OnTopic record = Golden.record("grouped-event.json");
    assertSame(GroupedEvent.read(record.value(), record.headers()), event());
    assertThat(GroupKey.fromBytes(record.key())).isEqualTo(event().visitKey());
  }

  @Test
  void saysThatItIsMutedWithAHeader() {
    GroupedEvent muted =
        new GroupedEvent(
            USER, utf8("{}"), new Stamp(1, 2, 3), 4, event().pending(), List.of(), true);
    assertThat(GroupedEvent.read(muted.row(), headersOf(muted)).muted()).isTrue();
    assertThat(GroupedEvent.read(event().row(), headersOf(event())).muted()).isFalse();
    assertThat(headersOf(event()).lastHeader("muted")).isNull();
  }

  @Test
  void goesToTheFirstGroupThatIsPending() {
    assertThat(event().visitKey()).isEqualTo(new GroupKey("phc_1", "company", "acme \"é\" 🦔"));
  }

  @Test
  void doesNotShareTheListsOfItsMaker() {
    List<GroupedEvent.Pending> pending = new ArrayList<>(event().pending());
    GroupedEvent event =
        new GroupedEvent(USER, utf8("{}"), new Stamp(1, 2, 3), 4, pending, List.of());
    pending.clear();
    assertThat(event.pending()).hasSize(2);
  }

  @Test
  void replacesTheHeadersOfTheVisitBefore() {
    Headers headers = headersOf(event());
    GroupedEvent next =
        new GroupedEvent(
            USER,
            event().row(),
            event().stamp(),
            event().arrivedAt(),
            event().pending().subList(1, 2),
            List.of());
    next.writeHeaders(headers);
    assertThat(headers.toArray()).hasSize(4);
    assertSame(GroupedEvent.read(event().row(), headers), next);
  }

  @Test
  void keepsNumbersAsTheyWereWritten() {
    byte[] set = utf8("{ \"a\" : 1.10, \"b\":1e400 ,\"c\":" + "9".repeat(5_000) + ", \"d\":-0 }");
    GroupedEvent read = roundTrip(withSet(set));
    assertThat(read.pending().get(0).set()).isEqualTo(set);
  }

  @Test
  void keepsPropertiesOfAnyDepthAndNameLength() {
    byte[] set =
        utf8(
            "{\"deep\":"
                + "[".repeat(3_000)
                + "]".repeat(3_000)
                + ",\""
                + "n".repeat(100_000)
                + "\":1}");
    assertThat(roundTrip(withSet(set)).pending().get(0).set()).isEqualTo(set);
  }

  @Property
  void everyEventSurvivesItsRecord(@ForAll("events") GroupedEvent event) {
    assertSame(roundTrip(event), event);
    assertThat(GroupKey.fromBytes(event.visitKey().toBytes())).isEqualTo(event.visitKey());
  }

  @Provide
  Arbitrary<GroupedEvent> events() {
    Arbitrary<String> texts = Arbitraries.strings().withCharRange('\0', '\uD7FF').ofMaxLength(9);
    Arbitrary<byte[]> objects =
        texts
            .map(
                text ->
                    new JsonBuffer(16).openObject().name(text).string(text).closeObject().toBytes())
            .injectNull(0.3);
    Arbitrary<GroupedEvent.Pending> pending =
        Combinators.combine(texts, texts, objects).as(GroupedEvent.Pending::new);
    Arbitrary<GroupedEvent.Visited> visited =
        Combinators.combine(texts, texts, objects).as(GroupedEvent.Visited::new);
    return Combinators.combine(
            texts,
            Arbitraries.longs(),
            pending.list().ofMinSize(1).ofMaxSize(5),
            visited.list().ofMaxSize(5))
        .as(
            (id, number, next, done) ->
                new GroupedEvent(
                    new ActorKey("phc_1", id),
                    utf8("{}"),
                    new Stamp(number, 1, number),
                    number,
                    next,
                    done));
  }

  @Test
  void refusesARecordWithoutAValue() {
    Headers headers = headersOf(event());
    assertThatThrownBy(() -> GroupedEvent.read(null, headers))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("The record has no value; expected an event row.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"stamp", "arrived_at", "groups"})
  void refusesARecordWithoutAHeader(String name) {
    assertMalformed(headersOf(event()).remove(name), "The header " + name + " is missing.");
  }

  @Test
  void refusesARecordWithoutTheKeyOfItsRow() {
    assertMalformed(headersOf(event()).remove("row_key"), "The header row_key is missing.");
    assertMalformed(headersOf(event()).remove("row_key").add("row_key", utf8("x")), "too few NULs");
  }

  @Test
  void refusesAStampOrTimeThatIsNone() {
    assertMalformed(headersOf(event()).remove("stamp").add("stamp", utf8("1:2")), "stamp \"1:2\"");
    assertMalformed(
        headersOf(event()).remove("arrived_at").add("arrived_at", utf8("x")), "no whole number");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "{}",
        "{\"pending\":[]}",
        "{\"pending\":[],\"visited\":[{\"type\":\"a\",\"key\":\"b\"}]}",
        "{\"pending\":{}}",
        "{\"pending\":[7]}",
        "{\"pending\":[[]]}",
        "{\"pending\":[{}]}",
        "{\"pending\":[{\"type\":\"a\"}]}",
        "{\"pending\":[{\"key\":\"b\"}]}",
        "{\"pending\":[{\"type\":null,\"key\":\"b\"}]}",
        "{\"pending\":[{\"type\":\"a\",\"key\":7}]}",
        "{\"pending\":[{\"type\":{},\"key\":\"b\"}]}",
        "{\"pending\":[{\"type\":\"a\",\"key\":[]}]}",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\",\"other\":1}]}",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\",\"set\":null}]}",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\",\"set\":\"x\"}]}",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\",\"set\":[1]}]}",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\",\"set\":{\"c\"}}]}",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\",\"properties\":{}}]}",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\"}],\"visited\":"
            + "[{\"type\":\"a\",\"key\":\"b\",\"set\":{}}]}",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\"}],\"more\":[]}",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\"}]}}",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\"}]}{}",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\"}]} x",
        "{\"pending\":[{\"type\":\"a\",\"key\":\"b\"}"
      })
  void refusesGroupsOfAnotherShape(String groups) {
    assertMalformed(
        headersOf(event()).remove("groups").add("groups", utf8(groups)), "The header groups ");
  }

  @Test
  void refusesGroupsInAnotherEncoding() {
    String groups = "{\"pending\":[{\"type\":\"a\",\"key\":\"b\",\"set\":{}}]}";
    for (Charset charset :
        List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE, StandardCharsets.UTF_16)) {
      assertMalformed(
          headersOf(event()).remove("groups").add("groups", groups.getBytes(charset)),
          "The header groups ");
    }
    assertMalformed(
        headersOf(event())
            .remove("groups")
            .add("groups", new byte[] {0, 0, 0, 0x7B, 0x7F, 0, 0, 0}),
        "The header groups ");
  }

  @Property
  void readsAnyBytesOrSaysThatTheyAreMalformed(@ForAll byte[] noise, @ForAll byte more) {
    byte[] groups = headersOf(event()).lastHeader("groups").value().clone();
    for (int i = 0; i < noise.length; i++) {
      groups[Math.floorMod(i * 31 + more, groups.length)] = noise[i];
    }
    assertReadOrMalformed(groups);
    assertReadOrMalformed(noise);
  }

  private static void assertReadOrMalformed(byte[] groups) {
    Headers headers = headersOf(event()).remove("groups").add("groups", groups);
    try {
      assertThat(GroupedEvent.read(utf8("{}"), headers).pending()).isNotEmpty();
    } catch (MalformedRecordException e) {
      assertThat(e).hasMessageStartingWith("The header groups ").hasMessageEndingWith(".");
    }
  }

  private static GroupedEvent withSet(byte[] set) {
    return new GroupedEvent(
        USER,
        utf8("{}"),
        new Stamp(1, 2, 3),
        4,
        List.of(new GroupedEvent.Pending("company", "acme", set)),
        List.of());
  }

  private static GroupedEvent roundTrip(GroupedEvent event) {
    return GroupedEvent.read(event.row(), headersOf(event));
  }

  private static Headers headersOf(GroupedEvent event) {
    Headers headers = new RecordHeaders();
    event.writeHeaders(headers);
    return headers;
  }

  private static void assertMalformed(Headers headers, String part) {
    assertThatThrownBy(() -> GroupedEvent.read(utf8("{}"), headers))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining(part);
  }

  private static void assertSame(GroupedEvent read, GroupedEvent written) {
    assertThat(read).usingRecursiveComparison().isEqualTo(written);
  }
}
