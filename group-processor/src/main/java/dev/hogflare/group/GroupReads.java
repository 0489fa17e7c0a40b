// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.runtime.HostPort;
import java.util.Optional;

/** Where a lookup finds the state of a group. */
interface GroupReads {

  /** What this instance says of a group. */
  sealed interface Read {
    /**
     * The group's partition is here.
     *
     * @param group the group's bytes, or null if nothing is known of it
     */
    record Here(byte[] group) implements Read {}

    /**
     * The group's partition is not here, or not ready.
     *
     * @param reason one sentence
     */
    record NotHere(String reason) implements Read {}
  }

  /** Reads a group on this instance. */
  Read read(byte[] key);

  /** Returns the other instance that has the group's partition, if one is known. */
  Optional<HostPort> otherOwner(byte[] key);
}
