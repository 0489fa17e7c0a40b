// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.group.StoredGroup;
import dev.hogflare.person.StoredActor;
import dev.hogflare.runtime.KafkaSettings;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Sums the state of a generation up in one number, which two generations share only if they know
 * the same of every person, distinct id and group.
 *
 * <p>The number is the SHA-256 of a canonical dump: a line of JSON for each person, for each
 * distinct id with the person that it leads to, deleted ones as well, and for each group, in the
 * order of their bytes. State that changes while it is read has no such number, so that the
 * generation has to be at rest.
 */
public final class StateDigest {
  private static final long SORT_BYTES = 64L * 1024 * 1024;
  private static final Duration READ_PATIENCE = Duration.ofSeconds(30);

  private final KafkaSettings kafka;
  private final StateTopics generation;
  private final Consumer<String> progress;

  /**
   * What a generation's state comes to.
   *
   * @param sha256 the digest in hexadecimal
   * @param rawEnds the offset of each raw topic, by partition, up to which the state was built
   */
  public record Report(
      String sha256, long persons, long ids, long groups, Map<String, List<Long>> rawEnds) {}

  /**
   * Creates a digest that is not taken yet.
   *
   * @param progress told in a few words what is being done
   */
  public StateDigest(KafkaSettings kafka, StateTopics generation, Consumer<String> progress) {
    this.kafka = kafka;
    this.generation = generation;
    this.progress = progress;
  }

  /**
   * Takes the digest.
   *
   * @param patience how long to wait for the generation to come to rest
   * @param folder an existing folder for files that are needed meanwhile, as large as the state
   * @param dump where to keep the canonical dump, if anywhere
   * @throws RebuildException if the generation is behind, does not rest, or cannot be read
   */
  public Report take(Duration patience, Path folder, Optional<Path> dump) {
    long deadline = System.nanoTime() + patience.toNanos();
    try (BrokerView broker = new BrokerView(kafka)) {
      Checkpoint checkpoint = new Checkpoint(kafka, broker, List.of(generation));
      while (true) {
        progress.accept("waiting for the generation to reach the end of the raw topics");
        Map<TopicPartition, Long> raw = checkpoint.pass(deadline);
        Optional<Report> report = atRest(broker, raw, folder, dump);
        if (report.isPresent()) {
          return report.get();
        }
        if (System.nanoTime() >= deadline) {
          throw new RebuildException(
              "The generation "
                  + generation.generation()
                  + " did not come to rest, because events keep arriving, and a moving state has"
                  + " no digest; stop what sends them, or compare two generations under load with"
                  + " 'hogflare rebuild verify'.");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The dump could not be written: " + e.getMessage(), e);
    }
  }

  private Optional<Report> atRest(
      BrokerView broker, Map<TopicPartition, Long> raw, Path folder, Optional<Path> dump)
      throws IOException {
    List<String> tables = new ArrayList<>(List.of(generation.actors()));
    generation.groups().ifPresent(tables::add);
    List<TopicPartition> partitions = broker.partitions(tables);
    Map<TopicPartition, Long> ends = broker.ends(partitions);
    PersonIndex persons = new PersonIndex((high, low, content) -> {});
    ContentIndex groups = new ContentIndex((high, low, content) -> {});
    progress.accept("reading the state");
    read(
        partitions,
        ends,
        record -> persons.apply(record.key(), record.value(), place(record)),
        record -> groups.apply(record.key(), record.value(), place(record)));
    try (LineSorter lines = new LineSorter(folder, SORT_BYTES)) {
      AtomicLong[] counts = {new AtomicLong(), new AtomicLong(), new AtomicLong()};
      read(
          partitions,
          ends,
          record -> writeActor(persons, record, lines, counts[0], counts[1]),
          record -> writeGroup(groups, record, lines, counts[2]));
      if (!broker.ends(partitions).equals(ends) || !broker.ends(raw.keySet()).equals(raw)) {
        return Optional.empty();
      }
      progress.accept("sorting");
      MessageDigest sum = sha256();
      try (OutputStream out =
          new DigestOutputStream(
              new BufferedOutputStream(
                  dump.isPresent()
                      ? Files.newOutputStream(dump.get())
                      : OutputStream.nullOutputStream()),
              sum)) {
        lines.writeTo(out);
      }
      Map<String, List<Long>> rawEnds = new TreeMap<>();
      raw.forEach(
          (partition, end) ->
              rawEnds.computeIfAbsent(partition.topic(), topic -> new ArrayList<>()).add(end));
      return Optional.of(
          new Report(
              HexFormat.of().formatHex(sum.digest()),
              counts[0].get(),
              counts[1].get(),
              counts[2].get(),
              rawEnds));
    }
  }

  private void read(
      List<TopicPartition> partitions,
      Map<TopicPartition, Long> ends,
      Consumer<ConsumerRecord<byte[], byte[]>> actors,
      Consumer<ConsumerRecord<byte[], byte[]>> groups) {
    Map<TopicPartition, Consumer<ConsumerRecord<byte[], byte[]>>> readers = new HashMap<>();
    for (TopicPartition partition : partitions) {
      readers.put(partition, partition.topic().equals(generation.actors()) ? actors : groups);
    }
    try (ChangelogReader changelogs = new ChangelogReader(kafka, readers)) {
      changelogs.readTo(ends, System.nanoTime() + READ_PATIENCE.toNanos());
    }
  }

  private static Place place(ConsumerRecord<byte[], byte[]> record) {
    return new Place(record.partition(), record.offset());
  }

  private static void writeActor(
      PersonIndex index,
      ConsumerRecord<byte[], byte[]> record,
      LineSorter lines,
      AtomicLong persons,
      AtomicLong ids) {
    Fingerprint id = Fingerprint.of(record.key());
    if (!place(record).equals(index.placeOrNull(id.high(), id.low()))) {
      return;
    }
    StoredActor.Key key = StoredActor.Key.of(record.key());
    UUID person = index.personOrNull(record.key());
    add(
        lines,
        line("id", key.token())
            .separate()
            .string(key.text())
            .separate()
            .string(person == null ? "" : person.toString()));
    ids.incrementAndGet();
    if (StoredActor.read(record.value()) instanceof StoredActor.Root root) {
      add(
          lines,
          fields(
              line("person", key.token()).separate().string(root.person().toString()),
              StoredActor.fields(root.content())));
      if (!StoredActor.distinctIds(root.content()).isEmpty()) {
        persons.incrementAndGet();
      }
    }
  }

  private static void writeGroup(
      ContentIndex index,
      ConsumerRecord<byte[], byte[]> record,
      LineSorter lines,
      AtomicLong groups) {
    Fingerprint id = Fingerprint.of(record.key());
    if (!place(record).equals(index.placeOrNull(id.high(), id.low()))) {
      return;
    }
    GroupKey key = GroupKey.fromBytes(record.key());
    add(
        lines,
        fields(
            line("group", key.token()).separate().string(key.type()).separate().string(key.key()),
            StoredGroup.fields(record.value())));
    groups.incrementAndGet();
  }

  private static JsonBuffer line(String kind, String token) {
    return new JsonBuffer(256).openArray().string(kind).separate().string(token);
  }

  private static JsonBuffer fields(JsonBuffer line, Map<String, String> fields) {
    line.separate().openObject();
    fields.forEach((name, value) -> line.name(name).string(value));
    return line.closeObject();
  }

  private static void add(LineSorter lines, JsonBuffer line) {
    try {
      lines.add(line.closeArray().toBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("Lines of the dump could not be kept in a file.", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }
}
