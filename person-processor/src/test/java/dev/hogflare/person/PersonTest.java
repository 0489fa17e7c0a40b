// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Stamp;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a person makes of an id that it has no room to list. */
class PersonTest {
  private final Person person = full();

  private static Stamp at(long offset) {
    return new Stamp(1_000, 0, offset);
  }

  private static Person full() {
    Person person = Person.born(new Actor("phc_test", "id-0"), at(0), 0);
    for (int id = 1; id < 2 * Person.MAX_IDS; id++) {
      assertThat(person.add("id-" + id)).isTrue();
    }
    assertThat(person.add("one-more")).isFalse();
    return person;
  }

  private static PropertyUpdate set(String name, String json) {
    return new PropertyUpdate(Map.of(name, json.getBytes(UTF_8)), Map.of(), Set.of());
  }

  @Test
  void losesWhatAnUnlistedIdWroteWhenThatIsDeleted() {
    person.properties().apply(set("plan", "'pro'"), at(1), "one-more", 0);
    person.properties().apply(set("name", "'Ann'"), at(2), "id-1", 0);
    long version = person.version();
    assertThat(person.delete("one-more")).isTrue();
    assertThat(person.properties().setEntries().get("plan").value()).isNull();
    assertThat(person.properties().setEntries().get("name").value()).isNotNull();
    assertThat(person.version()).isEqualTo(version + 1);
    assertThat(person.isDeleted()).isFalse();
    assertThat(person.distinctIds()).hasSize(2 * Person.MAX_IDS);
  }

  @Test
  void doesNotChangeWhenAnUnlistedIdIsDeletedThatWroteNothing() {
    long version = person.version();
    assertThat(person.delete("one-more")).isFalse();
    assertThat(person.version()).isEqualTo(version);
  }

  @Test
  void losesWhatAListedIdWroteOnce() {
    person.properties().apply(set("name", "'Ann'"), at(2), "id-1", 0);
    assertThat(person.delete("id-1")).isTrue();
    assertThat(person.delete("id-1")).isFalse();
    assertThat(person.properties().setEntries().get("name").value()).isNull();
    assertThat(person.distinctIds()).hasSize(2 * Person.MAX_IDS - 1);
  }
}
