// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.util.Arrays;
import java.util.Random;

/** Damages bodies as broken clients and networks do. */
final class Damage {
  private Damage() {}

  /** Returns the bytes with some of them changed, swapped or cut off. */
  static byte[] of(byte[] bytes, Random random) {
    byte[] out = bytes.clone();
    int wounds = 1 + random.nextInt(3);
    for (int i = 0; i < wounds && out.length > 0; i++) {
      int at = random.nextInt(out.length);
      switch (random.nextInt(4)) {
        case 0 -> out[at] = (byte) random.nextInt(256);
        case 1 -> out[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> out = Arrays.copyOf(out, at);
        default -> {
          int other = random.nextInt(out.length);
          byte swapped = out[at];
          out[at] = out[other];
          out[other] = swapped;
        }
      }
    }
    return out;
  }
}
