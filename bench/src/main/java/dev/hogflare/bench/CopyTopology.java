// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.Topics;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Copies raw events to the topic of events with one read and one write of a store: the baseline of
 * the person-processor.
 */
final class CopyTopology implements Supplier<Topology> {
  private static final String STORE = "copied";
  private static final int VALUE_BYTES = 500;

  private final Topics topics;
  private final LongAdder copied;

  CopyTopology(Topics topics, LongAdder copied) {
    this.topics = topics;
    this.copied = copied;
  }

  @Override
  public Topology get() {
    Topology topology = new Topology();
    topology.addSource(
        "raw", new ByteArrayDeserializer(), new ByteArrayDeserializer(), topics.eventsRaw().name());
    topology.addProcessor("copy", () -> new Copy(copied), "raw");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(STORE), Serdes.Bytes(), Serdes.ByteArray())
            .withCachingDisabled(),
        "copy");
    topology.addSink(
        "events",
        topics.events().name(),
        new ByteArraySerializer(),
        new ByteArraySerializer(),
        "copy");
    return topology;
  }

  private static final class Copy extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    private final LongAdder copied;
    private KeyValueStore<Bytes, byte[]> store;

    Copy(LongAdder copied) {
      this.copied = copied;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
      super.init(context);
      store = context.getStateStore(STORE);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      Bytes key = Bytes.wrap(record.key());
      byte[] old = store.get(key);
      byte[] value = new byte[VALUE_BYTES];
      System.arraycopy(record.value(), 0, value, 0, Math.min(VALUE_BYTES, record.value().length));
      value[0] = (byte) (old == null ? 0 : old[0] + 1);
      store.put(key, value);
      context()
          .forward(
              record.withHeaders(new org.apache.kafka.common.header.internals.RecordHeaders()));
      copied.increment();
    }
  }
}
