// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Uuids;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * One life of a distinct id: a deletion ends one, and what comes behind it in the id's log belongs
 * to the next, which is another actor and knows nothing of the one before.
 *
 * @param token the project
 * @param name the distinct id; of later lives NUL and the number of deletions before follow, which
 *     no distinct id contains
 */
record Actor(String token, String name) {

  /** Returns the life of a distinct id after so many deletions. */
  static Actor of(ActorKey key, int life) {
    return new Actor(key.token(), name(key.distinctId(), life));
  }

  /** Returns the name of a life. */
  static String name(String id, int life) {
    return life == 0 ? id : id + '\0' + life;
  }

  /** Returns the distinct id of a name. */
  static String id(String name) {
    int end = name.indexOf('\0');
    return end < 0 ? name : name.substring(0, end);
  }

  /** Returns how often the distinct id of a name was deleted before that life. */
  static int life(String name) {
    int end = name.indexOf('\0');
    return end < 0 ? 0 : Integer.parseInt(name, end + 1, name.length(), 10);
  }

  /** Returns the key of the distinct id, which all its lives share. */
  ActorKey key() {
    return new ActorKey(token, id(name));
  }

  /** Returns the key of this life alone, in stores and in the topic of overrides. */
  byte[] toBytes() {
    return (token + '\0' + name).getBytes(StandardCharsets.UTF_8);
  }

  /** Returns the UUID of a person that is born with this life of the distinct id. */
  UUID uuid() {
    return Uuids.person(key(), life(name));
  }
}
