// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Service;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.apache.iceberg.Table;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the rows from their topics into Iceberg tables, each exactly once.
 *
 * <p>Every table has its own thread, consumer and commits, so that one in trouble does not hold the
 * others up once all are open; a start for which one cannot be opened fails as a whole. One that
 * fails begins anew from what its table says; one that another sink has pushed out stays down,
 * because the two would push each other out for ever.
 */
final class IcebergSinkService implements Service {
  private static final Logger LOG = LoggerFactory.getLogger(IcebergSinkService.class);
  private static final Duration PRODUCER_PATIENCE = Duration.ofSeconds(5);
  private static final long MAINTENANCE_SECONDS = 60;

  private final IcebergSinkConfig config;
  private final KafkaSettings kafka;
  private final MeterRegistry registry;
  private final InstantSource clock = InstantSource.system();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final List<TableRun> runs = new ArrayList<>();
  private final List<TableMaintenance> maintenance = new ArrayList<>();
  private final Thread maintenanceThread = new Thread(this::maintain, "iceberg-maintenance");
  private Producer<byte[], byte[]> producer;
  private SinkCatalog catalog;

  /** Creates a sink that is not started yet. */
  IcebergSinkService(IcebergSinkConfig config, KafkaSettings kafka, MeterRegistry registry) {
    this.config = config;
    this.kafka = kafka;
    this.registry = registry;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if a table cannot take our rows, or another process writes to the
   *     local lake
   * @throws RuntimeException if the catalog does not answer, or a Kafka property is wrong
   */
  @Override
  public void start() {
    try {
      catalog = SinkCatalog.open(config);
      producer = new KafkaProducer<>(producerProperties());
      for (SinkStream stream : config.streams()) {
        RowLayout layout = stream.table().layout(config.columns());
        Table table = catalog.findOrCreate(stream.table(), layout);
        ReentrantLock commitLock = new ReentrantLock();
        runs.add(new TableRun(stream, layout, table, commitLock));
        catalog
            .local()
            .ifPresent(
                lake ->
                    maintenance.add(
                        new TableMaintenance(
                            stream.table(), lake, commitLock, new ReentrantLock(), clock)));
      }
      runs.forEach(run -> run.thread.start());
      if (!maintenance.isEmpty()) {
        maintenanceThread.start();
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  @Override
  public Health health() {
    List<Health> all = runs.stream().map(run -> run.status.health()).toList();
    String message = all.stream().map(Health::message).collect(Collectors.joining(" "));
    return all.stream().allMatch(Health::up) ? Health.up(message) : Health.down(message);
  }

  @Override
  public void close() {
    closing.countDown();
    maintenance.forEach(TableMaintenance::stop);
    runs.forEach(run -> Threads.join(run.thread));
    Threads.join(maintenanceThread);
    if (producer != null) {
      producer.close(PRODUCER_PATIENCE);
      producer = null;
    }
    if (catalog != null) {
      catalog.close();
      catalog = null;
    }
  }

  private void maintain() {
    try {
      while (!closing.await(MAINTENANCE_SECONDS, TimeUnit.SECONDS)) {
        maintenance.forEach(table -> table.run(false));
      }
    } catch (InterruptedException e) {
      LOG.warn("The maintenance of the tables was interrupted and ends", e);
    }
  }

  /** Keeps the loop of one table running. */
  private final class TableRun {
    private final SinkStream stream;
    private final RowLayout layout;
    private final Table table;
    private final ReentrantLock commitLock;
    private final SinkStatus status;
    private final SinkMetrics metrics;
    private final Thread thread;

    TableRun(SinkStream stream, RowLayout layout, Table table, ReentrantLock commitLock) {
      this.stream = stream;
      this.layout = layout;
      this.table = table;
      this.commitLock = commitLock;
      status = new SinkStatus(stream, System::nanoTime);
      metrics = new SinkMetrics(registry, stream, status);
      thread = new Thread(this::run, "iceberg-" + stream.text());
    }

    private void run() {
      RestartPause pauses = new RestartPause();
      try {
        while (closing.getCount() > 0) {
          String sentence;
          Duration pause;
          try {
            loop().run(closing);
            break;
          } catch (FencedWriterException e) {
            sentence = e.getMessage();
            if (e.takenOver()) {
              LOG.error("The {} are stopped for good: {}", stream.text(), sentence);
              status.stopped(sentence);
              return;
            }
            pause = pauses.after(status.commits());
            LOG.warn("The {} begin anew in {}: {}", stream.text(), pause, sentence);
          } catch (IOException | RuntimeException e) {
            sentence = SinkLoop.sentence(e);
            pause = pauses.after(status.commits());
            LOG.error("The {} failed and begin anew in {}", stream.text(), pause, e);
          }
          status.stopped(
              "The "
                  + stream.text()
                  + " stopped ("
                  + sentence
                  + ") and begin anew; nothing is lost, the log has the cause.");
          if (closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
            break;
          }
        }
        status.stopped("The " + stream.text() + " were closed.");
      } catch (InterruptedException | Error e) {
        status.stopped("The " + stream.text() + " stopped and need a restart: " + e);
        LOG.error("The {} stopped and need a restart", stream.text(), e);
      }
    }

    private SinkLoop loop() {
      Topics topics = config.topics();
      return new SinkLoop(
          stream,
          stream.topics(topics, config.recordingsApart()).stream().map(Topic::name).toList(),
          new KafkaConsumer<>(
              consumerProperties(stream), new ByteArrayDeserializer(), new ByteArrayDeserializer()),
          new RowBatchParser(layout, Topics.MAX_RECORD_BYTES),
          new SinkTable(stream.table(), layout, table, config.group(), catalog.pool(), commitLock),
          new DeadLetterPublisher(producer, topics.deadLetters().name(), clock),
          SinkLoop.Budget.of(config.commitInterval()),
          clock,
          status,
          metrics);
    }
  }

  private Map<String, Object> consumerProperties(SinkStream stream) {
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-iceberg-" + stream.text() + "-" + config.instanceId());
    own.put("group.id", config.consumerGroup(stream));
    own.put("isolation.level", "read_committed");
    own.put("enable.auto.commit", false);
    // The table says where to read; to guess would lose rows or write them twice.
    own.put("auto.offset.reset", "none");
    own.put("allow.auto.create.topics", false);
    own.put("fetch.min.bytes", 65_536);
    own.put("fetch.max.wait.ms", 50);
    own.put("fetch.max.bytes", 16 * 1024 * 1024);
    own.put("max.poll.records", 2_000);
    return kafka.client(own);
  }

  private Map<String, Object> producerProperties() {
    return kafka.client(
        Map.of(
            "client.id",
            "hogflare-iceberg-dead-letters-" + config.instanceId(),
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
            // A row may be as long as a record of its topic, and the reason comes on top.
            "max.request.size",
            Topics.MAX_RECORD_BYTES + 1_048_576));
  }
}
