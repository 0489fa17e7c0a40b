// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.util.Arrays;

/**
 * Where the members of one JSON object stand, in their order.
 *
 * <p>A name is looked for from the end, so that of one that is given twice the last one holds; a
 * member that is null counts as absent there.
 */
final class JsonMembers {
  private static final int USUAL = 16;

  private final byte[] json;
  private String[] names = new String[USUAL];
  private int[] places = new int[2 * USUAL];
  private int count;

  private JsonMembers(byte[] json) {
    this.json = json;
  }

  /**
   * Reads an object.
   *
   * @param from the index of its opening brace
   * @param to the index behind its closing brace
   * @throws MalformedJsonException if it is no JSON object
   */
  static JsonMembers of(byte[] json, int from, int to) throws MalformedJsonException {
    JsonMembers members = new JsonMembers(json);
    JsonScanner scanner = new JsonScanner(json, from, to);
    members.read(scanner);
    return members;
  }

  /** Reads the object under a scanner and moves the scanner behind it. */
  private void read(JsonScanner scanner) throws MalformedJsonException {
    for (boolean more = scanner.firstMember(0); more; more = scanner.nextMember()) {
      String name = JsonText.of(json, scanner.nameFrom() - 1, scanner.nameTo() + 1);
      int start = scanner.position();
      scanner.skipValue(1);
      if (count == names.length) {
        names = Arrays.copyOf(names, 2 * count);
        places = Arrays.copyOf(places, 4 * count);
      }
      names[count] = name;
      places[2 * count] = start;
      places[2 * count + 1] = scanner.position();
      count++;
    }
  }

  /** Returns how many members there are, those that are null or given twice among them. */
  int count() {
    return count;
  }

  /** Returns the name of a member. */
  String name(int member) {
    return names[member];
  }

  /** Returns the index of the first byte of a member's value. */
  int from(int member) {
    return places[2 * member];
  }

  /** Returns the index behind the last byte of a member's value. */
  int to(int member) {
    return places[2 * member + 1];
  }

  /** Returns the number of the member with this name, or -1 if there is none or it is null. */
  int find(String name) {
    for (int member = count - 1; member >= 0; member--) {
      if (names[member].equals(name)) {
        return isNull(member) ? -1 : member;
      }
    }
    return -1;
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
