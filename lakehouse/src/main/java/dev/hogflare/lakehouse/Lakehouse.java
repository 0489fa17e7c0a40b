// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.RowSchema;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.Service;
import io.helidon.webserver.WebServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.iceberg.data.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local lake: a Pipelines endpoint on one side, Iceberg tables on disk on the other.
 *
 * <p>A 200 means that the rows are on disk; within the commit interval they are in their table,
 * each exactly once whatever happens in between. {@link LakeQuery} reads the tables, in this
 * process or another.
 */
public final class Lakehouse implements Service {
  private static final Logger LOG = LoggerFactory.getLogger(Lakehouse.class);

  private static final long MAINTENANCE_SECONDS = 60;
  private static final String PERSON_ID = "person_id";
  private static final String DISTINCT_ID = "distinct_id";
  private static final String DISTINCT_IDS = "distinct_ids";

  private final LakeConfig config;
  private final MeterRegistry registry;
  private final InstantSource clock;
  private final Map<String, TableStream> streams = new LinkedHashMap<>();
  private LakeLock lock;
  private LakeCatalog catalog;
  private WebServer server;
  private final Map<LakeTable, TableEraser> erasers = new EnumMap<>(LakeTable.class);
  private final List<TableMaintenance> maintenance = new ArrayList<>();
  private volatile Optional<Eraser> beside = Optional.empty();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread maintenanceThread = new Thread(this::maintain, "lake-maintenance");

  /** Creates a lake that is not started yet and whose numbers go to a registry. */
  public Lakehouse(LakeConfig config, MeterRegistry registry) {
    this(config, registry, InstantSource.system());
  }

  Lakehouse(LakeConfig config, MeterRegistry registry, InstantSource clock) {
    this.config = config;
    this.registry = registry;
    this.clock = clock;
  }

