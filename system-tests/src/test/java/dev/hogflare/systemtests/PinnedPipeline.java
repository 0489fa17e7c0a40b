// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.gateway.PinnedGateway;
import dev.hogflare.group.GroupFlow;
import dev.hogflare.person.PersonConfig;
import dev.hogflare.person.PersonMetrics;
import dev.hogflare.person.PersonTopology;
import dev.hogflare.runtime.StreamsSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/**
 * The gateway and the real topologies behind it, without brokers: the same requests give the same
 * rows, byte for byte.
 *
 * <p>The first request comes at a fixed time, each further one a second later.
 */
final class PinnedPipeline implements AutoCloseable {
  /** A row ends with it; JSON has none inside. */
  private static final byte NEWLINE = '\n';

  /** After the last recording was made, so that no event is one of the future. */
  private static final Instant FIRST_REQUEST = Instant.parse("2026-11-21T05:10:00Z");

  private static final Duration STEP = Duration.ofSeconds(1);
  private static final Topics TOPICS = new Topics("hogflare.");
  private static final List<String> GROUP_TYPES = List.of("company", "project", "", "", "");

  private final PinnedGateway gateway;
  private final TopologyTestDriver persons;
  private final TopologyTestDriver groups;
  private final Map<String, TestInputTopic<byte[], byte[]>> raw;
  private final TestInputTopic<byte[], byte[]> groupEvents;
  private final ByteArrayOutputStream rows = new ByteArrayOutputStream();
  private Instant now = FIRST_REQUEST;

  /** Starts a pipeline in a folder that is empty. */
  PinnedPipeline(Path folder) {
    StreamsSettings streams =
        new StreamsSettings("golden", "1", folder, 1, Duration.ofMillis(100), 1, Optional.empty());
    PersonConfig config =
        new PersonConfig(
            streams, Optional.of(42L), PersonConfig.Snapshots.ALL, Duration.ofHours(24));
    persons =
        driver(
            new PersonTopology(config, TOPICS, new PersonMetrics(new SimpleMeterRegistry())).get(),
            folder.resolve("persons"));
    groups = driver(GroupFlow.topology(TOPICS, GROUP_TYPES), folder.resolve("groups"));
    raw =
        Map.of(
            TOPICS.eventsRaw().name(), input(persons, TOPICS.eventsRaw()),
            TOPICS.recordingsRaw().name(), input(persons, TOPICS.recordingsRaw()));
    groupEvents = input(groups, TOPICS.groupEvents());
    gateway = new PinnedGateway(TOPICS, this::append);
  }

  private static TopologyTestDriver driver(Topology topology, Path stateDir) {
    Properties properties = new Properties();
    properties.put("application.id", "golden");
    properties.put("bootstrap.servers", "nowhere:1");
    properties.put("state.dir", stateDir.toString());
    return new TopologyTestDriver(topology, properties, FIRST_REQUEST);
  }

  private static TestInputTopic<byte[], byte[]> input(TopologyTestDriver driver, Topic topic) {
    return driver.createInputTopic(
        topic.name(), new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Takes what the gateway publishes; dead letters become no rows. */
  private void append(ProducerRecord<byte[], byte[]> record) {
    TestInputTopic<byte[], byte[]> topic = raw.get(record.topic());
    if (topic != null) {
      topic.pipeInput(new TestRecord<>(record.key(), record.value(), record.headers(), now));
    }
  }

  /** Sends a request and returns the status of its answer; its rows are there then. */
  int send(HttpClient http, Recordings.Request request) {
    gateway.at(now.toEpochMilli() * 1_000);
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create(gateway.uri() + request.path()))
            .timeout(Duration.ofSeconds(30))
            .method(request.method(), HttpRequest.BodyPublishers.ofByteArray(request.body()));
    if (request.headers().length > 0) {
      builder.headers(request.headers());
    }
    try {
      int status = http.send(builder.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
      collect(persons, TOPICS.events());
      collect(persons, TOPICS.recordings());
      for (TestRecord<byte[], byte[]> event : read(persons, TOPICS.groupEvents())) {
        groupEvents.pipeInput(event);
      }
      collect(groups, TOPICS.events());
      now = now.plus(STEP);
      return status;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void collect(TopologyTestDriver driver, Topic topic) {
    for (TestRecord<byte[], byte[]> row : read(driver, topic)) {
      rows.writeBytes(row.value());
      rows.write(NEWLINE);
    }
  }

  private static List<TestRecord<byte[], byte[]>> read(TopologyTestDriver driver, Topic topic) {
    return driver
        .createOutputTopic(topic.name(), new ByteArrayDeserializer(), new ByteArrayDeserializer())
        .readRecordsToList();
  }

  /** Returns the rows of all requests so far, each with a newline behind it. */
  byte[] rows() {
    return rows.toByteArray();
  }

  @Override
  public void close() {
    gateway.close();
    persons.close();
    groups.close();
  }
}
