// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SinkTableTest {
  private static final String TOPIC = "hogflare.events";
  private static final RowLayout LAYOUT = LakeTable.EVENTS.layout(PromotedColumn.STANDARD);

  @TempDir private Path folder;
  private FakeRestCatalog rest;
  private final List<SinkCatalog> opened = new ArrayList<>();
  private final RowBatchParser parser = new RowBatchParser(LAYOUT, 1 << 20);

  @BeforeEach
  void open() throws IOException {
    rest = new FakeRestCatalog(folder);
  }

  @AfterEach
  void close() {
    PlainFiles.FULL.set(false);
    opened.forEach(SinkCatalog::close);
    rest.close();
  }

  private SinkCatalog catalog() {
    SinkCatalog catalog = SinkCatalog.open(config(rest.place()));
    opened.add(catalog);
    return catalog;
  }

  private static IcebergSinkConfig config(IcebergSinkConfig.Place place) {
    return new IcebergSinkConfig(
        "hogflare.",
        "1",
        place,
        "analytics",
        "main",
        EnumSet.of(SinkStream.EVENTS),
        PromotedColumn.STANDARD,
        Duration.ofSeconds(60));
  }

  /** A writer with a connection and a view of the table of its own, as in another process. */
  private SinkTable writer() {
    SinkCatalog catalog = catalog();
    return writer(catalog, catalog.findOrCreate(LakeTable.EVENTS, LAYOUT));
  }

  private static SinkTable writer(SinkCatalog catalog, Table table) {
    return new SinkTable(
        LakeTable.EVENTS, LAYOUT, table, "main", catalog.pool(), new ReentrantLock());
  }

  private Table table() {
    return catalog().findOrCreate(LakeTable.EVENTS, LAYOUT);
  }

  private void add(SinkTable writer, int from, int to) throws Exception {
    writer.add(parser.parse(TestRows.events(from, to)));
  }

  private static Map<String, Map<Integer, Long>> upTo(long offset) {
    return Map.of(TOPIC, Map.of(0, offset));
  }

  private List<String> uuids() throws IOException {
    try (CloseableIterable<Record> rows = IcebergGenerics.read(table()).select("uuid").build()) {
      List<String> uuids = new ArrayList<>();
      rows.forEach(row -> uuids.add(String.valueOf(row.getField("uuid"))));
      uuids.sort(null);
      return uuids;
    }
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(TestRows::uuid).sorted().toList();
  }

  @Test
  void aTableThatNobodyWroteToContainsNothing() {
    SinkMark mark = writer().claim();
    assertThat(mark.offsets()).isEmpty();
    assertThat(mark.epoch()).isEqualTo(1);
    assertThat(rest.tokens()).isNotEmpty().containsOnly("Bearer catalog-token");
  }

  @Test
  void rowsAndOffsetsComeInOneSnapshot() throws Exception {
    SinkTable writer = writer();
    writer.claim();
    add(writer, 0, 10);
    add(writer, 10, 12);
    assertThat(writer.commit(upTo(12))).isEqualTo(12);
    assertThat(uuids()).isEqualTo(numbers(0, 12));
    Snapshot snapshot = table().currentSnapshot();
    assertThat(snapshot.summary()).containsEntry("added-records", "12");
    assertThat(SinkMark.parse(snapshot.summary().get("hogflare.sink.main")).offset(TOPIC, 0))
        .hasValue(12);

    add(writer, 12, 13);
    writer.commit(Map.of(TOPIC, Map.of(0, 13L, 1, 4L)));
    SinkMark next = writer().claim();
    assertThat(next.offset(TOPIC, 0)).hasValue(13);
    assertThat(next.offset(TOPIC, 1)).hasValue(4);
    assertThat(next.offset(TOPIC, 2)).isEmpty();
  }

  @Test
  void offsetsAloneCanBeCommitted() throws Exception {
    SinkTable writer = writer();
    writer.claim();
    assertThat(writer.commit(upTo(7))).isZero();
    assertThat(writer().claim().offset(TOPIC, 0)).hasValue(7);
  }

  @Test
  void aWriterThatWasReplacedAddsNothing() throws Exception {
    SinkTable zombie = writer();
    zombie.claim();
    add(zombie, 0, 5);
    zombie.commit(upTo(5));
    add(zombie, 5, 9);

    SinkTable next = writer();
    assertThat(next.claim().offset(TOPIC, 0)).hasValue(5);
    assertThatThrownBy(() -> zombie.commit(upTo(9)))
        .isInstanceOfSatisfying(
            FencedWriterException.class, e -> assertThat(e.takenOver()).isTrue())
        .hasMessageContaining("HOGFLARE_ICEBERG_GROUP");
    add(next, 5, 9);
    next.commit(upTo(9));
    assertThat(uuids()).isEqualTo(numbers(0, 9));
  }

  @Test
  void aWriterThatIsReplacedWhileItsCommitIsUnderWayAddsNothing() throws Exception {
    SinkTable zombie = writer();
    zombie.claim();
    add(zombie, 0, 5);
    SinkTable next = writer();
    rest.beforeNextCommit(next::claim);
    assertThatThrownBy(() -> zombie.commit(upTo(5))).isInstanceOf(FencedWriterException.class);
    assertThat(uuids()).isEmpty();
    add(next, 0, 5);
    next.commit(upTo(5));
    assertThat(uuids()).isEqualTo(numbers(0, 5));
  }

  @Test
  void twoThatTakeATableOverAtOnceDoNotBothHaveIt() throws Exception {
    SinkTable one = writer();
    SinkTable other = writer();
    rest.beforeNextCommit(other::claim);
    one.claim();
    add(other, 0, 1);
    assertThatThrownBy(() -> other.commit(upTo(1))).isInstanceOf(FencedWriterException.class);
    add(one, 0, 1);
    one.commit(upTo(1));
    assertThat(uuids()).isEqualTo(numbers(0, 1));
  }

  @Test
  void sinksOfOtherGroupsDoNotDisturb() throws Exception {
    SinkTable writer = writer();
    writer.claim();
    SinkCatalog catalog = catalog();
    SinkTable other =
        new SinkTable(
            LakeTable.EVENTS,
            LAYOUT,
            catalog.findOrCreate(LakeTable.EVENTS, LAYOUT),
            "second",
            catalog.pool(),
            new ReentrantLock());
    assertThat(other.claim().epoch()).isEqualTo(1);
    add(writer, 0, 3);
    add(other, 3, 5);
    other.commit(upTo(2));
    writer.commit(upTo(3));
    assertThat(uuids()).isEqualTo(numbers(0, 5));
    assertThat(writer().claim().offset(TOPIC, 0)).hasValue(3);
  }

  @ParameterizedTest
  @EnumSource(FakeRestCatalog.Fault.class)
  void aCommitThatFailsOrSeemsToIsRepeatedUntilTheRowsAreThereOnce(FakeRestCatalog.Fault fault)
      throws Exception {
    SinkTable writer = writer();
    writer.claim();
    add(writer, 0, 8);
    rest.fail(fault, fault);
    long rows = -1;
    int attempts = 0;
    while (rows < 0) {
      attempts++;
      assertThat(attempts).as("attempts").isLessThan(10);
      try {
        rows = writer.commit(upTo(8));
      } catch (RuntimeException e) {
        assertThat(writer.rows()).as("rows that wait, after %s", e).isEqualTo(8);
      }
    }
    assertThat(rows).isEqualTo(8);
    add(writer, 8, 9);
    for (int left = rest.faultsLeft(); left >= 0; left--) {
      try {
        writer.commit(upTo(9));
        break;
      } catch (RuntimeException e) {
        assertThat(left).as("faults left when %s came", e).isPositive();
      }
    }
    assertThat(uuids()).isEqualTo(numbers(0, 9));
  }

  @Test
  void aFullDiskCostsTheFilesButNoRow() throws Exception {
    SinkTable writer = writer();
    writer.claim();
    add(writer, 0, 5);
    writer.commit(upTo(5));
    PlainFiles.FULL.set(true);
    assertThatThrownBy(
            () -> {
              add(writer, 5, 9);
              writer.commit(upTo(9));
            })
        .hasStackTraceContaining("No space left on device");
    writer.abandon();
    assertThatThrownBy(writer::claim).as("while there is no room").isNotNull();
    PlainFiles.FULL.set(false);

    SinkTable next = writer();
    assertThat(next.claim().offset(TOPIC, 0)).hasValue(5);
    add(next, 5, 9);
    next.commit(upTo(9));
    assertThat(uuids()).isEqualTo(numbers(0, 9));
  }

  @Test
  void aTakeOverWhoseAnswerIsLostIsOne() throws Exception {
    SinkTable writer = writer();
    rest.fail(FakeRestCatalog.Fault.ERROR_AFTER_COMMIT);
    writer.claim();
    add(writer, 0, 2);
    writer.commit(upTo(2));
    assertThat(uuids()).isEqualTo(numbers(0, 2));
  }

  @Test
  void whatAnotherWriterMergesMeanwhileIsNotLost() throws Exception {
    SinkTable writer = writer();
    writer.claim();
    add(writer, 0, 4);
    writer.commit(upTo(4));
    add(writer, 4, 6);
    writer.commit(upTo(6));
    add(writer, 6, 9);
    Table others = table();
    rest.beforeNextCommit(() -> replaceFiles(others));
    writer.commit(upTo(9));
    assertThat(uuids()).isEqualTo(numbers(0, 9));
    assertThat(writer().claim().offset(TOPIC, 0)).hasValue(9);

    replaceFiles(table());
    assertThat(table().currentSnapshot().summary()).doesNotContainKey("hogflare.sink.main");
    assertThat(writer().claim().offset(TOPIC, 0)).as("below the merge").hasValue(9);
  }

  private static void replaceFiles(Table table) {
    MergingWriter.replaceFiles(table, location -> location);
  }

  @Test
  void offsetsOutliveTheSnapshotsThatCarriedThem() throws Exception {
    SinkTable writer = writer();
    writer.claim();
    add(writer, 0, 4);
    writer.commit(upTo(4));
    Table others = table();
    replaceFiles(others);
    others.refresh();
    others.expireSnapshots().expireOlderThan(Long.MAX_VALUE).retainLast(1).commit();
    others.refresh();
    assertThat(others.snapshots()).hasSize(1);
    assertThat(others.currentSnapshot().summary()).doesNotContainKey("hogflare.sink.main");

    add(writer, 4, 5);
    writer.commit(upTo(5));
    assertThat(writer().claim().offset(TOPIC, 0)).hasValue(5);
    assertThat(uuids()).isEqualTo(numbers(0, 5));
  }

  @Test
  void aZombieFindsTheTableTakenOverEvenWhenNoSnapshotTellsIt() throws Exception {
    SinkTable zombie = writer();
    zombie.claim();
    add(zombie, 0, 4);
    SinkTable next = writer();
    next.claim();
    add(next, 0, 4);
    next.commit(upTo(4));
    Table others = table();
    replaceFiles(others);
    others.refresh();
    others.expireSnapshots().expireOlderThan(Long.MAX_VALUE).retainLast(1).commit();

    assertThatThrownBy(() -> zombie.commit(upTo(4))).isInstanceOf(FencedWriterException.class);
    assertThat(uuids()).isEqualTo(numbers(0, 4));
  }

  @Test
  void aTableThatWasSetBackIsReadFromThereAgain() throws Exception {
    SinkTable writer = writer();
    writer.claim();
    add(writer, 0, 4);
    writer.commit(upTo(4));
    Table others = table();
    long good = others.currentSnapshot().snapshotId();
    add(writer, 4, 6);
    writer.commit(upTo(6));
    others.refresh();
    others.manageSnapshots().rollbackTo(good).commit();

    add(writer, 6, 7);
    assertThatThrownBy(() -> writer.commit(upTo(7)))
        .isInstanceOfSatisfying(
            FencedWriterException.class, e -> assertThat(e.takenOver()).isFalse())
        .hasMessageContaining("set back");
    writer.abandon();
    SinkMark mark = writer().claim();
    assertThat(mark.offset(TOPIC, 0)).hasValue(4);
    assertThat(mark.epoch()).isEqualTo(2);
  }

  @Test
  void aTableThatWasSetBackToBeforeAllMarksStopsTheSinkUntilItsPropertyIsRemoved()
      throws Exception {
    Table others = table();
    others.newAppend().commit();
    long unmarked = others.currentSnapshot().snapshotId();
    SinkTable writer = writer();
    writer.claim();
    add(writer, 0, 4);
    writer.commit(upTo(4));
    others.refresh();
    others.manageSnapshots().rollbackTo(unmarked).commit();

    add(writer, 4, 6);
    assertThatThrownBy(() -> writer.commit(upTo(6)))
        .isInstanceOfSatisfying(
            FencedWriterException.class, e -> assertThat(e.takenOver()).isFalse())
        .hasMessageContaining("does not say what it contains");
    writer.abandon();
    assertThatThrownBy(writer()::claim)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("hogflare_events was set back")
        .hasMessageContaining("remove the table's property");
    assertThat(uuids()).isEmpty();

    others.updateProperties().remove("hogflare.sink.main").commit();
    SinkTable next = writer();
    assertThat(next.claim().offset(TOPIC, 0)).isEmpty();
    add(next, 0, 6);
    next.commit(upTo(6));
    assertThat(uuids()).isEqualTo(numbers(0, 6));
  }

  @Test
  void anOldSnapshotThatATagKeepsIsNoSignThatTheTableWasSetBack() throws Exception {
    SinkTable writer = writer();
    writer.claim();
    add(writer, 0, 4);
    writer.commit(upTo(4));
    Table others = table();
    others.manageSnapshots().createTag("audit", others.currentSnapshot().snapshotId()).commit();
    replaceFiles(others);
    others.refresh();
    replaceFiles(others);
    others.refresh();
    others.expireSnapshots().expireOlderThan(Long.MAX_VALUE).retainLast(1).commit();
    others.refresh();
    assertThat(others.snapshots()).as("the tagged one and the newest").hasSize(2);

    add(writer, 4, 5);
    writer.commit(upTo(5));
    assertThat(writer().claim().offset(TOPIC, 0)).hasValue(5);
  }

  @Test
  void aDamagedNoteStopsTheStart() {
    SinkTable writer = writer();
    writer.claim();
    table().newAppend().set("hogflare.sink.main", "{\"writer\":\"x\"}").commit();
    assertThatThrownBy(writer()::claim)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot be read");
  }

  @Test
  void aTableOfAnEarlierVersionGetsTheNewColumns() {
    SinkCatalog catalog = catalog();
    catalog.findOrCreate(LakeTable.EVENTS, RowLayout.of(LakeTable.EVENTS.rows()));
    assertThat(table().schema().findField("browser")).isNotNull();
  }

  @Test
  void aTableOfAnotherShapeIsRefusedWithAllThatDiffers() {
    Schema schema = LakeTable.EVENTS.schema(LAYOUT);
    List<Types.NestedField> fields = new ArrayList<>();
    for (Types.NestedField field : schema.columns()) {
      switch (field.name()) {
        case "team_id" ->
            fields.add(
                Types.NestedField.optional(field.fieldId(), "team_id", Types.StringType.get()));
        case "person_id" ->
            fields.add(Types.NestedField.required(field.fieldId(), "person_id", field.type()));
        default -> fields.add(field);
      }
    }
    fields.add(Types.NestedField.required(900, "region_code", Types.StringType.get()));
    Schema other = new Schema(fields);
    SinkCatalog catalog = catalog();
    rest.create(
        TableIdentifier.of("analytics", "hogflare_events"),
        other,
        PartitionSpec.builderFor(other).hour(LakeTable.INGEST_COLUMN).build());
    assertThatThrownBy(() -> catalog.findOrCreate(LakeTable.EVENTS, LAYOUT))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("analytics.hogflare_events")
        .hasMessageContaining("the column team_id is of type string, not long")
        .hasMessageContaining("the column person_id is required, and our rows may lack it")
        .hasMessageContaining("the column region_code is required and unknown to us")
        .hasMessageContaining("not by day(__ingest_ts)");
  }

  @Test
  void theLocalLakeIsACatalogAsWell() throws Exception {
    SinkCatalog catalog =
        SinkCatalog.open(config(new IcebergSinkConfig.Local(folder.resolve("lake"))));
    opened.add(catalog);
    Table table = catalog.findOrCreate(LakeTable.EVENTS, LAYOUT);
    SinkTable writer = writer(catalog, table);
    writer.claim();
    add(writer, 0, 30);
    writer.commit(upTo(30));
    assertThatThrownBy(
            () -> SinkCatalog.open(config(new IcebergSinkConfig.Local(folder.resolve("lake")))))
        .hasMessageContaining("Another process writes to the lake");
    SinkTable next = writer(catalog, table);
    assertThat(next.claim().offset(TOPIC, 0)).hasValue(30);
    assertThatThrownBy(() -> writer.commit(upTo(31))).isInstanceOf(FencedWriterException.class);
    try (LakeQuery query = LakeQuery.open(folder.resolve("lake"));
        QueryResult result =
            query.query("SELECT count(*), count(DISTINCT uuid) FROM hogflare_events_raw")) {
      assertThat(result.next()).containsExactly(30L, 30L);
    }
  }
}
