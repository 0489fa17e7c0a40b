// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.LedgerCount;
import dev.hogflare.contract.Stage;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Counts what becomes of events in the very transaction that makes it so.
 *
 * <p>A processor counts on its stream thread, in memory. When Kafka Streams commits, the producer
 * of that thread puts the totals that changed into the transaction before its end; when the
 * transaction is aborted, they are forgotten with it. So the ledger says exactly what was
 * committed, whatever is killed in between.
 */
public final class Ledger implements Gathered {
  private final String topic;
  private final ThreadLocal<LedgerPage> pages;

  private Ledger() {
    topic = "";
    pages = null;
  }

  /** Returns a ledger in which nothing is counted. */
  public static Ledger none() {
    return new Ledger();
  }

  /**
   * Creates a ledger.
   *
   * @param application the application id
   * @param topic the ledger's topic, which has to exist
   */
  public Ledger(Stage stage, String application, String topic) {
    this.topic = topic;
    pages = ThreadLocal.withInitial(() -> new LedgerPage(stage, application));
  }

  /**
   * Counts something that happened to an event.
   *
   * @param token its project
   * @param arrivedAt when it arrived at the gateway, in microseconds since the epoch
   */
  public void count(String token, long arrivedAt, LedgerCount count) {
    if (pages != null) {
      pages.get().count(token, arrivedAt, count);
    }
  }

  /** Counts an event that became a dead letter. */
  public void deadLetter(String token, long arrivedAt, ErrorCode code) {
    if (pages != null) {
      pages.get().deadLetter(token, arrivedAt, code);
    }
  }

  /**
   * Counts an event that was read from a raw topic, and remembers where.
   *
   * @param redriven whether it was sent again from the dead letters
   * @param source the raw topic
   */
  public void received(
      String token, long arrivedAt, boolean redriven, String source, int partition, long offset) {
    if (pages != null) {
      pages.get().received(token, arrivedAt, redriven, source, partition, offset);
    }
  }

  @Override
  public void forget() {
    if (pages != null) {
      pages.get().reset();
    }
  }

  @Override
  public List<ProducerRecord<byte[], byte[]>> toWrite() {
    return pages == null
        ? List.of()
        : pages.get().changed().stream()
            .map(entry -> new ProducerRecord<>(topic, entry.key(), entry.value()))
            .toList();
  }

  @Override
  public void committed() {
    if (pages != null) {
      pages.get().turnIfFull();
    }
  }
}
