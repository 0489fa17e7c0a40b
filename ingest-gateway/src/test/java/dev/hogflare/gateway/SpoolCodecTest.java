// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.fixtures.Encodings;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class SpoolCodecTest {

  @Test
  void givesBackWhatItWrote() {
    Headers headers = new RecordHeaders();
    headers.add("uuid", Encodings.utf8("b3b0c4d4-0000-4000-8000-000000000001"));
    headers.add("empty", new byte[0]);
    headers.add("none", null);
    headers.add("uuid", Encodings.utf8("twice"));
    List<SpooledRecord> records =
        List.of(
            new SpooledRecord(
                "raw", Encodings.utf8("k\0a"), Encodings.utf8("{}"), new RecordHeaders(), -1),
            new SpooledRecord("raw", Encodings.utf8("k\0b"), new byte[0], headers, 0),
            new SpooledRecord("dead", new byte[0], null, new RecordHeaders(), -1));
    List<SpooledRecord> read = SpoolCodec.decode(SpoolCodec.encode(records));
    assertThat(read).usingRecursiveComparison().isEqualTo(records);
  }

  @Test
  void keepsWhatIsLarge() {
    byte[] value = new byte[8_000_000];
    value[7_999_999] = 1;
    List<SpooledRecord> read =
        SpoolCodec.decode(
            SpoolCodec.encode(
                List.of(new SpooledRecord("raw", new byte[] {1}, value, new RecordHeaders(), -1))));
    assertThat(read.getFirst().value()).isEqualTo(value);
  }
}
