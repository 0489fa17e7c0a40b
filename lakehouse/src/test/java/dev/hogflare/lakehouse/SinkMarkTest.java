// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SinkMarkTest {
  private final SinkMark mark =
      SinkMark.NONE
          .takenOverBy("w1", 0)
          .after(Map.of("a", Map.of(0, 5L, 10, 6L), "b", Map.of(0, 1L)));

  @Test
  void isReadBackAsItWasWritten() {
    assertThat(SinkMark.parse(mark.toJson())).isEqualTo(mark);
    assertThat(mark.toJson())
        .isEqualTo(
            "{\"writer\":\"w1\",\"epoch\":1,\"commit\":2,\"offsets\":{\"a\":{\"0\":5,\"10\":6},\"b\":{\"0\":1}}}");
  }

  @Test
  void keepsTheOffsetsOfPartitionsThatWereNotRead() {
    SinkMark next = mark.after(Map.of("a", Map.of(10, 9L)));
    assertThat(next.offset("a", 0)).hasValue(5);
    assertThat(next.offset("a", 10)).hasValue(9);
    assertThat(next.offset("b", 0)).hasValue(1);
    assertThat(next.offset("b", 1)).isEmpty();
    assertThat(next.offset("c", 0)).isEmpty();
    assertThat(next.commit()).isEqualTo(3);
    assertThat(mark.offset("a", 10)).as("the mark before").hasValue(6);
  }

  @Test
  void whoTakesOverCountsOnFromTheHighestNumber() {
    SinkMark next = mark.takenOverBy("w2", 7);
    assertThat(next).isEqualTo(new SinkMark("w2", 8, 3, mark.offsets()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"writer\":\"w\",\"epoch\":1,\"commit\":1}",
        "{\"writer\":\"w\",\"epoch\":\"1\",\"commit\":1,\"offsets\":{}}",
        "{\"writer\":\"w\",\"epoch\":1,\"commit\":1,\"offsets\":{\"a\":{\"x\":1}}}",
        "{\"writer\":\"w\",\"epoch\":1,\"commit\":1,\"offsets\":{\"a\":{\"0\":null}}}"
      })
  void whatIsNoMarkIsRefused(String text) {
    assertThatThrownBy(() -> SinkMark.parse(text))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("HOGFLARE_ICEBERG_GROUP");
  }

  @Test
  void copiesItsOffsets() {
    TreeMap<Integer, Long> partitions = new TreeMap<>(Map.of(0, 1L));
    SinkMark own = SinkMark.NONE.after(Map.of("a", partitions));
    partitions.put(0, 2L);
    assertThat(own.offset("a", 0)).hasValue(1);
  }
}
