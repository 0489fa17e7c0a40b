// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class Base64TextTest {

  @Test
  void takesWhatClientsMakeOfBase64() throws Exception {
    byte[] wanted = {(byte) 0xFB, (byte) 0xEF, (byte) 0xFF, 1};
    for (String text :
        new String[] {
          "++//AQ==", "--__AQ==", "++//AQ", "  //AQ==", "++//AQ===", "++/\r\n/AQ==\n", "++//AQ="
        }) {
      assertThat(decode(text)).as(text).isEqualTo(wanted);
    }
  }

  @Test
  void refusesWhatIsNotBase64() throws Exception {
    for (String text : new String[] {"", "=", "A", "AAAAA", "{\"a\":1}", "abc$", "ab=c", "é"}) {
      assertThat(decode(text)).as(text).isNull();
    }
    assertThat(decode("A".repeat(100) + "{" + "A".repeat(100))).isNull();
  }

  @Property
  void readsWhatTheJdkWrites(@ForAll byte[] bytes) throws Exception {
    if (bytes.length > 0) {
      assertThat(decode(Base64.getEncoder().encodeToString(bytes))).isEqualTo(bytes);
      assertThat(decode(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)))
          .isEqualTo(bytes);
      assertThat(decode(Base64.getMimeEncoder().encodeToString(bytes))).isEqualTo(bytes);
    }
  }

  private static byte[] decode(String text) throws RequestRefusedException {
    Octets out =
        Base64Text.decodeOrNull(
            Octets.of(text.getBytes(StandardCharsets.UTF_8)), MemoryBudget.UNBOUNDED);
    return out == null ? null : Arrays.copyOfRange(out.bytes(), out.from(), out.to());
  }
}
