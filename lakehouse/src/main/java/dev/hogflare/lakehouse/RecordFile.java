// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.Closeable;
import java.io.IOException;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.parquet.Parquet;

/** A Parquet file of a table into which rows are written that were read from others. */
final class RecordFile implements Closeable {
  private final Table table;
  private final StructLike partition;
  private final OutputFile output;
  private final FileAppender<Record> appender;

  /**
   * Creates a file.
   *
   * @param kind how its name begins
   */
  RecordFile(Table table, StructLike partition, String kind) throws IOException {
    this.table = table;
    this.partition = partition;
    output =
        table
            .io()
            .newOutputFile(
                table
                    .locationProvider()
                    .newDataLocation(
                        table.spec(), partition, kind + "-" + UUID.randomUUID() + ".parquet"));
    appender =
        Parquet.write(output)
            .forTable(table)
            .metricsConfig(MetricsConfig.forTable(table))
            .createWriterFunc(GenericParquetWriter::create)
            .build();
  }

  /** Returns the rows of a Parquet file. */
  static CloseableIterable<Record> read(InputFile file, Schema schema) {
    return Parquet.read(file)
        .project(schema)
        .createReaderFunc(parquet -> GenericParquetReaders.buildReader(schema, parquet))
        .build();
  }

  void add(Record row) {
    appender.add(row);
  }

  @Override
  public void close() throws IOException {
    appender.close();
  }

  /** Removes a file that was closed and that nobody wants. */
  void delete() {
    table.io().deleteFile(output);
  }

  /** Returns what a commit needs to know of the file, once it is closed. */
  DataFile written() {
    return DataFiles.builder(table.spec())
        .withPath(output.location())
        .withFormat("parquet")
        .withPartition(partition)
        .withFileSizeInBytes(appender.length())
        .withMetrics(appender.metrics())
        .withSplitOffsets(appender.splitOffsets())
        .build();
  }
}
