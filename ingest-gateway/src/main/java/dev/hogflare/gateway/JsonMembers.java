// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.util.Arrays;

/**
 * Where the members of one JSON object stand, in their order.
 *
 * <p>A name is looked for from the end, so that of one that is given twice the last one holds; a
 * member that is null counts as absent there. Nothing is copied, so that a large object costs
 * little; names become text only where they are asked for.
 */
final class JsonMembers {
  /** The most members of one object; an event of the largest size has fewer. */
  static final int MAX = 250_000;

  private static final int USUAL = 16;

  /** What is kept of each member: where its quoted name and its value begin and end. */
  private static final int NUMBERS = 4;

  private final byte[] json;
  private int[] places = new int[NUMBERS * USUAL];
  private int count;

  private JsonMembers(byte[] json) {
    this.json = json;
  }

  /**
   * Reads an object.
   *
   * @param from the index of its opening brace
   * @param to the index behind its closing brace
   * @throws MalformedJsonException if it is no JSON object, or has too many members
   */
  static JsonMembers of(byte[] json, int from, int to) throws MalformedJsonException {
    JsonMembers members = new JsonMembers(json);
    members.read(new JsonScanner(json, from, to));
    return members;
  }

  private void read(JsonScanner scanner) throws MalformedJsonException {
    for (boolean more = scanner.firstMember(0); more; more = scanner.nextMember()) {
      if (count == MAX) {
        throw MalformedJsonException.moreThan(MAX);
      }
      int at = NUMBERS * count;
      if (at == places.length) {
        places = Arrays.copyOf(places, 2 * at);
      }
      places[at] = scanner.nameFrom() - 1;
      places[at + 1] = scanner.nameTo() + 1;
      places[at + 2] = scanner.position();
      scanner.skipValue(1);
      places[at + 3] = scanner.position();
      count++;
    }
  }

  /** Returns how many members there are, those that are null or given twice among them. */
  int count() {
    return count;
  }

  /** Returns the name of a member. */
  String name(int member) {
    return JsonText.of(json, places[NUMBERS * member], places[NUMBERS * member + 1]);
  }

  /** Returns the index of the first byte of a member's value. */
  int from(int member) {
    return places[NUMBERS * member + 2];
  }

  /** Returns the index behind the last byte of a member's value. */
  int to(int member) {
    return places[NUMBERS * member + 3];
  }

  /** Returns the number of bytes of a member's value; 0 for the member -1. */
  int length(int member) {
    return member < 0 ? 0 : to(member) - from(member);
  }

  /**
   * Returns the number of the member with this ASCII name, or -1 if there is none or it is null.
   */
  int find(String name) {
    for (int member = count - 1; member >= 0; member--) {
      if (isNamed(member, name)) {
        return isNull(member) ? -1 : member;
      }
    }
    return -1;
  }

  private boolean isNamed(int member, String name) {
    int from = places[NUMBERS * member] + 1;
    int length = places[NUMBERS * member + 1] - 1 - from;
    boolean escaped = false;
    boolean equal = length == name.length();
    for (int i = 0; i < length; i++) {
      escaped |= json[from + i] == '\\';
      equal &= i < name.length() && json[from + i] == name.charAt(i);
    }
    return equal || (escaped && name(member).equals(name));
  }

  /** Whether a member is null. */
  boolean isNull(int member) {
    return json[from(member)] == 'n';
  }

  /** Returns the first byte of a member's value, which tells its type; 0 for the member -1. */
  byte kind(int member) {
    return member < 0 ? 0 : json[from(member)];
  }

  /** Returns the text of the member with this name, or null if it is no string. */
  String textOrNull(String name) {
    int member = find(name);
    return kind(member) == '"' ? JsonText.of(json, from(member), to(member)) : null;
  }
}
