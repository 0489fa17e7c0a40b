// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class CopiedStampTest {
  private static final Stamp OWN = new Stamp(9, 8, 7);

  private final Headers headers = new RecordHeaders();

  @Test
  void aRecordHasItsOwnStamp() {
    assertThat(CopiedStamp.orOwn(headers, OWN)).isEqualTo(OWN);
  }

  @Test
  void aCopyHasTheStampOfTheOriginalAlsoWhenItIsCopiedAgain() {
    CopiedStamp.write(headers, new Stamp(1, 2, 3));
    assertThat(CopiedStamp.orOwn(headers, OWN)).isEqualTo(new Stamp(1, 2, 3));
    CopiedStamp.write(headers, new Stamp(4, 5, 6));
    assertThat(CopiedStamp.orOwn(headers, OWN)).isEqualTo(new Stamp(4, 5, 6));
    assertThat(headers).hasSize(1);
  }

  @Test
  void refusesAStampThatIsNone() {
    headers.add("stamp", new byte[] {'x'});
    assertThatThrownBy(() -> CopiedStamp.orOwn(headers, OWN))
        .isInstanceOf(MalformedRecordException.class);
  }
}
