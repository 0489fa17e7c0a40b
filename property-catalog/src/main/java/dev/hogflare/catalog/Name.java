// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A name as bytes within a row, so that looking one up makes no text of it.
 *
 * <p>Can be pointed elsewhere with {@link #set} as long as it is in no map. Names are ordered, so
 * that a map keeps its speed even if somebody chooses names of equal hashes.
 */
final class Name implements Comparable<Name> {
  private byte[] bytes;
  private int from;
  private int to;
  private int hash;

  /** Points to a part of an array. */
  Name set(byte[] array, int begin, int end) {
    bytes = array;
    from = begin;
    to = end;
    int h = 1;
    for (int i = begin; i < end; i++) {
      h = 31 * h + array[i];
    }
    hash = h;
    return this;
  }

  /** Returns a name that nobody changes, with bytes of its own. */
  Name copy() {
    return new Name().set(Arrays.copyOfRange(bytes, from, to), 0, to - from);
  }

  /** Whether this is the name in a part of an array. */
  boolean is(byte[] array, int begin, int end) {
    return Arrays.equals(bytes, from, to, array, begin, end);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Name name && hash == name.hash && is(name.bytes, name.from, name.to);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public int compareTo(Name other) {
    return Arrays.compare(bytes, from, to, other.bytes, other.from, other.to);
  }

  @Override
  public String toString() {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }
}
