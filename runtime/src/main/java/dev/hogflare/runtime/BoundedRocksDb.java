// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.WriteBufferManager;

/**
 * Bounds the memory of all RocksDB stores of the process together.
 *
 * <p>By default each store of each partition would take its own block cache and write buffers. The
 * shared objects live as long as the process, because stores are opened and closed whenever
 * partitions move.
 *
 * <p>RocksDB keeps the bound on write buffers by flushing the store that is written to. What other
 * stores hold stays, so that without shares a process with many partitions would fill its bound
 * with buffers that nobody writes to, and then flush at every write. So each store's buffer ends at
 * a share that leaves room for those of all other tasks.
 */
public final class BoundedRocksDb implements RocksDBConfigSetter {
  private static final long MEGABYTE = 1024L * 1024L;
  private static final int BLOOM_BITS = 10;

  /** A buffer takes its memory in such blocks, the first of them with its first key. */
  private static final long ARENA_BLOCK_BYTES = 64L * 1024;

  /** RocksDB begins to flush when so much of the bound is written to. */
  private static final double USABLE = 0.875;

  /** Kafka Streams' own default is the largest buffer of a store. */
  private static final long LARGEST_BUFFER_BYTES = 16 * MEGABYTE;

  /** Below this a flush costs more than what it writes. */
  private static final long SMALLEST_BUFFER_BYTES = 512L * 1024;

  /** A task has one store that is written for each event, and others that mostly hold little. */
  private static final double SHARE_OF_A_STORE = 0.6;

  private static final String TASK_FOLDERS = "[0-9]*_[0-9]*";

  private static volatile long budget = 256 * MEGABYTE;

  /** Created by Kafka Streams. */
  public BoundedRocksDb() {}

  /** Sets the bound; effective only before the first store is opened. */
  public static void limitTo(long megabytes) {
    budget = megabytes * MEGABYTE;
  }

  @Override
  public void setConfig(String store, Options options, Map<String, Object> settings) {
    options.setTableFormatConfig(bounded((BlockBasedTableConfig) options.tableFormatConfig()));
    options.setWriteBufferManager(Shared.BUFFERS);
    options.setWriteBufferSize(bufferBytes(stateDir(settings)));
    options.setArenaBlockSize(ARENA_BLOCK_BYTES);
  }

  private static Path stateDir(Map<String, Object> settings) {
    Object configured = settings.get(StreamsConfig.STATE_DIR_CONFIG);
    return configured == null
        ? Path.of(System.getProperty("java.io.tmpdir"), "kafka-streams")
        : Path.of(configured.toString());
  }

  /**
   * Returns how large the write buffer of a store that is opened now may become.
   *
   * @param stateDir the folder with a folder for each application, in which each task has one
   */
  static long bufferBytes(Path stateDir) {
    double share = SHARE_OF_A_STORE * USABLE * (budget / 2) / Math.max(1, tasks(stateDir));
    return Math.clamp((long) share, SMALLEST_BUFFER_BYTES, LARGEST_BUFFER_BYTES);
  }

  /** Kafka Streams makes the folders of all tasks that it is given before it opens a store. */
  private static int tasks(Path stateDir) {
    if (!Files.isDirectory(stateDir)) {
      return 0;
    }
    int tasks = 0;
    try (DirectoryStream<Path> applications =
        Files.newDirectoryStream(stateDir, Files::isDirectory)) {
      for (Path application : applications) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(application, TASK_FOLDERS)) {
          for (Path ignored : folders) {
            tasks++;
          }
        } catch (NoSuchFileException e) {
          // The state of a generation that ended may be deleted at any time; it has no tasks.
          continue;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The state folder " + stateDir + " cannot be listed.", e);
    }
    return tasks;
  }

  /** Bounds a database that Kafka Streams does not open. */
  static void bound(DBOptions options) {
    options.setWriteBufferManager(Shared.BUFFERS);
  }

  /** Bounds the tables of a column family of such a database, and the blocks of its buffer. */
  static void bound(ColumnFamilyOptions options) {
    options.setArenaBlockSize(ARENA_BLOCK_BYTES);
    options.setTableFormatConfig(bounded(new BlockBasedTableConfig()));
  }

  private static BlockBasedTableConfig bounded(BlockBasedTableConfig tables) {
    tables.setBlockCache(Shared.CACHE);
    tables.setCacheIndexAndFilterBlocks(true);
    tables.setCacheIndexAndFilterBlocksWithHighPriority(true);
    tables.setPinTopLevelIndexAndFilter(true);
    tables.setFilterPolicy(Shared.BLOOM);
    return tables;
  }

  @Override
  public void close(String store, Options options) {
    // The shared cache, buffers and filter outlive every single store.
  }

  /** Created when the first store is opened, with the bound that holds then. */
  private static final class Shared {
    static final Cache CACHE = new LRUCache(budget, -1, false, 0.2);
    static final WriteBufferManager BUFFERS = new WriteBufferManager(budget / 2, CACHE);
    static final BloomFilter BLOOM = new BloomFilter(BLOOM_BITS);
  }
}
