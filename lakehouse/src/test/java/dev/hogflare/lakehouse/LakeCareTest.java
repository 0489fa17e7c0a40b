// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code lake check} finds and {@code lake maintain} does. */
class LakeCareTest {
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir private Path folder;
  private final RowBatchParser parser =
      new RowBatchParser(LakeTable.EVENTS.layout(PromotedColumn.STANDARD), 1 << 20);

  @BeforeEach
  void fill() throws Exception {
    try (LakeCatalog catalog = LakeCatalog.openForWriting(folder)) {
      for (LakeTable table : LakeTable.values()) {
        catalog.findOrCreate(table);
      }
      for (int i = 0; i < 5; i++) {
        DataFile file = write(catalog, i);
        catalog.findOrCreate(LakeTable.EVENTS).newAppend().appendFile(file).commit();
      }
    }
  }

  private DataFile write(LakeCatalog catalog, int number) throws Exception {
    RowBatch batch = parser.parse(TestRows.events(10 * number, 10 * number + 10));
    OpenDataFile file =
        new OpenDataFile(
            catalog.findOrCreate(LakeTable.EVENTS),
            LakeTable.EVENTS.layout(PromotedColumn.STANDARD),
            0,
            "part-" + number + ".parquet");
    file.add(batch);
    return file.finish();
  }

  private LakeCheck.TableReport events() {
    List<LakeCheck.TableReport> reports = LakeCheck.check(folder);
    assertThat(reports).hasSize(LakeTable.values().length);
    assertThat(reports.subList(1, reports.size()))
        .allSatisfy(report -> assertThat(report.problems()).isEmpty());
    return reports.getFirst();
  }

