// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class PersonOverrideTest {
  private static final UUID PERSON = UUID.fromString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");

  @Test
  void isWrittenAsTheGoldenFileSays() {
    PersonOverride override =
        new PersonOverride(new ActorKey("phc_1", "user \"1\" 🦔"), PERSON, 1_795_236_205_000_123L);
    assertThat(override.toJson()).isEqualTo(Golden.bytes("person-override.json"));
  }

  @Test
  void showsTheIdThatItsKeyHolds() {
    PersonOverride override = new PersonOverride(new ActorKey("t", "a\0\uD800"), PERSON, 0);
    assertThat(Golden.parse(override.toJson()).get("distinct_id").textValue())
        .isEqualTo(ActorKey.fromBytes(override.key().toBytes()).distinctId());
  }
}
