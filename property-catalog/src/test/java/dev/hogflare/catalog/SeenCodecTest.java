// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.ValueCounts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeenCodecTest {
  private static Seen seen(int i) {
    return new Seen(
        Kind.values()[i % Kind.values().length],
        "parent " + i,
        "näme " + i,
        new ValueCounts(i, 1, 2, 3, 4),
        i,
        i + 10L);
  }

  @Test
  void whatIsWrittenIsReadInAsManyRecordsAsItTakes() {
    List<Seen> all = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      all.add(seen(i));
    }

    List<byte[]> records = SeenCodec.write(all);

    assertThat(records).hasSizeBetween(2, 5).allMatch(record -> record.length < 600_000);
    assertThat(records.stream().flatMap(record -> SeenCodec.read(record).stream()))
        .containsExactlyElementsOf(all);
    assertThat(SeenCodec.write(List.of())).isEmpty();
  }

  @Test
  void whatIsNoneIsRefused() {
    byte[] good = SeenCodec.write(List.of(seen(1))).get(0);
    for (byte[] bad : new byte[][] {null, {}, {2}, {1, 99}, Arrays.copyOf(good, good.length - 1)}) {
      assertThatThrownBy(() -> SeenCodec.read(bad)).isInstanceOf(MalformedRecordException.class);
    }
  }
}
