// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SchemaParser;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types.NestedField;

/**
 * Takes the rows of a lake out into a folder of plain Parquet files, and brings them into another.
 *
 * <p>The folder has a folder for each table and {@value #CONTENTS}, which is written last: without
 * it there is no export. An import is one commit for each table that notes the export's id, so that
 * a second one of the same folder does nothing, whatever was merged meanwhile.
 */
public final class LakeArchive {
  /** Says what the export contains. */
  static final String CONTENTS = "hogflare-export.json";

  private static final String IMPORTED = "hogflare.imported.";

  /** How often an export begins with a table whose files go meanwhile. */
  private static final int ATTEMPTS = 5;

  private static final ObjectMapper JSON = new ObjectMapper();

  private LakeArchive() {}

  /**
   * What was written or taken.
   *
   * @param rows rows by table
   * @param skipped tables that had the export's rows already
   * @param writing whether another process wrote to the lake, so that rows that were in no table
   *     yet are not among those of an export
   */
  public record Outcome(Map<String, Long> rows, List<String> skipped, boolean writing) {
    /** Copies the collections. */
    public Outcome {
      rows = new LinkedHashMap<>(rows);
      skipped = List.copyOf(skipped);
    }
  }

  /**
   * Writes all rows of a lake's tables into a folder; the lake may be written to meanwhile.
   *
   * @param target an empty folder, or none yet
   * @throws IOException if the folder is not empty, or a file cannot be read or written
   * @throws IllegalStateException if there is no lake, or its journal has rows that no table has
   *     and nobody brings them into one
   */
  public static Outcome export(Path lake, Path target) throws IOException {
    try (LakeCatalog catalog =
        LakeCatalog.openForReading(lake)
            .orElseThrow(() -> new IllegalStateException("There is no lake in " + lake + "."))) {
      Files.createDirectories(target);
      try (Stream<Path> present = Files.list(target)) {
        if (present.findAny().isPresent()) {
          throw new IOException("The folder " + target + " is not empty.");
        }
      }
      boolean writing = !LakeLock.ifFree(lake, () -> requireEmptyJournal(lake));
      ObjectNode contents = JSON.createObjectNode();
      contents.put("version", 1).put("id", UUID.randomUUID().toString());
      contents.put("exported_at", Instant.now().toString());
      ArrayNode tables = contents.putArray("tables");
      Map<String, Long> rows = new LinkedHashMap<>();
      for (LakeTable lakeTable : LakeTable.values()) {
        Table table = catalog.find(lakeTable).orElse(null);
        if (table != null) {
          rows.put(lakeTable.tableName(), export(lakeTable, table, catalog, target, tables));
        }
      }
      Path draft = target.resolve(CONTENTS + ".draft");
      Files.write(draft, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(contents));
      Files.move(draft, target.resolve(CONTENTS), StandardCopyOption.ATOMIC_MOVE);
      return new Outcome(rows, List.of(), writing);
    }
  }

  private static void requireEmptyJournal(Path lake) throws IOException {
    for (LakeTable table : LakeTable.values()) {
      Path folder = Journal.folder(lake, table);
      if (Files.isDirectory(folder)) {
        for (JournalSegment segment : JournalSegment.in(folder)) {
          if (Files.size(segment.file()) > 0) {
            throw new IllegalStateException(
                "The journal has rows that are in no table yet, as after a crash; give 'lake"
                    + " maintain' first.");
          }
        }
      }
    }
  }

  /** Takes a table as it was last read, or anew where files were replaced and deleted meanwhile. */
  static long export(
      LakeTable lakeTable, Table table, LakeCatalog catalog, Path target, ArrayNode tables)
      throws IOException {
    Path folder = Files.createDirectories(target.resolve(lakeTable.tableName()));
    ObjectNode entry = tables.addObject();
    entry.put("name", lakeTable.tableName());
    for (int left = ATTEMPTS; ; left--) {
      Snapshot seen = table.currentSnapshot();
      entry.set("schema", JSON.readTree(SchemaParser.toJson(table.schema())));
      ArrayNode files = entry.putArray("files");
      try {
        return copy(lakeTable, table, catalog, folder, files);
      } catch (NoSuchFileException | NotFoundException e) {
        table.refresh();
        if (left == 1 || Objects.equals(seen, table.currentSnapshot())) {
          throw e;
        }
        for (JsonNode file : files) {
          Files.delete(folder.resolve(file.path("file").asText()));
        }
      }
    }
  }

  private static long copy(
      LakeTable lakeTable, Table table, LakeCatalog catalog, Path folder, ArrayNode files)
      throws IOException {
    long rows = 0;
    int number = 0;
    try (CloseableIterable<FileScanTask> tasks =
        table.newScan().planWith(catalog.pool()).planFiles()) {
      for (FileScanTask task : tasks) {
        DataFile file = task.file();
        if (!task.deletes().isEmpty()) {
          throw new IOException(
              "The table "
                  + lakeTable.tableName()
                  + " has delete files of another engine; compact it there first.");
        }
        String name = "%06d.parquet".formatted(++number);
        Files.copy(catalog.files().resolve(file.location()), folder.resolve(name));
        files.addObject().put("file", name).put("rows", file.recordCount());
        rows += file.recordCount();
      }
    }
    return rows;
  }

