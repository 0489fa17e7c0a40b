// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import java.util.ArrayList;
import java.util.List;

/**
 * What stands under the key of a distinct id: where its own log deletes it, and the state of its
 * first life; later lives have keys of their own.
 *
 * @param deletions the offsets of the deletions read, in their order
 * @param firstOrNull the state of the first life, or null if nothing is known of it
 */
record Lives(List<Long> deletions, ActorState firstOrNull) {
  /** Of a distinct id that was never seen. */
  static final Lives NONE = new Lives(List.of(), null);

  /** Returns the life that what is read now belongs to. */
  int current() {
    return deletions.size();
  }

  /** Returns the life that a record at an offset that was read belongs to. */
  int at(long offset) {
    int life = 0;
    while (life < deletions.size() && deletions.get(life) < offset) {
      life++;
    }
    return life;
  }

  /** Returns the same with another state of the first life. */
  Lives with(ActorState first) {
    return new Lives(deletions, first);
  }

  /** Returns the same after one more deletion. */
  Lives deletedAt(long offset) {
    List<Long> more = new ArrayList<>(deletions);
    more.add(offset);
    return new Lives(List.copyOf(more), firstOrNull);
  }
}
