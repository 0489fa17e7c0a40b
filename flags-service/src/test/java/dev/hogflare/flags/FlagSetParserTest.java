// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each way to write a definition wrong, and that the good flag beside it does not notice. */
class FlagSetParserTest {
  private static final String GOOD = "{'key': 'good', 'filters': {'groups': [{}]}}";

  private static FlagSet parse(String flag) {
    return Flags.parse(
        "{'flags': [" + flag + ", " + GOOD + "], 'group_type_mapping': {'0': 'company'}}");
  }

  private static List<String> problems(String flag) {
    FlagSet flags = parse(flag);
    assertThat(Flags.words(Flags.result(flags, Flags.request("x"), StateSource.empty(), "good")))
        .isEqualTo("true condition_match 0");
    return flags.problems().stream()
        .map(problem -> problem.severity().name().charAt(0) + " " + problem)
        .toList();
  }

  private static String value(String flag) {
    return Flags.words(
        Flags.result(
            parse(flag),
            new Flags.Request().person("{'p': 'v'}").build(),
            StateSource.empty(),
            "f"));
  }

  private static String filter(String filter) {
    return "{'key': 'f', 'filters': {'groups': [{'properties': [" + filter + "]}]}}";
  }

  @Test
  void anUnknownOperatorNeverMatches() {
    String flag = filter("{'key': 'p', 'operator': 'resembles', 'value': 'v'}");

    assertThat(problems(flag))
        .containsExactly(
            "W f: filters.groups[0].properties[0].operator: is \"resembles\", which is no operator;"
                + " the filter never matches.");
    assertThat(value(flag)).isEqualTo("false no_condition_match 0");
  }

  @Test
  void aBrokenRegularExpressionNeverMatches() {
    String flag = filter("{'key': 'p', 'operator': 'regex', 'value': '(v'}");
    String negative = filter("{'key': 'p', 'operator': 'not_regex', 'value': '(x'}");
    String lookAhead = filter("{'key': 'p', 'operator': 'regex', 'value': 'v(?=x)'}");

    assertThat(problems(flag)).hasSize(1);
    assertThat(problems(flag).getFirst())
        .startsWith("W f: filters.groups[0].properties[0].value: is no regular expression of RE2")
        .contains("missing closing )");
    assertThat(value(flag)).isEqualTo("false no_condition_match 0");
    assertThat(value(negative)).isEqualTo("false no_condition_match 0");
    assertThat(problems(lookAhead)).hasSize(1);
  }

  @Test
  void variantsOverAHundredPercentAreNamed() {
    String flag =
        "{'key': 'f', 'filters': {'groups': [{}], 'multivariate': {'variants': [{'key': 'a',"
            + " 'rollout_percentage': 70}, {'key': 'b', 'rollout_percentage': 60.5}]}}}";
    String own =
        "{'key': 'f', 'variants': [{'key': 'a', 'rollout_percentage': 70}, {'key': 'b',"
            + " 'rollout_percentage': 70}]}";

    assertThat(problems(flag))
        .containsExactly(
            "W f: filters.multivariate.variants: have percentages that add up to 130.5; what lies"
                + " beyond 100 is never chosen.");
    assertThat(problems(own))
        .containsExactly(
            "W f: variants: have percentages that add up to 140.0; what lies beyond 100 is never"
                + " chosen.");
  }

  @Test
  void thirdsAreNotOverAHundred() {
    assertThat(
            problems(
                "{'key': 'f', 'variants': [{'key': 'a', 'rollout_percentage': 33.34}, {'key': 'b',"
                    + " 'rollout_percentage': 33.33}, {'key': 'c', 'rollout_percentage':"
                    + " 33.33}]}"))
        .isEmpty();
  }

  @Test
  void aRolloutOutsideZeroToAHundredCountsAsTheNearerEnd() {
    assertThat(problems("{'key': 'f', 'rollout_percentage': 150}"))
        .containsExactly(
            "W f: rollout_percentage: is 150, which is outside 0 to 100; it counts as 100.");
    assertThat(value("{'key': 'f', 'rollout_percentage': -1}")).isEqualTo("false out_of_rollout");
  }

  @Test
  void wrongTypesFailTheFlagAndAreAllFoundAtOnce() {
    String flag =
        "{'key': 'f', 'active': 'yes', 'id': 1.5, 'filters': {'groups': [{'rollout_percentage':"
            + " '50', 'properties': {}}, 7], 'multivariate': []}}";

    assertThat(problems(flag))
        .containsExactlyInAnyOrder(
            "E f: active: is text; it has to be true or false.",
            "E f: id: is a number; it has to be a whole number.",
            "E f: filters.multivariate: is a list; it has to be an object.",
            "E f: filters.groups[1]: is a number; it has to be an object.",
            "E f: filters.groups[0].properties: is an object; it has to be a list of objects.",
            "E f: filters.groups[0].rollout_percentage: is text; it has to be a number from 0 to"
                + " 100.");
    assertThat(value(flag)).isEqualTo("failed false flag_data_parsing_error");
  }

