// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.MalformedRecordException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The claims on distinct ids, with the questions that wait for one.
 *
 * <p>The claims on a life of a distinct id stand under its key. Questions stand one by one under
 * the key of the distinct id, because the life that reads their claim is the one that they ask, the
 * offset of that claim and a number, beside how many there are of that offset, so that no record
 * grows and nothing is iterated.
 */
final class ClaimStore {
  private static final int VERSION = GenerationRecord.CODE_VERSION;
  private static final int FREE = 0;
  private static final int BY_ITSELF = 1;
  private static final int BY_ANOTHER = 2;

  private final KeyValueStore<Bytes, byte[]> store;
  private final BinaryWriter out = new BinaryWriter();

  ClaimStore(KeyValueStore<Bytes, byte[]> store) {
    this.store = store;
  }

  Claims get(Actor actor) {
    return decode(store.get(Bytes.wrap(actor.toBytes())));
  }

  void put(Actor actor, Claims claims) {
    store.put(Bytes.wrap(actor.toBytes()), encode(claims));
  }

  /** Keeps a question until the claim at an offset is read. */
  void await(ActorKey actor, long offset, byte[] question) {
    long waiting = waiting(actor, offset);
    store.put(questionKey(actor, offset, waiting), question);
    store.put(countKey(actor, offset), out.clear().number(waiting + 1).toBytes());
  }

  /** Returns how many questions wait for the claim at an offset. */
  long waiting(ActorKey actor, long offset) {
    byte[] count = store.get(countKey(actor, offset));
    return count == null ? 0 : new BinaryReader(count).number();
  }

  byte[] question(ActorKey actor, long offset, long number) {
    byte[] question = store.get(questionKey(actor, offset, number));
    if (question == null) {
      throw new MalformedRecordException(
          "The question " + number + " that waited for the claim at " + offset + " is gone.");
    }
    return question;
  }

  /** Forgets the questions that waited for the claim at an offset. */
  void forget(ActorKey actor, long offset, long waiting) {
    for (long number = 0; number < waiting; number++) {
      store.delete(questionKey(actor, offset, number));
    }
    store.delete(countKey(actor, offset));
  }

  private static Bytes countKey(ActorKey actor, long offset) {
    byte[] key = actor.toBytes();
    return Bytes.wrap(
        ByteBuffer.allocate(key.length + 9).put(key).put((byte) 0).putLong(offset).array());
  }

  private static Bytes questionKey(ActorKey actor, long offset, long number) {
    byte[] key = actor.toBytes();
    return Bytes.wrap(
        ByteBuffer.allocate(key.length + 17)
            .put(key)
            .put((byte) 0)
            .putLong(offset)
            .putLong(number)
            .array());
  }

  /** Returns the stored form of an id's claims. */
  byte[] encode(Claims claims) {
    out.clear().put(VERSION);
    if (!claims.taken()) {
      out.put(FREE);
    } else if (claims.claimantOrNull() == null) {
      out.put(BY_ITSELF);
    } else {
      out.put(BY_ANOTHER).text(claims.claimantOrNull());
    }
    return out.number(claims.last() + 1).toBytes();
  }

  /**
   * Reads the stored form; null is an id without claims.
   *
   * @throws MalformedRecordException if the bytes are anything else
   */
  static Claims decode(byte[] bytes) {
    if (bytes == null) {
      return Claims.NONE;
    }
    BinaryReader in = new BinaryReader(bytes);
    int version = in.next();
    if (version != VERSION) {
      throw new MalformedRecordException(
          "The claims have version " + version + "; this program reads " + VERSION + ".");
    }
    int kind = in.next();
    if (kind > BY_ANOTHER) {
      throw new MalformedRecordException("The claims have the unknown kind " + kind + ".");
    }
    Claims claims =
        new Claims(kind != FREE, kind == BY_ANOTHER ? in.text() : null, in.number() - 1);
    in.end();
    return claims;
  }
}
