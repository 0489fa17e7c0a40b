// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/** Another engine, which writes files again and whose snapshots carry no note of ours. */
final class MergingWriter {
  private MergingWriter() {}

  /**
   * Puts copies in the place of all data files of a table.
   *
   * @param resolve tells where a file lies that the table names
   */
  static void replaceFiles(Table table, UnaryOperator<String> resolve) {
    RewriteFiles rewrite = table.newRewrite();
    boolean any = false;
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        DataFile file = task.file().copy();
        String copy =
            file.location().substring(0, file.location().lastIndexOf('/') + 1)
                + "merged-"
                + UUID.randomUUID()
                + ".parquet";
        Files.copy(Path.of(resolve.apply(file.location())), Path.of(resolve.apply(copy)));
        rewrite.deleteFile(file);
        rewrite.addFile(DataFiles.builder(table.spec()).copy(file).withPath(copy).build());
        any = true;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (any) {
      rewrite.commit();
    }
  }
}
