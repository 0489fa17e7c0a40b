// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchBodyTest {
  private static final int CHUNK = 16 * 1024;

  @Test
  void joinsTheBytesOfRowsToOneArray() {
    assertThat(text(new BatchBody(Rows.batch("{\"ä\":1}", "{ }")))).isEqualTo("[{\"ä\":1},{ }]");
    assertThat(text(new BatchBody(Rows.batch("1")))).isEqualTo("[1]");
  }

  @ParameterizedTest
  @ValueSource(ints = {CHUNK - 3, CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK})
  void losesNoSeparatorAtTheEndOfAChunk(int length) {
    String row = "1".repeat(length);

    assertThat(text(new BatchBody(Rows.batch(row, row, "2"))))
        .isEqualTo("[" + row + "," + row + ",2]");
    assertThat(text(new BatchBody(Rows.batch(row)))).isEqualTo("[" + row + "]");
  }

  @Test
  void canBeSentMoreThanOnce() {
    BatchBody body = new BatchBody(Rows.batch("1", "2"));

    assertThat(text(body)).isEqualTo(text(body)).isEqualTo("[1,2]");
  }

  @Test
  void endsOnce() {
    Iterator<byte[]> chunks = new BatchBody(Rows.batch("1")).iterator();
    chunks.next();

    assertThat(chunks.hasNext()).isFalse();
    assertThatThrownBy(chunks::next).isInstanceOf(NoSuchElementException.class);
  }

  @Property(tries = 200)
  void isWhatAStringJoinMakes(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 9_000) Integer> lengths) {
    List<String> rows = lengths.stream().map("x"::repeat).toList();
    BatchBody body = new BatchBody(Rows.batch(rows.toArray(String[]::new)));

    for (byte[] chunk : body) {
      assertThat(chunk).hasSizeBetween(1, CHUNK);
    }
    assertThat(text(body))
        .isEqualTo(rows.stream().collect(Collectors.joining(",", "[", "]")))
        .hasSize(body.length());
  }

  private static String text(BatchBody body) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    body.forEach(all::writeBytes);
    return all.toString(StandardCharsets.UTF_8);
  }
}
