// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.MalformedRecordException;
import java.util.function.Supplier;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Counts the names and types in event rows, in the book of its thread.
 *
 * <p>It writes nothing itself: the book goes into the transaction of the commit.
 */
final class CountProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  private final Supplier<CountBook> books;
  private final CatalogMetrics metrics;
  private final RowReader reader = new RowReader();
  private ProcessorContext<byte[], byte[]> context;
  private CountBook book;

  CountProcessor(Supplier<CountBook> books, CatalogMetrics metrics) {
    this.books = books;
    this.metrics = metrics;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    // A task may move between the threads of an instance only by being created again.
    book = books.get();
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    metrics.received();
    if (record.value() == null || record.key() == null) {
      metrics.skipped(CatalogMetrics.Skipped.MALFORMED);
      return;
    }
    try {
      reader.read(record.value());
    } catch (MalformedRecordException e) {
      // The row itself is the forwarder's to judge; here it only goes uncounted.
      metrics.skipped(CatalogMetrics.Skipped.MALFORMED);
      return;
    }
    switch (book.count(record.key(), reader)) {
      case COUNTED -> metrics.counted();
      case IGNORED -> metrics.skipped(CatalogMetrics.Skipped.IGNORED);
      case NAME_TOO_LONG -> metrics.skipped(CatalogMetrics.Skipped.NAME_TOO_LONG);
      case TOO_MANY_PROPERTIES -> metrics.skipped(CatalogMetrics.Skipped.TOO_MANY_PROPERTIES);
    }
    if (book.isFull()) {
      context.commit();
    }
  }
}
