// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Stamp;
import java.util.UUID;

/**
 * The event that set a merge in motion, as far as those who hear of the merge need it.
 *
 * @param stamp its place in history
 * @param arrivedAt the gateway's arrival time in microseconds since the epoch
 * @param row the UUID of its row
 * @param operation the operation of its snapshot
 */
record Cause(Stamp stamp, long arrivedAt, UUID row, String operation) {

  /** Returns the cause of a snapshot with another operation. */
  Cause as(String other) {
    return new Cause(stamp, arrivedAt, row, other);
  }
}
