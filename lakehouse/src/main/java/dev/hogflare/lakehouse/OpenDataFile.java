// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.parquet.Parquet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Parquet file of one day that takes rows until it is closed. */
final class OpenDataFile {
  private static final Logger LOG = LoggerFactory.getLogger(OpenDataFile.class);

  private final Table table;
  private final StructLike partition;
  private final OutputFile file;
  private final FileAppender<RowWriter.Row> appender;
  private final RowWriter.Row row = new RowWriter.Row();

  /**
   * Creates a file.
   *
   * @param ingestMicros a moment of the day whose rows it takes
   * @param name the file's name, which no other file of the table has
   */
  OpenDataFile(Table table, RowLayout layout, long ingestMicros, String name) throws IOException {
    this.table = table;
    partition = partition(table, ingestMicros);
    file =
        table
            .io()
            .newOutputFile(table.locationProvider().newDataLocation(table.spec(), partition, name));
    appender =
        Parquet.write(file)
            .forTable(table)
            .metricsConfig(MetricsConfig.forTable(table))
            .createWriterFunc(parquet -> new RowWriter(layout, parquet))
            .build();
  }

  /** Returns the partition of the rows of a moment. */
  static StructLike partition(Table table, long ingestMicros) {
    PartitionKey key = new PartitionKey(table.spec(), table.schema());
    key.partition(new IngestTime(table.schema().columns().size(), ingestMicros));
    return key;
  }

  /** Adds all rows of a batch. */
  void add(RowBatch batch) {
    for (int i = 0; i < batch.rows(); i++) {
      appender.add(row.at(batch, i));
    }
  }

  /** Returns about how long the file is, in bytes. */
  long length() {
    return appender.length();
  }

  /** Completes the file and returns what a commit needs to know of it. */
  DataFile finish() throws IOException {
    appender.close();
    return DataFiles.builder(table.spec())
        .withPath(file.location())
        .withFormat("parquet")
        .withPartition(partition)
        .withFileSizeInBytes(appender.length())
        .withMetrics(appender.metrics())
        .withSplitOffsets(appender.splitOffsets())
        .build();
  }

  /** Gives the file up; what cannot be deleted of it, the next start deletes. */
  void abandon() {
    try (appender) {
      LOG.debug("{} is given up", file.location());
    } catch (IOException | RuntimeException e) {
      LOG.debug("{} could not be completed", file.location(), e);
    }
    try {
      table.io().deleteFile(file.location());
    } catch (RuntimeException e) {
      LOG.warn("{} is left behind", file.location(), e);
    }
  }

  /** A row of which only the ingest time is asked for. */
  private record IngestTime(int size, long micros) implements StructLike {
    @Override
    public <T> T get(int position, Class<T> type) {
      return type.cast(micros);
    }

    @Override
    public <T> void set(int position, T value) {
      throw new UnsupportedOperationException("A row is only read.");
    }
  }
}
