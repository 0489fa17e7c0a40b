// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Options;

class BoundedRocksDbTest {
  private static final long MEGABYTE = 1024 * 1024;

  @TempDir Path stateDir;

  private void tasks(String application, int count) throws IOException {
    for (int task = 0; task < count; task++) {
      Files.createDirectories(stateDir.resolve(application).resolve("0_" + task));
    }
  }

  @Test
  void aStoreOfFewTasksHasTheBufferThatKafkaStreamsGives() throws Exception {
    tasks("persons", 4);
    assertThat(BoundedRocksDb.bufferBytes(stateDir)).isEqualTo(16 * MEGABYTE);
  }

  @Test
  void theBuffersOfOneStoreOfEachTaskFitIntoTheBoundTogether() throws Exception {
    tasks("persons", 32);
    tasks("groups", 32);
    Files.createFile(stateDir.resolve("persons").resolve("kafka-streams-process-metadata"));
    long buffer = BoundedRocksDb.bufferBytes(stateDir);
    assertThat(buffer).isBetween(MEGABYTE, 128 * MEGABYTE / 64);
  }

  @Test
  void aBufferIsNeverSoSmallThatAStoreDoesNothingButFlush() throws Exception {
    tasks("persons", 2_000);
    assertThat(BoundedRocksDb.bufferBytes(stateDir)).isEqualTo(MEGABYTE / 2);
  }

  @Test
  void aStoreThatKafkaStreamsOpensGetsItsShare() throws Exception {
    tasks("persons", 32);
    try (Options options = new Options()) {
      options.setTableFormatConfig(new BlockBasedTableConfig());
      new BoundedRocksDb().setConfig("actors", options, Map.of("state.dir", stateDir.toString()));
      assertThat(options.writeBufferSize()).isEqualTo(BoundedRocksDb.bufferBytes(stateDir));
      assertThat(options.arenaBlockSize()).isLessThan(MEGABYTE);
    }
  }
}
