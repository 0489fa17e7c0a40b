// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds docs/feature-flags.md to the code. */
class FeatureFlagsManualTest {
  private static final String MANUAL = read();

  private static String read() {
    try {
      return Files.readString(Path.of("..", "docs", "feature-flags.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the rows of the table under a heading, cell by cell. */
  private static List<List<String>> table(String heading) {
    String section = MANUAL.split("\n## " + heading + "\n", 2)[1].split("\n## ", 2)[0];
    return section
        .lines()
        .filter(line -> line.startsWith("| "))
        .skip(2)
        .map(line -> Stream.of(line.split("\\|")).skip(1).map(String::strip).toList())
        .toList();
  }

  private static String yes(boolean supported) {
    return supported ? "yes" : "–";
  }

  private static List<String> words(String cell) {
    return Pattern.compile("`([^`]+)`").matcher(cell).results().map(m -> m.group(1)).toList();
  }

  @Test
  void theTableOfFieldsListsEveryFieldThatIsRead() {
    List<String> expected = new ArrayList<>();
    for (DefinitionField field : DefinitionField.values()) {
      expected.add(
          field.part().word()
              + " "
              + field.word()
              + " "
              + yes(field.format() != DefinitionField.Format.OFFICIAL)
              + " "
              + yes(field.format() != DefinitionField.Format.HOGFLARE));
    }
    List<String> actual = new ArrayList<>();
    for (List<String> row : table("Fields")) {
      assertThat(row).hasSize(5).doesNotContain("");
      actual.add(
          row.get(0) + " " + words(row.get(1)).getFirst() + " " + row.get(2) + " " + row.get(3));
    }
    assertThat(actual).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void theTableOfOperatorsListsEveryOperator() {
    TreeSet<String> names = new TreeSet<>();
    Stream.of(OfficialOperator.values()).map(OfficialOperator::word).forEach(names::add);
    Stream.of(HogflareOperator.values()).map(HogflareOperator::word).forEach(names::add);
    List<String> expected =
        names.stream()
            .map(
                name ->
                    name
                        + " "
                        + yes(HogflareOperator.of(name).isPresent())
                        + " "
                        + yes(OfficialOperator.of(name).isPresent()))
            .toList();
    List<String> actual = new ArrayList<>();
    for (List<String> row : table("Operators")) {
      assertThat(row).hasSize(4).doesNotContain("");
      for (String name : words(row.get(0))) {
        actual.add(name + " " + row.get(1) + " " + row.get(2));
      }
    }
    assertThat(actual).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void theTableOfFailuresListsEveryCode() {
    assertThat(table("Reasons").stream().map(row -> words(row.get(0)).getFirst()))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(Failure.values()).map(Failure::code).distinct().toList());
  }

  @Test
  void theExamplesAreDocumentsWithoutProblems() throws FlagDocumentException {
    List<String> examples =
        Pattern.compile("```json\n(.*?)```", Pattern.DOTALL)
            .matcher(MANUAL)
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(examples).hasSize(3);
    for (String example : examples) {
      FlagSet flags = new FlagSetParser().parse(example.getBytes(StandardCharsets.UTF_8));
      assertThat(flags.problems()).isEmpty();
      assertThat(flags.isEmpty()).isFalse();
    }
  }

  @Test
  void bothFormsOfTheFirstFlagMeanTheSame() throws FlagDocumentException {
    List<String> examples =
        Pattern.compile("```json\n(.*?)```", Pattern.DOTALL)
            .matcher(MANUAL)
            .results()
            .map(match -> match.group(1))
            .toList();
    for (String example : examples.subList(0, 2)) {
      FlagSet flags = new FlagSetParser().parse(example.getBytes(StandardCharsets.UTF_8));
      FlagResult pro =
          Flags.result(
              flags, Flags.request("ann"), new Flags.State().person("{'plan': 'pro'}"), "pro-flag");
      FlagResult free =
          Flags.result(
              flags,
              Flags.request("ann"),
              new Flags.State().person("{'plan': 'free'}"),
              "pro-flag");
      assertThat(pro.enabled()).isTrue();
      assertThat(pro.payload().orElseThrow().text()).isEqualTo("{\"tier\":\"pro\"}");
      assertThat(free.enabled()).isFalse();
    }
  }
}
