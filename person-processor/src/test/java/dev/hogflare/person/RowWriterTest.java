// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Uuids;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RowWriterTest {
  private static final UUID USER = new Actor(Events.TOKEN, "user").uuid();
  private static final UUID PERSON = StateCodecTest.person().uuid();
  private final RowWriter plain = new RowWriter(Optional.empty());
  private final RowWriter ofTeam = new RowWriter(Optional.of(-7L));

  private static String text(byte[] json) {
    return new String(json, UTF_8);
  }

  private static Sent full() {
    return Sent.on(
            Route.CAPTURE,
            "{'event':'buy \uD83E\uDD94','distinct_id':'user','api_key':'phc_test',"
                + "'timestamp':'2026-09-21T14:13:10Z','context':{'page':'/'},'library':'x',"
                + "'properties':{'amount':5.00,'$set':{'plan':'pro'}}}")
        .sentAt(Events.ARRIVED_AT - 1_000_000)
        .enrichedWith("{'$ip':'203.0.113.1'}");
  }

  private static List<String> columns(RowSchema schema) {
    return schema.columns().stream().map(RowSchema.Column::name).toList();
  }

  private static List<String> names(byte[] row) {
    List<String> names = new ArrayList<>();
    Json.tree(row).fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void aFullEventRowIsAsTheGoldenFileSays() throws Exception {
    byte[] row = ofTeam.event(full().read(), StateCodecTest.person(), PERSON);
    assertThat(text(row)).isEqualTo(Golden.line("event-row.json"));
    assertThat(RowSchema.EVENTS.validator().violationOrNull(row)).isNull();
  }

  @Test
  void theSmallestEventRowIsAsTheGoldenFileSays() throws Exception {
    byte[] row = plain.event(Sent.on(Route.E, "{'event':'b'}").read(), null, USER);
    assertThat(text(row)).isEqualTo(Golden.line("event-row-smallest.json"));
    assertThat(RowSchema.EVENTS.validator().violationOrNull(row)).isNull();
  }

  @Test
  void aSnapshotIsAsTheGoldenFileSays() {
    Cause cause = new Cause(Sent.STAMP, Events.ARRIVED_AT, Sent.ROW, "identify");
    byte[] row = ofTeam.snapshot(Events.TOKEN, StateCodecTest.person(), cause, "anon");
    assertThat(text(row)).isEqualTo(Golden.line("snapshot.json"));
    assertThat(RowSchema.PERSONS.validator().violationOrNull(row)).isNull();
    assertThat(names(row)).isEqualTo(columns(RowSchema.PERSONS));
  }

  @Test
  void aSnapshotOfANewbornIsAsTheGoldenFileSays() {
    Person person =
        Person.born(new Actor(Events.TOKEN, "user"), new Stamp(1, 3, 42), Events.ARRIVED_AT);
    Cause cause = new Cause(Sent.STAMP, Events.ARRIVED_AT, Sent.ROW, "capture");
    byte[] row = plain.snapshot(Events.TOKEN, person, cause, "");
    assertThat(text(row)).isEqualTo(Golden.line("snapshot-smallest.json"));
    assertThat(RowSchema.PERSONS.validator().violationOrNull(row)).isNull();
  }

  @Test
  void aLookupIsAsTheGoldenFileSays() {
    Person person = StateCodecTest.person();
    assertThat(text(ofTeam.lookup(person.canonicalId(), person)))
        .isEqualTo(Golden.line("lookup.json"));
    assertThat(text(plain.lookup("no\"body", null)))
        .isEqualTo("{\"canonical_id\":\"no\\\"body\",\"record\":null}");
  }

  @Test
  void columnsWithoutAValueAreLeftOutAndNeverNull() throws Exception {
    JsonNode row = Json.tree(plain.event(Sent.on(Route.E, "{'event':'b'}").read(), null, USER));
    assertThat(names(plain.event(Sent.on(Route.E, "{'event':'b'}").read(), null, USER)))
        .containsExactly(
            "uuid",
            "source",
            "event",
            "distinct_id",
            "created_at",
            "timestamp",
            "person_id",
            "api_key");
    row.forEach(value -> assertThat(value.isNull()).isFalse());
  }

  @Test
  void withoutAPersonTheRowCarriesTheUuidThatItsIdWouldHave() throws Exception {
    JsonNode row = Json.tree(plain.event(Sent.on(Route.E, "{'event':'b'}").read(), null, USER));
    assertThat(row.get("person_id").textValue())
        .isEqualTo(Uuids.person(new ActorKey(Events.TOKEN, "user")).toString());
    assertThat(row.has("person_created_at")).isFalse();
    assertThat(row.has("person_properties")).isFalse();
  }

  @Test
  void anEventThatOnlyReadsShowsThePersonWithoutItsProperties() throws Exception {
    Sent sent = Sent.on(Route.E, "{'event':'b','properties':{'$process_person_profile':false}}");
    JsonNode row = Json.tree(plain.event(sent.read(), StateCodecTest.person(), PERSON));
    assertThat(row.get("person_id").textValue())
        .isEqualTo(StateCodecTest.person().uuid().toString());
    assertThat(row.get("person_created_at").textValue()).isEqualTo("2026-05-28T20:26:40.000001Z");
    assertThat(row.has("person_properties")).isFalse();
  }

  @Test
  void numbersOfPersonsRiseWithTheOffsetAndDifferByPartition() {
    Person first = Person.born(new Actor("t", "a"), new Stamp(5, 4_095, 0), 0);
    Person second = Person.born(new Actor("t", "b"), new Stamp(5, 0, 1), 0);
    assertThat(first.intId()).isEqualTo(4_095);
    assertThat(second.intId()).isEqualTo(4_096);
  }

  @Test
  void snapshotsOfOneEventDifferByWhatWasAbsorbed() {
    Person person = StateCodecTest.person();
    Cause cause = new Cause(Sent.STAMP, Events.ARRIVED_AT, Sent.ROW, "identify");
    List<String> uuids = new ArrayList<>();
    for (String absorbed : new String[] {"", "anon", "other"}) {
      uuids.add(
          Json.tree(plain.snapshot(Events.TOKEN, person, cause, absorbed)).get("uuid").textValue());
    }
    uuids.add(
        Json.tree(
                plain.snapshot(
                    Events.TOKEN,
                    person,
                    new Cause(Sent.STAMP, Events.ARRIVED_AT, Sent.ROW, "capture"),
                    ""))
            .get("uuid")
            .textValue());
    assertThat(uuids).doesNotHaveDuplicates();
  }

  @Test
  void textOfAnyKindIsEscaped() throws Exception {
    PersonEvent event =
        Sent.on(Route.E, "{'event':'\\\"\\\\\\n\\u0001 \\u2028','$set':{'\\\"':'\\\\'}}")
            .by("a\"b\\c\td")
            .read();
    Person person = Person.born(Actor.of(event.key(), 0), event.stamp(), 0);
    assertThat(person.properties().apply(event.update(), event.stamp(), event.id(), 0)).isTrue();
    JsonNode row = Json.tree(plain.event(event, person, person.uuid()));
    assertThat(row.get("event").textValue()).isEqualTo("\"\\\n\u0001 \u2028");
    assertThat(row.get("distinct_id").textValue()).isEqualTo("a\"b\\c\td");
    ObjectNode properties = (ObjectNode) row.get("person_properties");
    assertThat(properties.get("\"").textValue()).isEqualTo("\\");
  }
}
