// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FingerprintTableTest {

  @Property(tries = 50)
  void doesWhatAMapDoes(@ForAll Random random) {
    FingerprintTable table = new FingerprintTable(2);
    Map<Fingerprint, Long> expected = new HashMap<>();
    for (int i = 0; i < 5_000; i++) {
      Fingerprint key = new Fingerprint(random.nextInt(40), 1 + random.nextInt(40));
      long value = random.nextLong();
      if (random.nextBoolean()) {
        long[] before = new long[2];
        table.put(key.high(), key.low(), new long[] {value, 1}, before);
        assertThat(before[0]).isEqualTo(expected.getOrDefault(key, 0L));
        expected.put(key, value);
      } else {
        long[] after = new long[2];
        table.add(key.high(), key.low(), new long[] {value, 0}, after);
        assertThat(after[0]).isEqualTo(expected.merge(key, value, Long::sum));
      }
    }
    Map<Fingerprint, Long> all = new HashMap<>();
    table.forEach((high, low, values) -> all.put(new Fingerprint(high, low), values[0]));
    assertThat(all).isEqualTo(expected);
  }

  @Test
  void anUnknownFingerprintHasNoEntry() {
    FingerprintTable table = new FingerprintTable(1);
    long[] value = {7};
    assertThat(table.get(1, 2, value)).isFalse();
    assertThat(value).containsExactly(0);
  }

  @Test
  void aPlaceSurvivesBeingPacked() {
    for (Place place : new Place[] {new Place(0, 0), new Place(4095, 1L << 48), new Place(7, 9)}) {
      assertThat(Place.unpacked(place.packed())).isEqualTo(place);
    }
  }
}
