// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.util.Map;
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
 */
public final class BoundedRocksDb implements RocksDBConfigSetter {
  private static final long MEGABYTE = 1024L * 1024L;
  private static final int BLOOM_BITS = 10;
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
  }

  /** Bounds a database that Kafka Streams does not open. */
  static void bound(DBOptions options) {
    options.setWriteBufferManager(Shared.BUFFERS);
  }

  /** Bounds the tables of a column family of such a database. */
  static void bound(ColumnFamilyOptions options) {
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
