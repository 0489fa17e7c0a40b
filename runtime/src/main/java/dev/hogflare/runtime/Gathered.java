// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * What a stream thread gathers in memory while it processes records, and writes in the very
 * transaction that commits them.
 *
 * <p>So what is written says exactly what was committed, whatever is killed in between. All methods
 * are called by the thread whose gatherings they are about.
 */
public interface Gathered {
  /** Gathers nothing. */
  Gathered NOTHING =
      new Gathered() {
        @Override
        public void forget() {
          // There is nothing to forget.
        }

        @Override
        public List<ProducerRecord<byte[], byte[]>> toWrite() {
          return List.of();
        }

        @Override
        public void committed() {
          // Nothing was written.
        }
      };

  /** Forgets all: what was gathered and not committed did not happen. */
  void forget();

  /** Returns what goes into the transaction that is about to be committed. */
  List<ProducerRecord<byte[], byte[]>> toWrite();

  /** Learns that what was last written is committed. */
  void committed();
}
