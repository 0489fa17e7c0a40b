// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.cloudflare.CloudflareException;
import dev.hogflare.cloudflare.StreamCheck;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Service;
import dev.hogflare.runtime.SettingsException;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the rows of events, recordings, persons and person overrides from their topics to their
 * streams, at least once.
 *
 * <p>Each stream has its own consumer and its own thread, so that one in trouble does not hold the
 * others up. The topics must exist when it is started.
 */
public final class Forwarder implements Service {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
  private static final Duration PRODUCER_PATIENCE = Duration.ofSeconds(5);

  /** Rows wait meanwhile, and nobody can ask after the health. */
  private static final Duration COLUMNS_PATIENCE = Duration.ofSeconds(10);

  private final Map<RowStream, StreamForwarder> streams = new EnumMap<>(RowStream.class);
  private final Producer<byte[], byte[]> producer;
  private final HttpClient http;
  private final ForwarderConfig config;

  /**
   * Creates a forwarder that is not started yet.
   *
   * @throws org.apache.kafka.common.KafkaException if a Kafka property is wrong
   */
  public Forwarder(ForwarderConfig config, KafkaSettings kafka, MeterRegistry registry) {
    this.config = config;
    http = HttpPipelineClient.httpClient(config.requestTimeout());
    producer = new KafkaProducer<>(producerProperties(config, kafka));
    Map<URI, BytePacer> pacers = new HashMap<>();
    for (RowStream stream : RowStream.values()) {
      config
          .target(stream)
          .ifPresent(
              target -> {
                List<Endpoint> endpoints =
                    target.each().stream().map(each -> endpoint(each, pacers)).toList();
                StreamStatus status =
                    new StreamStatus(
                        stream, config.sink(stream), endpoints.size(), System::nanoTime);
                streams.put(
                    stream,
                    new StreamForwarder(
                        stream,
                        config,
                        () -> consumer(stream, config, kafka),
                        producer,
                        endpoints,
                        Pace.STANDARD,
                        status,
                        new ForwarderMetrics(registry, stream, status)));
              });
    }
  }

  /** Rows of recordings may go where those of events go; the bound there is one for both. */
  private Endpoint endpoint(ForwarderConfig.Target target, Map<URI, BytePacer> pacers) {
    return new Endpoint(
        new HttpPipelineClient(http, target, config.requestTimeout(), InstantSource.system()),
        pacers.computeIfAbsent(target.endpoint(), url -> new BytePacer(config.bytesPerSecond())));
  }

  /**
   * {@inheritDoc}
   *
   * <p>With an account, the columns of its streams are compared with those of the rows first. An
   * account that cannot be asked holds no start up: it is asked once, for 10 s at most.
   *
   * @throws dev.hogflare.runtime.SettingsException if a stream would drop rows
   * @throws org.apache.kafka.common.KafkaException if a Kafka property is wrong
   */
  @Override
  public void start() {
    config.cloudflare().ifPresent(this::compareColumns);
    streams.values().forEach(StreamForwarder::start);
  }

  private void compareColumns(CloudflareConfig account) {
    List<StreamCheck.Endpoint> endpoints = new ArrayList<>();
    for (RowStream stream : streams.keySet()) {
      RowStream sink = config.sink(stream);
      if (sink == stream) {
        for (ForwarderConfig.Target target : config.target(stream).orElseThrow().each()) {
          endpoints.add(
              new StreamCheck.Endpoint(
                  stream.endpointVariable(), target.endpoint(), stream.schema()));
        }
      }
    }
    try {
      List<String> problems = StreamCheck.problems(account, endpoints, COLUMNS_PATIENCE);
      if (!problems.isEmpty()) {
        throw new SettingsException(problems);
      }
      LOG.info("The streams have the columns of the rows.");
    } catch (CloudflareException e) {
      LOG.warn("The columns of the streams were not compared: {}", e.getMessage());
    }
  }

  @Override
  public Health health() {
    List<Health> all = streams.values().stream().map(StreamForwarder::health).toList();
    String message = all.stream().map(Health::message).collect(Collectors.joining(" "));
    return all.stream().allMatch(Health::up) ? Health.up(message) : Health.down(message);
  }

  /**
   * Returns the rows that are on this instance's partitions and neither in a sink nor among the
   * dead letters, as counted within the last second or so; empty until every stream has counted.
   */
  public OptionalLong lag() {
    long rows = 0;
    for (StreamForwarder stream : streams.values()) {
      OptionalLong lag = stream.progress().lag();
      if (lag.isEmpty()) {
        return lag;
      }
      rows += lag.getAsLong();
    }
    return OptionalLong.of(rows);
  }

  /** Returns how far the event rows have come. */
  public StreamProgress events() {
    return streams.get(RowStream.EVENTS).progress();
  }

  /** Returns how far the rows of recordings have come. */
  public StreamProgress recordings() {
    return streams.get(RowStream.RECORDINGS).progress();
  }

  /** Returns how far the person snapshots have come, if they are forwarded. */
  public Optional<StreamProgress> persons() {
    return Optional.ofNullable(streams.get(RowStream.PERSONS)).map(StreamForwarder::progress);
  }

  @Override
  public void close() {
    streams.values().forEach(StreamForwarder::beginClose);
    streams.values().forEach(StreamForwarder::close);
    producer.close(PRODUCER_PATIENCE);
    http.shutdownNow();
  }

  private static Consumer<byte[], byte[]> consumer(
      RowStream stream, ForwarderConfig config, KafkaSettings kafka) {
    return new KafkaConsumer<>(
        consumerProperties(stream, config, kafka),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  static Map<String, Object> consumerProperties(
      RowStream stream, ForwarderConfig config, KafkaSettings kafka) {
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-forwarder-" + stream.text() + "-" + config.instanceId());
    own.put("group.id", config.consumerGroup(stream));
    // A member that comes back under its name gets its partitions without waiting for a timeout.
    own.put("group.instance.id", config.instanceId());
    own.put("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
    own.put("isolation.level", "read_committed");
    own.put("enable.auto.commit", false);
    own.put("auto.offset.reset", "earliest");
    own.put("allow.auto.create.topics", false);
    // Rows wait for their batch anyway, and fewer, larger fetches cost less.
    own.put("fetch.min.bytes", 65_536);
    own.put("fetch.max.wait.ms", 50);
    // Bounds what is in memory: fetched and not read yet, and read by one poll.
    own.put("fetch.max.bytes", 16 * 1024 * 1024);
    own.put("max.poll.records", 500);
    return kafka.client(own);
  }

  private static Map<String, Object> producerProperties(
      ForwarderConfig config, KafkaSettings kafka) {
    return kafka.client(
        Map.of(
            "client.id",
            "hogflare-forwarder-" + config.instanceId(),
            "key.serializer",
            ByteArraySerializer.class,
            "value.serializer",
            ByteArraySerializer.class,
            "acks",
            "all",
            "enable.idempotence",
            true,
            "compression.type",
            "lz4",
            "linger.ms",
            20,
            // A row may be as long as a record of its topic, and the reason comes on top.
            "max.request.size",
            Topics.MAX_RECORD_BYTES + 1_048_576,
            // The loop waits with a full buffer or without metadata, so that it must not be for
            // long.
            "max.block.ms",
            5_000));
  }
}
