// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.StickyIdKey;
import dev.hogflare.contract.Topic;
import dev.hogflare.runtime.KafkaSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps by which id a person is hashed on a compacted topic, which every instance reads whole.
 *
 * <p>An id is used once Kafka has acknowledged it. When two instances store different ids of one
 * person at the same moment, the one that is later in the topic holds for both.
 */
final class StickyIdStore implements StickyIds, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StickyIdStore.class);
  private static final String AWAY = "The ids of experience continuity cannot be stored now.";

  private final ConcurrentMap<Owner, Map<String, String>> stored = new ConcurrentHashMap<>();
  private final Topic topic;
  private final Duration patience;
  private final FlagsMetrics metrics;
  private final CompactedTopicLoop loop;
  private final KafkaProducer<byte[], byte[]> producer;

  /** Whose ids they are. */
  private record Owner(String token, String distinctId) {}

  StickyIdStore(Topic topic, KafkaSettings kafka, Duration patience, FlagsMetrics metrics) {
    this.topic = topic;
    this.patience = patience;
    this.metrics = metrics;
    this.loop = new CompactedTopicLoop(topic, kafka, this::take);
    this.producer =
        new KafkaProducer<>(
            kafka.client(
                Map.of(
                    "client.id",
                    "hogflare-flags-sticky-ids",
                    "acks",
                    "all",
                    "enable.idempotence",
                    "true",
                    "linger.ms",
                    "0",
                    "max.block.ms",
                    Long.toString(patience.toMillis()))),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  void start() {
    loop.start();
  }

  /** Returns the reader of the topic. */
  CompactedTopicLoop loop() {
    return loop;
  }

  private void take(List<CompactedTopicLoop.Entry> entries) {
    for (CompactedTopicLoop.Entry entry : entries) {
      try {
        StickyIdKey key = StickyIdKey.fromBytes(entry.key());
        Owner owner = new Owner(key.token(), key.distinctId());
        String id =
            entry.value() == null ? null : new String(entry.value(), StandardCharsets.UTF_8);
        stored.compute(owner, (o, ids) -> with(ids, key.flag(), id));
      } catch (MalformedRecordException e) {
        LOG.warn("A record of {} is left out: {}", topic.name(), e.getMessage());
      }
    }
  }

  /** Most persons have an id for one or two flags, which an immutable map holds in little room. */
  private static Map<String, String> with(Map<String, String> ids, String flag, String id) {
    Map<String, String> changed = ids == null ? new HashMap<>() : new HashMap<>(ids);
    if (id == null) {
      changed.remove(flag);
    } else {
      changed.put(flag, id);
    }
    return changed.isEmpty() ? null : Map.copyOf(changed);
  }

  @Override
  public ContinuityKeys keys(
      String token, List<String> ids, Optional<String> anonymous, Set<String> flags) {
    if (!loop.isCaughtUp()) {
      return new ContinuityKeys.Unreachable("The ids of experience continuity are being read.");
    }
    Map<String, String> known = new HashMap<>();
    for (String id : ids) {
      stored.getOrDefault(new Owner(token, id), Map.of()).forEach(known::putIfAbsent);
    }
    List<String> missing =
        anonymous.isEmpty()
            ? List.of()
            : flags.stream().filter(flag -> !known.containsKey(flag)).toList();
    if (missing.isEmpty()) {
      return new ContinuityKeys.Known(known);
    }
    if (!store(token, ids.get(0), anonymous.get(), missing)) {
      return new ContinuityKeys.Unreachable(AWAY);
    }
    missing.forEach(flag -> known.put(flag, anonymous.get()));
    return new ContinuityKeys.Known(known);
  }

  private boolean store(String token, String distinctId, String id, List<String> flags) {
    boolean all = false;
    try {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      byte[] value = id.getBytes(StandardCharsets.UTF_8);
      for (String flag : flags) {
        byte[] key = new StickyIdKey(token, distinctId, flag).toBytes();
        sent.add(producer.send(new ProducerRecord<>(topic.name(), key, value)));
      }
      long deadline = System.nanoTime() + patience.toNanos();
      for (Future<RecordMetadata> one : sent) {
        one.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      }
      // What this instance stored it must not forget until it reads it back.
      Owner owner = new Owner(token, distinctId);
      flags.forEach(flag -> stored.compute(owner, (o, ids) -> with(ids, flag, id)));
      all = true;
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      LOG.warn("{}", AWAY, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    metrics.sticky(all, flags.size());
    return all;
  }

  @Override
  public void close() {
    loop.close();
    producer.close(Duration.ofSeconds(2));
  }
}
