// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.Stamp;
import dev.hogflare.group.Group.Property;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Applies an update to a group so that the result does not depend on the order of the updates.
 *
 * <p>Events reach a group from every partition of the raw topic and by ways of different lengths.
 * Of two values of one property the one with the later stamp stays, and the earliest stamp gives
 * the time of creation. Values are replaced whole and {@code null} is stored, as PostHog does;
 * there is no way to remove a property.
 */
final class GroupReducer {
  private GroupReducer() {}

  /**
   * Returns the group after an update.
   *
   * <p>Within one event a later mention of a property wins over an earlier one.
   *
   * @param before the group, or null if nothing is known of it
   * @param set a JSON object of properties; an empty one creates the group
   * @param stamp the place of the updating event in history
   * @param arrivedAt the gateway's arrival time of that event in microseconds since the epoch
   * @throws dev.hogflare.contract.MalformedRecordException if {@code set} is not a JSON object
   */
  static Group apply(Group before, byte[] set, Stamp stamp, long arrivedAt) {
    SortedMap<String, Property> properties =
        before == null ? new TreeMap<>() : new TreeMap<>(before.properties());
    GroupJson.read(
        set,
        (name, value) -> {
          Property old = properties.get(name);
          if (old == null || !stamp.isBefore(old.stamp())) {
            properties.put(name, new Property(stamp, value));
          }
        });
    if (before == null) {
      return new Group(stamp, arrivedAt, 1, properties);
    }
    return stamp.isBefore(before.createdBy())
        ? new Group(stamp, arrivedAt, before.version() + 1, properties)
        : new Group(before.createdBy(), before.createdAt(), before.version() + 1, properties);
  }
}
