// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.Generation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers SQL about a lake, whether its writer runs or not, and in whatever process it does.
 *
 * <p>DuckDB reads the files of each table's current snapshot. The views {@code events} and {@code
 * persons} show to whom events belong and how persons are after all merges. The tables are {@code
 * hogflare_events}, {@code hogflare_recordings} and {@code hogflare_persons}, each uuid once (the
 * row that came first), {@code hogflare_person_overrides}, the latest of each distinct id, the same
 * with all rows under the suffix {@code _raw}, and all of them also in the schema {@code default}.
 * The lakes of {@link ShadowLakes shadow generations} are there under the same names with the
 * suffix {@code _g2} and so on, before {@code _raw}. Each query sees the snapshots that are current
 * when it starts. Nothing can be written, and no other file be read. Used by one thread at a time.
 */
public final class LakeQuery implements AutoCloseable {

  /**
   * How much of the machine queries may use.
   *
   * @param memoryMegabytes memory of DuckDB, past which it uses temporary files; at least 64
   * @param threads threads of DuckDB; at least 1
   */
  public record Resources(int memoryMegabytes, int threads) {
    /** A gigabyte and all processors. */
    public static final Resources DEFAULT =
        new Resources(1024, Runtime.getRuntime().availableProcessors());

    /** Checks the bounds. */
    public Resources {
      if (memoryMegabytes < 64 || threads < 1) {
        throw new IllegalArgumentException("Queries need 64 MB and one thread at least.");
      }
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(LakeQuery.class);

  /** Disk that a query may take for what does not fit into its memory. */
  private static final String TEMPORARY_SPACE = "16GB";

  private static final Duration BETWEEN_CANCELS = Duration.ofMillis(50);

  private final List<LakeCatalog> catalogs;
  private final Connection connection;
  private final Path temporary;
  private final List<LakeViews> views;

  private LakeQuery(
      List<LakeCatalog> catalogs, List<LakeViews> views, Connection connection, Path temporary) {
    this.catalogs = catalogs;
    this.views = views;
    this.connection = connection;
    this.temporary = temporary;
  }

  /** Opens the lake of a folder with the default resources. */
  public static LakeQuery open(Path folder) {
    return open(folder, Resources.DEFAULT);
  }

  /**
   * Opens the lake of a folder.
   *
   * @throws LakeQueryException if there is none
   */
  public static LakeQuery open(Path folder, Resources resources) {
    List<LakeCatalog> catalogs = new ArrayList<>();
    List<LakeViews> views = new ArrayList<>();
    List<Path> warehouses = new ArrayList<>();
    Path temporary = null;
    try {
      catalogs.add(
          LakeCatalog.openForReading(folder)
              .orElseThrow(
                  () ->
                      new LakeQueryException(
                          "There is no lake in "
                              + folder.toAbsolutePath().normalize()
                              + "; start one there, or name another folder.")));
      warehouses.add(folder);
      views(catalogs.get(0), "", views);
      for (Generation generation : ShadowLakes.in(folder)) {
        Path shadow = ShadowLakes.folder(folder, generation);
        LakeCatalog.openForReading(shadow)
            .ifPresent(
                catalog -> {
                  catalogs.add(catalog);
                  warehouses.add(shadow);
                  views(catalog, "_" + generation, views);
                });
      }
      temporary = Files.createTempDirectory("hogflare-sql-");
      return new LakeQuery(catalogs, views, connect(warehouses, resources, temporary), temporary);
    } catch (IOException e) {
      catalogs.forEach(LakeCatalog::close);
      throw new UncheckedIOException("No temporary folder can be created.", e);
    } catch (SQLException e) {
      catalogs.forEach(LakeCatalog::close);
      delete(temporary);
      throw failure(e);
    } catch (RuntimeException e) {
      catalogs.forEach(LakeCatalog::close);
      throw e;
    }
  }

  private static void views(LakeCatalog catalog, String suffix, List<LakeViews> views) {
    views.add(
        new LakeViews(
            suffix,
            new TableView(LakeTable.EVENTS, catalog, suffix),
            new TableView(LakeTable.RECORDINGS, catalog, suffix),
            new TableView(LakeTable.PERSONS, catalog, suffix),
            new TableView(LakeTable.PERSON_OVERRIDES, catalog, suffix)));
  }

  private static Connection connect(List<Path> lakes, Resources resources, Path temporary)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("memory_limit", resources.memoryMegabytes() + "MB");
    properties.setProperty("threads", Integer.toString(resources.threads()));
    properties.setProperty("temp_directory", temporary.toString());
    properties.setProperty("max_temp_directory_size", TEMPORARY_SPACE);
    properties.setProperty("autoinstall_known_extensions", "false");
    properties.setProperty("autoload_known_extensions", "false");
    Connection connection = DriverManager.getConnection("jdbc:duckdb:", properties);
    String warehouses =
        lakes.stream()
            .map(folder -> folder.toAbsolutePath().normalize().resolve("warehouse").toString())
            .map(SqlText::literal)
            .collect(Collectors.joining(", "));
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      statement.execute("CREATE SCHEMA \"default\"");
      statement.execute("CREATE SCHEMA " + TableView.INTERNAL_SCHEMA);
      statement.execute("SET allowed_directories = [" + warehouses + "]");
      statement.execute("SET enable_external_access = false");
      statement.execute("SET lock_configuration = true");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /**
   * Runs one statement that reads, for as long as it takes.
   *
   * @throws LakeQueryException if it is none, or DuckDB cannot run it; the message has DuckDB's
   *     words
   */
  public QueryResult query(String sql) {
    return query(sql, Optional.empty());
  }

  /**
   * Runs one statement that reads.
   *
   * @param patience how long it may take, if that is bounded
   * @throws LakeQueryException if it is none, takes longer, or DuckDB cannot run it
   */
  public QueryResult query(String sql, Optional<Duration> patience) {
    String text = SqlText.quoteDefaultSchema(sql);
    try {
      ReadOnlyStatement read = ReadOnlyStatement.parse(connection, text);
      for (LakeViews lake : views) {
        lake.refresh(connection, read.tables());
      }
      return patience.isEmpty() ? run(text) : run(text, patience.get());
    } catch (SQLException e) {
      throw failure(e);
    } catch (LakeQueryException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new LakeQueryException(
          "The lake cannot be read: " + oneSentence(String.valueOf(e.getMessage())) + ".", e);
    }
  }

  private QueryResult run(String text) throws SQLException {
    Statement statement = connection.createStatement();
    try {
      ResultSet rows = statement.executeQuery(text);
      return new QueryResult(statement, rows);
    } catch (SQLException e) {
      statement.close();
      throw e;
    }
  }

  private QueryResult run(String text, Duration patience) throws SQLException {
    Statement statement = connection.createStatement();
    AtomicBoolean late = new AtomicBoolean();
    CountDownLatch done = new CountDownLatch(1);
    Thread watch =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    if (!done.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                      late.set(true);
                      // A statement that is still being planned takes no notice.
                      do {
                        statement.cancel();
                      } while (!done.await(BETWEEN_CANCELS.toMillis(), TimeUnit.MILLISECONDS));
                    }
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  } catch (SQLException e) {
                    LOG.warn("A query that takes too long could not be cancelled", e);
                  }
                });
    try {
      ResultSet rows = statement.executeQuery(text);
      return new QueryResult(statement, rows);
    } catch (SQLException e) {
      statement.close();
      if (late.get()) {
        throw new LakeQueryException(
            "The query took longer than "
                + patience.toSeconds()
                + " s and was given up; ask for less, such as fewer days, or allow it more time.",
            e);
      }
      throw e;
    } finally {
      done.countDown();
      Threads.join(watch);
    }
  }

  /**
   * Returns how many rows of events and recordings were erased on demand, by project and hour of
   * their arrival, in hours since the epoch.
   */
  public Map<String, Map<Long, Long>> erasedEvents() {
    Map<String, Map<Long, Long>> erased = new HashMap<>();
    for (LakeTable lakeTable : List.of(LakeTable.EVENTS, LakeTable.RECORDINGS)) {
      catalogs
          .get(0)
          .find(lakeTable)
          .map(table -> ErasedCounts.readAll(table.properties()))
          .orElse(Map.of())
          .forEach(
              (token, hours) ->
                  hours.forEach(
                      (hour, count) ->
                          erased
                              .computeIfAbsent(token, t -> new HashMap<>())
                              .merge(hour, count, Long::sum)));
    }
    return erased;
  }

  /** Returns where DuckDB puts what does not fit into its memory. */
  Path temporaryFolder() {
    return temporary;
  }

  static LakeQueryException failure(SQLException e) {
    return new LakeQueryException("The query failed: " + oneSentence(e.getMessage()) + ".", e);
  }

  /** Leaves out the part of the query that DuckDB points to, and line ends. */
  static String oneSentence(String message) {
    int excerpt = message.indexOf("\n\nLINE ");
    String text = (excerpt < 0 ? message : message.substring(0, excerpt)).strip();
    return text.replaceAll("\\s*\\n\\s*", " ").replaceAll("[.\\s]+$", "");
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failure(e);
    } finally {
      catalogs.forEach(LakeCatalog::close);
      delete(temporary);
    }
  }

  private static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The folder " + folder + " cannot be deleted.", e);
    }
  }
}
