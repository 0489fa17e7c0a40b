// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DistinctIds;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.runtime.HostPort;
import java.util.Optional;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyQueryMetadata;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.query.KeyQuery;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.query.StateQueryRequest;
import org.apache.kafka.streams.state.HostInfo;

/**
 * Finds the person of a distinct id, wherever in the cluster it lives.
 *
 * <p>Follows links from partition to partition; what lies on another instance is asked of that
 * instance.
 */
public final class PersonLookup {
  /** More links than any history of merges leaves standing while chains are being shortened. */
  static final int MAX_HOPS = 100;

  /** Stands for the life of a distinct id that its next event belongs to. */
  static final int PRESENT = -1;

  private final KafkaStreams streams;
  private final RowWriterSource rows;
  private final Optional<HostPort> self;
  private final PersonClient client;

  /** Makes the writer of answers; each lookup uses one of its own, because lookups run at once. */
  interface RowWriterSource {
    RowWriter create();
  }

  PersonLookup(
      KafkaStreams streams, RowWriterSource rows, Optional<HostPort> self, PersonClient client) {
    this.streams = streams;
    this.rows = rows;
    this.self = self;
    this.client = client;
  }

  /** The outcome of a lookup. */
  public sealed interface Answer {
    /**
     * What is known.
     *
     * @param json {@code {"canonical_id": …, "record": {…} | null}}, as hogflare's debug endpoint
     *     answers
     */
    record Found(byte[] json) implements Answer {}

    /**
     * Nobody can say at the moment.
     *
     * @param reason one sentence
     */
    record Unavailable(String reason) implements Answer {}
  }

  /**
   * Returns the person of a distinct id; an unknown id has no record and is its own canonical id.
   *
   * @throws IllegalArgumentException if the token holds what no token can hold
   */
  public Answer find(String token, String distinctId) {
    ActorKey key = new ActorKey(token, DistinctIds.normalize(distinctId));
    return find(key, PRESENT, key.distinctId(), 0);
  }

  /**
   * Follows a distinct id on.
   *
   * @param life which life of it, or {@link #PRESENT}
   */
  Answer find(ActorKey start, int life, String askedId, int hopsSoFar) {
    try {
      return follow(start, life, askedId, hopsSoFar);
    } catch (InvalidStateStoreException | IllegalStateException e) {
      // Not started, stopping or stopped: Kafka Streams has an exception for each.
      return new Answer.Unavailable("The person-processor is not running.");
    }
  }

  private Answer follow(ActorKey start, int startLife, String askedId, int hopsSoFar) {
    ActorKey at = start;
    int life = startLife;
    for (int hops = hopsSoFar; hops < MAX_HOPS; hops++) {
      byte[] key = at.toBytes();
      KeyQueryMetadata owner =
          streams.queryMetadataForKey(PersonTopology.ACTORS, key, new ByteArraySerializer());
      if (owner == null || owner.equals(KeyQueryMetadata.NOT_AVAILABLE)) {
        return new Answer.Unavailable("The partitions are being assigned; try again in a moment.");
      }
      if (!isHere(owner.activeHost())) {
        return client.find(owner.activeHost(), at, life, askedId, hops + 1);
      }
      ActorState state;
      try {
        state = stateOf(at, life, owner.partition());
      } catch (RestoringException e) {
        return new Answer.Unavailable(
            "The partition " + owner.partition() + " is being restored; try again in a moment.");
      } catch (MalformedRecordException e) {
        return new Answer.Unavailable(
            "The state of this distinct id cannot be read: " + e.getMessage());
      }
      switch (state) {
        case null -> {
          return new Answer.Found(rows.create().lookup(askedId, null));
        }
        case ActorState.Root root -> {
          Person person = root.person();
          return new Answer.Found(
              person.isDeleted()
                  ? rows.create().lookup(askedId, null)
                  : rows.create().lookup(person.canonicalId(), person));
        }
        case ActorState.Link link -> {
          at = new ActorKey(at.token(), Actor.id(link.parent()));
          life = Actor.life(link.parent());
        }
        case ActorState.Rerouting rerouting -> {
          at = new ActorKey(at.token(), Actor.id(rerouting.parent()));
          life = Actor.life(rerouting.parent());
        }
        case ActorState.Joining joining -> {
          return new Answer.Unavailable(
              "This distinct id is being united with "
                  + joining.target()
                  + "; try again in a moment.");
        }
      }
    }
    return new Answer.Unavailable("The person is further away than " + MAX_HOPS + " links.");
  }

  /** Returns the state of a life of a distinct id, or null if nothing is known of it. */
  private ActorState stateOf(ActorKey id, int life, int partition) throws RestoringException {
    Lives lives = StateCodec.decodeLives(query(id.toBytes(), partition));
    int asked = life == PRESENT ? lives.current() : life;
    return asked == 0
        ? lives.firstOrNull()
        : StateCodec.decode(query(Actor.of(id, asked).toBytes(), partition));
  }

  /** A partition is not there yet. */
  private static final class RestoringException extends Exception {
    private static final long serialVersionUID = 1;
  }

  private boolean isHere(HostInfo host) {
    return self.isEmpty()
        || host.equals(HostInfo.unavailable())
        || (host.host().equals(self.get().host()) && host.port() == self.get().port());
  }

  private byte[] query(byte[] key, int partition) throws RestoringException {
    StateQueryRequest<byte[]> request =
        StateQueryRequest.inStore(PersonTopology.ACTORS)
            .withQuery(KeyQuery.<Bytes, byte[]>withKey(Bytes.wrap(key)))
            .withPartitions(java.util.Set.of(partition));
    QueryResult<byte[]> result = streams.query(request).getPartitionResults().get(partition);
    if (result == null || result.isFailure()) {
      throw new RestoringException();
    }
    return result.getResult();
  }
}
