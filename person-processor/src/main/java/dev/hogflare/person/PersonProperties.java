// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The properties of a person as a mergeable map: the order in which writes and merges arrive does
 * not matter.
 *
 * <p>Used by one thread. Names are kept in their natural order, so that equal properties give equal
 * bytes.
 */
final class PersonProperties {
  /** Bytes of one entry beside its name and value, roughly: stamps and lengths. */
  private static final int ENTRY_OVERHEAD = 24;

  private final TreeMap<String, SetEntry> set;
  private final TreeMap<String, OnceEntry> once;
  private long size;

  /** Creates an empty map. */
  PersonProperties() {
    this(new TreeMap<>(), new TreeMap<>());
  }

  /** Creates a map that owns the given entries. */
  PersonProperties(TreeMap<String, SetEntry> set, TreeMap<String, OnceEntry> once) {
    this.set = set;
    this.once = once;
    weigh();
  }

  private void weigh() {
    size = 0;
    set.forEach((name, entry) -> size += weight(name, entry.value()));
    once.forEach((name, entry) -> size += weight(name, entry.value()));
  }

  private static long weight(String name, byte[] value) {
    return (long) ENTRY_OVERHEAD + written(name) + (value == null ? 0 : value.length);
  }

  /** Returns the bytes that a name takes in a row, where some characters are written as escapes. */
  private static int written(String name) {
    int bytes = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= 0x80) {
        // Half of a pair is two of the pair's four bytes.
        bytes += c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
      } else if (c >= 0x20) {
        bytes += c == '"' || c == '\\' ? 2 : 1;
      } else {
        bytes += c == '\n' || c == '\r' || c == '\t' ? 2 : 6;
      }
    }
    return bytes;
  }

  /** Returns the entries of {@code $set} and {@code $unset}. */
  Map<String, SetEntry> setEntries() {
    return set;
  }

  /** Returns the entries of {@code $set_once}. */
  Map<String, OnceEntry> onceEntries() {
    return once;
  }

  /** Returns the names of everything that was ever set and is noted still. */
  Set<String> names() {
    Set<String> names = new HashSet<>(set.keySet());
    names.addAll(once.keySet());
    return names;
  }

  /** Returns how much there is, in bytes, roughly. */
  long size() {
    return size;
  }

  /**
   * Applies what an event says.
   *
   * <p>Within one event {@code $unset} beats {@code $set} and {@code $set_once} of the same name,
   * as in hogflare.
   *
   * @param by whose event it is, by {@link Actor#name}
   * @param demotions the merges that the event came too late for
   * @return whether any value changed
   */
  boolean apply(PropertyUpdate update, Stamp stamp, String by, int demotions) {
    boolean changed = false;
    for (Map.Entry<String, byte[]> e : update.set().entrySet()) {
      if (!update.unset().contains(e.getKey())) {
        changed |= put(e.getKey(), new SetEntry(demotions, stamp, by, e.getValue()));
      }
    }
    for (Map.Entry<String, byte[]> e : update.setOnce().entrySet()) {
      if (!update.unset().contains(e.getKey())) {
        changed |= putOnce(e.getKey(), OnceEntry.written(stamp, by, e.getValue()));
      }
    }
    for (String name : update.unset()) {
      changed |= put(name, new SetEntry(demotions, stamp, by, null));
      changed |= putOnce(name, OnceEntry.unset(stamp));
    }
    return changed;
  }

  /** Takes over everything that another person's properties say. */
  void merge(PersonProperties other) {
    other.set.forEach(this::put);
    other.once.forEach(this::putOnce);
  }

  /** Whether a value that an id wrote is here. */
  boolean wrote(String by) {
    return set.values().stream().anyMatch(entry -> entry.by().equals(by) && entry.value() != null)
        || once.values().stream().anyMatch(entry -> by.equals(entry.by()) && entry.value() != null);
  }

  /** Takes away the values that one of the person's ids wrote. */
  void erase(String by) {
    set.replaceAll((name, entry) -> entry.by().equals(by) ? entry.erased() : entry);
    once.replaceAll((name, entry) -> by.equals(entry.by()) ? entry.erased() : entry);
    weigh();
  }

  private boolean put(String name, SetEntry entry) {
    SetEntry old = set.get(name);
    SetEntry winner = old == null ? entry : SetEntry.winner(old, entry);
    size += weight(name, winner.value()) - (old == null ? 0 : weight(name, old.value()));
    set.put(name, winner);
    return !Arrays.equals(winner.value(), old == null ? null : old.value());
  }

  private boolean putOnce(String name, OnceEntry entry) {
    OnceEntry old = once.get(name);
    OnceEntry merged = old == null ? entry : OnceEntry.merge(old, entry);
    size += weight(name, merged.value()) - (old == null ? 0 : weight(name, old.value()));
    once.put(name, merged);
    return !Arrays.equals(merged.value(), old == null ? null : old.value());
  }

  /**
   * Returns a copy in which every {@code $set} entry is demoted once for each of the stamps that it
   * is older than.
   */
  PersonProperties demotedBy(List<Stamp> sinces) {
    TreeMap<String, SetEntry> demoted = new TreeMap<>();
    set.forEach(
        (name, entry) ->
            demoted.put(name, entry.demotedBy(Stamps.countAfter(sinces, entry.stamp()))));
    return new PersonProperties(demoted, new TreeMap<>(once));
  }

  /** Writes the values of {@code $set} as a JSON object. */
  void writeSet(JsonBuffer out) {
    out.openObject();
    set.forEach(
        (name, entry) -> {
          if (entry.value() != null) {
            out.name(name).raw(entry.value());
          }
        });
    out.closeObject();
  }

  /** Writes the values of {@code $set_once} as a JSON object. */
  void writeOnce(JsonBuffer out) {
    out.openObject();
    once.forEach(
        (name, entry) -> {
          if (entry.isPresent()) {
            out.name(name).raw(entry.value());
          }
        });
    out.closeObject();
  }

  /**
   * Writes what a reader sees as a JSON object: {@code $set}, and {@code $set_once} where it says
   * nothing.
   */
  void writeMerged(JsonBuffer out) {
    out.openObject();
    set.forEach(
        (name, entry) -> {
          if (entry.value() != null) {
            out.name(name).raw(entry.value());
          }
        });
    once.forEach(
        (name, entry) -> {
          if (entry.isPresent()) {
            SetEntry overwritten = set.get(name);
            if (overwritten == null || overwritten.value() == null) {
              out.name(name).raw(entry.value());
            }
          }
        });
    out.closeObject();
  }

  @Override
  public String toString() {
    JsonBuffer out = new JsonBuffer(256);
    writeMerged(out);
    return new String(out.toBytes(), StandardCharsets.UTF_8);
  }
}
