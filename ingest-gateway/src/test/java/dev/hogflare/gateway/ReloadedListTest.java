// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadedListTest {
  @TempDir Path folder;

  private static ReloadedList<Set<String>> projects(String text) {
    return new ReloadedList<>("HOGFLARE_PROJECT_TOKENS", text, LimitsConfig::projects);
  }

  @Test
  void isTheTextItself() {
    assertThat(projects("phc_a, phc_b,,").current()).containsExactlyInAnyOrder("phc_a", "phc_b");
  }

  @Test
  void isAFileThatIsReadAgainWhenItChanges() throws IOException {
    Path file = write("# ours\nphc_a\n\n  phc_b  \n");
    ReloadedList<Set<String>> list = projects(file.toString());
    assertThat(list.current()).containsExactlyInAnyOrder("phc_a", "phc_b");
    list.look();
    assertThat(list.current()).hasSize(2);
    write("phc_c\n");
    list.look();
    assertThat(list.current()).containsExactly("phc_c");
    assertThat(list.problemOrNull()).isNull();
  }

  @Test
  void staysAsItWasWhenTheFileIsBroken() throws IOException {
    Path file = write("phc_a\n");
    ReloadedList<Set<String>> list = projects(file.toString());
    write("phc_a\nphx_secret\n");
    list.look();
    assertThat(list.current()).containsExactly("phc_a");
    assertThat(list.problemOrNull()).contains(file.toString(), "HOGFLARE_PROJECT_TOKENS", "phx_");
    Files.delete(file);
    list.look();
    assertThat(list.current()).containsExactly("phc_a");
    assertThat(list.problemOrNull()).contains("cannot be read");
    write("phc_a\nphc_new\n");
    list.look();
    assertThat(list.current()).containsExactlyInAnyOrder("phc_a", "phc_new");
    assertThat(list.problemOrNull()).isNull();
  }

  @Test
  void mustBeUsableAtTheStart() throws IOException {
    assertThatThrownBy(() -> projects(folder.resolve("missing").toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot be read");
    assertThatThrownBy(() -> projects(write("x".repeat(65)).toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("longer than 64");
    assertThatThrownBy(() -> projects("phc_\u00e4"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ASCII");
  }

  @Test
  void ofSendersNamesAProjectAndAnIdOrEverybody() {
    DropList list =
        new ReloadedList<>("HOGFLARE_DROP_EVENTS", "phc_a:bot, phc_b:*, phc_a:a:b", DropList::of)
            .current();
    assertThat(list.contains("phc_a", "bot")).isTrue();
    assertThat(list.contains("phc_a", "a:b")).isTrue();
    assertThat(list.contains("phc_a", "user")).isFalse();
    assertThat(list.contains("phc_b", "user")).isTrue();
    assertThat(list.contains("phc_c", "bot")).isFalse();
  }

  @Test
  void ofSendersRefusesWhatNamesNobody() {
    for (String text : new String[] {"phc_a", ":bot", "phc_a:"}) {
      assertThatThrownBy(() -> new ReloadedList<>("HOGFLARE_DROP_EVENTS", text, DropList::of))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("token:distinct_id");
    }
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("list"), text);
  }
}