  @Test
  void anUnknownGroupTypeFailsTheFlag() {
    String flag = "{'key': 'f', 'filters': {'groups': [{}], 'aggregation_group_type_index': 3}}";

    assertThat(problems(flag))
        .containsExactly(
            "E f: filters.aggregation_group_type_index: is 3, a group type that group_type_mapping"
                + " does not have.");
    assertThat(value(flag)).isEqualTo("failed false flag_data_parsing_error");
    assertThat(problems("{'key': 'f', 'group_type': 'team'}"))
        .containsExactly(
            "W f: group_type: is \"team\", a group type that group_type_mapping does not have.");
  }

  @Test
  void ofTwoFlagsWithOneKeyTheFirstHolds() {
    String flags = "{'key': 'f', 'filters': {'groups': [{}]}}, {'key': 'f', 'active': false}";

    assertThat(problems(flags))
        .containsExactly(
            "E f: key: is the key of an earlier flag, too; that one holds, and flags[1] is left"
                + " out.");
    assertThat(value(flags)).isEqualTo("true condition_match 0");
  }

  @Test
  void aFlagWithoutKeyIsNamedByItsPlace() {
    assertThat(problems("{'active': true}"))
        .containsExactly("E flags[0]: key: has to be the flag's name; the flag is left out.");
    assertThat(problems("'text'"))
        .containsExactly("E flags[0]: flags[0]: has to be an object; it is left out.");
  }

  @Test
  void valuesThatAnOperatorCannotUseAreNamed() {
    assertThat(problems(filter("{'key': 'p', 'operator': 'gt', 'value': 'many'}")))
        .containsExactly(
            "W f: filters.groups[0].properties[0].value: is no number; the filter never matches.");
    for (String filter :
        List.of(
            "{'key': 'p', 'operator': 'exact'}",
            "{'key': 'p', 'operator': 'between', 'value': [9, 1]}",
            "{'key': 'p', 'operator': 'semver_gt', 'value': '1.2.3.4'}",
            "{'key': 'p', 'operator': 'semver_wildcard', 'value': '1.*.3'}",
            "{'key': 'p', 'operator': 'is_date_after', 'value': 7}",
            "{'key': 'p', 'operator': 'in', 'value': ['v']}",
            "{'key': 'p', 'operator': 'flag_evaluates_to', 'value': true}")) {
      assertThat(problems(filter(filter))).as(filter).hasSize(1);
      assertThat(value(filter(filter))).as(filter).isEqualTo("false no_condition_match 0");
    }
  }

  @Test
  void filtersThatCannotWorkAreNamed() {
    for (String filter :
        List.of(
            "{'key': 'p', 'type': 'event', 'value': 'v'}",
            "{'key': 'p', 'type': 'group', 'value': 'v'}",
            "{'key': 'name', 'type': 'person_metadata', 'value': 'v'}",
            "{'key': 'good', 'type': 'flag', 'operator': 'exact', 'value': true}")) {
      assertThat(problems(filter(filter))).as(filter).hasSize(1);
      assertThat(value(filter(filter))).as(filter).isEqualTo("false no_condition_match 0");
    }
    for (String filter :
        List.of(
            "{'value': 'v'}",
            "{'key': 'good', 'type': 'flag', 'value': 7}",
            "{'key': [], 'type': 'flag', 'value': true}",
            "{'key': 'p', 'type': 'cohort', 'value': []}")) {
      assertThat(problems(filter(filter))).as(filter).hasSize(1).first().asString().startsWith("E");
      assertThat(value(filter(filter)))
          .as(filter)
          .isEqualTo("failed false flag_data_parsing_error");
    }
  }

  @Test
  void aBrokenCohortIsNamedAndFailsItsFlagsOnly() {
    FlagSet flags =
        Flags.parse(
            "{'flags': [{'key': 'f', 'filters': {'groups': [{'properties': [{'key': 'id', 'type':"
                + " 'cohort', 'value': 5}]}]}}, "
                + GOOD
                + "], 'cohorts': {'5': {'type': 'AND', 'values': [{'key': '$pageview', 'type':"
                + " 'behavioral', 'value': 'performed_event'}]}}}");

    assertThat(flags.problems())
        .extracting(FlagProblem::toString)
        .containsExactly(
            "cohort 5: values[0].type: is \"behavioral\"; a cohort can be told from person and"
                + " cohort filters only.",
            "f: filters.groups[0].properties[0].value: refers to cohort 5, which has an error; the"
                + " flag cannot be computed.");
    assertThat(Flags.words(Flags.result(flags, Flags.request("x"), StateSource.empty(), "f")))
        .isEqualTo("failed false dependency_not_found_cohort");
    assertThat(Flags.words(Flags.result(flags, Flags.request("x"), StateSource.empty(), "good")))
        .isEqualTo("true condition_match 0");
  }

