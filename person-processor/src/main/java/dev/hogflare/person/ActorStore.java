// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.MalformedRecordException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/** The states of actors, each with the messages that it parked. */
final class ActorStore {
  private final KeyValueStore<Bytes, byte[]> states;
  private final KeyValueStore<Bytes, byte[]> parked;
  private final StateCodec stateCodec = new StateCodec();

  ActorStore(KeyValueStore<Bytes, byte[]> states, KeyValueStore<Bytes, byte[]> parked) {
    this.states = states;
    this.parked = parked;
  }

  /** Returns an actor's state, or null if its distinct id was never seen. */
  ActorState state(byte[] key) {
    return StateCodec.decode(states.get(Bytes.wrap(key)));
  }

  void put(byte[] key, ActorState state) {
    states.put(Bytes.wrap(key), stateCodec.encode(state));
  }

  /** Keeps a message as it was encoded. */
  void park(ActorKey actor, long number, byte[] message) {
    parked.put(parkedKey(actor, number), message);
  }

  /** Returns a parked message as it was encoded. */
  byte[] parked(ActorKey actor, long number) {
    byte[] message = parked.get(parkedKey(actor, number));
    if (message == null) {
      throw new MalformedRecordException("The parked message " + number + " is gone.");
    }
    return message;
  }

  void forget(ActorKey actor, long number) {
    parked.delete(parkedKey(actor, number));
  }

  private static Bytes parkedKey(ActorKey actor, long number) {
    byte[] key = actor.toBytes();
    return Bytes.wrap(
        ByteBuffer.allocate(key.length + 9).put(key).put((byte) 0).putLong(number).array());
  }
}
