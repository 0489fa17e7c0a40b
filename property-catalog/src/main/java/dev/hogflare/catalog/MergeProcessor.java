// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.Definition;
import dev.hogflare.contract.DefinitionKey;
import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.SchemaChange;
import dev.hogflare.contract.ValueCounts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds what the threads counted up to definitions, and writes these to their topic.
 *
 * <p>What is new is written at once, a definition whose counts alone grew once in an interval:
 * otherwise each would be written with each commit.
 */
final class MergeProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(MergeProcessor.class);
  private static final byte[] NOTHING = {};

  /** Projects whose sizes are remembered; of another one the definitions are counted again. */
  private static final int SIZES = 10_000;

  private final Duration interval;
  private final CatalogMetrics metrics;
  private final RecentSizes sizes = new RecentSizes(SIZES, this::size);
  private final Set<Bytes> unwritten = new LinkedHashSet<>();
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<byte[], byte[]> definitions;
  private KeyValueStore<byte[], byte[]> pending;
  private long now;

  /**
   * Creates a processor for one task.
   *
   * @param interval the time between two records of a definition that only grew
   */
  MergeProcessor(Duration interval, CatalogMetrics metrics) {
    this.interval = interval;
    this.metrics = metrics;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    definitions = context.getStateStore(CatalogTopology.DEFINITIONS);
    pending = context.getStateStore(CatalogTopology.PENDING);
    sizes.clear();
    unwritten.clear();
    try (KeyValueIterator<byte[], byte[]> all = pending.all()) {
      all.forEachRemaining(entry -> unwritten.add(Bytes.wrap(entry.key)));
    }
    context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, time -> writePending(time));
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    now = record.timestamp();
    String token = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
    List<Seen> all;
    try {
      all = SeenCodec.read(record.value());
    } catch (MalformedRecordException e) {
      // Only this application writes the topic: a defect, or a newer version was here before.
      LOG.error("Counts of {} bytes cannot be read and are left out", length(record.value()), e);
      metrics.damaged();
      return;
    }
    for (Seen seen : all) {
      for (DefinitionKey key : Merge.keys(token, seen)) {
        merge(key, seen);
      }
    }
  }

  private static int length(byte[] value) {
    return value == null ? 0 : value.length;
  }

  private void merge(DefinitionKey key, Seen seen) {
    byte[] bytes = key.toBytes();
    byte[] stored = definitions.get(bytes);
    if (stored == null && key.kind() != Kind.REFUSED && !hasRoom(key)) {
      long values = seen.values().total();
      merge(
          new DefinitionKey(key.token(), Kind.REFUSED, "", ""),
          new Seen(
              Kind.REFUSED,
              "",
              "",
              new ValueCounts(0, 0, 0, 0, values),
              seen.first(),
              seen.last()));
      return;
    }
    Definition before = stored == null ? null : Definition.fromRecord(bytes, stored);
    if (key.kind() == Kind.REFUSED) {
      metrics.refused(seen.values().total());
      if (before == null) {
        tell(Merge.limitReached(key, seen.last()));
      }
    }
    Merge.Result result = Merge.of(key, before, seen);
    byte[] json = result.definition().toJson();
    definitions.put(bytes, json);
    result.changes().forEach(this::tell);
    boolean news =
        before == null
            || !before.type().equals(result.definition().type())
            || !result.changes().isEmpty();
    if (news) {
      write(bytes, json);
    } else if (unwritten.add(Bytes.wrap(bytes))) {
      pending.put(bytes, NOTHING);
    }
  }

  /** Whether a project has room for one more definition of this kind, which it then has. */
  private boolean hasRoom(DefinitionKey key) {
    int[] size = sizes.of(key.token());
    int which = key.kind() == Kind.EVENTS_PROPERTY ? 1 : 0;
    if (size[which] >= Merge.limit(key.kind())) {
      return false;
    }
    size[which]++;
    return true;
  }

  private int[] size(String token) {
    int[] size = new int[2];
    try (KeyValueIterator<byte[], byte[]> all =
        definitions.prefixScan(DefinitionKey.prefix(token), new ByteArraySerializer())) {
      while (all.hasNext()) {
        KeyValue<byte[], byte[]> entry = all.next();
        switch (DefinitionKey.fromBytes(entry.key).kind()) {
          case EVENTS_PROPERTY -> size[1]++;
          case REFUSED -> {
            // It takes nobody's room.
          }
          case EVENT, EVENT_PROPERTY, PERSON_PROPERTY, GROUP_PROPERTY -> size[0]++;
        }
      }
    }
    return size;
  }

  private void write(byte[] key, byte[] json) {
    context.forward(new Record<>(key, json, now), CatalogTopology.WRITE_DEFINITION);
    metrics.wrote();
    if (unwritten.remove(Bytes.wrap(key))) {
      pending.delete(key);
    }
  }

  private void writePending(long time) {
    now = time;
    for (Bytes key : List.copyOf(unwritten)) {
      write(key.get(), definitions.get(key.get()));
    }
  }

  private void tell(SchemaChange change) {
    context.forward(
        new Record<>(change.toKey(), change.toJson(), now), CatalogTopology.WRITE_CHANGE);
    metrics.changed(change.change());
  }
}
