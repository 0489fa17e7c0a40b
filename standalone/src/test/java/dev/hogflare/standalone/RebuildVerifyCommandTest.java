// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hogflare.contract.Generation;
import dev.hogflare.rebuild.Difference;
import dev.hogflare.rebuild.VerificationReport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RebuildVerifyCommandTest {
  private static final Difference PERSON =
      new Difference(
          "person",
          "phc_a",
          "0190",
          Map.of("version", "4", "$set.plan", "\"pro\" at 1:0:1", "origin", "a"),
          Map.of("version", "3", "origin", "a"));

  private static VerificationReport report(
      long differing, boolean atLeast, long undecided, Difference... differences) {
    return new VerificationReport(
        Generation.FIRST,
        new Generation(2),
        1_000_000,
        2_000_000,
        12,
        34,
        differing,
        atLeast,
        undecided,
        List.of(differences),
        Map.of("hogflare.events.raw", List.of(7L, 8L)),
        5_000_000,
        Duration.ofMillis(1_540));
  }

  @Test
  void saysThatNothingDiffers() {
    assertThat(RebuildVerifyCommand.lines(report(0, false, 0)))
        .containsExactly(
            "0 differences in 1,000,000 persons, 12 groups",
            "compared g2 with g1: 2,000,000 distinct ids and 34 overrides too, 5,000,000 records of"
                + " state in 1.5 s");
  }

  @Test
  void showsWhatDiffersSideBySide() {
    List<String> lines = RebuildVerifyCommand.lines(report(3, false, 0, PERSON));
    assertThat(lines.get(0)).isEqualTo("project phc_a");
    assertThat(lines.get(1)).isEqualTo("person 0190  g1 (live)       g2");
    assertThat(lines.subList(2, 4))
        .containsExactlyInAnyOrder(
            "  version    4               3", "  $set.plan  \"pro\" at 1:0:1  –");
    assertThat(lines)
        .contains("… and 2 more; --limit shows more of them.")
        .contains("3 differences in 1,000,000 persons, 12 groups")
        .noneMatch(line -> line.contains("origin"));
  }

  @Test
  void saysWhatOnlyOneSideKnows() {
    Difference lost = new Difference("group", "", "company acme", Map.of("version", "1"), Map.of());
    assertThat(RebuildVerifyCommand.lines(report(1, true, 0, lost)))
        .startsWith("group company acme  g1 (live)  g2")
        .anyMatch(line -> line.strip().equals("does not know it"))
        .contains("at least 1 difference in 1,000,000 persons, 12 groups");
  }

  @Test
  void saysWhatIsUndecided() {
    assertThat(RebuildVerifyCommand.lines(report(0, false, 2)))
        .anyMatch(line -> line.startsWith("2 undecided: never seen equal"));
  }

  @Test
  void givesProgramsTheSame() throws Exception {
    JsonNode json =
        new ObjectMapper().readTree(RebuildVerifyCommand.json(report(1, false, 0, PERSON)));
    assertThat(json.path("equal").asBoolean()).isFalse();
    assertThat(json.path("persons").asLong()).isEqualTo(1_000_000);
    assertThat(json.at("/raw_ends/hogflare.events.raw/1").asLong()).isEqualTo(8);
    assertThat(json.at("/differences/0/live/version").asText()).isEqualTo("4");
    assertThat(json.at("/differences/0/other/version").asText()).isEqualTo("3");
  }
}
