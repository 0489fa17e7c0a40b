// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.fixtures.Encodings;
import dev.hogflare.wire.BoundedInflater.Format;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BoundedInflaterTest {
  private static final int CEILING = 1_000_000;
  private final BoundedInflater inflater = new BoundedInflater(CEILING);

  @Test
  void takesExactlyTheCeilingAndNotOneByteMore() throws Exception {
    for (Format format : Format.values()) {
      assertThat(inflate(encode(format, new byte[CEILING]), format)).hasSize(CEILING);
      assertThatThrownBy(() -> inflate(encode(format, new byte[CEILING + 1]), format))
          .isInstanceOfSatisfying(
              RequestRefusedException.class,
              e -> assertThat(e.refusal()).isEqualTo(Refusal.TOO_LARGE));
    }
  }

  @Test
  void reservesForABombNoMoreThanForTheLargestBody() {
    byte[] bomb = Encodings.gzip(new byte[100_000_000]);
    assertThat(bomb.length).isLessThan(100_000);
    long[] reserved = new long[1];
    assertThatThrownBy(
            () -> inflater.inflate(Octets.of(bomb), Format.GZIP, bytes -> reserved[0] += bytes))
        .isInstanceOf(RequestRefusedException.class);
    assertThat(reserved[0]).isLessThanOrEqualTo(CEILING + 1);
  }

  @Test
  void doesNotBelieveATrailerThatPromisesTooMuch() throws Exception {
    byte[] lie = Encodings.gzip("{}");
    lie[lie.length - 1] = 0x7F;
    long[] reserved = new long[1];
    assertThatThrownBy(
            () -> inflater.inflate(Octets.of(lie), Format.GZIP, bytes -> reserved[0] += bytes))
        .hasMessageContaining("checksum");
    assertThat(reserved[0]).isLessThan(10_000);
  }

  @Test
  void joinsTheMembersOfAGzipFile() throws Exception {
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    two.writeBytes(Encodings.gzip("[1,"));
    two.writeBytes(Encodings.gzip("2]"));
    assertThat(inflate(two.toByteArray(), Format.GZIP)).isEqualTo(Encodings.utf8("[1,2]"));
    two.writeBytes(new byte[] {0, 0, 0});
    assertThat(inflate(two.toByteArray(), Format.GZIP)).isEqualTo(Encodings.utf8("[1,2]"));
  }

  @Test
  void skipsTheOptionalFieldsOfAGzipHeader() throws Exception {
    byte[] plain = Encodings.gzip("{\"a\":1}");
    ByteArrayOutputStream full = new ByteArrayOutputStream();
    full.write(plain, 0, 3);
    full.write(0x02 | 0x04 | 0x08 | 0x10);
    full.write(plain, 4, 6);
    full.writeBytes(new byte[] {3, 0, 9, 9, 9});
    full.writeBytes(Encodings.utf8("name\0comment\0"));
    full.writeBytes(new byte[] {7, 7});
    full.write(plain, 10, plain.length - 10);
    assertThat(inflate(full.toByteArray(), Format.GZIP)).isEqualTo(Encodings.utf8("{\"a\":1}"));
    byte[] cut = Arrays.copyOf(full.toByteArray(), 20);
    assertThatThrownBy(() -> inflate(cut, Format.GZIP)).hasMessageContaining("ends too early");
  }

  @Test
  void refusesEveryTruncation() {
    byte[] random = new byte[500];
    new Random(7).nextBytes(random);
    for (Format format : Format.values()) {
      byte[] whole = encode(format, random);
      for (int length = 0; length < whole.length; length++) {
        byte[] cut = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> inflate(cut, format))
            .isInstanceOfSatisfying(
                RequestRefusedException.class,
                e -> assertThat(e.refusal()).isEqualTo(Refusal.UNREADABLE));
      }
    }
  }

  @Test
  void refusesAWrongChecksum() {
    byte[] gzip = Encodings.gzip("{\"event\":\"x\"}");
    gzip[gzip.length - 6] ^= 1;
    assertThatThrownBy(() -> inflate(gzip, Format.GZIP)).hasMessageContaining("checksum");
    byte[] zlib = Encodings.zlib(Encodings.utf8("{\"event\":\"x\"}"));
    zlib[zlib.length - 1] ^= 1;
    assertThatThrownBy(() -> inflate(zlib, Format.ZLIB)).hasMessageContaining("checksum");
  }

  @Test
  void givesUpWhenTheBudgetDoes() {
    MemoryBudget none =
        bytes -> {
          throw new RequestRefusedException(Refusal.OVERLOADED, "full");
        };
    assertThatThrownBy(() -> inflater.inflate(Octets.of(Encodings.gzip("{}")), Format.GZIP, none))
        .hasMessage("full");
  }

  @Property(tries = 300)
  void inflatesWhatWasDeflated(@ForAll byte[] bytes, @ForAll long seed) throws Exception {
    byte[] more = new byte[new Random(seed).nextInt(20_000)];
    System.arraycopy(bytes, 0, more, 0, Math.min(bytes.length, more.length));
    for (Format format : Format.values()) {
      assertThat(inflate(encode(format, bytes), format)).isEqualTo(bytes);
      assertThat(inflate(encode(format, more), format)).isEqualTo(more);
    }
  }

  @Property(tries = 1_000)
  void neverBreaksOnDamagedInput(@ForAll long seed) {
    Random random = new Random(seed);
    Format format = Format.values()[random.nextInt(3)];
    byte[] whole = encode(format, Encodings.utf8("{\"event\":\"x\"}".repeat(random.nextInt(50))));
    try {
      inflate(Damage.of(whole, random), format);
    } catch (RequestRefusedException e) {
      assertThat(e.refusal()).isIn(Refusal.UNREADABLE, Refusal.TOO_LARGE);
    }
  }

  private byte[] inflate(byte[] in, Format format) throws RequestRefusedException {
    Octets out = inflater.inflate(Octets.of(in), format, MemoryBudget.UNBOUNDED);
    return Arrays.copyOfRange(out.bytes(), out.from(), out.to());
  }

  private static byte[] encode(Format format, byte[] bytes) {
    return switch (format) {
      case GZIP -> Encodings.gzip(bytes);
      case ZLIB -> Encodings.zlib(bytes);
      case DEFLATE -> Encodings.deflate(bytes);
    };
  }
}
