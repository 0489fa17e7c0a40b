// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.runtime.HostPort;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyQueryMetadata;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.query.KeyQuery;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.query.StateQueryRequest;
import org.apache.kafka.streams.state.HostInfo;

/**
 * Reads groups from the stores of a running Kafka Streams application.
 *
 * <p>A query goes to the one partition that the key hashes to; without it every partition of the
 * instance would be asked.
 */
final class StreamsGroupReads implements GroupReads {
  private final KafkaStreams streams;
  private final int partitions;
  private final Optional<HostPort> self;
  private final ByteArraySerializer serializer = new ByteArraySerializer();

  /**
   * Creates reads for an application.
   *
   * @param partitions the partition count of the topic of grouped events
   * @param self where this instance is reached, or empty if it is the only one
   */
  StreamsGroupReads(KafkaStreams streams, int partitions, Optional<HostPort> self) {
    this.streams = streams;
    this.partitions = partitions;
    this.self = self;
  }

  @Override
  public Read read(byte[] key) {
    // The producers' own rule for records that have a key.
    int partition = Utils.toPositive(Utils.murmur2(key)) % partitions;
    StateQueryRequest<byte[]> request =
        StateQueryRequest.inStore(GroupTopology.GROUPS)
            .withQuery(KeyQuery.<byte[], byte[]>withKey(key))
            .withPartitions(Set.of(partition))
            .requireActive();
    QueryResult<byte[]> result;
    try {
      result = streams.query(request).getPartitionResults().get(partition);
    } catch (InvalidStateStoreException | IllegalStateException e) {
      return new Read.NotHere("The group-processor does not run: " + e.getMessage());
    }
    return result.isSuccess()
        ? new Read.Here(result.getResult())
        : new Read.NotHere(
            "Partition " + partition + " is not ready here: " + result.getFailureMessage());
  }

  @Override
  public Optional<HostPort> otherOwner(byte[] key) {
    if (self.isEmpty()) {
      return Optional.empty();
    }
    KeyQueryMetadata owner;
    try {
      owner = streams.queryMetadataForKey(GroupTopology.GROUPS, key, serializer);
    } catch (InvalidStateStoreException | IllegalStateException e) {
      return Optional.empty();
    }
    if (owner.equals(KeyQueryMetadata.NOT_AVAILABLE)
        || owner.activeHost().equals(HostInfo.unavailable())) {
      return Optional.empty();
    }
    String host = owner.activeHost().host();
    // Kafka takes the brackets off an IPv6 address.
    String bracketed = host.indexOf(':') < 0 ? host : "[" + host + "]";
    return Optional.of(new HostPort(bracketed, owner.activeHost().port()))
        .filter(address -> !address.equals(self.get()));
  }
}
