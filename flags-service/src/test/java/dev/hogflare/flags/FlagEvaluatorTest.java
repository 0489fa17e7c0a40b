// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FlagEvaluatorTest {
  private static final String DOCUMENT =
      "{'flags': [{'key': 'plain'}, {'key': 'person', 'filters': {'groups': [{'properties':"
          + " [{'key': 'plan', 'value': 'pro'}]}]}}, {'key': 'group', 'filters': {'groups':"
          + " [{'properties': [{'key': 'tier', 'value': 'gold', 'type': 'group',"
          + " 'group_type_index': 0}]}]}}, {'key': 'sticky', 'ensure_experience_continuity': true,"
          + " 'filters': {'groups': [{'rollout_percentage': 50}]}}], 'group_type_mapping': {'0':"
          + " 'company'}}";

  private static Flags.Request ask() {
    return new Flags.Request();
  }

  @Test
  void flagsThatNeedNoStateAreRightWhenTheStoresAreUnreachable() {
    Flags.State down =
        new Flags.State().personUnreachable().groupUnreachable("company").keysUnreachable();
    Evaluations evaluations =
        Flags.EVALUATOR.evaluate(Flags.parse(DOCUMENT), ask().group("company", "c1").build(), down);

    assertThat(evaluations.errors()).isTrue();
    assertThat(evaluations.results())
        .extracting(result -> result.key() + "=" + Flags.words(result))
        .containsExactly(
            "plain=true match",
            "person=failed false database_unavailable",
            "group=failed false database_unavailable",
            "sticky=failed false hash_key_override_error");
  }

  @Test
  void flagsWhosePropertiesComeWithTheRequestNeedNoStore() {
    Flags.State down = new Flags.State().personUnreachable().groupUnreachable("company");
    Evaluations evaluations =
        Flags.EVALUATOR.evaluate(
            Flags.parse(DOCUMENT),
            ask()
                .person("{'plan': 'pro'}")
                .group("company", "c1")
                .groupProperties("company", "{'tier': 'gold'}")
                .build(),
            down);

    assertThat(evaluations.errors()).isFalse();
    assertThat(down.personQuestions()).isZero();
    assertThat(down.groupQuestions()).isEmpty();
  }

  @Test
  void aConditionThatMatchesWithoutStateDecidesBeforeOneThatNeedsIt() {
    String flag =
        "[{'key': 'f', 'filters': {'groups': [{}, {'properties': [{'key': 'plan', 'value':"
            + " 'pro'}]}]}}]";

    assertThat(Flags.evaluate(flag, ask(), new Flags.State().personUnreachable()))
        .isEqualTo("f=true condition_match 0");
  }

  @Test
  void stateIsAskedForOnce() {
    String flags =
        "[{'key': 'a', 'conditions': [{'properties': [{'key': 'x', 'value': 1}, {'key': 'y',"
            + " 'type': 'group', 'group_type': 'company', 'value': 1}]}]}, {'key': 'b',"
            + " 'conditions': [{'properties': [{'key': 'x', 'value': 1}, {'key': 'y', 'type':"
            + " 'group', 'group_type': 'company', 'value': 1}]}]}]";
    Flags.State state = new Flags.State().person("{'x': 1}").storedGroup("company", "{'y': 1}");

    assertThat(Flags.evaluate(flags, ask().group("company", "c"), state))
        .isEqualTo("a=true match 0, b=true match 0");
    assertThat(state.personQuestions()).isEqualTo(1);
    assertThat(state.groupQuestions()).containsEntry("company", 1);
  }

  @Test
  void theNeedsNameWhatTheFlagsOfTheRequestMayAskFor() {
    FlagSet flags = Flags.parse(DOCUMENT);

    assertThat(needs(flags, ask())).isEqualTo(new StateNeeds(true, Set.of(), Set.of("sticky")));
    assertThat(needs(flags, ask().group("company", "c")))
        .isEqualTo(new StateNeeds(true, Set.of("company"), Set.of("sticky")));
    assertThat(needs(flags, ask().keys("plain"))).isSameAs(StateNeeds.NONE);
    assertThat(needs(flags, ask().keys("person").person("{'plan': 1}")).isNothing()).isTrue();
    assertThat(needs(flags, ask().keys("person").ignoringStoredPerson()).isNothing()).isTrue();
  }

  private static StateNeeds needs(FlagSet flags, Flags.Request request) {
    return Flags.EVALUATOR.needs(flags, request.build());
  }

  @Test
  void theNeedsOfAFlagIncludeThoseOfTheFlagsItDependsOn() {
    String flags =
        "[{'key': 'parent', 'conditions': [{'properties': [{'key': 'plan', 'value': 'pro'}]}]},"
            + " {'key': 'child', 'filters': {'groups': [{'properties': [{'type': 'flag', 'key':"
            + " 'parent', 'value': true}]}]}}]";

    assertThat(needs(Flags.parse(flags), ask().keys("child")).person()).isTrue();
  }

  @Test
  void resultsAreSharedByAllRequests() {
    FlagSet flags = Flags.parse(DOCUMENT);
    FlagResult first = Flags.result(flags, Flags.request("a"), StateSource.empty(), "plain");
    FlagResult second = Flags.result(flags, Flags.request("b"), StateSource.empty(), "plain");

    assertThat(first).isSameAs(second);
  }

  @Test
  void aProjectSeesItsOwnFlagsBeforeThoseForAll() {
    FlagSet flags =
        Flags.parse(
            "{'flags': [{'key': 'f'}, {'key': 'g'}], 'projects': {'phc_test': [{'key': 'f',"
                + " 'active': false}]}}");

    assertThat(flags.problems()).isEmpty();
    assertThat(flags.tokens()).containsExactly("phc_test");
    assertThat(Flags.words(Flags.result(flags, Flags.request("x"), StateSource.empty(), "f")))
        .isEqualTo("false disabled");
    EvaluationRequest other = EvaluationRequest.of("phc_other", "x", Flags.NOW);
    assertThat(Flags.words(Flags.result(flags, other, StateSource.empty(), "f")))
        .isEqualTo("true match");
    assertThat(Flags.result(flags, Flags.request("x"), StateSource.empty(), "g")).isNotNull();
  }

  @Test
  void brokenFlagsAreNamedForEachProject() {
    FlagSet flags =
        Flags.parse(
            "{'flags': [{'key': 'f', 'id': 'x'}, {'key': 'g'}], 'projects': {'phc_test': [{'key':"
                + " 'f'}, {'key': 'g', 'id': 'x'}, {'key': 'h', 'id': 'x', 'active': false}]}}");

    assertThat(flags.project("any").brokenFlags()).containsExactly("f");
    assertThat(flags.project("phc_test").brokenFlags()).containsExactly("g");
  }

  @Test
  void anExplanationNamesTheConditionTheFiltersAndTheBucket() {
    FlagSet flags =
        Flags.parse(
            "[{'key': 'new-checkout', 'filters': {'groups': [{'properties': [{'key': 'plan',"
                + " 'value': 'pro'}]}, {'properties': [{'key': 'age', 'operator': 'gt', 'value':"
                + " 18}], 'rollout_percentage': 20}]}}]");
    FlagExplanation explanation =
        Flags.EVALUATOR
            .explain(
                flags,
                ask().person("{'age': 30, 'plan': 'free'}").build(),
                StateSource.empty(),
                "new-checkout")
            .orElseThrow();

    assertThat(Flags.words(explanation.result())).isEqualTo("true condition_match 1");
    assertThat(explanation.hashedId()).isEqualTo("alice");
    List<FlagExplanation.Step> steps = explanation.steps();
    assertThat(steps)
        .extracting(FlagExplanation.Step::name)
        .containsExactly("condition 1", "condition 2");
    assertThat(steps.get(0).matched()).isFalse();
    assertThat(steps.get(0).filters())
        .containsExactly(
            new FlagExplanation.FilterStep("person.plan exact \"pro\"", "\"free\"", false));
    assertThat(steps.get(1).matched()).isTrue();
    assertThat(steps.get(1).bucket().orElseThrow()).isEqualTo(15.325194854874038);
    assertThat(steps.get(1).rollout().orElseThrow()).isEqualTo(20);
  }

  @Test
  void anExplanationGivesTheResultOfTheEvaluation() {
    FlagSet flags = Flags.parse(DOCUMENT);
    for (String key : List.of("plain", "person", "group", "sticky")) {
      for (String id : List.of("alice", "bob", "")) {
        EvaluationRequest request = ask().distinctId(id).group("company", "c").build();
        assertThat(
                Flags.EVALUATOR
                    .explain(flags, request, StateSource.empty(), key)
                    .orElseThrow()
                    .result())
            .isSameAs(Flags.result(flags, request, StateSource.empty(), key));
      }
    }
    assertThat(Flags.EVALUATOR.explain(flags, Flags.request("x"), StateSource.empty(), "nosuch"))
        .isEqualTo(Optional.empty());
  }

  @Test
  void idsAreTextOrNumbers() {
    assertThat(EvaluationRequest.idText(Flags.json("'a'"))).contains("a");
    assertThat(EvaluationRequest.idText(Flags.json("''"))).contains("");
    assertThat(EvaluationRequest.idText(Flags.json("7"))).contains("7");
    assertThat(EvaluationRequest.idText(Flags.json("true"))).isEmpty();
    assertThat(EvaluationRequest.idText(Flags.json("{}"))).isEmpty();
    assertThat(EvaluationRequest.idText(Flags.json("null"))).isEmpty();
    assertThat(EvaluationRequest.idText(null)).isEmpty();
  }
}
