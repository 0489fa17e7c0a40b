// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.text;
import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RawEventTest {
  private static final UUID ROW = UUID.fromString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  private static final ActorKey USER = new ActorKey("phc_1", "user 1 🦔");

  private static RawEvent full() {
    return new RawEvent(
        USER,
        utf8("{\"event\":\"signed up\",\"distinct_id\":\"user 1 🦔\"}"),
        ROW,
        Route.BATCH,
        1_795_236_205_000_123L,
        1_795_236_204_999_000L,
        utf8("{\"$ip\":\"203.0.113.7\"}"),
        utf8("{\"sent_at\":\"2026-11-21T04:43:24.999Z\"}"),
        77L);
  }

  private static RawEvent sparse() {
    return new RawEvent(USER, utf8("{}"), ROW, Route.E, 0, null, null, null);
  }

  @Test
  void isWrittenAsTheGoldenFileSays() {
    RawEvent event = full();
    Headers headers = new RecordHeaders();
    event.writeHeaders(headers);
    assertThat(Golden.tree(event.key().toBytes(), event.json(), headers))
        .isEqualTo(Golden.tree("raw-event.json"));
  }

  @Test
  void isReadFromTheGoldenFile() {
    Golden.OnTopic record = Golden.record("raw-event.json");
    RawEvent event = RawEvent.read(record.key(), record.value(), record.headers());
    assertSame(event, full());
  }

  @Test
  void leavesOutTheHeadersOfWhatIsNotKnown() {
    Headers headers = new RecordHeaders();
    sparse().writeHeaders(headers);
    assertThat(headers.toArray()).extracting("key").containsExactly("uuid", "route", "arrived_at");
    assertSame(RawEvent.read(USER.toBytes(), sparse().json(), headers), sparse());
  }

  @Test
  void ignoresHeadersOfOthers() {
    Headers headers = headersOf(full()).add("traceparent", utf8("00-1-2-01"));
    assertSame(RawEvent.read(USER.toBytes(), full().json(), headers), full());
  }

  @Test
  void lastHeaderOfANameCounts() {
    Headers headers = headersOf(sparse()).add("arrived_at", utf8("7"));
    assertThat(RawEvent.read(USER.toBytes(), utf8("{}"), headers).arrivedAt()).isEqualTo(7);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void everyRouteSurvives(Route route) {
    RawEvent event = new RawEvent(USER, utf8("{}"), ROW, route, 1, null, null, null);
    assertThat(RawEvent.read(USER.toBytes(), utf8("{}"), headersOf(event)).route())
        .isEqualTo(route);
  }

  @Property
  void everyEventSurvivesItsRecord(
      @ForAll String distinctId,
      @ForAll byte[] json,
      @ForAll long high,
      @ForAll long low,
      @ForAll Route route,
      @ForAll long arrivedAt,
      @ForAll long sentAt,
      @ForAll byte[] enrichment,
      @ForAll byte[] defaults,
      @ForAll @LongRange(min = 0, max = Long.MAX_VALUE) Long claim,
      @ForAll boolean overflow) {
    RawEvent event =
        new RawEvent(
            new ActorKey("phc_1", distinctId),
            json,
            new UUID(high, low),
            route,
            arrivedAt,
            sentAt,
            enrichment,
            defaults,
            claim,
            overflow);
    assertSame(RawEvent.read(event.key().toBytes(), json, headersOf(event)), event);
  }

  @Test
  void refusesARecordWithoutAValue() {
    Headers headers = headersOf(full());
    assertThatThrownBy(() -> RawEvent.read(USER.toBytes(), null, headers))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("The record has no value; expected the event's JSON.");
  }

  @Test
  void refusesARecordWithoutAKeyOrWithAnotherKindOfKey() {
    Headers headers = headersOf(full());
    assertThatThrownBy(() -> RawEvent.read(null, utf8("{}"), headers))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("no key");
    assertThatThrownBy(() -> RawEvent.read(utf8("user"), utf8("{}"), headers))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("too few NULs");
  }

  @ParameterizedTest
  @ValueSource(strings = {"uuid", "route", "arrived_at"})
  void refusesARecordWithoutARequiredHeader(String name) {
    Headers headers = headersOf(full()).remove(name);
    assertMalformed(headers, "The header " + name + " is missing.");
    headers.add(name, null);
    assertMalformed(headers, "The header " + name + " is missing.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "1-1-1-1-1", "017f22e2-79b0-7cc3-98c4-dc0c0c07398"})
  void refusesAHeaderThatHoldsNoUuid(String uuid) {
    assertMalformed(
        headersOf(full()).remove("uuid").add("uuid", utf8(uuid)), "The header uuid holds no UUID.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "BATCH", "batch ", "unknown"})
  void refusesAnUnknownRoute(String route) {
    assertMalformed(
        headersOf(full()).remove("route").add("route", utf8(route)),
        "The header route holds \"" + route + "\", which is no route.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " 1", "1.0", "2026-11-21T04:43:25Z", "9223372036854775808"})
  void refusesATimeThatIsNoWholeNumber(String time) {
    for (String name : new String[] {"arrived_at", "sent_at"}) {
      assertMalformed(
          headersOf(full()).remove(name).add(name, utf8(time)),
          "The header " + name + " holds \"" + time + "\", which is no whole number.");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "1.0"})
  void refusesAClaimThatIsNoWholeNumber(String claim) {
    assertMalformed(
        headersOf(full()).remove("claim").add("claim", utf8(claim)),
        "The header claim holds \"" + claim + "\", which is no whole number.");
  }

  @Test
  void refusesAClaimThatIsNoOffset() {
    assertMalformed(
        headersOf(full()).remove("claim").add("claim", utf8("-1")),
        "The header claim holds \"-1\", which is no offset.");
  }

  private static Headers headersOf(RawEvent event) {
    Headers headers = new RecordHeaders();
    event.writeHeaders(headers);
    return headers;
  }

  private static void assertMalformed(Headers headers, String message) {
    assertThatThrownBy(() -> RawEvent.read(USER.toBytes(), utf8("{}"), headers))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage(message);
  }

  private static void assertSame(RawEvent read, RawEvent written) {
    assertThat(read).usingRecursiveComparison().as("%s", text(written.json())).isEqualTo(written);
  }
}
