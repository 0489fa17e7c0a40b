// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.Stamp;
import dev.hogflare.runtime.HostPort;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** An instance with one partition, which it may have or not. */
final class FakeGroupReads implements GroupReads {
  private final Map<GroupKey, byte[]> groups = new ConcurrentHashMap<>();
  private volatile boolean here = true;
  private volatile HostPort owner;

  /** Sets the properties of a group. */
  void put(GroupKey key, String properties) {
    Stamp stamp = new Stamp(1_000, 0, 1);
    groups.put(
        key,
        GroupCodec.encode(
            GroupReducer.apply(null, properties.getBytes(UTF_8), stamp, 1_763_700_205_000_123L)));
  }

  /** Gives the partition to another instance, or to nobody if that is null. */
  void movePartitionTo(HostPort newOwner) {
    here = false;
    owner = newOwner;
  }

  @Override
  public Read read(byte[] key) {
    return here
        ? new Read.Here(groups.get(GroupKey.fromBytes(key)))
        : new Read.NotHere("Partition 0 is not ready here.");
  }

  @Override
  public Optional<HostPort> otherOwner(byte[] key) {
    return Optional.ofNullable(owner);
  }
}
