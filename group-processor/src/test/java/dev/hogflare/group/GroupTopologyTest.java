// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static dev.hogflare.group.GroupDriver.TOPICS;
import static dev.hogflare.group.GroupDriver.bytes;
import static dev.hogflare.group.GroupDriver.event;
import static dev.hogflare.group.GroupDriver.group;
import static dev.hogflare.group.GroupDriver.reason;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GroupTopologyTest {
  private final GroupDriver driver = new GroupDriver();

  @AfterEach
  void everyRecordIsAccountedFor() {
    driver.checkEquation();
    driver.close();
  }

  @Test
  void isOneSubTopologyWithOneStore() {
    Topology topology =
        new GroupTopology(
                TOPICS,
                new GroupColumns(GroupDriver.SLOTS),
                new GroupMetrics(new SimpleMeterRegistry()))
            .get();

    TopologyDescription description = topology.describe();

    assertThat(description.subtopologies()).hasSize(1);
    assertThat(description.globalStores()).isEmpty();
    assertThat(description.toString())
        .contains("stores: [groups]")
        .contains("topics: [test.group.events]")
        .contains("topic: test.group.events")
        .contains("topic: test.events")
        .contains("topic: test.dead.letters");
  }

  @Test
  void aCaptureAfterAGroupIdentifySeesItsProperties() {
    driver.send(event("$groupidentify", at(1), group("company", "acme", "{\"plan\":\"pro\"}")));
    driver.send(event("capture", at(2), group("company", "acme")));

    assertThat(driver.rows())
        .containsExactly(
            "{\"event\":\"$groupidentify\",\"group0\":\"acme\","
                + "\"group_properties\":{\"company\":{\"plan\":\"pro\"}}}",
            "{\"event\":\"capture\",\"group0\":\"acme\","
                + "\"group_properties\":{\"company\":{\"plan\":\"pro\"}}}");
    assertThat(driver.count("hogflare_group_rows_total")).isEqualTo(2);
    assertThat(driver.count("hogflare_group_updates_total")).isEqualTo(1);
  }

  @Test
  void aMutedEventChangesItsGroupsAndGivesNoRow() {
    driver.send(
        muted(
            event(
                "$groupidentify",
                at(1),
                group("company", "acme", "{\"plan\":\"pro\"}"),
                group("project", "7", "{\"p\":1}"))));
    assertThat(driver.rows()).isEmpty();
    assertThat(driver.count("hogflare_group_muted_total")).isEqualTo(1);
    assertThat(driver.count("hogflare_group_forwarded_total")).isEqualTo(1);
    assertThat(driver.count("hogflare_group_updates_total")).isEqualTo(2);

    driver.send(event("capture", at(2), group("project", "7")));
    assertThat(driver.rows())
        .containsExactly(
            "{\"event\":\"capture\",\"group1\":\"7\",\"group_properties\":"
                + "{\"project\":{\"p\":1}}}");
  }

  @Test
  void aMutedEventThatCannotBeReadIsLeftToTheGenerationThatWrites() {
    GroupedEvent event = muted(event("capture", at(1), group("company", "acme")));
    Headers headers = new RecordHeaders();
    event.writeHeaders(headers);
    headers.remove("stamp");
    driver.send(event.visitKey().toBytes(), event.row(), headers, at(1).appendedAt());
    assertThat(driver.read(TOPICS.deadLetters().name())).isEmpty();
    assertThat(driver.count("hogflare_group_muted_total")).isEqualTo(1);
  }

  private static GroupedEvent muted(GroupedEvent event) {
    return new GroupedEvent(
        event.rowKey(),
        event.row(),
        event.stamp(),
        event.arrivedAt(),
        event.pending(),
        event.visited(),
        true);
  }

  @Test
  void aCaptureOfAGroupThatNobodyDescribedHasItsKeyAlone() {
    driver.send(event("capture", at(1), group("company", "acme")));

    assertThat(driver.rows()).containsExactly("{\"event\":\"capture\",\"group0\":\"acme\"}");
    assertThat(driver.stored("company", "acme")).isNull();
  }

  @Test
  void eventsOfOneGroupComeOutInTheirOrder() {
    for (int i = 0; i < 50; i++) {
      driver.send(event("e" + i, at(i), group("company", "acme", "{\"n\":" + i + "}")));
    }

    List<String> rows = driver.rows();

    assertThat(rows).hasSize(50);
    for (int i = 0; i < 50; i++) {
      assertThat(rows.get(i)).contains("\"e" + i + "\"").contains("{\"n\":" + i + "}");
    }
  }

  @Test
  void anEventVisitsItsGroupsInTurn() {
    driver.send(event("a", at(1), group("company", "acme", "{\"c\":1}")));
    driver.send(event("b", at(2), group("guild", "g", "{\"g\":1}")));
    driver.send(
        event(
            "c",
            at(3),
            group("guild", "g"),
            group("project", "7", "{\"p\":1}"),
            group("company", "acme")));

    List<TestRecord<byte[], byte[]>> hops = driver.read(TOPICS.groupEvents().name());
    assertThat(hops.stream().map(hop -> GroupKey.fromBytes(hop.key())).toList())
        .containsExactly(
            new GroupKey("phc_a", "project", "7"), new GroupKey("phc_a", "company", "acme"));
    assertThat(driver.rows().get(2))
        .isEqualTo(
            "{\"event\":\"c\",\"group0\":\"acme\",\"group1\":\"7\",\"group_properties\":"
                + "{\"guild\":{\"g\":1},\"project\":{\"p\":1},\"company\":{\"c\":1}}}");
    assertThat(driver.count("hogflare_group_received_total")).isEqualTo(5);
    assertThat(driver.count("hogflare_group_forwarded_total")).isEqualTo(2);
    assertThat(driver.count("hogflare_group_rows_total")).isEqualTo(3);
  }

  @Test
  void aRowHasTheKeyOfItsDistinctIdAndTheTimeOfItsEventAndNoHeaders() {
    driver.send(event("capture", at(7), group("company", "acme"), group("project", "7")));

    TestRecord<byte[], byte[]> row = driver.read(TOPICS.events().name()).get(0);

    assertThat(row.key()).isEqualTo(new ActorKey("phc_a", "user-1").toBytes());
    assertThat(row.timestamp()).isEqualTo(at(7).appendedAt());
    assertThat(row.headers()).isEmpty();
  }

  @Test
  void groupsOfOneKeyInOtherProjectsAreOthers() {
    driver.send(event("a", at(1), group("company", "acme", "{\"plan\":\"pro\"}")));
    driver.send(
        new GroupedEvent(
            new ActorKey("phc_b", "user-1"),
            bytes("{\"event\":\"b\"}"),
            at(2),
            2,
            List.of(group("company", "acme")),
            List.of()));

    assertThat(driver.rows().get(1)).isEqualTo("{\"event\":\"b\",\"group0\":\"acme\"}");
  }

  @Test
  void anUpdateThatArrivesAfterALaterOneChangesOnlyWhatTheLaterLeft() {
    driver.send(event("late", at(9), group("company", "acme", "{\"plan\":\"pro\"}")));
    driver.send(event("early", at(1), group("company", "acme", "{\"plan\":\"free\",\"n\":1}")));

    assertThat(driver.rows().get(1)).contains("{\"n\":1,\"plan\":\"pro\"}");
    Group stored = GroupCodec.decode(driver.stored("company", "acme"));
    assertThat(stored.version()).isEqualTo(2);
    assertThat(stored.createdAt()).isEqualTo(at(1).appendedAt() * 1_000);
  }

  @Test
  void badRecordsAreDeadLetteredAndTheirNeighboursAreWritten() {
    Headers headers = headersOf(event("x", at(1), group("company", "acme")));
    driver.send(event("first", at(1), group("company", "acme")));
    driver.send(bytes("key"), null, headers, 5);
    driver.send(null, bytes("{}"), headers, 5);
    driver.send(bytes("key"), bytes("{}"), new RecordHeaders(), 5);
    driver.send(event("last", at(2), group("company", "acme")));

    assertThat(driver.rows()).hasSize(2);
    List<TestRecord<byte[], byte[]>> letters = driver.read(TOPICS.deadLetters().name());
    assertThat(letters)
        .hasSize(3)
        .allSatisfy(
            letter -> assertThat(reason(letter).code()).isEqualTo(ErrorCode.MALFORMED_RECORD));
    assertThat(driver.count("hogflare_group_dead_letters_total", "code", "malformed_record"))
        .isEqualTo(3);
  }

  @Test
  void aDeadLetterHoldsTheRecordAsItWasAndTheReason() {
    Headers headers = headersOf(event("x", at(1), group("company", "acme")));
    headers.remove("stamp").add("stamp", bytes("yesterday"));
    byte[] key = new GroupKey("phc_a", "company", "acme").toBytes();

    driver.send(key, bytes("{\"event\":\"x\"}"), headers, 1_234);

    TestRecord<byte[], byte[]> letter = driver.deadLetter();
    assertThat(letter.key()).isEqualTo(key);
    assertThat(letter.value()).isEqualTo(bytes("{\"event\":\"x\"}"));
    assertThat(letter.timestamp()).isEqualTo(1_234);
    headers.forEach(
        header ->
            assertThat(letter.headers().lastHeader(header.key()).value())
                .isEqualTo(header.value()));
    assertThat(reason(letter))
        .isEqualTo(
            new DeadLetter(
                Stage.GROUP,
                ErrorCode.MALFORMED_RECORD,
                "The stamp \"yesterday\" is not time:partition:offset.",
                1_234,
                new DeadLetter.Source("test.group.events", 0, 0)));
  }

  @Test
  void aRecordUnderAnotherKeyThanItsGroupsIsDeadLettered() {
    GroupedEvent event = event("x", at(1), group("company", "acme", "{\"a\":1}"));

    driver.send(
        new GroupKey("phc_a", "company", "other").toBytes(), event.row(), headersOf(event), 1);

    assertThat(reason(driver.deadLetter()).message()).contains("key is not that of the first");
    assertThat(driver.stored("company", "other")).isNull();
  }

  @Test
  void anUpdateThatIsNoObjectIsDeadLetteredAndChangesNothing() {
    driver.send(event("x", at(1), group("company", "acme", "[1]")));

    assertThat(reason(driver.deadLetter()).code()).isEqualTo(ErrorCode.MALFORMED_RECORD);
    assertThat(driver.stored("company", "acme")).isNull();
  }

  @Test
  void aRowThatIsNoObjectIsDeadLetteredAndChangesNothing() {
    GroupedEvent event = event("x", at(1), group("company", "acme", "{\"a\":1}"));

    driver.send(event.visitKey().toBytes(), bytes("[]"), headersOf(event), 1);

    assertThat(reason(driver.deadLetter()).code()).isEqualTo(ErrorCode.MALFORMED_RECORD);
    assertThat(driver.stored("company", "acme")).isNull();
  }

  @Test
  void aDamagedGroupCostsItsEventsAndStopsNothing() {
    driver.store("company", "acme", new byte[] {1, 2, 3});

    driver.send(event("x", at(1), group("company", "acme", "{\"a\":1}")));
    driver.send(event("y", at(2), group("company", "other")));

    DeadLetter reason = reason(driver.deadLetter());
    assertThat(reason.code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(reason.message()).contains("damaged").contains("send the record through again");
    assertThat(driver.rows()).hasSize(1);
    assertThat(driver.stored("company", "acme")).containsExactly(1, 2, 3);
    assertThat(driver.count("hogflare_group_dead_letters_total", "code", "internal")).isEqualTo(1);
  }

  @Test
  void aRowThatItsGroupMakesTooLargeIsDeadLetteredAndChangesNothing() {
    driver.send(event("a", at(1), group("company", "acme", "{\"a\":\"" + filler(400_000) + "\"}")));
    driver.rows();
    byte[] before = driver.stored("company", "acme");
    byte[] row = bytes("{\"event\":\"" + filler(GroupProcessor.MAX_BYTES - 300_000) + "\"}");
    GroupedEvent event =
        new GroupedEvent(
            new ActorKey("phc_a", "u"),
            row,
            at(2),
            2,
            List.of(group("company", "acme", "{\"b\":1}")),
            List.of());

    driver.send(event);

    TestRecord<byte[], byte[]> letter = driver.deadLetter();
    assertThat(reason(letter).code()).isEqualTo(ErrorCode.ROW_TOO_LARGE);
    assertThat(letter.value()).isEqualTo(row);
    assertThat(driver.stored("company", "acme")).isEqualTo(before);
    assertThat(driver.count("hogflare_group_dead_letters_total", "code", "row_too_large"))
        .isEqualTo(1);
  }

  @Test
  void anEventThatIsTooLargeForTheWayToItsNextGroupIsDeadLettered() {
    driver.send(event("a", at(1), group("company", "acme", "{\"a\":\"" + filler(400_000) + "\"}")));
    byte[] row = bytes("{\"event\":\"" + filler(GroupProcessor.MAX_BYTES - 300_000) + "\"}");

    driver.send(
        new GroupedEvent(
            new ActorKey("phc_a", "u"),
            row,
            at(2),
            2,
            List.of(group("company", "acme"), group("project", "7")),
            List.of()));

    assertThat(reason(driver.deadLetter()).code()).isEqualTo(ErrorCode.ROW_TOO_LARGE);
    assertThat(driver.count("hogflare_group_forwarded_total")).isZero();
  }

  @Test
  void aRecordThatLeavesNoRoomForItsReasonStaysAtItsSource() {
    byte[] value = new byte[Topics.MAX_RECORD_BYTES - 1_000];

    driver.send(bytes("key"), value, new RecordHeaders(), 5);

    TestRecord<byte[], byte[]> letter = driver.deadLetter();
    assertThat(letter.value()).isNull();
    assertThat(reason(letter).message()).contains("stays at its source");
    assertThat(reason(letter).source()).isEqualTo(new DeadLetter.Source("test.group.events", 0, 0));
  }

  @Test
  void anUpdateThatMakesAGroupTooLargeIsRefusedAndItsEventGoesOn() {
    String big = "{\"a\":\"" + filler(GroupVisit.MAX_GROUP_BYTES - 1_000) + "\"}";
    driver.send(event("a", at(1), group("company", "acme", big)));
    byte[] before = driver.stored("company", "acme");

    driver.send(event("b", at(2), group("company", "acme", "{\"b\":\"" + filler(2_000) + "\"}")));
    driver.send(event("c", at(3), group("company", "new", "{\"b\":\"" + filler(600_000) + "\"}")));

    assertThat(driver.stored("company", "acme")).isEqualTo(before);
    List<String> rows = driver.rows();
    assertThat(rows.get(1)).contains("\"group_properties\":{\"company\":" + big + "}");
    assertThat(rows.get(2)).isEqualTo("{\"event\":\"c\",\"group0\":\"new\"}");
    assertThat(driver.count("hogflare_group_warnings_total", "warning", "group_too_large"))
        .isEqualTo(2);
    assertThat(driver.count("hogflare_group_updates_total")).isEqualTo(1);
  }

  @Test
  void aFullGroupCanBeMadeSmallerAgain() {
    String big = "{\"a\":\"" + filler(GroupVisit.MAX_GROUP_BYTES - 1_000) + "\"}";
    driver.send(event("a", at(1), group("company", "acme", big)));
    driver.send(event("b", at(2), group("company", "acme", "{\"a\":null,\"b\":1}")));

    assertThat(new String(GroupCodec.properties(driver.stored("company", "acme")), UTF_8))
        .isEqualTo("{\"a\":null,\"b\":1}");
  }

  @Test
  void aDeadLetterSentThroughAgainFinishesItsWay() {
    driver.store("project", "7", new byte[] {1});
    driver.send(
        event("x", at(1), group("company", "acme", "{\"a\":1}"), group("project", "7", "{}")));
    TestRecord<byte[], byte[]> letter = driver.deadLetter();
    driver.store("project", "7", null);

    driver.send(letter.key(), letter.value(), letter.headers(), letter.timestamp());

    assertThat(driver.rows())
        .containsExactly(
            "{\"event\":\"x\",\"group0\":\"acme\",\"group1\":\"7\","
                + "\"group_properties\":{\"company\":{\"a\":1},\"project\":{}}}");
    assertThat(GroupCodec.version(driver.stored("company", "acme"))).isEqualTo(1);
  }

  private static Stamp at(long offset) {
    return new Stamp(1_000 + offset, 0, offset);
  }

  private static Headers headersOf(GroupedEvent event) {
    Headers headers = new RecordHeaders();
    event.writeHeaders(headers);
    return headers;
  }

  private static String filler(int length) {
    byte[] filler = new byte[length];
    Arrays.fill(filler, (byte) 'x');
    return new String(filler, UTF_8);
  }
}
