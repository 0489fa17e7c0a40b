// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.processor.BatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/**
 * A set of keys on disk that begin with a time, of which whole spans of time are forgotten at once.
 *
 * <p>Made for keys that are nearly always new. Each time has a column family of its own, which is
 * dropped when it is old, and filters in memory and on disk answer for most keys that are not
 * there: Kafka's own store asks RocksDB in a way that throws a C++ exception for each of them.
 *
 * <p>Used by one thread at a time, as the tasks of Kafka Streams are. It keeps the offsets of its
 * changelog itself. What a process left that did not close it, or closed it with keys that it had
 * not committed, is taken for corrupted, as exactly-once processing wants it.
 */
public final class RecentKeyStore implements KeyValueStore<Bytes, byte[]> {
  /** The bytes of the time that a key begins with, most significant first. */
  public static final int TIME_BYTES = Long.BYTES;

  /** Of the buffer of another store: its keys are small, and two times may have one each. */
  private static final double BUFFER_SHARE = 0.5;

  /**
   * Of a write buffer, for the filter that spares the search in it. It is taken at once and counts
   * against the bound of all stores, so that a process of many partitions feels it; this is two
   * bytes a key.
   */
  private static final double FILTER_SHARE = 0.03;

  private static final long OFFSETS_BUFFER_BYTES = 64L * 1024;

  private static final byte[] PRESENT = {1};
  private static final byte[] STATUS = "status".getBytes(StandardCharsets.UTF_8);
  private static final byte[] OPEN = {0};
  private static final byte[] CLOSED = {1};

  static {
    RocksDB.loadLibrary();
  }

  private final String name;
  private final long keptMillis;

  /** The newest one last. */
  private final NavigableMap<Long, ColumnFamilyHandle> times = new TreeMap<>();

  private final Position position = Position.emptyPosition();
  private ColumnFamilyOptions keyOptions;
  private ColumnFamilyOptions offsetOptions;
  private DBOptions options;
  private WriteOptions writeOptions;
  private RocksDB database;

  /** Whether there are keys whose offset was not committed, and which may be those of an abort. */
  private boolean uncommitted;

  /** Holds the offsets of the changelog and whether the store was closed. */
  private ColumnFamilyHandle offsets;

  private RecentKeyStore(String name, Duration kept) {
    this.name = name;
    this.keptMillis = kept.toMillis();
  }

