// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import dev.hogflare.fixtures.Encodings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StreamInflaterTest {
  private static final int CEILING = 100_000;
  private static final byte[] TEXT =
      Encodings.utf8("{\"event\":\"e\",\"properties\":{\"a\":\"" + "xyz".repeat(50) + "\"}}");

  /** The text, and a million spaces, by Node's zlib.brotliCompressSync. */
  private static final byte[] BROTLI =
      Base64.getDecoder()
          .decode("G7gA+B0HdoyzhTkcbOe1yJ5e3gwrw0sdlj7YgBOBLLDcFuNbgRJygAJpITnCN+/oAQ==");

  private static final byte[] BROTLI_BOMB = Base64.getDecoder().decode("Wz9Cj18CJB4LBPJzHgA=");

  private final StreamInflater inflater = new StreamInflater(CEILING);

  private static byte[] bytes(Octets octets) {
    return Arrays.copyOfRange(octets.bytes(), octets.from(), octets.to());
  }

  @Test
  void inflatesBoth() throws RequestRefusedException {
    assertThat(bytes(inflater.brotli(Octets.of(BROTLI), MemoryBudget.UNBOUNDED))).isEqualTo(TEXT);
    assertThat(bytes(inflater.zstd(Octets.of(Zstd.compress(TEXT)), MemoryBudget.UNBOUNDED)))
        .isEqualTo(TEXT);
  }

  @Test
  void inflatesExactlyUpToTheCeiling() throws RequestRefusedException {
    for (int length : new int[] {0, 1, 65_536, 65_537, CEILING}) {
      Octets inflated =
          inflater.zstd(Octets.of(Zstd.compress(new byte[length])), MemoryBudget.UNBOUNDED);
      assertThat(inflated.length()).isEqualTo(length);
    }
    for (int length : new int[] {CEILING + 1, 200_000_000}) {
      assertThatThrownBy(
              () ->
                  inflater.zstd(Octets.of(Zstd.compress(new byte[length])), MemoryBudget.UNBOUNDED))
          .isInstanceOfSatisfying(
              RequestRefusedException.class,
              e -> assertThat(e.refusal()).isEqualTo(Refusal.TOO_LARGE));
    }
    assertThatThrownBy(() -> inflater.brotli(Octets.of(BROTLI_BOMB), MemoryBudget.UNBOUNDED))
        .isInstanceOfSatisfying(
            RequestRefusedException.class,
            e -> assertThat(e.refusal()).isEqualTo(Refusal.TOO_LARGE));
  }

  @Test
  void refusesAWindowThatBrowsersMayNotAskFor() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZstdOutputStream zstd = new ZstdOutputStream(out)) {
      zstd.setLong(27);
      zstd.write(TEXT);
    }
    assertThatThrownBy(() -> inflater.zstd(Octets.of(out.toByteArray()), MemoryBudget.UNBOUNDED))
        .isInstanceOfSatisfying(
            RequestRefusedException.class,
            e -> assertThat(e.refusal()).isEqualTo(Refusal.UNREADABLE));
  }

  @Test
  void countsTheMemoryThatItTakes() throws RequestRefusedException {
    AtomicLong reserved = new AtomicLong();
    inflater.brotli(Octets.of(BROTLI), reserved::addAndGet);
    assertThat(reserved.get()).isGreaterThan(1 << 24);
  }

  @Test
  void refusesDamagedInputAndNeverFailsOtherwise() {
    Random random = new Random(20261121);
    byte[] zstd = Zstd.compress(TEXT);
    for (int round = 0; round < 4_000; round++) {
      byte[] damaged = Damage.of(round % 2 == 0 ? BROTLI : zstd, random);
      try {
        Octets inflated =
            round % 2 == 0
                ? inflater.brotli(Octets.of(damaged), MemoryBudget.UNBOUNDED)
                : inflater.zstd(Octets.of(damaged), MemoryBudget.UNBOUNDED);
        assertThat(inflated.length()).isLessThanOrEqualTo(CEILING);
      } catch (RequestRefusedException e) {
        assertThat(e.refusal()).isIn(Refusal.UNREADABLE, Refusal.TOO_LARGE);
      }
    }
  }

  @Test
  void refusesInputThatIsCut() {
    byte[] zstd = Zstd.compress(TEXT);
    assertThatThrownBy(() -> inflater.zstd(cut(zstd), MemoryBudget.UNBOUNDED))
        .isInstanceOf(RequestRefusedException.class);
    assertThatThrownBy(() -> inflater.brotli(cut(BROTLI), MemoryBudget.UNBOUNDED))
        .isInstanceOf(RequestRefusedException.class);
  }

  private static Octets cut(byte[] whole) {
    return Octets.of(Arrays.copyOf(whole, whole.length - 1));
  }
}
