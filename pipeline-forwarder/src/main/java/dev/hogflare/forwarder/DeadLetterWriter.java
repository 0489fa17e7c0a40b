// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Stage;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes rows that no sink takes to the dead letters, until Kafka has them.
 *
 * <p>All methods are called by the loop's thread. A row counts as written when all in-sync replicas
 * have it; until then its offset is not committed.
 */
final class DeadLetterWriter {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetterWriter.class);
  private static final long RETRY = Duration.ofSeconds(1).toNanos();
  private static final long LOG_INTERVAL = Duration.ofSeconds(10).toNanos();

  private static final class Letter {
    private final Row row;
    private final DeadLetter reason;
    private boolean withValue = true;
    private int attempt;
    private long retryAt;

    private Letter(Row row, DeadLetter reason) {
      this.row = row;
      this.reason = reason;
    }
  }

  private final Producer<byte[], byte[]> producer;
  private final String deadLetters;
  private final String source;
  private final InstantSource clock;
  private final Executor loop;
  private final BiConsumer<Row, ErrorCode> written;

  private final Set<Letter> sending = new HashSet<>();
  private final Queue<Letter> failed = new ArrayDeque<>();
  private long loggedAt = System.nanoTime() - LOG_INTERVAL;
  private long unlogged;

  /**
   * Creates a writer.
   *
   * @param producer idempotent and with acks=all; may be shared
   * @param deadLetters the topic that is written to
   * @param source the topic that the rows come from
   * @param loop runs tasks on the loop's thread, in order
   * @param written told when Kafka has a row
   */
  DeadLetterWriter(
      Producer<byte[], byte[]> producer,
      String deadLetters,
      String source,
      InstantSource clock,
      Executor loop,
      BiConsumer<Row, ErrorCode> written) {
    this.producer = producer;
    this.deadLetters = deadLetters;
    this.source = source;
    this.clock = clock;
    this.loop = loop;
    this.written = written;
  }

  /** Takes over a row. */
  void write(Row row, ErrorCode code, String message) {
    log(row, code, message);
    Letter letter =
        new Letter(
            row,
            new DeadLetter(
                Stage.FORWARDER,
                code,
                message,
                clock.millis(),
                new DeadLetter.Source(source, row.tracker().partition(), row.offset())));
    if (failed.isEmpty()) {
      send(letter);
    } else {
      // A producer in trouble may hold each call up for seconds; one at a time finds out.
      postpone(letter);
    }
  }

  /** Writes again what could not be written. */
  void step(long now) {
    while (!failed.isEmpty() && failed.peek().retryAt - now <= 0) {
      Letter letter = failed.poll();
      send(letter);
      if (!sending.contains(letter)) {
        return; // Refused at once, as the others would be.
      }
    }
  }

  /** Returns the number of rows that Kafka does not have yet. */
  int pending() {
    return sending.size() + failed.size();
  }

  /** Gives up the rows of dropped partitions, except those under way. */
  List<Row> removeDropped() {
    List<Row> dropped = new ArrayList<>();
    failed.removeIf(letter -> letter.row.tracker().dropped() && dropped.add(letter.row));
    return dropped;
  }

  /** Gives up everything, also what is under way. */
  List<Row> giveUp() {
    List<Row> all = new ArrayList<>();
    sending.forEach(letter -> all.add(letter.row));
    failed.forEach(letter -> all.add(letter.row));
    sending.clear();
    failed.clear();
    return all;
  }

  private void send(Letter letter) {
    Row row = letter.row;
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(deadLetters, row.key(), letter.withValue ? row.value() : null);
    row.headers().forEach(header -> record.headers().add(header.name(), header.value()));
    letter.reason.writeHeaders(record.headers());
    sending.add(letter);
    int attempt = ++letter.attempt;
    try {
      Future<RecordMetadata> result =
          producer.send(
              record,
              (metadata, error) -> loop.execute(() -> acknowledged(letter, attempt, error)));
      if (result.state() == Future.State.FAILED) {
        // Refused at once, after a wait for a full buffer or for metadata: that must be known
        // before
        // the next letter waits as long.
        acknowledged(letter, attempt, result.exceptionNow());
      }
    } catch (RuntimeException e) {
      acknowledged(letter, attempt, e);
    }
  }

  private void acknowledged(Letter letter, int attempt, Throwable error) {
    if (attempt != letter.attempt || !sending.remove(letter)) {
      return; // Given up meanwhile, or told twice.
    }
    if (error == null) {
      written.accept(letter.row, letter.reason.code());
      return;
    }
    if (error instanceof RecordTooLargeException && letter.withValue) {
      // The reason makes the record longer than the topic takes; it names where the row still is.
      letter.withValue = false;
      send(letter);
      return;
    }
    if (failed.isEmpty()) {
      LOG.warn(
          "The dead letter of {}-{}@{} was not written and is tried again, as are those behind it.",
          source,
          letter.row.tracker().partition(),
          letter.row.offset(),
          error);
    }
    postpone(letter);
  }

  private void postpone(Letter letter) {
    letter.retryAt = System.nanoTime() + RETRY;
    failed.add(letter);
  }

  private void log(Row row, ErrorCode code, String message) {
    long now = System.nanoTime();
    if (now - loggedAt < LOG_INTERVAL) {
      unlogged++;
      return;
    }
    LOG.warn(
        "The row {}-{}@{} goes to {} as {}: {} ({} others since the last such line)",
        source,
        row.tracker().partition(),
        row.offset(),
        deadLetters,
        code.text(),
        message,
        unlogged);
    loggedAt = now;
    unlogged = 0;
  }
}
