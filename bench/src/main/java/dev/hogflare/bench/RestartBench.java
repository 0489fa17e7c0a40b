// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.person.PersonProcessorMain;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.TopicProvisioner;
import dev.hogflare.standalone.EmbeddedBroker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Measures how long it takes after a {@code kill -9} of a person-processor until every partition
 * gives rows again.
 *
 * <p>Without a standby one process is killed and started again at once. With one there are two
 * processes, each with a copy of the other's state; one is killed and stays away, so that the time
 * includes the session timeout after which its loss is noticed.
 */
final class RestartBench {
  private static final int PARTITIONS = 4;
  private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private static final Duration POLL = Duration.ofMillis(50);

  /** Each copied store of a partition may seem one record behind, a transaction's marker. */
  private static final int STORES = 5;

  private final Path folder;
  private final int persons;
  private final int standbys;
  private final Topics topics = new Topics("bench-restart.");
  private final Map<Integer, Integer> adminPorts = new HashMap<>();

  RestartBench(Path folder, int persons, int standbys) {
    this.folder = folder;
    this.persons = persons;
    this.standbys = standbys;
  }

  /**
   * What was measured.
   *
   * @param seconds from the kill until each partition gave a row of an event that was sent after it
   * @param megabytes the memory that a process holds at the end
   */
  record Result(double seconds, double megabytes) {}

  Result run() throws Exception {
    Files.createDirectories(folder);
    List<Process> processes = new ArrayList<>();
    try (EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("kafka"))) {
      broker.start();
      KafkaSettings kafka = KafkaSettings.plain(broker.bootstrapServers());
      List<Topic> needed = new ArrayList<>(topics.all());
      new TopicProvisioner(kafka, Duration.ofMinutes(1)).ensure(needed, PARTITIONS, 1);
      try (RawLog log = new RawLog(kafka, topics.eventsRaw().name());
          Rows rows = new Rows(broker.bootstrapServers(), topics.events().name())) {
        for (int instance = 1; instance <= 1 + standbys; instance++) {
          processes.add(start(broker.bootstrapServers(), instance));
        }
        EventTemplate template = new EventTemplate(persons);
        log.write(0, persons, template::first);
        rows.awaitCount(persons);
        awaitCopies();
        probe(log, rows, persons);
        Process victim = processes.get(0);
        long start = System.nanoTime();
        victim.destroyForcibly().waitFor();
        if (standbys == 0) {
          processes.set(0, start(broker.bootstrapServers(), 1));
        }
        probe(log, rows, 2L * persons);
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Result(seconds, megabytes(processes.get(processes.size() - 1)));
      }
    } finally {
      for (Process process : processes) {
        process.destroyForcibly().waitFor();
      }
    }
  }

  /** Sends events until each partition has given a row of one of them. */
  private void probe(RawLog log, Rows rows, long from) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    EventTemplate template = new EventTemplate(persons);
    Set<Integer> answered = new HashSet<>();
    rows.skipToEnd();
    log.write(from, from + 64L * PARTITIONS, template::first);
    while (answered.size() < PARTITIONS) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("Only the partitions " + answered + " give rows again.");
      }
      answered.addAll(rows.poll());
    }
  }

  /** Waits until the second process has copied all that the first one has. */
  private void awaitCopies() throws IOException, InterruptedException {
    if (standbys == 0) {
      return;
    }
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest metrics =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPorts.get(2) + "/metrics"))
              .build();
      for (int settled = 0; settled < 3; ) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("The standby did not copy the state in time.");
        }
        String text = http.send(metrics, HttpResponse.BodyHandlers.ofString()).body();
        double behind =
            text.lines()
                .filter(line -> line.startsWith("hogflare_standby_lag_records"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
        settled = behind <= STORES * PARTITIONS ? settled + 1 : 0;
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
      }
    }
  }

  private Process start(String bootstrapServers, int instance) throws IOException {
    int admin = adminPorts.computeIfAbsent(instance, i -> freePort());
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx512m"));
    if (Runtime.version().feature() >= 23) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), PersonProcessorMain.class.getName()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(
                    folder.resolve("processor-" + instance + ".log").toFile()));
    builder
        .environment()
        .putAll(
            Map.of(
                "KAFKA_BOOTSTRAP_SERVERS",
                bootstrapServers,
                "HOGFLARE_TOPIC_PREFIX",
                "bench-restart.",
                "HOGFLARE_PARTITIONS",
                Integer.toString(PARTITIONS),
                "HOGFLARE_INSTANCE_ID",
                Integer.toString(instance),
                "HOGFLARE_STATE_DIR",
                folder.resolve("state-" + instance).toString(),
                "HOGFLARE_ADMIN_PORT",
                Integer.toString(admin),
                "HOGFLARE_ADVERTISED_ADDRESS",
                "127.0.0.1:" + admin,
                "HOGFLARE_STANDBY_REPLICAS",
                Integer.toString(standbys),
                "STREAMS_CONSUMER_SESSION_TIMEOUT_MS",
                Long.toString(SESSION_TIMEOUT.toMillis())));
    return builder.start();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException("The system gave no free port.", e);
    }
  }

  private static double megabytes(Process process) throws IOException {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    if (!Files.isReadable(status)) {
      return -1;
    }
    try (var lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1_024)
          .findFirst()
          .orElse(-1);
    }
  }

  /** Reads the topic of rows; used by one thread. */
  private static final class Rows implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions = new ArrayList<>();

    Rows(String bootstrapServers, String topic) {
      consumer =
          new KafkaConsumer<>(
              Map.of(
                  "bootstrap.servers",
                  bootstrapServers,
                  "isolation.level",
                  "read_committed",
                  "auto.offset.reset",
                  "earliest"),
              new ByteArrayDeserializer(),
              new ByteArrayDeserializer());
      for (int partition = 0; partition < PARTITIONS; partition++) {
        partitions.add(new TopicPartition(topic, partition));
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
    }

    void awaitCount(long rows) {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      long count = 0;
      while (count < rows) {
        if (System.nanoTime() - deadline > 0) {
          throw new IllegalStateException("Only " + count + " of " + rows + " rows came.");
        }
        count += consumer.poll(POLL).count();
      }
    }

    void skipToEnd() {
      consumer.seekToEnd(partitions);
      partitions.forEach(consumer::position);
    }

    /** Returns the partitions of rows that came. */
    Set<Integer> poll() {
      Set<Integer> came = new HashSet<>();
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        came.add(record.partition());
      }
      return came;
    }

    @Override
    public void close() {
      consumer.close(
          org.apache.kafka.clients.consumer.CloseOptions.timeout(
              Duration.ofMillis(TimeUnit.SECONDS.toMillis(5))));
    }
  }
}
