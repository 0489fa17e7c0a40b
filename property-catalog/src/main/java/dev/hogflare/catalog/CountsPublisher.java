// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.runtime.Gathered;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes what each thread counted to the topic of counts, by token, in the transaction that commits
 * the events that were counted.
 */
final class CountsPublisher implements Gathered, Supplier<CountBook> {
  private final String topic;
  private final ThreadLocal<CountBook> books = ThreadLocal.withInitial(CountBook::new);

  CountsPublisher(String topic) {
    this.topic = topic;
  }

  /** Returns the book of the calling thread. */
  @Override
  public CountBook get() {
    return books.get();
  }

  @Override
  public void forget() {
    books.get().clear();
  }

  @Override
  public List<ProducerRecord<byte[], byte[]>> toWrite() {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    books
        .get()
        .take()
        .forEach(
            (token, seen) -> {
              byte[] key = token.getBytes(StandardCharsets.UTF_8);
              for (byte[] value : SeenCodec.write(seen)) {
                records.add(new ProducerRecord<>(topic, key, value));
              }
            });
    return records;
  }

  @Override
  public void committed() {
    books.get().turnIfFull();
  }
}
