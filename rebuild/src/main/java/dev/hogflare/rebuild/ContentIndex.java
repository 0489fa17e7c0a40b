// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

/**
 * The latest value of every key of a compacted topic, as fingerprints.
 *
 * <p>Fed with the topic's records, those of one partition in order. Takes some 60 bytes a key.
 */
final class ContentIndex {
  private final FingerprintTable contents = new FingerprintTable(2);
  private final PersonIndex.Listener listener;

  ContentIndex(PersonIndex.Listener listener) {
    this.listener = listener;
  }

  /**
   * Takes one record.
   *
   * @param value the value, or null if the key was deleted
   */
  void apply(byte[] key, byte[] value, Place place) {
    Fingerprint id = Fingerprint.of(key);
    long content = 0;
    if (value != null) {
      content = Fingerprint.of(value).high();
      content = content == 0 ? 1 : content;
    }
    contents.put(id.high(), id.low(), new long[] {content, place.packed()}, new long[2]);
    listener.changed(id.high(), id.low(), content);
  }

  /**
   * Returns a key's content, or 0 if it has none.
   *
   * @param buffer of two numbers
   */
  long content(long high, long low, long[] buffer) {
    contents.get(high, low, buffer);
    return buffer[0];
  }

  /** Shows every key that has a content. */
  void forEach(FingerprintTable.Visitor visitor) {
    contents.forEach(
        (high, low, values) -> {
          if (values[0] != 0) {
            visitor.visit(high, low, values);
          }
        });
  }

  /** Returns where the latest record of a key stands, or null if it has no content. */
  Place placeOrNull(long high, long low) {
    long[] values = new long[2];
    contents.get(high, low, values);
    return values[0] == 0 ? null : Place.unpacked(values[1]);
  }
}
