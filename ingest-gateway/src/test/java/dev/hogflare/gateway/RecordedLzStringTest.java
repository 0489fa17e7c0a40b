// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.FormFields;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RecordedLzStringTest {
  @Test
  void decodesWhatABrowserSent() throws Exception {
    Octets form =
        Recordings.all().stream()
            .filter(r -> r.name().endsWith("/19-lz64"))
            .flatMap(r -> r.requests().stream())
            .map(r -> Octets.of(r.body()))
            .filter(body -> "lz64".equals(FormFields.parse(body).text("compression")))
            .findFirst()
            .orElseThrow();
    Octets json =
        new BodyDecoder(1_000_000)
            .decodeBody(
                form, null, "application/x-www-form-urlencoded", null, MemoryBudget.UNBOUNDED)
            .json();
    assertThat(new String(json.bytes(), json.from(), json.length(), StandardCharsets.UTF_8))
        .startsWith("[{\"event\":\"after decide\"")
        .endsWith("]");
  }
}