  private Path part(int number) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.getFileName().toString().equals("part-" + number + ".parquet"))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void aLakeThatIsWholeHasNoProblems() {
    LakeCheck.TableReport report = events();
    assertThat(report.problems()).isEmpty();
    assertThat(report.name()).isEqualTo("hogflare_events");
    assertThat(report.files()).isEqualTo(5);
    assertThat(report.rows()).isEqualTo(50);
    assertThat(report.bytes()).isPositive();
  }

  @Test
  void aMissingFileIsNamed() throws Exception {
    Path part = part(2);
    Files.delete(part);
    assertThat(events().problems()).containsExactly("The file " + part + " is missing.");
  }

  @Test
  void filesThatAMergeReplacedMeanwhileAreNoProblemAndAreNotExported() throws Exception {
    try (LakeCatalog catalog = LakeCatalog.openForReading(folder).orElseThrow()) {
      Table checked = catalog.find(LakeTable.EVENTS).orElseThrow();
      Table exported = catalog.find(LakeTable.EVENTS).orElseThrow();
      Lakehouse.maintain(folder, DAY);
      Files.delete(part(2));

      assertThat(LakeCheck.check("events", checked, catalog).problems()).isEmpty();

      Path target = folder.resolve("export");
      ArrayNode tables = JsonNodeFactory.instance.arrayNode();
      assertThat(LakeArchive.export(LakeTable.EVENTS, exported, catalog, target, tables))
          .isEqualTo(50);
      assertThat(tables.get(0).path("files")).hasSize(1);
      assertThat(target.resolve("hogflare_events")).isDirectoryContaining("glob:**000001.parquet");
      assertThat(target.resolve("hogflare_events/000002.parquet")).doesNotExist();
    }
  }

  @Test
  void aFileThatIsMissingForGoodStopsAnExport() throws Exception {
    Files.delete(part(2));
    assertThatThrownBy(() -> LakeArchive.export(folder, folder.resolve("export")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void aFileThatWasCutIsNamed() throws Exception {
    Path part = part(3);
    long size = Files.size(part);
    try (RandomAccessFile file = new RandomAccessFile(part.toFile(), "rw")) {
      file.setLength(size - 1);
    }
    assertThat(events().problems())
        .containsExactly(part + " has " + (size - 1) + " bytes instead of " + size + ".");
  }

  @Test
  void aFileWhoseFooterIsDamagedIsNamed() throws Exception {
    Path part = part(1);
    byte[] bytes = Files.readAllBytes(part);
    for (int i = bytes.length - 1_000; i < bytes.length - 8; i++) {
      bytes[i] ^= 0x55;
    }
    Files.write(part, bytes);
    assertThat(events().problems()).hasSize(1).first().asString().contains("part-1.parquet");
  }

  @Test
  void aFileInThePlaceOfAnotherIsFoundByItsValues() throws Exception {
    byte[] other = Files.readAllBytes(part(4));
    Files.write(part(0), other);
    try (LakeCatalog catalog = LakeCatalog.openForWriting(folder)) {
      Table table = catalog.findOrCreate(LakeTable.EVENTS);
      DataFile wrong = null;
      try (CloseableIterable<FileScanTask> tasks =
          table.newScan().includeColumnStats().planFiles()) {
        for (FileScanTask task : tasks) {
          if (task.file().location().endsWith("part-0.parquet")) {
            wrong = task.file().copy();
          }
        }
      }
      // The lengths may differ by a byte; what is looked for is the next check behind that one.
      DataFile sameLength =
          DataFiles.builder(table.spec()).copy(wrong).withFileSizeInBytes(other.length).build();
      table.newOverwrite().deleteFile(wrong).addFile(sameLength).commit();
    }
    assertThat(events().problems())
        .isNotEmpty()
        .allSatisfy(problem -> assertThat(problem).contains("part-0.parquet", "value of"));
  }

  @Test
  void aFolderWithoutALakeIsSaidToBeOne() {
    assertThatThrownBy(() -> LakeCheck.check(folder.resolve("other")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("There is no lake in");
  }

  @Test
  void allSmallFilesAreMergedAndNothingIsLost() throws Exception {
    List<List<Object>> before = rows();
    assertThat(before).hasSize(50);
    Lakehouse.Care care = Lakehouse.maintain(folder, DAY);
    assertThat(care).isEqualTo(new Lakehouse.Care(5, 1, 0, 0));
    assertThat(events().files()).isEqualTo(1);
    assertThat(events().problems()).isEmpty();
    assertThat(rows()).isEqualTo(before);
    assertThat(Lakehouse.maintain(folder, DAY)).isEqualTo(new Lakehouse.Care(0, 0, 0, 0));
  }

  @Test
  void filesThatNobodyNeedsGoOnceTheyAreOld() throws Exception {
    Path left;
    try (LakeCatalog catalog = LakeCatalog.openForWriting(folder)) {
      left = catalog.files().resolve(write(catalog, 7).location());
    }
    Path metadata = left.getParent().getParent().resolveSibling("metadata").resolve("left.avro");
    Files.write(metadata, "left".getBytes(StandardCharsets.UTF_8));
    age(metadata, Duration.ofHours(25));
    age(left, Duration.ofHours(23));
    assertThat(Lakehouse.maintain(folder, DAY).orphans()).isEqualTo(1);
    assertThat(metadata).doesNotExist();
    assertThat(left).exists();

    age(left, Duration.ofHours(25));
    for (int part = 0; part < 5; part++) {
      age(part(part), Duration.ofDays(9)); // Needed by snapshots that are not forgotten yet.
    }
    assertThat(Lakehouse.maintain(folder, DAY).orphans()).isEqualTo(1);
    assertThat(left).doesNotExist();
    assertThat(part(3)).exists();
    assertThat(events().problems()).isEmpty();
    assertThat(rows()).hasSize(50);
  }

  private static void age(Path file, Duration age) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
  }

  private List<List<Object>> rows() {
    List<List<Object>> rows = new ArrayList<>();
    try (LakeQuery query = LakeQuery.open(folder);
        QueryResult result = query.query("SELECT * FROM hogflare_events_raw ORDER BY uuid")) {
      result.forEachRemaining(rows::add);
    }
    return rows;
  }
}
