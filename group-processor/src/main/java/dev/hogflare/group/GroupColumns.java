// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.GroupedEvent.Visited;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.MalformedRecordException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Writes the group columns of a row: {@code group0} to {@code group4} hold the keys of the
 * configured types, {@code group_properties} the properties by type.
 */
final class GroupColumns {
  /** The number of slots, which is the number of columns for group keys. */
  static final int SLOTS = 5;

  private static final List<byte[]> SLOT_NAMES =
      IntStream.range(0, SLOTS).mapToObj(slot -> quoted("group" + slot)).toList();
  private static final byte[] GROUP_PROPERTIES = quoted("group_properties");

  private final List<String> slotTypes;

  /**
   * Creates the columns.
   *
   * @param slotTypes the group type of each slot, or an empty text for a slot without one; a type
   *     that stands in several slots fills the first of them
   */
  GroupColumns(List<String> slotTypes) {
    if (slotTypes.size() != SLOTS) {
      throw new IllegalArgumentException(
          "There are " + SLOTS + " group slots, not " + slotTypes.size() + ".");
    }
    List<String> distinct = new ArrayList<>();
    for (String type : slotTypes) {
      distinct.add(distinct.contains(type) ? "" : type);
    }
    this.slotTypes = List.copyOf(distinct);
  }

  /**
   * Returns the row with the group columns behind its own.
   *
   * <p>Of two groups of one type the last one counts. A group of which nothing is known fills its
   * slot and is absent from {@code group_properties}, which is absent itself if nothing is known of
   * any.
   *
   * @param row a JSON object without group columns and without anything behind its closing brace
   * @throws MalformedRecordException if the row does not begin and end with braces
   */
  byte[] append(byte[] row, List<Visited> visited) {
    int end = row.length - 1;
    if (end < 1 || row[0] != '{' || row[end] != '}') {
      throw new MalformedRecordException(
          "The value is not an event row; expected a JSON object from the first byte to the last.");
    }
    JsonBuffer out = new JsonBuffer(row.length + sizeOf(visited)).raw(row, 0, end);
    for (int slot = 0; slot < SLOTS; slot++) {
      String type = slotTypes.get(slot);
      if (!type.isEmpty()) {
        int last = lastOfType(visited, type);
        if (last >= 0) {
          out.rawName(SLOT_NAMES.get(slot)).string(visited.get(last).key());
        }
      }
    }
    boolean open = false;
    for (int i = 0; i < visited.size(); i++) {
      Visited group = visited.get(i);
      if (group.properties() != null && lastOfType(visited, group.type()) == i) {
        if (!open) {
          out.rawName(GROUP_PROPERTIES).openObject();
          open = true;
        }
        out.name(group.type()).raw(group.properties());
      }
    }
    if (open) {
      out.closeObject();
    }
    return out.closeObject().toBytes();
  }

  private static int lastOfType(List<Visited> visited, String type) {
    int i = visited.size() - 1;
    while (i >= 0 && !visited.get(i).type().equals(type)) {
      i--;
    }
    return i;
  }

  private static int sizeOf(List<Visited> visited) {
    int size = 64;
    for (Visited group : visited) {
      int properties = group.properties() == null ? 0 : group.properties().length;
      size += 32 + 2 * group.type().length() + group.key().length() + properties;
    }
    return size;
  }

  private static byte[] quoted(String name) {
    return ('"' + name + '"').getBytes(StandardCharsets.US_ASCII);
  }
}