  /**
   * Returns a supplier of such stores.
   *
   * @param kept the age, measured from the newest time of any key, up to which keys are kept
   */
  public static KeyValueBytesStoreSupplier persistent(String name, Duration kept) {
    return new KeyValueBytesStoreSupplier() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public KeyValueStore<Bytes, byte[]> get() {
        return new RecentKeyStore(name, kept);
      }

      @Override
      public String metricsScope() {
        return "rocksdb";
      }
    };
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    open(context.stateDir().toPath(), context.taskId());
    context.register(root, restorer());
  }

  BatchingStateRestoreCallback restorer() {
    return new BatchingStateRestoreCallback() {
      @Override
      public void restoreAll(Collection<KeyValue<byte[], byte[]>> records) {
        records.forEach(record -> put(record.key));
      }

      @Override
      public void restore(byte[] key, byte[] value) {
        put(key);
      }
    };
  }

  private void open(Path taskFolder, TaskId task) {
    Path folder = taskFolder.resolve("rocksdb").resolve(name);
    keyOptions =
        options((long) (BUFFER_SHARE * BoundedRocksDb.bufferBytes(stateDir(taskFolder))))
            .setMemtablePrefixBloomSizeRatio(FILTER_SHARE)
            .setMemtableWholeKeyFiltering(true);
    offsetOptions = options(OFFSETS_BUFFER_BYTES);
    writeOptions = new WriteOptions().setDisableWAL(true);
    // What is flushed is then one state of all column families: offsets never run ahead of keys.
    options =
        new DBOptions()
            .setCreateIfMissing(true)
            .setAtomicFlush(true)
            .setInfoLogLevel(InfoLogLevel.ERROR_LEVEL)
            .setIncreaseParallelism(Math.max(Runtime.getRuntime().availableProcessors(), 2));
    BoundedRocksDb.bound(options);
    boolean clean;
    try {
      Files.createDirectories(folder);
      List<ColumnFamilyDescriptor> families = new ArrayList<>();
      families.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, offsetOptions));
      try (Options none = new Options()) {
        for (byte[] family : RocksDB.listColumnFamilies(none, folder.toString())) {
          if (!Arrays.equals(family, RocksDB.DEFAULT_COLUMN_FAMILY)) {
            families.add(new ColumnFamilyDescriptor(family, keyOptions));
          }
        }
      }
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      database = RocksDB.open(options, folder.toString(), families, handles);
      offsets = handles.getFirst();
      for (ColumnFamilyHandle handle : handles.subList(1, handles.size())) {
        times.put(Long.parseLong(new String(handle.getName(), StandardCharsets.UTF_8)), handle);
      }
      byte[] status = database.get(offsets, STATUS);
      clean = status == null || status[0] == CLOSED[0];
      database.put(offsets, writeOptions, STATUS, OPEN);
    } catch (RocksDBException | IOException e) {
      closeAll();
      throw new ProcessorStateException("The store " + name + " cannot be opened.", e);
    }
    if (!clean) {
      closeAll();
      throw new TaskCorruptedException(Set.of(task));
    }
  }

  /** A task's folder lies in that of its application. */
  private static Path stateDir(Path taskFolder) {
    return taskFolder.getParent().getParent();
  }

  private static ColumnFamilyOptions options(long writeBufferBytes) {
    ColumnFamilyOptions options =
        new ColumnFamilyOptions()
            .setWriteBufferSize(writeBufferBytes)
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setCompactionStyle(CompactionStyle.UNIVERSAL);
    BoundedRocksDb.bound(options);
    return options;
  }

  /** Returns a mark if the key is there, or null. */
  @Override
  public byte[] get(Bytes key) {
    byte[] bytes = key.get();
    ColumnFamilyHandle family = times.get(timeOf(bytes));
    int length = bytes.length - TIME_BYTES;
    if (family == null || !database.keyMayExist(family, bytes, TIME_BYTES, length, null)) {
      return null;
    }
    try {
      return database.get(family, bytes, TIME_BYTES, length) == null ? null : PRESENT;
    } catch (RocksDBException e) {
      throw new ProcessorStateException("The store " + name + " cannot be read.", e);
    }
  }

  /**
   * Adds a key, whatever the value; one that is too old already is not kept.
   *
   * @throws IllegalArgumentException if the value is null: no single key is forgotten
   */
  @Override
  public void put(Bytes key, byte[] value) {
    if (value == null) {
      throw new IllegalArgumentException("The store " + name + " forgets no single key.");
    }
    uncommitted = true;
    put(key.get());
  }

  private void put(byte[] key) {
    long time = timeOf(key);
    if (!times.isEmpty() && times.lastKey() - time > keptMillis) {
      return;
    }
    try {
      ColumnFamilyHandle family = times.get(time);
      if (family == null) {
        family = begin(time);
      }
      database.put(family, writeOptions, key, TIME_BYTES, key.length - TIME_BYTES, PRESENT, 0, 1);
    } catch (RocksDBException e) {
      throw new ProcessorStateException("The store " + name + " cannot be written.", e);
    }
  }

  private ColumnFamilyHandle begin(long time) throws RocksDBException {
    byte[] family = Long.toString(time).getBytes(StandardCharsets.UTF_8);
    ColumnFamilyHandle handle =
        database.createColumnFamily(new ColumnFamilyDescriptor(family, keyOptions));
    times.put(time, handle);
    Iterator<ColumnFamilyHandle> old =
        times.headMap(times.lastKey() - keptMillis, false).values().iterator();
    while (old.hasNext()) {
      ColumnFamilyHandle gone = old.next();
      old.remove();
      database.dropColumnFamily(gone);
      gone.close();
    }
    return handle;
  }

  private static long timeOf(byte[] key) {
    return ByteBuffer.wrap(key).getLong();
  }

  @Override
  public byte[] putIfAbsent(Bytes key, byte[] value) {
    byte[] present = get(key);
    if (present == null) {
      put(key, value);
    }
    return present;
  }

  @Override
  public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
    entries.forEach(entry -> put(entry.key, entry.value));
  }

  /** Not supported: whole times are forgotten, no single keys. */
  @Override
  public byte[] delete(Bytes key) {
    throw new UnsupportedOperationException("The store " + name + " forgets no single key.");
  }

  /** Not supported: nobody needs the keys in order. */
  @Override
  public KeyValueIterator<Bytes, byte[]> range(Bytes from, Bytes to) {
    throw new UnsupportedOperationException("The store " + name + " lists no keys.");
  }

  /** Not supported: nobody needs the keys in order. */
  @Override
  public KeyValueIterator<Bytes, byte[]> all() {
    throw new UnsupportedOperationException("The store " + name + " lists no keys.");
  }

  @Override
  public long approximateNumEntries() {
    try {
      long entries = 0;
      for (ColumnFamilyHandle family : times.values()) {
        entries += database.getLongProperty(family, "rocksdb.estimate-num-keys");
      }
      return entries;
    } catch (RocksDBException e) {
      throw new ProcessorStateException("The store " + name + " cannot be read.", e);
    }
  }

  @Override
  @Deprecated
  @SuppressWarnings("deprecation")
  public boolean managesOffsets() {
    return true;
  }

  @Override
  public void commit(Map<TopicPartition, Long> changelogOffsets) {
    try {
      if (changelogOffsets.isEmpty()) {
        forgetOffsets();
      }
      for (Map.Entry<TopicPartition, Long> entry : changelogOffsets.entrySet()) {
        byte[] key = offsetKey(entry.getKey());
        if (entry.getValue() == null) {
          database.delete(offsets, writeOptions, key);
        } else {
          byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(entry.getValue()).array();
          database.put(offsets, writeOptions, key, value);
        }
      }
      uncommitted = false;
    } catch (RocksDBException e) {
      throw new ProcessorStateException("The store " + name + " cannot be written.", e);
    }
  }

  /** Kafka Streams commits nothing of a store whose content it does not trust. */
  private void forgetOffsets() throws RocksDBException {
    try (RocksIterator all = database.newIterator(offsets)) {
      for (all.seekToFirst(); all.isValid(); all.next()) {
        if (!Arrays.equals(all.key(), STATUS)) {
          database.delete(offsets, writeOptions, all.key());
        }
      }
    }
  }

  @Override
  public Long committedOffset(TopicPartition partition) {
    try {
      byte[] value = database.get(offsets, offsetKey(partition));
      return value == null ? null : ByteBuffer.wrap(value).getLong();
    } catch (RocksDBException e) {
      throw new ProcessorStateException("The store " + name + " cannot be read.", e);
    }
  }

  private static byte[] offsetKey(TopicPartition partition) {
    return ("offset of " + partition).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    if (database == null) {
      return;
    }
    try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
      if (!uncommitted) {
        database.put(offsets, writeOptions, STATUS, CLOSED);
      }
      List<ColumnFamilyHandle> all = new ArrayList<>(times.values());
      all.add(offsets);
      database.flush(wait, all);
    } catch (RocksDBException e) {
      throw new ProcessorStateException("The store " + name + " cannot be closed.", e);
    } finally {
      closeAll();
    }
  }

  private void closeAll() {
    times.values().forEach(ColumnFamilyHandle::close);
    times.clear();
    if (database != null) {
      offsets.close();
      database.close();
      database = null;
    }
    options.close();
    writeOptions.close();
    keyOptions.close();
    offsetOptions.close();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean persistent() {
    return true;
  }

  @Override
  public boolean isOpen() {
    return database != null;
  }

  @Override
  public Position getPosition() {
    return position;
  }
}
