// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.RowSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Files;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types;

/** Writes rows of texts as Parquet and nothing else: the baseline of the lake. */
final class ParquetBaseline {
  private final Path folder;
  private final EventTemplate template;
  private int runs;

  ParquetBaseline(Path folder, EventTemplate template) {
    this.folder = folder;
    this.template = template;
  }

  /** Measures one file. */
  Sample run(long rows) throws Exception {
    Schema schema = schema();
    Path file = folder.resolve("baseline-" + ++runs + ".parquet");
    return Sample.of(() -> write(schema, file, rows));
  }

  private long write(Schema schema, Path file, long rows) throws IOException {
    try (FileAppender<GenericRecord> appender =
        Parquet.write(Files.localOutput(file.toFile()))
            .schema(schema)
            .set("write.parquet.compression-codec", "zstd")
            .createWriterFunc(type -> GenericParquetWriter.create(schema, type))
            .build()) {
      GenericRecord record = GenericRecord.create(schema);
      for (long n = 0; n < rows; n++) {
        GenericRecord row = record.copy();
        row.setField("uuid", EventTemplate.uuid(n).toString());
        row.setField("source", "posthog");
        row.setField("event", "$pageview");
        row.setField("distinct_id", template.distinctId(n));
        row.setField("created_at", "2026-11-21T04:43:25.123456Z");
        row.setField("properties", template.json(n));
        appender.add(row);
      }
    }
    return rows;
  }

  /** All columns are text; the lake's own types cost a little more. */
  private static Schema schema() {
    List<Types.NestedField> fields = new ArrayList<>();
    for (RowSchema.Column column : RowSchema.EVENTS.columns()) {
      fields.add(
          Types.NestedField.optional(fields.size() + 1, column.name(), Types.StringType.get()));
    }
    return new Schema(fields);
  }
}