  /**
   * Starts the lake and returns when it listens.
   *
   * @throws IllegalStateException if another process writes to the folder, a table or journal in it
   *     cannot be used, or the port is taken; the message says what to do
   */
  @Override
  public void start() {
    try {
      lock = LakeLock.take(config.folder());
      catalog = LakeCatalog.openForWriting(config.folder());
      catalog.remember(config.columns());
      for (LakeTable table : LakeTable.values()) {
        ReentrantLock commitLock = new ReentrantLock();
        streams.put(
            table.tableName(),
            new TableStream(table, config, catalog, registry, clock, commitLock));
        ReentrantLock rewriteLock = new ReentrantLock();
        maintenance.add(new TableMaintenance(table, catalog, commitLock, rewriteLock, clock));
        erasers.put(table, new TableEraser(table, catalog, commitLock, rewriteLock));
      }
      streams.values().forEach(TableStream::start);
      maintenanceThread.start();
      server =
          WebServer.builder()
              .host(config.address().host())
              .port(config.address().port())
              .connectionOptions(connection -> connection.tcpNoDelay(true))
              .shutdownHook(false)
              .addRouting(
                  LakeRoutes.routing(
                      new StreamHandler(streams, config, registry),
                      new EraseHandler(new BearerToken(config.token()), this::eraseEverywhere)))
              .build()
              .start();
      if (listensEverywhere() && config.token().isEmpty()) {
        LOG.warn("Whoever reaches {} can write to the lake; set a token", config.address());
      }
      if (!server.isRunning()) {
        throw new IllegalStateException(
            "The lake cannot listen on "
                + config.address()
                + "; free the port, or set another with HOGFLARE_LAKE_PORT.");
      }
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(
          "The folder "
              + config.folder()
              + " cannot be used as a lake; check its path, permissions and free space.",
          e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Lets whoever is erased over HTTP be erased from other lakes as well. */
  public void eraseAlso(Eraser other) {
    beside = Optional.of(other);
  }

  private Erasure.Outcome eraseEverywhere(Erasure erasure) throws IOException {
    Erasure.Outcome here = erase(erasure);
    Optional<Eraser> others = beside;
    return others.isEmpty() ? here : here.and(others.get().erase(erasure.with(here.distinctIds())));
  }

  /**
   * Removes a person's rows from a lake that no process writes to. What is in the journal alone
   * comes into the tables with the columns that the last process filled.
   *
   * @param folder the folder of the lake
   * @throws IOException as {@link #erase(Erasure)}
   * @throws IllegalStateException as {@link #start}
   */
  public static Erasure.Outcome erase(Path folder, Erasure erasure) throws IOException {
    try (Lakehouse lake = atRest(folder)) {
      lake.start();
      return lake.erase(erasure);
    }
  }

  /** Returns a lake for a command, with the columns that the last process filled. */
  private static Lakehouse atRest(Path folder) throws IOException {
    List<PromotedColumn> columns = PromotedColumn.STANDARD;
    Optional<LakeCatalog> present = LakeCatalog.openForReading(folder);
    if (present.isPresent()) {
      try (LakeCatalog catalog = present.get()) {
        columns = catalog.remembered();
      }
    }
    return new Lakehouse(
        LakeConfig.local(folder, 0, Duration.ofMinutes(1), columns), new SimpleMeterRegistry());
  }

  /**
   * What the care of a lake did, over all tables.
   *
   * @param merged files that were merged
   * @param into files that they were merged into
   * @param snapshots snapshots that were forgotten
   * @param orphans files that no snapshot needed and that were deleted
   */
  public record Care(int merged, int into, int snapshots, int orphans) {}

  /**
   * Takes care of a lake that no process writes to: what is in the journal comes into the tables
   * with the columns that the last process filled, small files are merged, old snapshots are
   * forgotten, and files that nobody needs are deleted.
   *
   * @param orphanAge how old a file must be that no snapshot needs
   * @throws IOException if a file cannot be read, written or deleted
   * @throws IllegalStateException as {@link #start}
   */
  public static Care maintain(Path folder, Duration orphanAge) throws IOException {
    try (Lakehouse lake = atRest(folder)) {
      lake.start();
      Care all = new Care(0, 0, 0, 0);
      for (TableMaintenance table : lake.maintenance) {
        TableMaintenance.Done done = table.runThoroughly(orphanAge);
        all =
            new Care(
                all.merged() + done.merged(),
                all.into() + done.into(),
                all.snapshots() + done.snapshots(),
                all.orphans() + done.orphans());
      }
      return all;
    }
  }

  /** Takes care of the tables now and then until the lake closes. */
  private void maintain() {
    try {
      while (!closing.await(MAINTENANCE_SECONDS, TimeUnit.SECONDS)) {
        maintenance.forEach(TableMaintenance::run);
      }
    } catch (InterruptedException e) {
      LOG.warn("The maintenance of the tables was interrupted and ends", e);
    }
  }

  /** Returns the port that is listened on. */
  public int port() {
    return server.port();
  }

  /** Returns the URL that takes the rows of a table, as this machine reaches it. */
  public URI endpoint(RowSchema table) {
    String host = listensEverywhere() ? "127.0.0.1" : config.address().host();
    String literal = host.contains(":") ? "[" + host + "]" : host;
    return URI.create("http://" + literal + ":" + port() + "/streams/" + table.name());
  }

  private boolean listensEverywhere() {
    return config.address().host().equals("0.0.0.0") || config.address().host().equals("::");
  }

  /** Returns the rows that this process brought into a table, those of earlier ones excepted. */
  public long rowsCommitted(RowSchema table) {
    return stream(table).metrics().committedRows();
  }

  /** Returns when rows last came into a table, if they did since the start. */
  public Optional<Instant> lastCommit(RowSchema table) {
    return stream(table).metrics().lastCommit();
  }

  /** Returns the rows of all tables that are durable and not in their table yet. */
  public long backlogRows() {
    return streams.values().stream().mapToLong(stream -> stream.metrics().pendingRows()).sum();
  }

  /** Commits all rows that were answered 200 before, and returns when they can be queried. */
  public void commitNow() {
    CompletableFuture<?>[] commits =
        streams.values().stream().map(TableStream::commitNow).toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(commits).join();
  }

  /**
   * Removes a person's rows that were answered 200 before, from the tables, the journal and the
   * disk; rows that come in meanwhile stay.
   *
   * <p>All that the snapshots know of the person counts: whoever shares a distinct id with it is
   * it. A query that began before may fail, because its files are gone.
   *
   * @throws IOException if a file cannot be read or written; nothing is lost, and what was not
   *     removed yet is removed by the next call
   */
  public Erasure.Outcome erase(Erasure erasure) throws IOException {
    // What is in the journal alone comes into the tables, and the journal's files go.
    commitNow();
    Set<String> ids = new HashSet<>(erasure.distinctIds());
    Set<String> persons = new HashSet<>(erasure.personIds());
    TableEraser snapshots = erasers.get(LakeTable.PERSONS);
    boolean[] grew = {true};
    while (grew[0]) {
      grew[0] = false;
      snapshots.visit(
          erasure.token(),
          List.of(PERSON_ID, DISTINCT_IDS),
          row -> {
            if (isOf(row, ids, persons)) {
              grew[0] |= persons.add(String.valueOf(row.getField(PERSON_ID)));
              grew[0] |= ids.addAll(distinctIds(row));
            }
          });
    }
    long events = 0;
    int files = 0;
    for (LakeTable table : List.of(LakeTable.EVENTS, LakeTable.RECORDINGS)) {
      TableEraser.Removed removed =
          erasers
              .get(table)
              .erase(
                  erasure.token(),
                  List.of(PERSON_ID, DISTINCT_ID),
                  row -> isOfIds(row, ids, persons));
      events += removed.rows();
      files += removed.files();
    }
    TableEraser.Removed fromSnapshots =
        snapshots.erase(
            erasure.token(), List.of(PERSON_ID, DISTINCT_IDS), row -> isOf(row, ids, persons));
    TableEraser.Removed fromOverrides =
        erasers
            .get(LakeTable.PERSON_OVERRIDES)
            .erase(
                erasure.token(),
                List.of(PERSON_ID, DISTINCT_ID),
                row -> isOfIds(row, ids, persons));
    return new Erasure.Outcome(
        events,
        fromSnapshots.rows(),
        files + fromSnapshots.files() + fromOverrides.files(),
        Set.copyOf(ids));
  }

  private static boolean isOfIds(Record row, Set<String> ids, Set<String> persons) {
    return ids.contains(String.valueOf(row.getField(DISTINCT_ID)))
        || persons.contains(String.valueOf(row.getField(PERSON_ID)));
  }

  private static boolean isOf(Record snapshot, Set<String> ids, Set<String> persons) {
    return persons.contains(String.valueOf(snapshot.getField(PERSON_ID)))
        || distinctIds(snapshot).stream().anyMatch(ids::contains);
  }

  private static List<String> distinctIds(Record snapshot) {
    return snapshot.getField(DISTINCT_IDS) instanceof List<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of();
  }

  private TableStream stream(RowSchema table) {
    TableStream stream = streams.get(table.name());
    if (stream == null) {
      throw new IllegalArgumentException("The lake has no table " + table.name() + ".");
    }
    return stream;
  }

  @Override
  public Health health() {
    List<String> failures = new ArrayList<>();
    for (TableStream stream : streams.values()) {
      String failure = stream.failureOrNull();
      if (failure != null) {
        failures.add(failure);
      }
    }
    return failures.isEmpty()
        ? Health.up(backlogRows() + " rows wait for the next commit.")
        : Health.down(String.join(" ", failures));
  }

  /** Stops to listen, commits what is pending, and frees the folder. */
  @Override
  public void close() {
    if (server != null) {
      server.stop();
      server = null;
    }
    closing.countDown();
    maintenance.forEach(TableMaintenance::stop);
    Threads.join(maintenanceThread);
    streams.values().forEach(TableStream::close);
    if (catalog != null) {
      catalog.close();
      catalog = null;
    }
    if (lock != null) {
      lock.close();
      lock = null;
    }
  }
}
