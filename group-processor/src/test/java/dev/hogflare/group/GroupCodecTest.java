// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.Stamp;
import dev.hogflare.group.Group.Property;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class GroupCodecTest {
  private static final Group GROUP =
      new Group(
          new Stamp(1_763_700_205_123L, 2, 40),
          1_763_700_205_100_001L,
          3,
          new TreeMap<>(
              Map.of(
                  "plan",
                  new Property(new Stamp(1_763_700_299_000L, 0, 9), "\"pro\"".getBytes(UTF_8)),
                  "größe",
                  new Property(
                      new Stamp(1_763_700_205_123L, 2, 40), "{\"seats\": 5}".getBytes(UTF_8)),
                  "churned",
                  new Property(new Stamp(1_763_700_250_000L, 1, 4_294_967_296L), bytes("null")))));

  @Test
  void writesTheGoldenFile() throws IOException {
    assertThat(HexFormat.of().formatHex(GroupCodec.encode(GROUP)))
        .isEqualTo(HexFormat.of().formatHex(golden()));
  }

  @Test
  void readsTheGoldenFile() throws IOException {
    Group group = GroupCodec.decode(golden());

    assertThat(group.createdBy()).isEqualTo(GROUP.createdBy());
    assertThat(group.createdAt()).isEqualTo(GROUP.createdAt());
    assertThat(group.version()).isEqualTo(GROUP.version());
    assertThat(group.properties().keySet()).containsExactly("churned", "größe", "plan");
    group
        .properties()
        .forEach(
            (name, property) -> {
              assertThat(property.stamp()).isEqualTo(GROUP.properties().get(name).stamp());
              assertThat(property.value()).isEqualTo(GROUP.properties().get(name).value());
            });
  }

  @Test
  void readsThePartsOfTheGoldenFileWithoutDecodingIt() throws IOException {
    assertThat(new String(GroupCodec.properties(golden()), UTF_8))
        .isEqualTo("{\"churned\":null,\"größe\":{\"seats\": 5},\"plan\":\"pro\"}");
    assertThat(GroupCodec.createdAt(golden())).isEqualTo(1_763_700_205_100_001L);
    assertThat(GroupCodec.version(golden())).isEqualTo(3);
  }

  @Test
  void refusesAFormatOfTheFutureWithTheFix() throws IOException {
    byte[] future = golden();
    future[0] = 2;

    assertThatThrownBy(() -> GroupCodec.decode(future))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("format 2")
        .hasMessageContaining("run the version that wrote it");
  }

  @Test
  void refusesEveryShortenedGroup() throws IOException {
    byte[] whole = golden();
    for (int length = 0; length < whole.length; length++) {
      byte[] shortened = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> GroupCodec.decode(shortened))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("damaged");
    }
  }

  @Test
  void refusesAGroupWithAStampTooMany() throws IOException {
    byte[] longer = Arrays.copyOf(golden(), golden().length + 20);

    assertThatThrownBy(() -> GroupCodec.decode(longer))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("more stamps than properties");
  }

  @Test
  void refusesAGroupWhosePropertiesAreNotJson() throws IOException {
    byte[] broken = golden();
    broken[broken.length - 3 * 20 - 1] = ']';

    assertThatThrownBy(() -> GroupCodec.decode(broken))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no JSON object");
  }

  private static byte[] golden() throws IOException {
    try (InputStream file = GroupCodecTest.class.getResourceAsStream("/golden/group-v1.hex")) {
      return HexFormat.of()
          .parseHex(new String(file.readAllBytes(), UTF_8).replaceAll("#[^\n]*|\\s", ""));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
