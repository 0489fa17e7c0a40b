// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.Stamp;
import dev.hogflare.group.Group.Property;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StoredGroupTest {

  @Test
  void aGroupShowsItsFields() {
    byte[] stored =
        GroupCodec.encode(
            new Group(
                new Stamp(5, 1, 7),
                5_000,
                3,
                new TreeMap<>(
                    Map.of(
                        "name",
                        new Property(
                            new Stamp(6, 1, 8), "\"Acme\"".getBytes(StandardCharsets.UTF_8))))));
    assertThat(StoredGroup.fields(stored))
        .containsExactly(
            Map.entry("created", "5:1:7"),
            Map.entry("created_at", "5000"),
            Map.entry("version", "3"),
            Map.entry("property.name", "\"Acme\" at 6:1:8"));
  }

  @Test
  void refusesBytesThatAreNoGroup() {
    assertThatThrownBy(() -> StoredGroup.fields(new byte[3]))
        .isInstanceOf(IllegalStateException.class);
  }
}
