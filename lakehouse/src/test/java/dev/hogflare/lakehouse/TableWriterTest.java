// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.lakehouse.Journal.SegmentEnd;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableWriterTest {
  private static final long DAY_MICROS = 86_400_000_000L;

  @TempDir private Path folder;
  private final RowBatchParser parser =
      new RowBatchParser(LakeTable.EVENTS.layout(PromotedColumn.STANDARD), 1 << 20);
  private final LakeMetrics metrics = new LakeMetrics(new SimpleMeterRegistry(), LakeTable.EVENTS);
  private LakeCatalog catalog;
  private Table table;

  @BeforeEach
  void open() {
    catalog = LakeCatalog.openForWriting(folder);
    table = catalog.findOrCreate(LakeTable.EVENTS);
  }

  @AfterEach
  void close() {
    catalog.close();
  }

  private TableWriter writer(Table to) {
    return new TableWriter(
        LakeTable.EVENTS,
        LakeTable.EVENTS.layout(PromotedColumn.STANDARD),
        to,
        catalog,
        parser,
        metrics,
        InstantSource.fixed(Instant.EPOCH),
        new ReentrantLock(),
        new Backlog(1 << 20, 1 << 20));
  }

  /** A closed segment with one frame for each batch. */
  private SegmentEnd segment(long number, RowBatch... batches) throws IOException {
    JournalSegment segment = JournalSegment.of(folder, number);
    ByteBuffer frames = ByteBuffer.allocate(1 << 20);
    ByteBuffer header = ByteBuffer.allocate(JournalSegment.HEADER_BYTES);
    long rows = 0;
    for (RowBatch batch : batches) {
      JournalSegment.header(header, batch.ingestMicros(), batch.payload(), new CRC32C());
      frames.put(header).put(batch.payload());
      rows += batch.rows();
    }
    byte[] bytes = java.util.Arrays.copyOf(frames.array(), frames.position());
    Files.write(segment.file(), bytes);
    return new SegmentEnd(segment, rows, bytes.length);
  }

  private RowBatch batch(int from, int to, long ingestMicros) throws RefusedBodyException {
    RowBatch batch = parser.parse(TestRows.events(from, to));
    batch.ingestMicros(ingestMicros);
    return batch;
  }

  private List<FileScanTask> files() throws IOException {
    table.refresh();
    List<FileScanTask> files = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      tasks.forEach(files::add);
    }
    return files;
  }

  @Test
  void commitsASegmentOnceWithItsNumber() throws Exception {
    TableWriter writer = writer(table);
    writer.start();
    RowBatch batch = batch(0, 3, 1);
    writer.rows(batch);
    SegmentEnd end = segment(41, batch);
    writer.segmentEnd(end);
    writer.mark().get();

    assertThat(TableWriter.lastSegment(table)).isEqualTo(41);
    assertThat(end.segment().file()).doesNotExist();
    assertThat(table.snapshots()).hasSize(1);
    assertThat(metrics.committedRows()).isEqualTo(3);
    writer.close();
  }

  @Test
  void findsTheNumberBehindCommitsThatDoNotCarryIt() throws Exception {
    TableWriter writer = writer(table);
    writer.start();
    RowBatch batch = batch(0, 1, 1);
    writer.rows(batch);
    writer.segmentEnd(segment(3, batch));
    writer.mark().get();
    writer.close();
    table.newAppend().appendFile(files().getFirst().file().copy()).commit();

    assertThat(TableWriter.lastSegment(table)).isEqualTo(3);
    assertThat(writer(table).recover(folder)).isEqualTo(4);
  }

  @Test
  void writesOneFileForEachDayInOneCommit() throws Exception {
    TableWriter writer = writer(table);
    writer.start();
    RowBatch[] batches = {
      batch(0, 2, DAY_MICROS - 1), batch(2, 5, DAY_MICROS), batch(5, 6, DAY_MICROS + 5)
    };
    for (RowBatch batch : batches) {
      writer.rows(batch);
    }
    writer.segmentEnd(segment(1, batches));
    writer.mark().get();
    writer.close();

    assertThat(files())
        .extracting(
            task -> task.spec().partitionToPath(task.file().partition()),
            task -> task.file().recordCount())
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("__ingest_ts_day=1970-01-01", 2L),
            org.assertj.core.groups.Tuple.tuple("__ingest_ts_day=1970-01-02", 4L));
    assertThat(table.snapshots()).hasSize(1);
  }

  @Test
  void doesNotRepeatACommitThatSucceededAndFailedToSaySo() throws Exception {
    ForgetfulOperations operations =
        new ForgetfulOperations(((HasTableOperations) table).operations());
    TableWriter writer = writer(new BaseTable(operations, "hogflare_events"));
    writer.start();
    RowBatch batch = batch(0, 3, 1);
    writer.rows(batch);
    writer.segmentEnd(segment(1, batch));
    writer.mark().get();
    writer.close();

    assertThat(operations.commits).isEqualTo(1);
    assertThat(files()).hasSize(1);
    assertThat(Files.exists(Path.of(files().getFirst().file().location()))).isTrue();
    assertThat(metrics.committedRows()).isEqualTo(3);
  }

  @Test
  void repeatsACommitThatFailed() throws Exception {
    BrokenOnceOperations operations =
        new BrokenOnceOperations(((HasTableOperations) table).operations());
    TableWriter writer = writer(new BaseTable(operations, "hogflare_events"));
    writer.start();
    RowBatch batch = batch(0, 3, 1);
    writer.rows(batch);
    writer.segmentEnd(segment(1, batch));
    writer.mark().get();
    writer.close();

    assertThat(files()).hasSize(1);
    assertThat(files().getFirst().file().recordCount()).isEqualTo(3);
    try (var all = Files.walk(catalog.files().resolve(table.location()).resolve("data"))) {
      assertThat(all.filter(file -> file.toString().endsWith(".parquet"))).hasSize(1);
    }
  }

  /** Hands everything on to real operations. */
  private static class RealOperations implements TableOperations {
    private final TableOperations real;

    RealOperations(TableOperations real) {
      this.real = real;
    }

    @Override
    public TableMetadata current() {
      return real.current();
    }

    @Override
    public TableMetadata refresh() {
      return real.refresh();
    }

    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
      real.commit(base, metadata);
    }

    @Override
    public FileIO io() {
      return real.io();
    }

    @Override
    public String metadataFileLocation(String fileName) {
      return real.metadataFileLocation(fileName);
    }

    @Override
    public LocationProvider locationProvider() {
      return LocationProviders.locationsFor(current().location(), current().properties());
    }
  }

  /** Commits and then says that nobody knows. */
  private static final class ForgetfulOperations extends RealOperations {
    int commits;

    ForgetfulOperations(TableOperations real) {
      super(real);
    }

    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
      super.commit(base, metadata);
      commits++;
      throw new CommitStateUnknownException(new IOException("the connection is gone"));
    }
  }

  /** Fails at its first commit without having done anything. */
  private static final class BrokenOnceOperations extends RealOperations {
    private boolean failed;

    BrokenOnceOperations(TableOperations real) {
      super(real);
    }

    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
      if (!failed) {
        failed = true;
        throw new IllegalStateException("no space left");
      }
      super.commit(base, metadata);
    }
  }
}
