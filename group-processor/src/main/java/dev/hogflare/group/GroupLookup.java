// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.group.GroupReads.Read;
import dev.hogflare.runtime.HostPort;
import java.util.Optional;

/**
 * Finds a group on whichever instance has it.
 *
 * <p>An answer shows what this instance's processor has done up to now, which may be one commit
 * interval ahead of what the topics show. Used by any number of threads.
 */
public final class GroupLookup {
  private final GroupReads reads;
  private final GroupPeerClient peers;

  GroupLookup(GroupReads reads, GroupPeerClient peers) {
    this.reads = reads;
    this.peers = peers;
  }

  /** Finds a group here or on the instance that has its partition; waits a few seconds at most. */
  public GroupAnswer find(GroupKey key) {
    byte[] bytes = key.toBytes();
    return switch (reads.read(bytes)) {
      case Read.Here here -> answer(key, here.group());
      case Read.NotHere notHere -> {
        Optional<HostPort> owner = reads.otherOwner(bytes);
        yield owner.isPresent()
            ? peers.ask(owner.get(), key)
            : new GroupAnswer.Unavailable(notHere.reason());
      }
    };
  }

  /** Finds a group on this instance only. */
  GroupAnswer findHere(GroupKey key) {
    return switch (reads.read(key.toBytes())) {
      case Read.Here here -> answer(key, here.group());
      case Read.NotHere notHere -> new GroupAnswer.Unavailable(notHere.reason());
    };
  }

  private static GroupAnswer answer(GroupKey key, byte[] group) {
    if (group == null) {
      return new GroupAnswer.Unknown();
    }
    byte[] properties = GroupCodec.properties(group);
    return new GroupAnswer.Found(
        new JsonBuffer(properties.length + 256)
            .openObject()
            .name("group_type")
            .string(key.type())
            .name("group_key")
            .string(key.key())
            .name("created_at")
            .time(GroupCodec.createdAt(group))
            .name("version")
            .number(GroupCodec.version(group))
            .name("properties")
            .raw(properties)
            .closeObject()
            .toBytes());
  }
}
