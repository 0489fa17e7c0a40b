// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.DeliveryEntry.Counts;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeliveryEntryTest {
  private static final DeliveryEntry ENTRY =
      new DeliveryEntry(
          "events", "1", "a3f", 29_000_000, Map.of(3, new Counts(7, 5, 1), 0, new Counts(1, 1, 0)));

  @Test
  void isTheSameAfterItWasWrittenAndRead() {
    assertThat(DeliveryEntry.read(ENTRY.key(), ENTRY.value())).contains(ENTRY);
    assertThat(new String(ENTRY.value(), StandardCharsets.UTF_8))
        .isEqualTo("{\"0\":[1,1,0],\"3\":[7,5,1]}");
    assertThat(DeliveryEntry.read(ENTRY.key(), null)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "{\"0\":7}", "{\"0\":[1,2]}", "{\"0\":[1,2,3,4]}", "{\"x\":[1,2,3]}"})
  void isRefusedIfItIsDamaged(String value) {
    assertThatThrownBy(
            () -> DeliveryEntry.read(ENTRY.key(), value.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(MalformedRecordException.class);
    assertThatThrownBy(() -> DeliveryEntry.read(new byte[] {1}, ENTRY.value()))
        .isInstanceOf(MalformedRecordException.class);
  }
}
