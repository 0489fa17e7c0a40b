// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.PersonOverride;
import dev.hogflare.contract.RowSchema;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.Table;
import org.apache.iceberg.UpdateSchema;
import org.junit.jupiter.api.Test;

class LakeViewsTest extends QueriedLake {
  private static final String TOKEN = "phc_1";
  private static final UUID ANN = new UUID(1, 1);
  private static final UUID BOB = new UUID(1, 2);
  private static final UUID CAT = new UUID(1, 3);

  private int uuids;

  LakeViewsTest() {
    super("lake");
  }

  @Test
  void areEmptyInAnEmptyLake() {
    assertThat(rows("SELECT * FROM events")).isEmpty();
    assertThat(rows("SELECT person_id, event_time, session_id FROM default.events")).isEmpty();
    assertThat(rows("SELECT * FROM persons")).isEmpty();
    assertThat(rows("SELECT * FROM hogflare_person_overrides_raw")).isEmpty();
  }

  @Test
  void showHistoryAsThePersonsAreAfterMerges() throws Exception {
    commit(RowSchema.EVENTS, event("device", ANN, 1), event("other", BOB, 1), event("x", CAT, 1));
    commit(
        RowSchema.PERSONS, person(ANN, "device", 1, "capture"), person(BOB, "other", 1, "capture"));
    assertThat(persons()).containsExactly(ANN, BOB);

    override(0, "device", BOB);
    commit(RowSchema.PERSONS, person(BOB, "other", 3, "identify"));

    assertThat(rows("SELECT distinct_id, person_id, written_person_id FROM events ORDER BY 1"))
        .containsExactly(
            List.of("device", BOB.toString(), ANN.toString()),
            List.of("other", BOB.toString(), BOB.toString()),
            List.of("x", CAT.toString(), CAT.toString()));
    assertThat(persons()).containsExactly(BOB);
    assertThat(rows("SELECT version FROM persons")).containsExactly(List.of(3L));
    assertThat(rows("SELECT person_id FROM hogflare_events WHERE distinct_id = 'device'"))
        .containsExactly(List.of(ANN.toString()));
  }

  @Test
  void takeTheLatestOverrideOfAnIdAlsoWhenAnEarlierOneComesAgain() throws Exception {
    commit(RowSchema.EVENTS, event("device", ANN, 1));
    override(0, "device", BOB);
    byte[] second = row(0, "device", CAT);
    commit(RowSchema.PERSON_OVERRIDES, row(0, "device", BOB), second);

    assertThat(personOf("device")).isEqualTo(CAT.toString());
    assertThat(rows("SELECT person_id FROM hogflare_person_overrides"))
        .containsExactly(List.of(CAT.toString()));
    assertThat(rows("SELECT count(*) FROM hogflare_person_overrides_raw"))
        .containsExactly(List.of(3L));

    // Repeated deliveries begin at an earlier record and end at the same one.
    commit(RowSchema.PERSON_OVERRIDES, row(0, "device", BOB));
    commit(RowSchema.PERSON_OVERRIDES, second);
    assertThat(personOf("device")).isEqualTo(CAT.toString());
  }

  @Test
  void doNotGiveTheRowsOfADeletedPersonToWhomTheIdBelongsLater() throws Exception {
    commit(RowSchema.EVENTS, event("device", ANN, 1));
    commit(RowSchema.PERSONS, person(ANN, "device", 1, "capture"));
    override(0, "device", ANN);
    // Deleted at hour 5, and back in another life, which is then united with a user.
    commit(RowSchema.PERSONS, person(ANN, "", 2, "delete"));
    commit(RowSchema.PERSON_OVERRIDES, tombstone("device", 5));
    assertThat(personOf("device")).isEqualTo(ANN.toString());
    commit(RowSchema.EVENTS, event("device", BOB, 6));
    override(1, "device", CAT);

    assertThat(rows("SELECT hour(event_time), person_id FROM events ORDER BY 1"))
        .containsExactly(List.of(1L, ANN.toString()), List.of(6L, CAT.toString()));
    assertThat(persons()).isEmpty();
  }

  @Test
  void leaveRowsOfADeletedPersonAloneIfNoTombstoneTells() throws Exception {
    commit(RowSchema.EVENTS, event("device", ANN, 1), event("device", BOB, 6));
    commit(RowSchema.PERSONS, person(ANN, "", 2, "delete"));
    override(1, "device", CAT);

    assertThat(rows("SELECT hour(event_time), person_id FROM events ORDER BY 1"))
        .containsExactly(List.of(1L, ANN.toString()), List.of(6L, CAT.toString()));
  }

  @Test
  void keepTheProjectsApart() throws Exception {
    commit(
        RowSchema.EVENTS,
        event("device", ANN, 1),
        utf8(new String(event("device", ANN, 1), StandardCharsets.UTF_8).replace(TOKEN, "phc_2")));
    override(0, "device", BOB);

    assertThat(rows("SELECT api_key, person_id FROM events ORDER BY 1"))
        .containsExactly(List.of(TOKEN, BOB.toString()), List.of("phc_2", ANN.toString()));
  }

