// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class OfficialFlagTest {
  private static final String VARIANTS =
      "'multivariate': {'variants': [{'key': 'a', 'rollout_percentage': 50},"
          + " {'key': 'b', 'rollout_percentage': 50}]}";

  private static String flag(String filters) {
    return flag(filters, "");
  }

  private static String flag(String filters, String more) {
    return "{'flags': [{'key': 'f', 'id': 41, 'version': 3, 'filters': {"
        + filters
        + "}"
        + more
        + "}],"
        + " 'group_type_mapping': {'0': 'company', '1': 'project'}}";
  }

  private static Flags.Request ask() {
    return new Flags.Request();
  }

  private static Flags.State state() {
    return new Flags.State();
  }

  private static String groups(String... conditions) {
    return "'groups': [" + String.join(", ", conditions) + "]";
  }

  private static String plan(String value) {
    return "'properties': [{'key': 'plan', 'value': '" + value + "'}]";
  }

  @Test
  void aFlagWithoutConditionsReportsNoGroupType() {
    assertThat(Flags.evaluate(flag(""), ask(), state())).isEqualTo("f=false no_group_type");
    assertThat(Flags.evaluate(flag("'groups': null"), ask(), state()))
        .isEqualTo("f=false no_group_type");
  }

  @Test
  void aConditionLostByRolloutFallsThroughToTheNext() {
    String flag =
        flag(groups("{'rollout_percentage': 0}", "{'properties': [], 'rollout_percentage': null}"));

    assertThat(Flags.evaluate(flag, ask(), state())).isEqualTo("f=true condition_match 1");
  }

  @Test
  void earlyExitEndsTheSearchWhenTheRolloutExcludes() {
    String flag = flag(groups("{'rollout_percentage': 0}", "{}") + ", 'early_exit': true");

    assertThat(Flags.evaluate(flag, ask(), state())).isEqualTo("f=false out_of_rollout_bound 0");
  }

  @Test
  void earlyExitGoesOnWhenTheFiltersDoNotMatch() {
    String flag = flag(groups("{" + plan("pro") + "}", "{}") + ", 'early_exit': true");

    assertThat(Flags.evaluate(flag, ask(), state())).isEqualTo("f=true condition_match 1");
  }

  @Test
  void theHighestReasonIsReportedAndTheLaterOfEqualOnes() {
    String lost = "{'rollout_percentage': 0}";
    String unmatched = "{" + plan("pro") + "}";

    assertThat(Flags.evaluate(flag(groups(lost, unmatched)), ask(), state()))
        .isEqualTo("f=false out_of_rollout_bound 0");
    assertThat(Flags.evaluate(flag(groups(unmatched, unmatched)), ask(), state()))
        .isEqualTo("f=false no_condition_match 1");
  }

  @Test
  void aGroupConditionWithoutGroupIsSkippedAndMentioned() {
    FlagSet flags =
        Flags.parse(flag(groups("{'aggregation_group_type_index': 0}", "{" + plan("pro") + "}")));
    FlagResult result = Flags.result(flags, ask().build(), state(), "f");

    assertThat(Flags.words(result)).isEqualTo("false no_condition_match 1");
    assertThat(result.reason().description())
        .isEqualTo(
            "No matching condition set (group conditions were not evaluated because no group type"
                + " was provided)");
  }

  @Test
  void aGroupFlagHashesTheGroupKey() {
    // holdout-free flag "new-checkout": alice falls on 0.153, bob on 0.854.
    String flag =
        "{'flags': [{'key': 'new-checkout', 'filters': {'aggregation_group_type_index': 0, "
            + groups("{'rollout_percentage': 50}")
            + "}}], 'group_type_mapping': {'0': 'company'}}";

    assertThat(Flags.evaluate(flag, ask().distinctId("bob").group("company", "alice"), state()))
        .isEqualTo("new-checkout=true condition_match 0");
    assertThat(Flags.evaluate(flag, ask().distinctId("alice").group("company", "bob"), state()))
        .isEqualTo("new-checkout=false out_of_rollout_bound 0");
    assertThat(Flags.evaluate(flag, ask(), state()))
        .isEqualTo("new-checkout=false no_group_type 0");
    assertThat(Flags.evaluate(flag, ask().group("company", ""), state()))
        .isEqualTo("new-checkout=false no_group_type 0");
  }

  @Test
  void aConditionMayBeAboutPersonsThoughTheFlagIsAboutGroups() {
    String flag =
        flag(
            "'aggregation_group_type_index': 0, "
                + groups("{'aggregation_group_type_index': null}"));

    assertThat(Flags.evaluate(flag, ask(), state())).isEqualTo("f=true condition_match 0");
  }

  @Test
  void groupFiltersReadTheGroupOfTheirIndexOrOfTheCondition() {
    String flag =
        flag(
            groups(
                "{'properties': [{'key': 'tier', 'value': 'gold', 'type': 'group',"
                    + " 'group_type_index': 1}]}"));
    String aggregated =
        flag(
            "'aggregation_group_type_index': 1, "
                + groups(
                    "{'properties': [{'key': 'tier', 'value': 'gold', 'type': 'group'},"
                        + " {'key': '$group_key', 'value': 'p1', 'type': 'group'}]}"));
    Flags.State gold = state().storedGroup("project", "{'tier': 'gold'}");

    assertThat(Flags.evaluate(flag, ask().group("project", "p1"), gold))
        .isEqualTo("f=true condition_match 0");
    assertThat(Flags.evaluate(aggregated, ask().group("project", "p1"), gold))
        .isEqualTo("f=true condition_match 0");
    assertThat(
            Flags.evaluate(
                flag,
                ask().group("project", "p1").groupProperties("project", "{'tier': 'tin'}"),
                gold))
        .isEqualTo("f=false no_condition_match 0");
  }

  @Test
  void theForcedVariantHoldsIfItIsOneOfTheFlags() {
    assertThat(Flags.evaluate(flag(groups("{'variant': 'b'}") + ", " + VARIANTS), ask(), state()))
        .isEqualTo("f=b condition_match 0");
    String hashed = Flags.evaluate(flag(groups("{}") + ", " + VARIANTS), ask(), state());
    assertThat(Flags.evaluate(flag(groups("{'variant': 'zz'}") + ", " + VARIANTS), ask(), state()))
        .isEqualTo(hashed)
        .matches("f=[ab] condition_match 0");
  }

  @Test
  void thePayloadIsThatOfTheVariantElseOfTrue() {
    String payloads = ", 'payloads': {'b': '{}', 'true': 'plain text', 'a': null}";
    FlagSet variant = Flags.parse(flag(groups("{'variant': 'b'}") + ", " + VARIANTS + payloads));
    FlagSet plain = Flags.parse(flag(groups("{}") + payloads));
    FlagSet off = Flags.parse(flag(groups("{'rollout_percentage': 0}") + payloads));

    assertThat(payload(variant)).isEqualTo("{}");
    assertThat(payload(plain)).isEqualTo("plain text");
    assertThat(payload(off)).isEqualTo("none");
  }

  private static String payload(FlagSet flags) {
    return Flags.result(flags, ask().build(), state(), "f")
        .payload()
        .map(FlagPayload::text)
        .orElse("none");
  }

  @Test
  void anEmptyIdPassesEveryRolloutAndGetsTheFirstVariant() {
    String flag = flag(groups("{'rollout_percentage': 0}") + ", " + VARIANTS);

    assertThat(Flags.evaluate(flag, ask().distinctId(""), state()))
        .isEqualTo("f=a condition_match 0");
  }

  @Test
  void theHoldoutComesBeforeConditionsAndGivesItsOwnVariant() {
    // holdout-alice falls on 0.2355.
    String in = flag(groups("{}") + ", 'holdout': {'id': 7, 'exclusion_percentage': 24}");
    String out = flag(groups("{}") + ", 'holdout': {'id': 7, 'exclusion_percentage': 23}");
    String older =
        flag(
            groups("{}")
                + ", 'holdout_groups': [{'rollout_percentage': 24, 'variant': 'holdout-9'}]");

    assertThat(Flags.evaluate(in, ask(), state())).isEqualTo("f=holdout-7 holdout_condition_value");
    assertThat(Flags.evaluate(out, ask(), state())).isEqualTo("f=true condition_match 0");
    assertThat(Flags.evaluate(older, ask(), state()))
        .isEqualTo("f=holdout-9 holdout_condition_value");
  }

  @Test
  void theHoldoutHashesTheDeviceOrTheAnonymousIdButNoStoredOne() {
    // holdout-alice falls on 0.2355.
    String holdout = "'holdout': {'id': 7, 'exclusion_percentage': 24}";
    String device = flag(groups("{}") + ", " + holdout, ", 'bucketing_identifier': 'device_id'");
    String sticky = flag(groups("{}") + ", " + holdout, ", 'ensure_experience_continuity': true");
    String held = "f=holdout-7 holdout_condition_value";

    assertThat(Flags.evaluate(device, ask().distinctId("x").device("alice"), state()))
        .isEqualTo(held);
    assertThat(Flags.evaluate(device, ask(), state())).isEqualTo(held);
    assertThat(
            Flags.evaluate(
                sticky, ask().distinctId("x").anonymous("alice"), state().keys(Map.of("f", "x"))))
        .isEqualTo(held);
  }

  @Test
  void earlyAccessIsFinalIfThePersonHasChosen() {
    String flag = flag(groups("{'rollout_percentage': 0}") + ", 'feature_enrollment': true");

    assertThat(Flags.evaluate(flag, ask().person("{'$feature_enrollment/f': true}"), state()))
        .isEqualTo("f=true super_condition_value 0");
    assertThat(Flags.evaluate(flag, ask().person("{'$feature_enrollment/f': 'true'}"), state()))
        .isEqualTo("f=true super_condition_value 0");
    assertThat(Flags.evaluate(flag, ask().person("{'$feature_enrollment/f': 'yes'}"), state()))
        .isEqualTo("f=false super_condition_value 0");
    assertThat(Flags.evaluate(flag, ask(), state())).isEqualTo("f=false out_of_rollout_bound 0");
  }

  @Test
  void olderEarlyAccessIsReadFromSuperGroups() {
    String flag =
        flag(
            groups("{'rollout_percentage': 0}")
                + ", 'super_groups': [{'properties': [{'key': '$feature_enrollment/f', 'value':"
                + " ['true']}]}]");

    assertThat(Flags.evaluate(flag, ask().person("{'$feature_enrollment/f': true}"), state()))
        .isEqualTo("f=true super_condition_value 0");
    assertThat(Flags.evaluate(flag, ask().person("{'$feature_enrollment/f': false}"), state()))
        .isEqualTo("f=false super_condition_value 0");
  }

  @Test
  void bucketingByDeviceNeedsADevice() {
    String flag =
        "[{'key': 'new-checkout', 'bucketing_identifier': 'device_id', 'filters': {"
            + groups("{'rollout_percentage': 50}")
            + "}}]";

    assertThat(Flags.evaluate(flag, ask().distinctId("alice"), state()))
        .isEqualTo("new-checkout=false out_of_rollout_bound 0");
    assertThat(Flags.evaluate(flag, ask().distinctId("bob").device("alice"), state()))
        .isEqualTo("new-checkout=true condition_match 0");
    assertThat(Flags.evaluate(flag, ask().distinctId("alice").device("bob"), state()))
        .isEqualTo("new-checkout=false out_of_rollout_bound 0");
  }

  @Test
  void continuityHashesTheStoredIdElseTheAnonymousOneElseTheDistinctId() {
    String flag =
        "[{'key': 'new-checkout', 'ensure_experience_continuity': true, 'filters': {"
            + groups("{'rollout_percentage': 50}")
            + "}}]";
    String on = "new-checkout=true condition_match 0";
    String off = "new-checkout=false out_of_rollout_bound 0";

    assertThat(Flags.evaluate(flag, ask().distinctId("alice"), state())).isEqualTo(on);
    assertThat(Flags.evaluate(flag, ask().distinctId("alice").anonymous("bob"), state()))
        .isEqualTo(off);
    assertThat(
            Flags.evaluate(
                flag,
                ask().distinctId("bob").anonymous("bob"),
                state().keys(Map.of("new-checkout", "alice"))))
        .isEqualTo(on);
    assertThat(Flags.evaluate(flag, ask(), state().keysUnreachable()))
        .isEqualTo("new-checkout=failed false hash_key_override_error");
  }

  @Test
  void continuityIsNotAskedForWhenNothingIsHashed() {
    String flag =
        "[{'key': 'f', 'ensure_experience_continuity': true, 'filters': {" + groups("{}") + "}}]";
    Flags.State state = state().keysUnreachable();

    assertThat(Flags.evaluate(flag, ask(), state)).isEqualTo("f=true condition_match 0");
    assertThat(state.keyQuestions()).isZero();
    assertThat(Flags.EVALUATOR.needs(Flags.parse(flag), ask().build()).isNothing()).isTrue();
  }

  @Test
  void aMissingFirstValueIsFilledFromTheCurrentOne() {
    String flag =
        flag(
            groups(
                "{'properties': [{'key': '$initial_utm_source', 'value': 'ads'},"
                    + " {'key': '$initial_referrer', 'value': 'x'}]}"));

    assertThat(
            Flags.evaluate(flag, ask(), state().person("{'utm_source': 'ads', '$referrer': 'x'}")))
        .isEqualTo("f=true condition_match 0");
    assertThat(
            Flags.evaluate(
                flag,
                ask(),
                state()
                    .person("{'utm_source': 'ads', '$referrer': 'x', '$initial_referrer': 'y'}")))
        .isEqualTo("f=false no_condition_match 0");
  }

  @Test
  void personMetadataIsTheStoredRecordNeverAProperty() {
    String flag =
        flag(
            groups(
                "{'properties': [{'key': 'created_at', 'type': 'person_metadata', 'operator':"
                    + " 'is_date_before', 'value': '30d'}]}"));

    assertThat(Flags.evaluate(flag, ask(), state().person("{}")))
        .isEqualTo("f=true condition_match 0");
    assertThat(Flags.evaluate(flag, ask().person("{'created_at': '2020-01-01'}"), state()))
        .isEqualTo("f=false no_condition_match 0");
  }

  @Test
  void distinctIdIsAProperty() {
    String flag = flag(groups("{'properties': [{'key': 'distinct_id', 'value': ['alice']}]}"));

    assertThat(Flags.evaluate(flag, ask(), state().personUnreachable()))
        .isEqualTo("f=true condition_match 0");
  }

  @Test
  void datesWithoutOffsetAreReadInTheTimeZoneOfTheDocument() {
    String filter =
        "'filters': {'groups': [{'properties': [{'key': 'at', 'operator': 'is_date_exact', 'value':"
            + " '2026-07-01 12:00'}]}]}";
    String utc = "{'flags': [{'key': 'f', " + filter + "}]}";
    String berlin = "{'timezone': 'Europe/Berlin', 'flags': [{'key': 'f', " + filter + "}]}";
    Flags.Request noon = ask().person("{'at': '2026-07-01T10:00:00Z'}");

    assertThat(Flags.evaluate(berlin, noon, state())).isEqualTo("f=true condition_match 0");
    assertThat(Flags.evaluate(utc, noon, state())).isEqualTo("f=false no_condition_match 0");
  }

  // Cohorts

  private static String cohorts(String filter, String cohorts) {
    return "{'flags': [{'key': 'f', 'filters': {'groups': [{'properties': ["
        + filter
        + "]}]}}], 'cohorts': {"
        + cohorts
        + "}}";
  }

  private static final String ACME =
      "'12': {'type': 'OR', 'values': [{'type': 'AND', 'values': [{'key': 'email', 'value':"
          + " '@acme.example', 'operator': 'icontains', 'type': 'person'}, {'key': 'plan', 'value':"
          + " 'free', 'type': 'person', 'negation': true}]}, {'key': 'vip', 'value': 'true'}]}";

  @Test
  void aCohortIsNestedConditionsOnProperties() {
    String in = cohorts("{'key': 'id', 'type': 'cohort', 'value': 12, 'operator': 'in'}", ACME);
    String notIn =
        cohorts("{'key': 'id', 'type': 'cohort', 'value': '12', 'operator': 'not_in'}", ACME);
    String[][] cases = {
      {"{'email': 'a@ACME.example'}", "true", "false"},
      {"{'email': 'a@acme.example', 'plan': 'free'}", "false", "true"},
      {"{'email': 'a@acme.example', 'plan': 'free', 'vip': true}", "true", "false"},
      {"{}", "false", "true"},
    };
    for (String[] c : cases) {
      assertThat(Flags.evaluate(in, ask().person(c[0]), state())).as(c[0]).startsWith("f=" + c[1]);
      assertThat(Flags.evaluate(notIn, ask().person(c[0]), state()))
          .as(c[0])
          .startsWith("f=" + c[2]);
    }
  }

  @Test
  void aCohortMayReferToAnother() {
    String flag =
        cohorts(
            "{'key': 'id', 'type': 'cohort', 'value': 13}",
            ACME
                + ", '13': {'type': 'AND', 'values': [{'key': 'id', 'type': 'cohort', 'value': 12},"
                + " {'key': 'plan', 'operator': 'is_set'}]}");

    assertThat(Flags.evaluate(flag, ask().person("{'vip': 'true', 'plan': 1}"), state()))
        .isEqualTo("f=true condition_match 0");
    assertThat(Flags.evaluate(flag, ask().person("{'vip': 'true'}"), state()))
        .isEqualTo("f=false no_condition_match 0");
  }

  @Test
  void aCohortThatCannotBeResolvedFailsItsFlag() {
    String filter = "{'key': 'id', 'type': 'cohort', 'value': 13}";

    assertThat(Flags.evaluate(cohorts(filter, ACME), ask(), state()))
        .isEqualTo("f=failed false dependency_not_found_cohort");
    assertThat(
            Flags.evaluate(
                cohorts(
                    filter,
                    "'13': {'type': 'AND', 'values': [{'key': 'id', 'type': 'cohort', 'value':"
                        + " 13}]}"),
                ask(),
                state()))
        .isEqualTo("f=failed false dependency_cycle_cohort");
    assertThat(Flags.evaluate(cohorts(filter, "'13': {'is_static': true}"), ask(), state()))
        .isEqualTo("f=failed false dependency_not_found_cohort");
  }

  // Dependencies

  private static String dependent(String value) {
    return "{'id': 2, 'key': 'child', 'filters': {'groups': [{'properties': [{'type': 'flag',"
        + " 'key': '1', 'operator': 'flag_evaluates_to', 'value': "
        + value
        + "}]}]}}";
  }

  private static String withParent(String parent, String value) {
    return "[" + dependent(value) + ", {'id': 1, 'key': 'parent', " + parent + "}]";
  }

  @Test
  void aFlagMayDependOnTheValueOfAnother() {
    String on = "'filters': {'groups': [{}]}";
    String variant = "'filters': {'groups': [{'variant': 'b'}], " + VARIANTS + "}";
    String off = "'filters': {'groups': []}";
    String inactive = "'active': false, " + on;
    String[][] cases = {
      {on, "true", "true"},
      {on, "false", "false"},
      {on, "'b'", "false"},
      {variant, "true", "true"},
      {variant, "'b'", "true"},
      {variant, "'a'", "false"},
      {off, "true", "false"},
      {off, "false", "true"},
      {inactive, "true", "false"},
      {inactive, "false", "true"},
    };
    for (String[] c : cases) {
      assertThat(Flags.evaluate(withParent(c[0], c[1]), ask().keys("child"), state()))
          .as("%s is %s", c[0], c[1])
          .startsWith("child=" + c[2]);
    }
  }

  @Test
  void aDependencyMayBeNamedByKeyAndBeAHogflareFlag() {
    String flags =
        "[{'key': 'parent', 'rollout_percentage': 100}, {'key': 'child', 'filters': {'groups':"
            + " [{'properties': [{'type': 'flag', 'key': 'parent', 'operator':"
            + " 'flag_evaluates_to', 'value': true}]}]}}]";

    assertThat(Flags.evaluate(flags, ask(), state()))
        .isEqualTo("parent=true match, child=true condition_match 0");
    assertThat(Flags.parse(flags).project("any").flag("child").orElseThrow().dependencyChain())
        .containsExactly("parent");
  }

  @Test
  void aMissingDependencySwitchesTheFlagOff() {
    assertThat(Flags.evaluate("[" + dependent("false") + "]", ask(), state()))
        .isEqualTo("child=false missing_dependency");
  }

  @Test
  void aFlagWhoseDependencyFailsFails() {
    String parent = "'filters': {'groups': [{'properties': [{'key': 'plan', 'value': 'pro'}]}]}";

    assertThat(
            Flags.evaluate(
                withParent(parent, "true"), ask().keys("child"), state().personUnreachable()))
        .isEqualTo("child=failed false dependency_failed_flag");
  }

  @Test
  void aRingOfDependenciesFailsItsFlagsAndThoseBehindIt() {
    String flags =
        "[{'key': 'a', 'filters': {'groups': [{'properties': [{'type': 'flag', 'key': 'b',"
            + " 'value': true}]}]}}, {'key': 'b', 'filters': {'groups': [{'properties': [{'type':"
            + " 'flag', 'key': 'a', 'value': true}]}]}}, {'key': 'c', 'filters': {'groups':"
            + " [{'properties': [{'type': 'flag', 'key': 'a', 'value': true}]}]}}, {'key': 'd'}]";

    assertThat(Flags.evaluate(flags, ask(), state()))
        .isEqualTo(
            "a=failed false dependency_cycle_flag, b=failed false dependency_cycle_flag,"
                + " c=failed false dependency_failed_flag, d=true match");
    assertThat(Flags.parse(flags).problems())
        .extracting(FlagProblem::toString)
        .anyMatch(line -> line.startsWith("a: filters: is a ring of dependencies: a -> b -> a"));
  }

  @Test
  void aLongChainOfDependenciesNeedsNoDeepStack() {
    int length = 2_000;
    StringBuilder flags = new StringBuilder("[{'key': 'f0', 'filters': {'groups': [{}]}}");
    for (int i = 1; i < length; i++) {
      flags
          .append(", {'key': 'f")
          .append(i)
          .append("', 'filters': {'groups': [{'properties': [{'type': 'flag', 'key': 'f")
          .append(i - 1)
          .append("', 'value': true}]}]}}");
    }
    String last = "f" + (length - 1);

    assertThat(Flags.evaluate(flags + "]", ask().keys(last), state()))
        .isEqualTo(last + "=true condition_match 0");
  }

  // What is answered at all

  @Test
  void inactiveAndDeletedFlagsAreNotAnswered() {
    String filters = "'filters': {'groups': [{}]}";
    String flags =
        "[{'key': 'a', 'active': false, "
            + filters
            + "}, {'key': 'b', 'deleted': true, "
            + filters
            + "}, {'key': 'c', "
            + filters
            + "}]";

    assertThat(Flags.evaluate(flags, ask(), state())).isEqualTo("c=true condition_match 0");
  }

  @Test
  void theRuntimeOfTheRequestDecidesWhichFlagsItSees() {
    String flags =
        "[{'key': 'c', 'evaluation_runtime': 'client', 'filters': {}}, {'key': 's',"
            + " 'evaluation_runtime': 'server', 'filters': {}}, {'key': 'a', 'evaluation_runtime':"
            + " 'all', 'filters': {}}, {'key': 'n', 'filters': {}}]";

    assertThat(keys(flags, ask().runtime(RequestRuntime.CLIENT))).isEqualTo("c a n");
    assertThat(keys(flags, ask().runtime(RequestRuntime.SERVER))).isEqualTo("s a n");
    assertThat(keys(flags, ask().runtime(RequestRuntime.UNKNOWN))).isEqualTo("a n");
    assertThat(keys(flags, ask().runtime(RequestRuntime.ALL))).isEqualTo("c s a n");
  }

  @Test
  void contextsGateFlagsThatListSome() {
    String flags =
        "[{'key': 'w', 'evaluation_contexts': ['web'], 'filters': {}}, {'key': 't',"
            + " 'evaluation_tags': ['web', 'docs'], 'filters': {}}, {'key': 'n', 'filters': {}}]";

    assertThat(keys(flags, ask())).isEqualTo("w t n");
    assertThat(keys(flags, ask().contexts())).isEqualTo("w t n");
    assertThat(keys(flags, ask().contexts("docs", "x"))).isEqualTo("t n");
    assertThat(keys(flags, ask().contexts("WEB"))).isEqualTo("n");
  }

  @Test
  void keysAndSurveysLimitTheAnswer() {
    String flags = "[{'key': 'a', 'filters': {}}, {'key': 'survey-targeting-1', 'filters': {}}]";

    assertThat(keys(flags, ask().keys("a", "nosuch"))).isEqualTo("a");
    assertThat(keys(flags, ask().keys())).isEqualTo("a survey-targeting-1");
    assertThat(keys(flags, ask().surveysOnly())).isEqualTo("survey-targeting-1");
  }

  private static String keys(String flags, Flags.Request request) {
    return String.join(
        " ",
        Flags.EVALUATOR.evaluate(Flags.parse(flags), request.build(), state()).results().stream()
            .map(FlagResult::key)
            .toList());
  }
}