  @Test
  void otherFieldsOfTheDocumentAreChecked() {
    FlagSet flags =
        Flags.parse(
            "{'flags': [{'key': 'f', 'bucketing': 'md5'}, "
                + GOOD
                + "], 'timezone': 'Mars/Base', 'bucketing': 'random', 'group_type_mapping': {'0':"
                + " ['x']}, 'projects': {'phc_a': 7}, 'cohorts': []}");

    assertThat(flags.problems())
        .extracting(problem -> problem.flag() + ": " + problem.field())
        .containsExactlyInAnyOrder(
            "document: timezone",
            "document: bucketing",
            "document: group_type_mapping",
            "document: cohorts",
            "project phc_a: project phc_a",
            "f: bucketing");
    assertThat(Flags.words(Flags.result(flags, Flags.request("x"), StateSource.empty(), "good")))
        .isEqualTo("true condition_match 0");
  }

  @Test
  void problemsOfAProjectsOwnFlagsSayWhoseTheyAre() {
    FlagSet flags =
        Flags.parse(
            "{'flags': [{'key': 'f', 'id': 'x'}], 'projects': {'phc_a': [{'key': 'g', 'id': 'x'}]}}");

    assertThat(flags.problems())
        .extracting(FlagProblem::flag)
        .containsExactlyInAnyOrder("f", "g of project phc_a");
  }

  @Test
  void theGroupTypeMappingMayBeWrittenTheOtherWayRound() {
    FlagSet flags =
        Flags.parse("{'flags': [], 'group_type_mapping': {'company': 0, 'project': '1'}}");

    assertThat(flags.project("any").groupTypes())
        .containsEntry(0, "company")
        .containsEntry(1, "project");
  }

  @Test
  void unknownFieldsAreKept() {
    FlagSet flags = Flags.parse("[{'key': 'f', 'rollback_conditions': [1], 'filters': {'x': 1}}]");

    assertThat(flags.problems()).isEmpty();
    assertThat(flags.project("any").flag("f").orElseThrow().source().has("rollback_conditions"))
        .isTrue();
  }

  @Test
  void textThatIsNoJsonIsRefusedWithItsPlace() {
    assertThatThrownBy(() -> parseRaw("{\"flags\": [\n  {\"key\": }]}"))
        .isInstanceOf(FlagDocumentException.class)
        .hasMessageStartingWith("The flags are no JSON in line 2, column 1");
    assertThatThrownBy(() -> parseRaw("[] []")).isInstanceOf(FlagDocumentException.class);
    assertThatThrownBy(() -> parseRaw("7"))
        .isInstanceOf(FlagDocumentException.class)
        .hasMessage(
            "The flags have to be a list of definitions, or an object with the field flags.");
    assertThatThrownBy(() -> parseRaw("")).isInstanceOf(FlagDocumentException.class);
    assertThatThrownBy(() -> parseRaw("[".repeat(1_000))).isInstanceOf(FlagDocumentException.class);
  }

  private static FlagSet parseRaw(String text) throws FlagDocumentException {
    return new FlagSetParser().parse(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theVersionIsThatOfTheBytes() throws FlagDocumentException {
    assertThat(parseRaw("[]").version()).isEqualTo(parseRaw("[]").version()).hasSize(32);
    assertThat(parseRaw("[]").version()).isNotEqualTo(parseRaw("[ ]").version());
    assertThat(parseRaw("[]").isEmpty()).isTrue();
  }

  @Test
  void aHostileRegularExpressionTakesNoTime() throws FlagDocumentException {
    String pattern = "(a+)+$";
    String text = "a".repeat(50_000) + "!";
    FlagSet flags = Flags.parse(filterOf(pattern));
    long start = System.nanoTime();
    FlagResult result =
        Flags.result(
            flags,
            new Flags.Request().person("{'p': '" + text + "'}").build(),
            StateSource.empty(),
            "f");

    assertThat(result.enabled()).isFalse();
    assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
  }

  private static String filterOf(String pattern) {
    return "[" + filter("{'key': 'p', 'operator': 'regex', 'value': '" + pattern + "'}") + "]";
  }

  @Test
  void aRegularExpressionThatWouldBecomeHugeIsRefused() {
    for (String huge :
        List.of(
            "((a{1000}){1000}){1000}",
            "(?:(?:[a-z]{9}){99}){999}",
            "[]a](b{80}){80}",
            "(c{5001}",
            "\\\\Q[\\\\E((a{1000}){1000}){1000}]")) {
      assertThat(Flags.parse(filterOf(huge)).problems()).as(huge).hasSize(1);
    }
    assertThat(LinearPattern.size("^[a-z]{2,40}@(a|b){3}\\.example$")).isLessThan(100);
  }
}
