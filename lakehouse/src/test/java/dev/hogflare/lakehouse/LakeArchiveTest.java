// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static java.time.ZoneOffset.UTC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LakeArchiveTest {
  private static final long DAY_MICROS = 86_400_000_000L;

  @TempDir private Path temporary;
  private Path lake;
  private Path export;

  @BeforeEach
  void fill() throws Exception {
    lake = temporary.resolve("lake");
    export = temporary.resolve("export");
    write(lake, LakeTable.EVENTS, TestRows.events(0, 10), 0, "a.parquet");
    write(lake, LakeTable.EVENTS, TestRows.events(10, 15), DAY_MICROS, "b.parquet");
    write(
        lake,
        LakeTable.PERSONS,
        TestRows.body(TestRows.person(1, List.of("a", "b")), TestRows.person(2, List.of())),
        0,
        "c.parquet");
  }

  private static void write(
      Path folder, LakeTable lakeTable, byte[] body, long ingestMicros, String name)
      throws Exception {
    RowLayout layout = lakeTable.layout(PromotedColumn.STANDARD);
    RowBatch batch = new RowBatchParser(layout, 1 << 20).parse(body);
    batch.ingestMicros(ingestMicros);
    try (LakeCatalog catalog = LakeCatalog.openForWriting(folder)) {
      Table table = catalog.findOrCreate(lakeTable);
      OpenDataFile file = new OpenDataFile(table, layout, ingestMicros, name);
      file.add(batch);
      table.newAppend().appendFile(file.finish()).commit();
    }
  }

  private static List<List<Object>> rows(Path folder, String sql) {
    List<List<Object>> rows = new ArrayList<>();
    try (LakeQuery query = LakeQuery.open(folder);
        QueryResult result = query.query(sql)) {
      result.forEachRemaining(rows::add);
    }
    return rows;
  }

  private static List<List<Object>> events(Path folder) {
    return rows(folder, "SELECT * FROM hogflare_events_raw ORDER BY uuid");
  }

  @Test
  void anotherLakeHasTheSameRowsAfterwards() throws Exception {
    Path other = temporary.resolve("other");
    assertThat(LakeArchive.export(lake, export).rows())
        .isEqualTo(Map.of("hogflare_events", 15L, "hogflare_persons", 2L));
    LakeArchive.Outcome outcome = LakeArchive.bringIn(export, other);
    assertThat(outcome.rows()).isEqualTo(Map.of("hogflare_events", 15L, "hogflare_persons", 2L));
    assertThat(outcome.skipped()).isEmpty();
    assertThat(events(other)).isEqualTo(events(lake)).hasSize(15);
    String persons = "SELECT * FROM hogflare_persons_raw ORDER BY uuid";
    assertThat(rows(other, persons)).isEqualTo(rows(lake, persons)).hasSize(2);
    assertThat(LakeCheck.check(other))
        .allSatisfy(report -> assertThat(report.problems()).isEmpty());
    assertThat(LakeCheck.check(other).getFirst().files()).as("one for each day").isEqualTo(2);
  }

  @Test
  void aSecondImportDoesNothingEvenAfterAMerge() throws Exception {
    Path other = temporary.resolve("other");
    LakeArchive.export(lake, export);
    LakeArchive.bringIn(export, other);
    Lakehouse.maintain(other, Duration.ofDays(1));
    LakeArchive.Outcome again = LakeArchive.bringIn(export, other);
    assertThat(again.rows()).isEmpty();
    assertThat(again.skipped()).containsExactly("hogflare_events", "hogflare_persons");
    assertThat(events(other)).hasSize(15);

    Path second = temporary.resolve("second");
    LakeArchive.export(lake, second);
    LakeArchive.bringIn(second, other);
    assertThat(events(other)).as("another export is another import").hasSize(30);
  }

  @Test
  void rowsComeBesideThoseThatAreThereAndColumnsWithThem() throws Exception {
    Path other = temporary.resolve("other");
    try (LakeCatalog catalog = LakeCatalog.openForWriting(lake)) {
      catalog
          .findOrCreate(LakeTable.EVENTS)
          .updateSchema()
          .addColumn("plan", Types.StringType.get())
          .commit();
    }
    write(other, LakeTable.EVENTS, TestRows.events(100, 103), 0, "z.parquet");
    LakeArchive.export(lake, export);
    LakeArchive.bringIn(export, other);
    assertThat(rows(other, "SELECT count(*), count(plan) FROM hogflare_events_raw"))
        .containsExactly(List.of(18L, 0L));
  }

  @Test
  void anImportOfManyDaysHasOneFileAtWorkAtATime() throws Exception {
    Path other = temporary.resolve("other");
    try (LakeCatalog catalog = LakeCatalog.openForWriting(other)) {
      Table table = catalog.findOrCreate(LakeTable.EVENTS);
      Record row = anEvent();
      LakeArchive.DayFiles days = new LakeArchive.DayFiles(table, table.schema());
      try (days) {
        for (int number = 0; number < 90; number++) {
          int day = number % 30;
          row.setField(
              LakeTable.INGEST_COLUMN, OffsetDateTime.of(2026, 3, day + 1, 0, 0, 0, 0, UTC));
          days.add(row);
          days.add(row);
          assertThat(wholeFiles(other)).as("files but the one at work").isEqualTo(number);
        }
      }
      assertThat(wholeFiles(other)).isEqualTo(90);
      assertThat(days.written()).hasSize(90).allMatch(file -> file.recordCount() == 2);
      days.delete();
      assertThat(wholeFiles(other)).isZero();
    }
  }

  private Record anEvent() throws IOException {
    try (LakeCatalog catalog = LakeCatalog.openForReading(lake).orElseThrow();
        CloseableIterable<Record> rows =
            IcebergGenerics.read(catalog.find(LakeTable.EVENTS).orElseThrow()).build()) {
      return rows.iterator().next().copy();
    }
  }

  private static long wholeFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).count();
    }
  }

  @Test
  void rowsOfACrashThatAreInTheJournalAloneStopAnExport() throws Exception {
    Path journal = Files.createDirectories(lake.resolve("journal/hogflare_events"));
    Path segment = journal.resolve("00000000000000000007.journal");
    Files.createFile(segment);
    LakeArchive.export(lake, temporary.resolve("empty-segment"));
    Files.writeString(segment, "rows that were acknowledged");
    assertThatThrownBy(() -> LakeArchive.export(lake, export))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("give 'lake maintain' first");
    assertThat(export.resolve(LakeArchive.CONTENTS)).doesNotExist();
  }

  @Test
  void anExportOfALakeThatIsWrittenToSaysSo() throws Exception {
    assertThat(LakeArchive.export(lake, export).writing()).isFalse();
    try (LakeLock held = LakeLock.take(lake)) {
      Path journal = Files.createDirectories(held.folder().resolve("journal/hogflare_events"));
      Files.writeString(journal.resolve("00000000000000000007.journal"), "rows on their way");
      assertThat(LakeArchive.export(lake, temporary.resolve("second")).writing()).isTrue();
    }
  }

  @Test
  void aFileThatLacksRowsStopsTheImportOfItsTable() throws Exception {
    Path other = temporary.resolve("other");
    LakeArchive.export(lake, export);
    Path events = export.resolve("hogflare_events");
    long first = Files.size(events.resolve("000001.parquet"));
    long second = Files.size(events.resolve("000002.parquet"));
    String longer = first > second ? "000001.parquet" : "000002.parquet";
    String shorter = first > second ? "000002.parquet" : "000001.parquet";
    Files.write(events.resolve(longer), Files.readAllBytes(events.resolve(shorter)));
    assertThatThrownBy(() -> LakeArchive.bringIn(export, other))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has 5 rows instead of 10");
    assertThat(events(other)).isEmpty();
  }

  @Test
  void whatIsNoExportIsRefused() throws Exception {
    Path other = temporary.resolve("other");
    assertThatThrownBy(() -> LakeArchive.bringIn(export, other))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("holds no export");
    Files.createDirectories(export);
    Files.writeString(export.resolve(LakeArchive.CONTENTS), "{\"version\":2,\"id\":\"x\"}");
    assertThatThrownBy(() -> LakeArchive.bringIn(export, other))
        .hasMessageContaining("another version");
    assertThatThrownBy(() -> LakeArchive.export(lake, export)).hasMessageContaining("is not empty");
  }
}
