// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class ShardsTest {

  @Test
  void dividesTheRowsOfEachPartitionEvenlyAndKeepsAKeyTogether() {
    for (int partitions : new int[] {1, 4, 16}) {
      for (int shards : new int[] {2, 3, 4, 8}) {
        int[][] counts = new int[partitions][shards];
        for (int i = 0; i < 20_000; i++) {
          byte[] key = Rows.bytes("phc_1\0user-" + i);
          int partition = Utils.toPositive(Utils.murmur2(key)) % partitions;
          int shard = Shards.of(key, i, shards);
          assertThat(Shards.of(key.clone(), i + 1, shards)).isEqualTo(shard);
          counts[partition][shard]++;
        }
        for (int[] ofPartition : counts) {
          for (int count : ofPartition) {
            double even = 20_000.0 / partitions / shards;
            assertThat((double) count)
                .as("%d partitions, %d shards", partitions, shards)
                .isBetween(0.7 * even, 1.3 * even);
          }
        }
      }
    }
  }

  @Test
  void takesRowsWithoutAKeyByTheirOffset() {
    int[] counts = new int[4];
    for (int offset = 0; offset < 1_000; offset++) {
      counts[Shards.of(null, offset, 4)]++;
    }
    assertThat(counts).doesNotContain(0);
    assertThat(Shards.of(Rows.bytes("k"), 7, 1)).isZero();
  }
}
