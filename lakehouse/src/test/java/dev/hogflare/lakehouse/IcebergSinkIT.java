// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.PersonOverride;
import dev.hogflare.contract.Topics;
import dev.hogflare.fixtures.TestBroker;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.TopicProvisioner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The direct sink as a process, killed again and again while rows come in and another writer
 * merges: in the base table, without any view, each committed row stands once.
 */
class IcebergSinkIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final long SEED = Long.getLong("seed", 20_261_201);
  private static final int ROWS_OF_A_TRANSACTION = 50;
  private static final int PARTITIONS = 3;

  @TempDir private Path folder;
  private final Topics topics = new Topics("hogflare.");
  private final Random random = new Random(SEED);
  private TestBroker broker;
  private Process process;
  private volatile boolean enough;

  @BeforeEach
  void start() throws Exception {
    broker = new TestBroker(folder.resolve("broker"));
    new TopicProvisioner(KafkaSettings.plain(broker.bootstrapServers()), PATIENCE)
        .ensure(topics.all(), PARTITIONS, 1);
  }

  @AfterEach
  void stop() {
    enough = true;
    if (process != null) {
      process.destroyForcibly();
    }
    broker.close();
  }

  @Test
  void everyRowIsThereOnceAfterThreeKills() throws Exception {
    everyRowIsThereOnceAfter(3);
  }

  @Test
  @Tag("long")
  void everyRowIsThereOnceAfterTwentyKills() throws Exception {
    everyRowIsThereOnceAfter(20);
  }

  private void everyRowIsThereOnceAfter(int kills) throws Exception {
    Future<List<String>> sent = CompletableFuture.supplyAsync(this::send);
    startSink();
    for (int kill = 0; kill < kills; kill++) {
      if (kill % 3 == 1) {
        mergeAsAnotherEngine();
      }
      killAt(random.nextInt(4));
      startSink();
    }
    enough = true;
    List<String> uuids = sent.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    await("all rows came, seed " + SEED, () -> count("count(*)") >= uuids.size());
    process.destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(this::output).isTrue();
    assertThat(process.exitValue()).isEqualTo(143);
    assertThat(count("count(*)")).as("rows, seed %d", SEED).isEqualTo(uuids.size());
    assertThat(column("uuid", "hogflare_events_raw")).isEqualTo(uuids.stream().sorted().toList());
    assertThat(column("distinct_id || ' ' || person_id", "hogflare_person_overrides_raw"))
        .containsExactly("ada " + new UUID(1, 2));
  }

  /** Ends the sink at one of the places where it may hurt. */
  private void killAt(int place) throws Exception {
    long snapshots = snapshots();
    switch (place) {
      case 0 -> await("a file is being written", this::aFileIsBeingWritten);
      case 1 -> await("a commit is made", () -> snapshots() > snapshots);
      case 2 -> await("another commit is made", () -> snapshots() > snapshots + 1);
      default -> LockSupport.parkNanos(random.nextInt(1_000) * 1_000_000L);
    }
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  /** Sends rows in transactions, every eighth of which is given up, until it is enough. */
  private List<String> send() {
    List<String> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "transactional.id",
                "rows",
                "linger.ms",
                5),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      PersonOverride override = new PersonOverride(new ActorKey("phc_a", "ada"), new UUID(1, 2), 7);
      Future<RecordMetadata> first =
          producer.send(
              new ProducerRecord<>(
                  topics.personOverrides().name(), override.key().toBytes(), override.toJson()));
      producer.commitTransaction();
      assertThat(first).isDone();
      for (int transaction = 0; !enough; transaction++) {
        List<String> uuids = new ArrayList<>();
        Future<RecordMetadata> last = null;
        producer.beginTransaction();
        for (int i = 0; i < ROWS_OF_A_TRANSACTION; i++) {
          String uuid = UUID.randomUUID().toString();
          uuids.add(uuid);
          String topic = i % 10 == 0 ? topics.recordings().name() : topics.events().name();
          last =
              producer.send(
                  new ProducerRecord<>(
                      topic,
                      uuid.getBytes(StandardCharsets.UTF_8),
                      TestRows.bytes(TestRows.event(uuid, "e", "user", "{\"$browser\":\"x\"}"))));
        }
        if (transaction % 8 == 7) {
          producer.flush();
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
          assertThat(last).isDone();
          sent.addAll(uuids);
        }
        LockSupport.parkNanos(5_000_000);
      }
    }
    return sent;
  }

  /** Starts the sink and returns when it has taken the events' table over. */
  private void startSink() throws IOException {
    long snapshots = snapshots();
    launch();
    await("the sink takes the table over", () -> snapshots() > snapshots);
  }

  private void launch() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    if (Runtime.version().feature() >= 23) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(
        List.of(
            "-Xmx300m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            IcebergSinkMain.class.getName()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("sink.log").toFile()));
    builder.environment().keySet().removeIf(name -> name.matches("(HOGFLARE|KAFKA)_.*"));
    builder
        .environment()
        .putAll(
            Map.of(
                "KAFKA_BOOTSTRAP_SERVERS",
                broker.bootstrapServers(),
                "HOGFLARE_ICEBERG_CATALOG",
                lake().toString(),
                "HOGFLARE_PARTITIONS",
                Integer.toString(PARTITIONS),
                "HOGFLARE_LAKE_COMMIT_SECONDS",
                "1",
                "HOGFLARE_ADMIN_PORT",
                "0"));
    process = builder.start();
  }

  private Path lake() {
    return folder.resolve("lake");
  }

  private interface Question<T> {
    Optional<T> ask(LakeCatalog lake);
  }

  private <T> Optional<T> read(Question<T> question) {
    Optional<LakeCatalog> lake = LakeCatalog.openForReading(lake());
    if (lake.isEmpty()) {
      return Optional.empty();
    }
    try (LakeCatalog open = lake.get()) {
      return question.ask(open);
    } catch (UncheckedSQLException e) {
      return Optional.empty(); // The sink has made the catalog's file and not its tables yet.
    }
  }

  private long snapshots() {
    return read(lake -> lake.find(LakeTable.EVENTS).map(Table::currentSnapshot))
        .map(Snapshot::sequenceNumber)
        .orElse(0L);
  }

  private boolean aFileIsBeingWritten() {
    Path data = lake().resolve("warehouse").resolve("default").resolve("hogflare_events");
    if (!Files.exists(data)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(data)) {
      return files.anyMatch(LakeFiles::isInProgress);
    } catch (IOException | UncheckedIOException e) {
      return false; // A folder or file that went while it was looked at.
    }
  }

  /** Merges while the sink commits, so that one of the two finds the table changed. */
  private void mergeAsAnotherEngine() {
    try (LakeCatalog lake = LakeCatalog.openForWriting(lake())) {
      MergingWriter.replaceFiles(
          lake.find(LakeTable.EVENTS).orElseThrow(),
          location -> lake.files().resolve(location).toString());
    }
  }

  private long count(String what) {
    try (LakeQuery query = LakeQuery.open(lake());
        QueryResult result = query.query("SELECT " + what + " FROM hogflare_events_raw")) {
      return (Long) result.next().getFirst();
    }
  }

  private List<String> column(String expression, String table) {
    List<String> values = new ArrayList<>();
    try (LakeQuery query = LakeQuery.open(lake());
        QueryResult result =
            query.query("SELECT " + expression + " FROM " + table + " ORDER BY 1")) {
      result.forEachRemaining(row -> values.add(String.valueOf(row.getFirst())));
    }
    return values;
  }

  private void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline || !process.isAlive()) {
        throw new AssertionError("Waited in vain until " + what + ":\n" + output());
      }
      LockSupport.parkNanos(10_000_000);
    }
  }

  private String output() {
    try {
      List<String> lines = Files.readAllLines(folder.resolve("sink.log"));
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    } catch (IOException e) {
      return "no output: " + e;
    }
  }
}
