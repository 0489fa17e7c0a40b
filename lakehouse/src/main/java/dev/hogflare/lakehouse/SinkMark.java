// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.SnapshotUtil;

/**
 * What a snapshot says about the sink that wrote it: who, the how manyeth commit it is, and which
 * records of the topics the table then contains.
 *
 * <p>It stands in the summary of every snapshot of the sink, and in the table's properties for the
 * case that all those snapshots are forgotten while the sink has nothing to write.
 *
 * @param writer the id of the writer, drawn anew with each start
 * @param epoch the number of the writer; each start counts on
 * @param commit the number of the commit within the table and the group; each commit counts on
 * @param offsets by topic and partition the offset of the first record that the table does not
 *     contain
 */
record SinkMark(
    String writer, long epoch, long commit, SortedMap<String, SortedMap<Integer, Long>> offsets) {
  private static final String KEY_PREFIX = "hogflare.sink.";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What stands before the first writer. */
  static final SinkMark NONE = new SinkMark("", 0, 0, new TreeMap<>());

  /** Copies the offsets. */
  SinkMark {
    SortedMap<String, SortedMap<Integer, Long>> copy = new TreeMap<>();
    offsets.forEach((topic, partitions) -> copy.put(topic, new TreeMap<>(partitions)));
    offsets = copy;
  }

  /** Returns the name of a group's mark in summaries and properties. */
  static String key(String group) {
    return KEY_PREFIX + group;
  }

  /**
   * Returns the newest mark of a table as it was last read.
   *
   * <p>Looks through the ancestors, because the commits of other writers do not carry it. A table
   * that was rolled back says what the snapshot says to which it was rolled back; the property is
   * asked only where no snapshot is left that carries a mark.
   *
   * @throws IllegalStateException if the mark cannot be read
   */
  static Optional<SinkMark> newest(Table table, String key) {
    Optional<SinkMark> marked = newest(SnapshotUtil.currentAncestors(table), key);
    return marked.isPresent()
        ? marked
        : Optional.ofNullable(table.properties().get(key)).map(SinkMark::parse);
  }

  /** Returns the mark of the first of some snapshots that has one. */
  static Optional<SinkMark> newest(Iterable<Snapshot> snapshots, String key) {
    for (Snapshot snapshot : snapshots) {
      String text = snapshot.summary().get(key);
      if (text != null) {
        return Optional.of(parse(text));
      }
    }
    return Optional.empty();
  }

  /**
   * Whether a table, as it was last read, was set back to before all of a group's marks that are
   * left, so that the property says more than the table contains.
   *
   * <p>A snapshot with a mark that is kept beside the present ones tells it. One that is older than
   * all of them may have been their ancestor, where expiry has cut the line, and tells nothing.
   */
  static boolean isLost(Table table, String key) {
    if (!table.properties().containsKey(key)) {
      return false;
    }
    Snapshot oldest = null;
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      if (snapshot.summary().containsKey(key)) {
        return false;
      }
      oldest = snapshot;
    }
    for (Snapshot snapshot : table.snapshots()) {
      if (snapshot.summary().containsKey(key)
          && (oldest == null
              || oldest.parentId() == null
              || snapshot.sequenceNumber() > oldest.sequenceNumber())) {
        return true;
      }
    }
    return false;
  }

  /** Whether the table, as it was last read, contains the commit of this mark. */
  boolean isIn(Table table, String key) {
    String own = toJson();
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      if (own.equals(snapshot.summary().get(key))) {
        return true;
      }
    }
    return own.equals(table.properties().get(key));
  }

  /**
   * Returns the mark of a writer that goes on from here and has not written a row yet.
   *
   * @param lastEpoch the highest number that a writer of the table has had
   */
  SinkMark takenOverBy(String newWriter, long lastEpoch) {
    return new SinkMark(newWriter, lastEpoch + 1, commit + 1, offsets);
  }

  /** Returns the mark of this writer's next commit. */
  SinkMark after(Map<String, ? extends Map<Integer, Long>> read) {
    SortedMap<String, SortedMap<Integer, Long>> all = new TreeMap<>(offsets);
    read.forEach(
        (topic, partitions) -> {
          SortedMap<Integer, Long> merged = new TreeMap<>(all.getOrDefault(topic, new TreeMap<>()));
          merged.putAll(partitions);
          all.put(topic, merged);
        });
    return new SinkMark(writer, epoch, commit + 1, all);
  }

  /** Returns the first record of a partition that the table does not contain, if that is known. */
  OptionalLong offset(String topic, int partition) {
    Long offset = offsets.getOrDefault(topic, new TreeMap<>()).get(partition);
    return offset == null ? OptionalLong.empty() : OptionalLong.of(offset);
  }

  String toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("writer", writer).put("epoch", epoch).put("commit", commit);
    ObjectNode topics = root.putObject("offsets");
    offsets.forEach(
        (topic, partitions) -> {
          ObjectNode numbers = topics.putObject(topic);
          partitions.forEach((partition, offset) -> numbers.put(partition.toString(), offset));
        });
    return root.toString();
  }

  /**
   * Reads a mark.
   *
   * @throws IllegalStateException if it is none; going on would write rows twice
   */
  static SinkMark parse(String text) {
    try {
      JsonNode root = JSON.readTree(text);
      SortedMap<String, SortedMap<Integer, Long>> offsets = new TreeMap<>();
      for (Map.Entry<String, JsonNode> topic : root.required("offsets").properties()) {
        SortedMap<Integer, Long> partitions = new TreeMap<>();
        for (Map.Entry<String, JsonNode> partition : topic.getValue().properties()) {
          partitions.put(Integer.valueOf(partition.getKey()), number(partition.getValue()));
        }
        offsets.put(topic.getKey(), partitions);
      }
      return new SinkMark(
          root.required("writer").textValue(),
          number(root.required("epoch")),
          number(root.required("commit")),
          offsets);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new IllegalStateException(
          "The table's note of what it contains cannot be read: "
              + text
              + "; restore it, or choose another HOGFLARE_ICEBERG_GROUP and table.",
          e);
    }
  }

  private static long number(JsonNode node) {
    if (!node.isIntegralNumber()) {
      throw new IllegalArgumentException(node + " is no whole number.");
    }
    return node.longValue();
  }
}
