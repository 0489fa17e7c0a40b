// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableMaintenanceTest {
  private static final long DAY_MICROS = 86_400_000_000L;

  @TempDir private Path folder;
  private final AtomicReference<Instant> clock = new AtomicReference<>(Instant.now());
  private final RowBatchParser events =
      new RowBatchParser(LakeTable.EVENTS.layout(PromotedColumn.STANDARD), 1 << 20);
  private final RowBatchParser persons =
      new RowBatchParser(LakeTable.PERSONS.layout(PromotedColumn.STANDARD), 1 << 20);
  private LakeCatalog catalog;

  @BeforeEach
  void open() {
    catalog = LakeCatalog.openForWriting(folder);
  }

  @AfterEach
  void close() {
    catalog.close();
  }

  private TableMaintenance maintenance(LakeTable lakeTable) {
    return new TableMaintenance(
        lakeTable, catalog, new ReentrantLock(), new ReentrantLock(), clock::get);
  }

  private void commit(LakeTable lakeTable, RowBatch batch, long ingestMicros, long segment)
      throws IOException {
    Table table = catalog.findOrCreate(lakeTable);
    batch.ingestMicros(ingestMicros);
    OpenDataFile file =
        new OpenDataFile(
            table,
            lakeTable.layout(PromotedColumn.STANDARD),
            ingestMicros,
            "small-" + segment + ".parquet");
    file.add(batch);
    table
        .newAppend()
        .appendFile(file.finish())
        .set(TableWriter.SEGMENT_KEY, Long.toString(segment))
        .commit();
  }

  private void commitEvents(int commits, int first, long ingestMicros) throws Exception {
    for (int i = first; i < first + commits; i++) {
      commit(
          LakeTable.EVENTS, events.parse(TestRows.events(2 * i, 2 * i + 2)), ingestMicros + i, i);
    }
  }

  private List<DataFile> files(LakeTable lakeTable) throws IOException {
    List<DataFile> files = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks =
        catalog.findOrCreate(lakeTable).newScan().planFiles()) {
      tasks.forEach(task -> files.add(task.file().copy()));
    }
    return files;
  }

  private List<List<Object>> rows(String sql) {
    List<List<Object>> rows = new ArrayList<>();
    try (LakeQuery query = LakeQuery.open(folder);
        QueryResult result = query.query(sql)) {
      result.forEachRemaining(rows::add);
    }
    return rows;
  }

  private long filesOnDisk(String part) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.getFileName().toString().contains(part)).count();
    }
  }

  @Test
  void mergesTheSmallFilesOfADay() throws Exception {
    commitEvents(14, 1, 0);
    commitEvents(3, 15, DAY_MICROS);
    List<List<Object>> before = rows("SELECT * FROM hogflare_events_raw ORDER BY uuid");
    assertThat(before).hasSize(34);

    maintenance(LakeTable.EVENTS).run();

    List<DataFile> files = files(LakeTable.EVENTS);
    assertThat(files).hasSize(4);
    assertThat(files).filteredOn(file -> file.recordCount() == 28).hasSize(1);
    assertThat(rows("SELECT * FROM hogflare_events_raw ORDER BY uuid")).isEqualTo(before);
    assertThat(rows("SELECT __ingest_ts FROM hogflare_events_raw WHERE __ingest_ts < '1970-01-02'"))
        .extracting(row -> (String) row.getFirst())
        .hasSize(28)
        .isSorted();
    Snapshot current = catalog.findOrCreate(LakeTable.EVENTS).currentSnapshot();
    assertThat(current.operation()).isEqualTo("replace");
    assertThat(current.summary()).containsEntry(TableWriter.SEGMENT_KEY, "17");

    maintenance(LakeTable.EVENTS).run();
    assertThat(catalog.findOrCreate(LakeTable.EVENTS).currentSnapshot()).isEqualTo(current);
  }

  @Test
  void mergesListsAndNulls() throws Exception {
    for (int i = 0; i < TableMaintenance.MERGE_AT; i++) {
      List<String> ids = i % 3 == 0 ? List.of() : List.of("a" + i, "b");
      commit(LakeTable.PERSONS, persons.parse(TestRows.body(TestRows.person(i, ids))), i, i + 1);
    }
    List<List<Object>> before = rows("SELECT * FROM hogflare_persons ORDER BY uuid");
    maintenance(LakeTable.PERSONS).run();
    assertThat(files(LakeTable.PERSONS)).hasSize(1);
    assertThat(rows("SELECT * FROM hogflare_persons ORDER BY uuid")).isEqualTo(before);
  }

  @Test
  void leavesFewFilesAlone() throws Exception {
    commitEvents(TableMaintenance.MERGE_AT - 1, 1, 0);
    maintenance(LakeTable.EVENTS).run();
    assertThat(files(LakeTable.EVENTS)).hasSize(TableMaintenance.MERGE_AT - 1);
  }

  @Test
  void forgetsOldSnapshotsAndThenTheirFiles() throws Exception {
    commitEvents(13, 1, 0);
    maintenance(LakeTable.EVENTS).run();
    assertThat(filesOnDisk("small-")).as("files that a running query may read").isEqualTo(13);
    assertThat(catalog.findOrCreate(LakeTable.EVENTS).snapshots()).hasSize(14);
    List<List<Object>> before = rows("SELECT * FROM hogflare_events ORDER BY uuid");

    clock.set(clock.get().plus(TableMaintenance.KEPT).plusSeconds(60));
    commitEvents(6, 14, 0);
    maintenance(LakeTable.EVENTS).run();

    Table table = catalog.findOrCreate(LakeTable.EVENTS);
    assertThat(table.snapshots()).hasSize(5);
    assertThat(filesOnDisk("small-")).isEqualTo(6);
    assertThat(TableWriter.lastSegment(table)).isEqualTo(19);
    assertThat(rows("SELECT * FROM hogflare_events ORDER BY uuid")).hasSize(38).containsAll(before);
  }

  @Test
  void stopsWithoutEffect() throws Exception {
    commitEvents(14, 1, 0);
    TableMaintenance maintenance = maintenance(LakeTable.EVENTS);
    maintenance.stop();
    maintenance.run();
    assertThat(files(LakeTable.EVENTS)).hasSize(14);
    assertThat(filesOnDisk("merged-")).isZero();
  }

  @Test
  void doesNotDisturbCommits() throws Exception {
    Table writers = catalog.findOrCreate(LakeTable.EVENTS);
    commitEvents(14, 1, 0);
    maintenance(LakeTable.EVENTS).run();
    RowBatch batch = events.parse(TestRows.events(100, 101));
    OpenDataFile file =
        new OpenDataFile(
            writers, LakeTable.EVENTS.layout(PromotedColumn.STANDARD), 0, "late.parquet");
    file.add(batch);
    writers.newAppend().appendFile(file.finish()).commit();
    assertThat(rows("SELECT count(*) FROM hogflare_events")).containsExactly(List.of(29L));
  }
}
