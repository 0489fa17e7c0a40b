// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.Cut;
import dev.hogflare.contract.GenerationRecord.State;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.RawCommand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Moves the writing of rows from the live generation to the one that was rebuilt.
 *
 * <p>A cutover goes through steps, each noted on the control topic before the next begins, so that
 * it can be broken off anywhere and called again: {@link #begin}, {@link #mark}, then {@link
 * #advance} until it says {@link Stage#DONE}.
 */
public final class Cutover implements AutoCloseable {
  /** A rebuild that is further behind than this many seconds of log is not ready. */
  static final Duration MOST_BEHIND = Duration.ofSeconds(10);

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);

  private final Deployment deployment;
  private final ProgressSurvey survey;

  /**
   * The ends of the raw topics when all markers stood. An event before the marker of its partition
   * may wait for a claim that was written earlier but stands behind the marker of another one; it
   * stands before these ends.
   */
  private List<Long> finishAt = List.of();

  /** Where a cutover is. */
  public enum Stage {
    /** Nothing has begun, or there is nothing to do. */
    NONE,
    /** Not every generation has read every marker yet. */
    PASSING,
    /** The old generation finishes what came before the markers. */
    FINISHING,
    /** The old generation has nothing left to do. */
    DONE
  }

  /**
   * How far a cutover is.
   *
   * @param from the generation that is taken over from, if a cutover was begun
   * @param to the one that takes over
   */
  public record Progress(
      Stage stage, Optional<GenerationStatus> from, Optional<GenerationStatus> to) {}

  /** Connects to a deployment. */
  public Cutover(Deployment deployment) {
    this.deployment = deployment;
    this.survey = new ProgressSurvey(deployment);
  }

  /** Returns the generation that would take over, or that does. */
  public Optional<GenerationRecord> candidate() {
    return survey.generations().underWay();
  }

  /**
   * Begins, unless it has begun already.
   *
   * @param force whether to begin although the rebuild is behind or processors are missing
   * @throws RebuildException if there is nothing to take over, or it is not ready
   */
  public void begin(boolean force) {
    Generations all = survey.generations();
    Optional<GenerationRecord> underWay = all.underWay();
    if (underWay.isEmpty()) {
      if (all.retiring().isPresent()) {
        return;
      }
      throw new RebuildException(
          "No rebuild is under way, and "
              + all.live().generation()
              + " is live; begin one with 'hogflare rebuild start'.");
    }
    GenerationRecord next = underWay.get();
    if (next.state() == State.CUTTING) {
      return;
    }
    if (next.setup().shadow()) {
      throw new RebuildException(
          next.generation()
              + " is a shadow: it has written the whole history to topics of its own and does not"
              + " take over. Compare it with 'hogflare rebuild diff', then remove it with"
              + " 'hogflare rebuild abort'; to change over, rebuild without --shadow.");
    }
    next.refusal()
        .ifPresent(
            reason -> {
              throw new RebuildException(reason);
            });
    if (!force) {
      requireReady(survey.measure(all.live(), Optional.empty()));
      GenerationStatus status = survey.measure(next, Optional.empty());
      requireReady(status);
      requireNear(status);
    }
    try (GenerationAdmin admin = new GenerationAdmin(deployment.kafka())) {
      Cut cut =
          new Cut(
              all.live().generation(),
              admin.ends(deployment.raw(), deployment.partitions()),
              Map.of());
      deployment.control().write(all, List.of(next.in(State.CUTTING).with(cut)));
    }
  }

  private static void requireReady(GenerationStatus status) {
    if (!status.isRunning()) {
      throw new RebuildException(
          "Nobody runs the "
              + (status.personMembers() == 0 ? "person" : "group")
              + "-processor of "
              + status.record().generation()
              + ", so that its rows would wait. Start 'hogflare up', or processes with"
              + " HOGFLARE_GENERATION="
              + status.record().generation().number()
              + "; --force takes over all the same.");
    }
  }

  private void requireNear(GenerationStatus status) {
    long waiting = status.rawWaiting();
    if (waiting == 0 || secondsBehind(status) <= MOST_BEHIND.toSeconds()) {
      return;
    }
    throw new RebuildException(
        status.record().generation()
            + " is not ready: "
            + waiting
            + " raw records wait, more than the last "
            + MOST_BEHIND.toSeconds()
            + " s. Until it has read them, the rows of new events would wait; see 'hogflare"
            + " rebuild status --watch'. --force takes over all the same.");
  }

  /** Returns how long ago the oldest raw record was written that waits, in seconds. */
  private long secondsBehind(GenerationStatus status) {
    Map<TopicPartition, Long> waiting = new HashMap<>();
    for (GenerationStatus.Position position : status.positions()) {
      if (position.waiting() > 0) {
        waiting.put(new TopicPartition(position.topic(), position.partition()), position.at());
      }
    }
    long newest = System.currentTimeMillis();
    long oldest = newest;
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      for (Map.Entry<TopicPartition, Long> entry : waiting.entrySet()) {
        consumer.assign(List.of(entry.getKey()));
        consumer.seek(entry.getKey(), entry.getValue());
        boolean found = false;
        while (!found && System.nanoTime() < deadline) {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            oldest = found ? oldest : Math.min(oldest, record.timestamp());
            found = true;
          }
        }
      }
    }
    return (newest - oldest) / 1_000;
  }

  /**
   * Writes the markers that are not there yet, one into each partition of the raw topics.
   *
   * <p>Where a marker lands, there the one generation ends and the other begins; both have yet to
   * read it.
   */
  public void mark() {
    Generations all = survey.generations();
    Optional<GenerationRecord> cutting =
        all.underWay().filter(record -> record.state() == State.CUTTING);
    if (cutting.isEmpty()) {
      return;
    }
    GenerationRecord next = cutting.get();
    Cut cut = next.cut().orElseThrow();
    if (!cut.marks().isEmpty()) {
      return;
    }
    RawCommand.Cutover marker = new RawCommand.Cutover(cut.from(), next.generation());
    Map<TopicPartition, Long> marks = new HashMap<>(find(marker, cut.searchFrom()));
    write(marker, marks);
    Map<String, List<Long>> byTopic = new HashMap<>();
    for (String topic : deployment.raw()) {
      List<Long> offsets = new ArrayList<>();
      for (int p = 0; p < deployment.partitions(); p++) {
        offsets.add(marks.get(new TopicPartition(topic, p)));
      }
      byTopic.put(topic, offsets);
    }
    deployment
        .control()
        .write(all, List.of(next.with(new Cut(cut.from(), cut.searchFrom(), byTopic))));
  }

  /** Finds the markers that an earlier call wrote before it was broken off. */
  private Map<TopicPartition, Long> find(
      RawCommand.Cutover marker, Map<String, List<Long>> searchFrom) {
    Map<TopicPartition, Long> found = new HashMap<>();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      List<TopicPartition> all = new ArrayList<>();
      searchFrom.forEach(
          (topic, of) -> {
            for (int p = 0; p < of.size(); p++) {
              all.add(new TopicPartition(topic, p));
            }
          });
      consumer.assign(all);
      all.forEach(p -> consumer.seek(p, searchFrom.get(p.topic()).get(p.partition())));
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (all.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        if (System.nanoTime() > deadline) {
          throw new RebuildException(
              "The raw topics cannot be read; check that the brokers run, then repeat.");
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (RawCommand.isCommand(record.headers())
              && marker.equals(RawCommand.read(record.value(), record.headers()))) {
            found.putIfAbsent(
                new TopicPartition(record.topic(), record.partition()), record.offset());
          }
        }
      }
    }
    return found;
  }

  private void write(RawCommand.Cutover marker, Map<TopicPartition, Long> marks) {
    RecordHeaders headers = new RecordHeaders();
    marker.writeHeader(headers);
    Map<TopicPartition, Future<RecordMetadata>> sent = new HashMap<>();
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-cutover");
    own.put("acks", "all");
    own.put("linger.ms", 0);
    own.put("max.block.ms", (int) PATIENCE.toMillis());
    own.put("delivery.timeout.ms", (int) PATIENCE.toMillis());
    own.put("request.timeout.ms", (int) PATIENCE.toMillis() / 2);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            deployment.kafka().client(own), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (String topic : deployment.raw()) {
        for (int p = 0; p < deployment.partitions(); p++) {
          TopicPartition partition = new TopicPartition(topic, p);
          if (!marks.containsKey(partition)) {
            sent.put(
                partition,
                producer.send(
                    new ProducerRecord<>(topic, p, null, null, marker.toJson(), headers)));
          }
        }
      }
      for (Map.Entry<TopicPartition, Future<RecordMetadata>> entry : sent.entrySet()) {
        marks.put(entry.getKey(), entry.getValue().get().offset());
      }
    } catch (ExecutionException e) {
      throw unwritten(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unwritten(e);
    } catch (KafkaException e) {
      throw unwritten(e);
    }
  }

  private static RebuildException unwritten(Throwable cause) {
    return new RebuildException(
        "Not all markers were written ("
            + cause
            + "); repeat 'hogflare rebuild cutover', which writes those that are missing.",
        cause);
  }

  /**
   * Looks how far the generations are, and notes on the control topic what has come about since.
   *
   * @throws dev.hogflare.runtime.ConcurrentChangeException if another command was faster
   */
  public Progress advance() {
    Generations all = survey.generations();
    Optional<GenerationRecord> cutting =
        all.underWay().filter(record -> record.state() == State.CUTTING);
    if (cutting.isPresent()) {
      GenerationRecord next = cutting.get();
      GenerationRecord old = all.find(next.cut().orElseThrow().from()).orElseThrow();
      GenerationStatus from = survey.measure(old, next.cut());
      GenerationStatus to = survey.measure(next, next.cut());
      if (!from.passed() || !to.passed()) {
        return new Progress(Stage.PASSING, Optional.of(from), Optional.of(to));
      }
      deployment.control().write(all, List.of(next.in(State.LIVE), old.in(State.RETIRING)));
      return new Progress(Stage.FINISHING, Optional.of(from), Optional.of(to));
    }
    Optional<GenerationRecord> retiring = all.retiring();
    if (retiring.isEmpty()) {
      return new Progress(Stage.NONE, Optional.empty(), Optional.empty());
    }
    GenerationRecord live = all.live();
    GenerationStatus to = survey.measure(live, live.cut());
    // Mail leads to events for groups but nothing leads back, so that what is empty stays empty if
    // the groups are looked at behind the mail.
    GenerationStatus first = survey.measure(retiring.get(), live.cut());
    if (finishAt.isEmpty()) {
      finishAt = first.positions().stream().map(GenerationStatus.Position::end).toList();
    }
    if (!first.passed() || !hasRead(first, finishAt) || first.mailWaiting() > 0) {
      return new Progress(Stage.FINISHING, Optional.of(first), Optional.of(to));
    }
    GenerationStatus from = survey.measure(retiring.get(), live.cut());
    if (retiring.get().hasGroups() && ownGroupsWait(live, from)) {
      return new Progress(Stage.FINISHING, Optional.of(from), Optional.of(to));
    }
    deployment.control().write(all, List.of(retiring.get().in(State.RETIRED)));
    return new Progress(Stage.DONE, Optional.of(from), Optional.of(to));
  }

  private static boolean hasRead(GenerationStatus status, List<Long> ends) {
    for (int i = 0; i < ends.size(); i++) {
      if (status.positions().get(i).at() < ends.get(i)) {
        return false;
      }
    }
    return true;
  }

  /** Where only persons were rebuilt the group-processor goes on, with events of the new one. */
  private static boolean ownGroupsWait(GenerationRecord live, GenerationStatus from) {
    return live.hasGroups() && from.groupsWaiting() > 0;
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-cutover");
    own.put("enable.auto.commit", false);
    own.put("auto.offset.reset", "earliest");
    return new KafkaConsumer<>(
        deployment.kafka().client(own), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @Override
  public void close() {
    survey.close();
  }
}
