// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.GroupedEvent.Pending;
import dev.hogflare.contract.GroupedEvent.Visited;
import java.util.ArrayList;
import java.util.List;

/**
 * What comes of an event's visit to the first of its pending groups.
 *
 * @param group the group's new bytes, or null if they did not change
 * @param refused whether the event's update was not applied because the group would be too large
 * @param event the event with this group among the visited ones
 */
record GroupVisit(byte[] group, boolean refused, GroupedEvent event) {
  /**
   * The largest group that is kept, in bytes: every row of the group carries its properties, and
   * with five such groups a row still fits what the sinks take.
   */
  static final int MAX_GROUP_BYTES = 512 * 1024;

  /**
   * Returns what comes of a visit; the event sees the group as it is after the event's own update.
   *
   * @param event an event with a pending group
   * @param stored the bytes of that group, or null if nothing is known of it
   * @throws dev.hogflare.contract.MalformedRecordException if the event's update is not a JSON
   *     object
   */
  static GroupVisit of(GroupedEvent event, byte[] stored) {
    Pending here = event.pending().get(0);
    byte[] updated = null;
    boolean refused = false;
    if (here.set() != null) {
      Group before = stored == null ? null : GroupCodec.decode(stored);
      updated =
          GroupCodec.encode(
              GroupReducer.apply(before, here.set(), event.stamp(), event.arrivedAt()));
      if (updated.length > MAX_GROUP_BYTES) {
        updated = null;
        refused = true;
      }
    }
    byte[] current = updated == null ? stored : updated;
    List<Visited> visited = new ArrayList<>(event.visited());
    visited.add(
        new Visited(
            here.type(), here.key(), current == null ? null : GroupCodec.properties(current)));
    return new GroupVisit(
        updated,
        refused,
        new GroupedEvent(
            event.rowKey(),
            event.row(),
            event.stamp(),
            event.arrivedAt(),
            event.pending().subList(1, event.pending().size()),
            visited,
            event.muted()));
  }
}
