// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests.oracle;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Uuids;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which life of a distinct id a place of its log belongs to: each deletion ends one.
 *
 * <p>The first life is named as the distinct id, later ones with their number behind a NUL.
 */
final class Lives {
  private final Map<ActorKey, List<Long>> deletions = new HashMap<>();

  /** Notes a deletion, those of one id in their order. */
  void deleted(ActorKey key, long offset) {
    deletions.computeIfAbsent(key, k -> new ArrayList<>()).add(offset);
  }

  /** Returns the life that a place in the log of an id belongs to. */
  String at(ActorKey key, long offset) {
    List<Long> all = deletions.getOrDefault(key, List.of());
    return name(key, (int) all.stream().filter(deletion -> deletion < offset).count());
  }

  /** Returns the life that whatever comes next belongs to. */
  String present(ActorKey key) {
    return name(key, deletions.getOrDefault(key, List.of()).size());
  }

  /** Returns the ids that were ever deleted. */
  Iterable<ActorKey> deleted() {
    return deletions.keySet();
  }

  /** Whether a life has ended. */
  boolean isOver(String token, String name) {
    return !present(new ActorKey(token, id(name))).equals(name);
  }

  private static String name(ActorKey key, int life) {
    return key.distinctId() + (life == 0 ? "" : "\0" + life);
  }

  /** Returns the distinct id of a life. */
  static String id(String name) {
    int end = name.indexOf('\0');
    return end < 0 ? name : name.substring(0, end);
  }

  /** Returns the UUID of a person that has it from a life. */
  static String uuid(String token, String name) {
    String number = name.substring(id(name).length());
    ActorKey key = new ActorKey(token, id(name));
    return (number.isEmpty()
            ? Uuids.person(key)
            : Uuids.person(key, Integer.parseInt(number.substring(1))))
        .toString();
  }
}
