// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.parquet.ParquetUtil;

/**
 * Compares what a lake's catalog says about its files with the files themselves.
 *
 * <p>Only reads, and may run while the lake is written to: what is wrong with a file that the
 * newest snapshot does not have any more is not reported.
 */
public final class LakeCheck {
  /** How often a table's list of files is read that a merge takes away meanwhile. */
  private static final int ATTEMPTS = 5;

  private LakeCheck() {}

  /**
   * What was found of one table.
   *
   * @param name the table's name
   * @param files the data files of the newest snapshot
   * @param rows their rows, as the catalog counts them
   * @param bytes their length, as the catalog has it
   * @param problems one sentence for each thing that is wrong
   */
  public record TableReport(String name, long files, long rows, long bytes, List<String> problems) {
    /** Copies the problems. */
    public TableReport {
      problems = List.copyOf(problems);
    }
  }

  /**
   * Checks every table of a lake.
   *
   * @return one report for each table that exists
   * @throws IllegalStateException if the folder holds no lake
   */
  public static List<TableReport> check(Path folder) {
    try (LakeCatalog catalog =
        LakeCatalog.openForReading(folder)
            .orElseThrow(() -> new IllegalStateException("There is no lake in " + folder + "."))) {
      List<TableReport> reports = new ArrayList<>();
      for (LakeTable lakeTable : LakeTable.values()) {
        catalog
            .find(lakeTable)
            .ifPresent(table -> reports.add(check(lakeTable.tableName(), table, catalog)));
      }
      return reports;
    }
  }

  /** Checks a table as it was last read, and what is wrong against what it is now. */
  static TableReport check(String name, Table table, LakeCatalog catalog) {
    for (int left = ATTEMPTS; ; left--) {
      Snapshot seen = table.currentSnapshot();
      try {
        return compare(name, table, catalog);
      } catch (IOException | RuntimeException e) {
        if (left == 1 || !hasMoved(table, seen, e)) {
          String problem = "The list of its files cannot be read: " + e.getMessage() + ".";
          return new TableReport(name, 0, 0, 0, List.of(problem));
        }
      }
    }
  }

  private static boolean hasMoved(Table table, Snapshot seen, Exception failure) {
    try {
      table.refresh();
      return !Objects.equals(seen, table.currentSnapshot());
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      return false;
    }
  }

  private static TableReport compare(String name, Table table, LakeCatalog catalog)
      throws IOException {
    Map<String, List<String>> ofFiles = new LinkedHashMap<>();
    Snapshot seen = table.currentSnapshot();
    long files = 0;
    long rows = 0;
    long bytes = 0;
    try (CloseableIterable<FileScanTask> tasks =
        table.newScan().includeColumnStats().planWith(catalog.pool()).planFiles()) {
      for (FileScanTask task : tasks) {
        DataFile file = task.file();
        files++;
        rows += file.recordCount();
        bytes += file.fileSizeInBytes();
        List<String> ofFile = new ArrayList<>();
        compare(file, table, catalog.files(), ofFile);
        if (!ofFile.isEmpty()) {
          ofFiles.put(file.location(), ofFile);
        }
      }
    }
    if (!ofFiles.isEmpty()) {
      table.refresh();
      ofFiles.keySet().retainAll(locations(table, catalog));
    }
    List<String> problems = new ArrayList<>();
    ofFiles.values().forEach(problems::addAll);
    if (seen != null && problems.isEmpty()) {
      String total = seen.summary().get("total-records");
      if (total != null && Long.parseLong(total) != rows) {
        problems.add("Its snapshot says " + total + " rows, its list of files " + rows + ".");
      }
    }
    return new TableReport(name, files, rows, bytes, problems);
  }

  private static Set<String> locations(Table table, LakeCatalog catalog) throws IOException {
    Set<String> locations = new HashSet<>();
    try (CloseableIterable<FileScanTask> tasks =
        table.newScan().planWith(catalog.pool()).planFiles()) {
      tasks.forEach(task -> locations.add(task.file().location()));
    }
    return locations;
  }

  private static void compare(DataFile file, Table table, LakeFiles places, List<String> problems) {
    Path place = places.resolve(file.location());
    try {
      if (!Files.exists(place)) {
        problems.add("The file " + place + " is missing.");
        return;
      }
      long size = Files.size(place);
      if (size != file.fileSizeInBytes()) {
        problems.add(place + " has " + size + " bytes instead of " + file.fileSizeInBytes() + ".");
        return;
      }
      Metrics inside =
          ParquetUtil.fileMetrics(
              table.io().newInputFile(file.location()), MetricsConfig.forTable(table));
      if (!Objects.equals(inside.recordCount(), file.recordCount())) {
        problems.add(
            place
                + " has "
                + inside.recordCount()
                + " rows instead of "
                + file.recordCount()
                + ".");
      }
      differ(place, "counts of values", inside.valueCounts(), file.valueCounts(), problems);
      differ(place, "counts of nulls", inside.nullValueCounts(), file.nullValueCounts(), problems);
      bounds(place, table, "lowest", inside.lowerBounds(), file.lowerBounds(), problems);
      bounds(place, table, "highest", inside.upperBounds(), file.upperBounds(), problems);
    } catch (IOException | RuntimeException e) {
      problems.add(place + " cannot be read: " + e.getMessage() + ".");
    }
  }

  private static void differ(
      Path place,
      String what,
      Map<Integer, Long> inside,
      Map<Integer, Long> noted,
      List<String> problems) {
    if (inside == null || noted == null) {
      return;
    }
    for (Map.Entry<Integer, Long> entry : noted.entrySet()) {
      Long actual = inside.get(entry.getKey());
      if (actual != null && !actual.equals(entry.getValue())) {
        problems.add(
            place
                + " and the catalog have other "
                + what
                + " of column "
                + entry.getKey()
                + ": "
                + actual
                + " and "
                + entry.getValue()
                + ".");
        return;
      }
    }
  }

  private static void bounds(
      Path place,
      Table table,
      String which,
      Map<Integer, ByteBuffer> inside,
      Map<Integer, ByteBuffer> noted,
      List<String> problems) {
    if (inside == null || noted == null) {
      return;
    }
    for (Map.Entry<Integer, ByteBuffer> entry : noted.entrySet()) {
      ByteBuffer actual = inside.get(entry.getKey());
      if (actual != null && !actual.equals(entry.getValue())) {
        problems.add(
            place
                + " and the catalog have another "
                + which
                + " value of "
                + table.schema().findColumnName(entry.getKey())
                + "; queries would pass rows over.");
        return;
      }
    }
  }
}