  @Test
  void forgetWhoIsErased() throws Exception {
    commit(RowSchema.EVENTS, event("device", ANN, 1), event("x", CAT, 1));
    override(0, "device", BOB);
    override(0, "x", CAT);

    lake.erase(new Erasure(TOKEN, Set.of("device"), Set.of()));

    assertThat(rows("SELECT distinct_id FROM hogflare_person_overrides_raw"))
        .containsExactly(List.of("x"));
    assertThat(rows("SELECT distinct_id, person_id FROM events"))
        .containsExactly(List.of("x", CAT.toString()));
  }

  /** A lake of a version that knew no promoted columns is one whose table has lost them. */
  @Test
  void readColumnsFromThePropertiesWhereTheyWereNeverFilled() throws Exception {
    String properties =
        "{\"$session_id\":\"s1\",\"$browser_version\":131.5,\"$lib\":{\"a\":1},\"$os\":null,"
            + "\"$utm_source\":\"x\",\"revenue\":\"7.5\"}";
    commit(RowSchema.EVENTS, utf8(TestRows.event(uuid(), "old", "a", properties)));
    lake.close();
    try (LakeCatalog catalog = LakeCatalog.openForWriting(folder)) {
      Table table = catalog.findOrCreate(LakeTable.EVENTS);
      UpdateSchema update = table.updateSchema();
      PromotedColumn.STANDARD.forEach(column -> update.deleteColumn(column.name()));
      update.commit();
    }
    String sql =
        "SELECT event, session_id, browser_version, lib, os, utm_source, revenue, properties_bytes"
            + " FROM events ORDER BY 1";
    List<Object> filled =
        Arrays.asList("old", "s1", "131.5", null, null, "x", 7.5, (long) properties.length());
    assertThat(rows(sql)).as("before a writer has added the columns").containsExactly(filled);
    start(folder);
    assertThat(rows(sql)).containsExactly(filled);

    commit(RowSchema.EVENTS, utf8(TestRows.event(uuid(), "young", "a", properties)));
    List<Object> young = new ArrayList<>(filled);
    young.set(0, "young");
    assertThat(rows(sql)).containsExactly(filled, young);
    assertThat(rows("SELECT session_id FROM hogflare_events WHERE event = 'old'"))
        .containsExactly(Arrays.asList((Object) null));
  }

  private List<UUID> persons() {
    return rows("SELECT person_id FROM persons ORDER BY 1").stream()
        .map(row -> UUID.fromString(row.getFirst().toString()))
        .toList();
  }

  private Object personOf(String distinctId) {
    return rows("SELECT person_id FROM events WHERE distinct_id = '" + distinctId + "'")
        .getFirst()
        .getFirst();
  }

  private String uuid() {
    return TestRows.uuid(++uuids);
  }

  private byte[] event(String distinctId, UUID person, int hour) {
    return utf8(
        TestRows.event(uuid(), "e", distinctId, "{}")
            .replace("\"source\"", "\"api_key\":\"" + TOKEN + "\",\"source\"")
            .replace("T10:", "T%02d:".formatted(hour))
            .replace("{}}", "{},\"person_id\":\"" + person + "\"}"));
  }

  private byte[] person(UUID person, String distinctId, int version, String operation) {
    return utf8(
        TestRows.person(++uuids, distinctId.isEmpty() ? List.of() : List.of(distinctId))
            .replace(TestRows.uuid(1000 + uuids), person.toString())
            .replace(
                "\"canonical_distinct_id\":\"user\"",
                "\"canonical_distinct_id\":\"" + distinctId + "\"")
            .replace("\"version\":1", "\"version\":" + version)
            .replace("\"operation\":\"identify\"", "\"operation\":\"" + operation + "\"")
            .replace("\"source\"", "\"api_key\":\"" + TOKEN + "\",\"source\""));
  }

  private static byte[] key(int life, String distinctId) {
    return utf8(TOKEN + "\0" + distinctId + (life == 0 ? "" : "\0" + life));
  }

  private byte[] row(int life, String distinctId, UUID person) {
    PersonOverride override =
        new PersonOverride(new ActorKey(TOKEN, distinctId), person, 5_000_000);
    return PersonOverride.toRow(key(life, distinctId), override.toJson(), 1_000L + ++uuids);
  }

  private static byte[] tombstone(String distinctId, int hour) {
    long at = Instant.parse("2026-11-21T%02d:30:00Z".formatted(hour)).toEpochMilli();
    return PersonOverride.toRow(key(0, distinctId), null, at);
  }

  private void override(int life, String distinctId, UUID person) throws Exception {
    commit(RowSchema.PERSON_OVERRIDES, row(life, distinctId, person));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void commit(RowSchema table, byte[]... rows) throws Exception {
    commit(
        table,
        Arrays.stream(rows)
            .map(row -> new String(row, StandardCharsets.UTF_8))
            .toArray(String[]::new));
    clock.set(clock.get().plusSeconds(1));
  }
}
