// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes an event through the group that its record is keyed by.
 *
 * <p>Used by one stream thread. A record that cannot be processed goes to the dead letters and
 * changes no group, so that it can be sent through again; trouble with the store or with Kafka is
 * not the record's fault and ends the thread, which is then replaced.
 */
final class GroupProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(GroupProcessor.class);

  /** The largest record that is written for an event; whoever reads it next needs room as well. */
  static final int MAX_BYTES = Topics.MAX_RECORD_BYTES - 64 * 1024;

  /** The largest record that is copied to the dead letters, which leaves room for the reason. */
  static final int MAX_LETTER_BYTES = Topics.MAX_RECORD_BYTES - 8 * 1024;

  /** What the lengths of one header or record take at most, in bytes. */
  private static final int FRAME_BYTES = 16;

  /** One defect can hit every record, so that it is logged once a minute of the records' time. */
  private static final long LOG_INTERVAL_MS = 60_000;

  private final GroupColumns columns;
  private final GroupMetrics metrics;
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<byte[], byte[]> groups;
  private long logAgainAt = Long.MIN_VALUE;

  /** Creates a processor for one task. */
  GroupProcessor(GroupColumns columns, GroupMetrics metrics) {
    this.columns = columns;
    this.metrics = metrics;
  }

  /**
   * What is to be written for a record.
   *
   * @param visit the visit, or null for a dead letter
   * @param out the record to be written
   * @param code why it is a dead letter, or null if it is none
   */
  private record Outcome(GroupVisit visit, Record<byte[], byte[]> out, ErrorCode code) {}

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    groups = context.getStateStore(GroupTopology.GROUPS);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    metrics.received();
    byte[] stored = record.key() == null ? null : groups.get(record.key());
    Outcome outcome;
    try {
      outcome = visit(record, stored);
    } catch (MalformedRecordException e) {
      outcome = deadLetter(record, ErrorCode.MALFORMED_RECORD, e.getMessage());
    } catch (RuntimeException e) {
      logDefect(record, e);
      outcome =
          deadLetter(
              record,
              ErrorCode.INTERNAL,
              "The group-processor failed on this record ("
                  + e
                  + "); report it, then send the record through again.");
    }
    write(record, outcome);
  }

  private Outcome visit(Record<byte[], byte[]> record, byte[] stored) {
    GroupedEvent event = GroupedEvent.read(record.value(), record.headers());
    if (!Arrays.equals(record.key(), event.visitKey().toBytes())) {
      throw new MalformedRecordException(
          "The record's key is not that of the first pending group in the header groups.");
    }
    GroupVisit visit = GroupVisit.of(event, stored);
    Record<byte[], byte[]> out =
        visit.event().pending().isEmpty()
            ? row(visit.event(), record.timestamp())
            : next(visit.event(), record.timestamp());
    int size = size(out);
    if (size > MAX_BYTES) {
      return deadLetter(
          record,
          ErrorCode.ROW_TOO_LARGE,
          "With its groups' properties the event takes "
              + size
              + " bytes and a record holds "
              + MAX_BYTES
              + "; send less in the event, its person or its groups.");
    }
    return new Outcome(visit, out, null);
  }

  private Record<byte[], byte[]> row(GroupedEvent event, long timestamp) {
    return new Record<>(
        event.rowKey().toBytes(), columns.append(event.row(), event.visited()), timestamp);
  }

  private static Record<byte[], byte[]> next(GroupedEvent event, long timestamp) {
    Headers headers = new RecordHeaders();
    event.writeHeaders(headers);
    return new Record<>(event.visitKey().toBytes(), event.row(), timestamp, headers);
  }

  private Outcome deadLetter(Record<byte[], byte[]> record, ErrorCode code, String message) {
    DeadLetter.Source source =
        context
            .recordMetadata()
            .map(place -> new DeadLetter.Source(place.topic(), place.partition(), place.offset()))
            .orElse(null);
    if (size(record) > MAX_LETTER_BYTES) {
      // With its reason beside it the record would be larger than a record may be.
      Headers reason = new RecordHeaders();
      new DeadLetter(
              Stage.GROUP,
              code,
              "The record is too large to be copied and stays at its source. " + message,
              record.timestamp(),
              source)
          .writeHeaders(reason);
      return new Outcome(null, new Record<>(null, null, record.timestamp(), reason), code);
    }
    Headers headers = new RecordHeaders(record.headers());
    new DeadLetter(Stage.GROUP, code, message, record.timestamp(), source).writeHeaders(headers);
    return new Outcome(null, record.withHeaders(headers), code);
  }

  private void write(Record<byte[], byte[]> record, Outcome outcome) {
    if (outcome.code() != null && isMuted(record)) {
      // The generation that writes the rows writes the dead letter, too.
      metrics.muted();
      return;
    }
    if (outcome.code() != null) {
      context.forward(outcome.out(), GroupTopology.WRITE_DEAD_LETTER);
      metrics.deadLettered(
          ActorKey.tokenOf(record.key()),
          RawEvent.arrivedAt(record.headers(), record.timestamp() * 1_000),
          outcome.code());
      return;
    }
    GroupVisit visit = outcome.visit();
    if (visit.group() != null) {
      groups.put(record.key(), visit.group());
      metrics.updated();
    }
    if (visit.refused()) {
      metrics.refusedUpdate();
    }
    if (visit.event().pending().isEmpty() && visit.event().muted()) {
      metrics.muted();
    } else if (visit.event().pending().isEmpty()) {
      context.forward(outcome.out(), GroupTopology.WRITE_ROW);
      metrics.wroteRow(visit.event().rowKey().token(), visit.event().arrivedAt());
    } else {
      context.forward(outcome.out(), GroupTopology.NEXT_GROUP);
      metrics.forwarded();
    }
  }

  private static boolean isMuted(Record<byte[], byte[]> record) {
    return GroupedEvent.isMuted(record.headers());
  }

  private static int size(Record<byte[], byte[]> record) {
    int size = FRAME_BYTES + length(record.key()) + length(record.value());
    for (Header header : record.headers()) {
      size +=
          FRAME_BYTES
              + header.key().getBytes(StandardCharsets.UTF_8).length
              + length(header.value());
    }
    return size;
  }

  private static int length(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  private void logDefect(Record<byte[], byte[]> record, RuntimeException defect) {
    if (record.timestamp() >= logAgainAt) {
      logAgainAt = record.timestamp() + LOG_INTERVAL_MS;
      // The metadata's own text would put the record's headers into the log.
      LOG.error(
          "The record at {} became a dead letter because of a defect; others may have, too",
          context
              .recordMetadata()
              .map(place -> place.topic() + "-" + place.partition() + " offset " + place.offset())
              .orElse("an unknown place"),
          defect);
    }
  }
}
