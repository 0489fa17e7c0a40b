// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

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

  /** Returns what stands under the key of a distinct id. */
  Lives lives(byte[] key) {
    return StateCodec.decodeLives(states.get(Bytes.wrap(key)));
  }

  void put(byte[] key, Lives lives) {
    states.put(Bytes.wrap(key), stateCodec.encode(lives));
  }

  /** Returns the state of a life that is not the first, or null if nothing is known of it. */
  ActorState state(Actor actor) {
    return StateCodec.decode(states.get(Bytes.wrap(actor.toBytes())));
  }

  void put(Actor actor, ActorState state) {
    states.put(Bytes.wrap(actor.toBytes()), stateCodec.encode(state));
  }

  /** Keeps a message as it was encoded. */
  void park(Actor actor, long number, byte[] message) {
    parked.put(parkedKey(actor, number), message);
  }

  /** Returns a parked message as it was encoded. */
  byte[] parked(Actor actor, long number) {
    byte[] message = parked.get(parkedKey(actor, number));
    if (message == null) {
      throw new MalformedRecordException("The parked message " + number + " is gone.");
    }
    return message;
  }

  void forget(Actor actor, long number) {
    parked.delete(parkedKey(actor, number));
  }

  private static Bytes parkedKey(Actor actor, long number) {
    byte[] key = actor.toBytes();
    return Bytes.wrap(
        ByteBuffer.allocate(key.length + 9).put(key).put((byte) 0).putLong(number).array());
  }
}
