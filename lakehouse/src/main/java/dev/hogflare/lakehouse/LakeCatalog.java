// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.util.ThreadPools;

/**
 * Opens the Iceberg tables of a lake's folder.
 *
 * <p>In the folder lie the catalog ({@code catalog.sqlite}), the tables ({@code warehouse/}), the
 * journal ({@code journal/}) and the path at which the folder was created ({@code first-root}).
 */
final class LakeCatalog implements AutoCloseable {
  private static final String CATALOG_FILE = "catalog.sqlite";
  private static final String FIRST_ROOT_FILE = "first-root";

  /** A property of the table of events: what HOGFLARE_LAKE_COLUMNS was. */
  private static final String FILLED_COLUMNS = "hogflare.filled-columns";

  private final JdbcCatalog catalog;
  private final LakeFiles files;

  /**
   * Reads and writes manifests.
   *
   * <p>Iceberg's own pool ends with the JVM's first shutdown hook, while the lake, in a hook of its
   * own, still commits what is pending.
   */
  private final ExecutorService pool =
      Executors.newFixedThreadPool(
          2, Thread.ofPlatform().daemon().name("lake-manifests-", 0).factory());

  private LakeCatalog(JdbcCatalog catalog, LakeFiles files) {
    this.catalog = catalog;
    this.files = files;
    // Creates Iceberg's pool now, because no commit is possible before it exists and it cannot be
    // created any more once the JVM shuts down.
    ThreadPools.getWorkerPool();
  }

  /** Opens a lake for its one writer, and creates it if there is none. */
  static LakeCatalog openForWriting(Path folder) {
    Path root = folder.toAbsolutePath().normalize();
    try {
      Files.createDirectories(root);
      Path note = root.resolve(FIRST_ROOT_FILE);
      if (!Files.exists(note)) {
        Path draft = root.resolve(FIRST_ROOT_FILE + ".draft");
        Files.writeString(draft, root.toString(), StandardCharsets.UTF_8);
        Files.move(draft, note, StandardCopyOption.ATOMIC_MOVE);
      }
      LakeCatalog lake = open(root, "&journal_mode=WAL&synchronous=FULL", true);
      if (!lake.catalog.namespaceExists(LakeTable.NAMESPACE)) {
        lake.catalog.createNamespace(LakeTable.NAMESPACE, Map.of());
      }
      return lake;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The folder " + root + " cannot be used as a lake; check its path and permissions.", e);
    }
  }

  /** Opens a lake that exists for reading, or returns nothing if the folder holds none. */
  static Optional<LakeCatalog> openForReading(Path folder) {
    Path root = folder.toAbsolutePath().normalize();
    if (!Files.exists(root.resolve(CATALOG_FILE)) || !Files.exists(root.resolve(FIRST_ROOT_FILE))) {
      return Optional.empty();
    }
    try {
      return Optional.of(open(root, "&open_mode=1", false));
    } catch (IOException e) {
      throw new UncheckedIOException("The lake in " + root + " cannot be read.", e);
    }
  }

  private static LakeCatalog open(Path root, String mode, boolean create) throws IOException {
    Path firstRoot =
        Path.of(Files.readString(root.resolve(FIRST_ROOT_FILE), StandardCharsets.UTF_8));
    LakeFiles files = new LakeFiles(firstRoot, root);
    JdbcCatalog catalog = new JdbcCatalog(properties -> files, null, create);
    catalog.initialize(
        "hogflare",
        Map.of(
            CatalogProperties.URI,
            "jdbc:sqlite:" + root.resolve(CATALOG_FILE) + "?busy_timeout=30000" + mode,
            "jdbc.schema-version",
            "V1",
            CatalogProperties.WAREHOUSE_LOCATION,
            firstRoot.resolve("warehouse").toString(),
            CatalogProperties.METRICS_REPORTER_IMPL,
            QuietMetricsReporter.class.getName()));
    return new LakeCatalog(catalog, files);
  }

  LakeFiles files() {
    return files;
  }

  Catalog catalog() {
    return catalog;
  }

  ExecutorService pool() {
    return pool;
  }

  /** Returns a table as its last commit left it, or nothing if it was never created. */
  Optional<Table> find(LakeTable table) {
    return catalog.tableExists(table.identifier())
        ? Optional.of(catalog.loadTable(table.identifier()))
        : Optional.empty();
  }

  /** Returns a table with the standard columns, created or brought up to date. */
  Table findOrCreate(LakeTable lakeTable) {
    return findOrCreate(lakeTable, lakeTable.layout(PromotedColumn.STANDARD));
  }

  /**
   * Returns a table, created or brought up to date: columns that are new in the layout are added to
   * it, and old rows have null there.
   *
   * @throws IllegalStateException if the table cannot take such rows; the message says why
   */
  Table findOrCreate(LakeTable lakeTable, RowLayout layout) {
    return TableShape.findOrCreate(
        catalog, lakeTable.identifier(), lakeTable, layout, lakeTable.properties());
  }

  /**
   * Notes which columns of the events are filled, so that whoever brings the journal into the
   * tables without their settings fills the same ones.
   */
  void remember(List<PromotedColumn> columns) {
    Table events = findOrCreate(LakeTable.EVENTS, LakeTable.EVENTS.layout(columns));
    String setting = PromotedColumn.setting(columns);
    if (!setting.equals(events.properties().getOrDefault(FILLED_COLUMNS, ""))) {
      events.updateProperties().set(FILLED_COLUMNS, setting).commit();
    }
  }

  /**
   * Returns the columns of the events that the last process with settings filled.
   *
   * @throws IllegalStateException if this version cannot fill them
   */
  List<PromotedColumn> remembered() {
    String setting =
        find(LakeTable.EVENTS)
            .map(table -> table.properties().getOrDefault(FILLED_COLUMNS, ""))
            .orElse("");
    try {
      return setting.isEmpty() ? PromotedColumn.STANDARD : PromotedColumn.standardAnd(setting);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(
          "The lake was filled with HOGFLARE_LAKE_COLUMNS="
              + setting
              + ", which "
              + e.getMessage()
              + " Start the lake once with another HOGFLARE_LAKE_COLUMNS.",
          e);
    }
  }

  @Override
  public void close() {
    pool.shutdown();
    catalog.close();
  }
}