  /**
   * Brings the rows of an export into a lake that no process writes to.
   *
   * @param source the folder of the export
   * @param lake the folder of the lake; created if it is missing
   * @throws IOException if the export is none, or damaged: then the tables before the damaged one
   *     have its rows, and the others not
   * @throws IllegalStateException if another process writes to the lake, or a column has another
   *     type there
   */
  public static Outcome bringIn(Path source, Path lake) throws IOException {
    JsonNode contents = contents(source);
    try (LakeLock lock = LakeLock.take(lake);
        LakeCatalog catalog = LakeCatalog.openForWriting(lock.folder())) {
      Map<String, Long> rows = new LinkedHashMap<>();
      List<String> skipped = new ArrayList<>();
      String note = IMPORTED + contents.path("id").asText();
      for (JsonNode entry : contents.path("tables")) {
        String name = entry.path("name").asText();
        LakeTable lakeTable =
            LakeTable.named(name)
                .orElseThrow(
                    () ->
                        new IOException("The export has a table " + name + ", which no lake has."));
        Table table = catalog.findOrCreate(lakeTable);
        if (table.properties().containsKey(note)) {
          skipped.add(name);
        } else {
          rows.put(name, bringIn(entry, source.resolve(name), table, note, catalog));
        }
      }
      return new Outcome(rows, skipped, false);
    }
  }

  private static JsonNode contents(Path source) throws IOException {
    Path file = source.resolve(CONTENTS);
    if (!Files.exists(file)) {
      throw new IOException(
          source + " holds no export, or one that was not finished: it has no " + CONTENTS + ".");
    }
    try {
      JsonNode contents = JSON.readTree(Files.readAllBytes(file));
      if (contents.path("version").asInt() != 1 || contents.path("id").asText().isEmpty()) {
        throw new IOException(file + " is of another version than this program's.");
      }
      return contents;
    } catch (JsonProcessingException e) {
      throw new IOException(file + " is damaged: it is no JSON.", e);
    }
  }

  private static long bringIn(
      JsonNode entry, Path folder, Table table, String note, LakeCatalog catalog)
      throws IOException {
    Schema from = SchemaParser.fromJson(entry.path("schema").toString());
    addColumns(table, from);
    DayFiles days = new DayFiles(table, from);
    long rows = 0;
    boolean whole = false;
    try (days) {
      for (JsonNode file : entry.path("files")) {
        rows += bringIn(folder.resolve(file.path("file").asText()), file, from, days);
      }
      whole = true;
    } finally {
      if (!whole) {
        days.delete();
      }
    }
    Transaction both = table.newTransaction();
    AppendFiles append = both.newAppend().scanManifestsWith(catalog.pool());
    days.written().forEach(append::appendFile);
    long segment = TableWriter.lastSegment(table);
    if (segment > 0) {
      append.set(TableWriter.SEGMENT_KEY, Long.toString(segment));
    }
    append.commit();
    both.updateProperties().set(note, Long.toString(rows)).commit();
    both.commitTransaction();
    return rows;
  }

  private static long bringIn(Path path, JsonNode file, Schema from, DayFiles days)
      throws IOException {
    long rows = 0;
    try (CloseableIterable<Record> records =
        RecordFile.read(org.apache.iceberg.Files.localInput(path.toFile()), from)) {
      for (Record record : records) {
        days.add(record);
        rows++;
      }
    } catch (RuntimeException e) {
      throw new IOException(path + " cannot be read: " + e.getMessage() + ".", e);
    }
    if (rows != file.path("rows").asLong()) {
      throw new IOException(
          path + " has " + rows + " rows instead of " + file.path("rows").asLong() + ".");
    }
    return rows;
  }

  private static void addColumns(Table table, Schema from) {
    UpdateSchema update = table.updateSchema();
    boolean changed = false;
    for (NestedField field : from.columns()) {
      NestedField present = table.schema().findField(field.name());
      if (present == null) {
        update.addColumn(field.name(), field.type());
        changed = true;
      } else if (!TableShape.sameType(present.type(), field.type())) {
        throw new IllegalStateException(
            "The column "
                + field.name()
                + " is of type "
                + field.type()
                + " in the export and "
                + present.type()
                + " in the lake; import into another lake.");
      }
    }
    if (changed) {
      update.commit();
    }
  }

  /**
   * Writes rows to a file for each run of rows of a day.
   *
   * <p>One file is open at a time, because each holds a row group in memory.
   */
  static final class DayFiles implements AutoCloseable {
    private final Table table;
    private final List<String> columns;
    private final GenericRecord template;
    private final PartitionKey key;
    private final InternalRecordWrapper wrapper;
    private final List<DataFile> written = new ArrayList<>();
    private PartitionKey day;
    private RecordFile open;

    DayFiles(Table table, Schema from) {
      this.table = table;
      columns = from.columns().stream().map(NestedField::name).toList();
      template = GenericRecord.create(table.schema());
      key = new PartitionKey(table.spec(), table.schema());
      wrapper = new InternalRecordWrapper(table.schema().asStruct());
    }

    void add(Record row) throws IOException {
      GenericRecord own = template.copy();
      for (String column : columns) {
        own.setField(column, row.getField(column));
      }
      key.partition(wrapper.wrap(own));
      if (open != null && !key.equals(day)) {
        finish();
      }
      if (open == null) {
        day = key.copy();
        open = new RecordFile(table, day, "imported");
      }
      open.add(own);
    }

    private void finish() throws IOException {
      open.close();
      written.add(open.written());
      open = null;
    }

    /** Returns the files, once this is closed. */
    List<DataFile> written() {
      return List.copyOf(written);
    }

    void delete() throws IOException {
      close();
      written.forEach(file -> table.io().deleteFile(file.location()));
    }

    @Override
    public void close() throws IOException {
      if (open != null) {
        finish();
      }
    }
  }
}
