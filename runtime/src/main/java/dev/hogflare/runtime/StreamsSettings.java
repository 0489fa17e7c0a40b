// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import dev.hogflare.contract.Generation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a Kafka Streams application of ours runs, whatever its topology.
 *
 * @param applicationId names the consumer group, the internal topics and the folder of state
 * @param instanceId the stable name of this instance, so that a restart rejoins without a session
 *     timeout
 * @param stateDir the folder of local state
 * @param threads stream threads of this instance
 * @param commitInterval the time between commits; each topic on an event's way costs about one of
 *     them
 * @param replicationFactor replicas of the internal topics
 * @param advertised where other instances reach this one's lookups, or empty for a single instance
 * @param standbyReplicas how many other instances keep a copy of each partition's state
 * @param rack where this instance runs, so that copies are kept elsewhere, or empty
 * @param onStop what becomes of this instance's partitions when it stops
 */
public record StreamsSettings(
    String applicationId,
    String instanceId,
    Path stateDir,
    int threads,
    Duration commitInterval,
    int replicationFactor,
    Optional<HostPort> advertised,
    int standbyReplicas,
    Optional<String> rack,
    OnStop onStop) {
  /** What becomes of the partitions of an instance that stops. */
  public enum OnStop {
    /** Others take them over at once. */
    LEAVE,
    /** They wait for its restart, for as long as the session timeout. */
    STAY
  }

  private static final String RACK_TAG = "rack";

  /** Kafka Streams says which partition has a key only if an instance has an address, any one. */
  private static final HostPort NOWHERE = new HostPort("127.0.0.1", 1);

  /** Creates settings without copies of state. */
  public StreamsSettings(
      String applicationId,
      String instanceId,
      Path stateDir,
      int threads,
      Duration commitInterval,
      int replicationFactor,
      Optional<HostPort> advertised) {
    this(
        applicationId,
        instanceId,
        stateDir,
        threads,
        commitInterval,
        replicationFactor,
        advertised,
        0,
        Optional.empty(),
        OnStop.LEAVE);
  }

  /** Reads the settings of the application whose id is the topic prefix followed by a name. */
  public static StreamsSettings from(Settings settings, String name) {
    return new StreamsSettings(
        settings.required(Variable.HOGFLARE_TOPIC_PREFIX) + name,
        settings.required(Variable.HOGFLARE_INSTANCE_ID),
        Path.of(settings.required(Variable.HOGFLARE_STATE_DIR)),
        settings.wholeNumber(Variable.HOGFLARE_STREAM_THREADS, 1, 64),
        settings.millis(Variable.HOGFLARE_COMMIT_INTERVAL_MS, 5, 60_000),
        settings.wholeNumber(Variable.HOGFLARE_REPLICATION_FACTOR, 1, 10),
        settings.optionalAddress(Variable.HOGFLARE_ADVERTISED_ADDRESS),
        settings.wholeNumber(Variable.HOGFLARE_STANDBY_REPLICAS, 0, 10),
        settings.optional(Variable.HOGFLARE_RACK),
        settings.choice(Variable.HOGFLARE_ON_STOP, OnStop.class));
  }

  /**
   * Returns how a generation of the same application runs, with an id and so a state of its own.
   */
  public StreamsSettings of(Generation generation) {
    return new StreamsSettings(
        applicationId + generation.suffix(),
        instanceId,
        stateDir,
        threads,
        commitInterval,
        replicationFactor,
        advertised,
        standbyReplicas,
        rack,
        onStop);
  }

  /** Returns the same settings with another time between commits. */
  public StreamsSettings withCommitInterval(Duration interval) {
    return new StreamsSettings(
        applicationId,
        instanceId,
        stateDir,
        threads,
        interval,
        replicationFactor,
        advertised,
        standbyReplicas,
        rack,
        onStop);
  }

  /**
   * Returns the properties of the application; the operator's {@code STREAMS_} and {@code KAFKA_}
   * ones win.
   */
  Map<String, Object> properties(KafkaSettings kafka) {
    Map<String, Object> own = new HashMap<>();
    own.put("application.id", applicationId);
    own.put("state.dir", stateDir.toString());
    own.put("processing.guarantee", "exactly_once_v2");
    own.put("commit.interval.ms", commitInterval.toMillis());
    own.put("statestore.cache.max.bytes", 0L);
    own.put("num.stream.threads", threads);
    own.put("replication.factor", replicationFactor);
    own.put("ensure.explicit.internal.resource.naming", true);
    own.put("buffered.records.per.partition", 4_000);
    own.put("rocksdb.config.setter", BoundedRocksDb.class);
    own.put("consumer.group.instance.id", instanceId);
    own.put("consumer.max.poll.records", 2_000);
    own.put("consumer.max.partition.fetch.bytes", 4 * 1024 * 1024);
    own.put("consumer.auto.offset.reset", "earliest");
    own.put("producer.compression.type", "lz4");
    // A commit that gives up leaves its outcome open. Kafka Streams then makes the task anew but
    // goes on behind the records that it had read and not processed yet: they would be skipped.
    // So a commit waits for the brokers as long as they are away.
    own.put("producer.max.block.ms", (long) Integer.MAX_VALUE);
    own.put("producer.linger.ms", 20);
    own.put("producer.batch.size", 131_072);
    own.put("producer.buffer.memory", 64L * 1024 * 1024);
    own.put("producer.max.request.size", dev.hogflare.contract.Topics.MAX_RECORD_BYTES);
    own.put("application.server", advertised.orElse(NOWHERE).toString());
    own.put("num.standby.replicas", standbyReplicas);
    // An instance that is this close behind takes a partition over at once; others catch up first.
    own.put("acceptable.recovery.lag", 10_000L);
    own.put("probing.rebalance.interval.ms", 60_000L);
    rack.ifPresent(
        name -> {
          own.put("client.rack", name);
          own.put("client.tag." + RACK_TAG, name);
          own.put("rack.aware.assignment.tags", RACK_TAG);
        });
    return kafka.streams(own);
  }
}
