// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HogflareFlagTest {
  private static Flags.Request ask() {
    return new Flags.Request();
  }

  private static Flags.State state() {
    return new Flags.State();
  }

  /** The example of hogflare's documents. */
  private static final String PRO_FLAG =
      "[{'key': 'pro-flag', 'id': 12, 'version': 3, 'description': 'Pro users', 'conditions':"
          + " [{'properties': [{'key': 'plan', 'value': 'pro'}]}], 'payload': {'tier': 'pro'}}]";

  @Test
  void theExampleIsOnForProUsersWithItsPayload() {
    FlagSet flags = Flags.parse(PRO_FLAG);
    FlagResult pro =
        Flags.result(flags, ask().build(), state().person("{'plan': 'pro'}"), "pro-flag");
    FlagResult free =
        Flags.result(flags, ask().build(), state().person("{'plan': 'free'}"), "pro-flag");

    assertThat(Flags.words(pro)).isEqualTo("true match 0");
    assertThat(pro.payload().orElseThrow().text()).isEqualTo("{\"tier\":\"pro\"}");
    assertThat(pro.definition().id()).isEqualTo(12);
    assertThat(pro.definition().version()).isEqualTo(3);
    assertThat(pro.definition().description()).contains("Pro users");
    assertThat(Flags.words(free)).isEqualTo("false no_match");
    assertThat(free.payload()).isEmpty();
  }

  @Test
  void propertiesOfTheRequestWinOverStoredOnes() {
    assertThat(
            Flags.evaluate(
                PRO_FLAG, ask().person("{'plan': 'pro'}"), state().person("{'plan': 'free'}")))
        .isEqualTo("pro-flag=true match 0");
    assertThat(
            Flags.evaluate(
                PRO_FLAG, ask().ignoringStoredPerson(), state().person("{'plan': 'pro'}")))
        .isEqualTo("pro-flag=false no_match");
  }

  @Test
  void theFirstMatchingConditionIsFinal() {
    String flag = "[{'key': 'f', 'conditions': [{'properties': [], 'rollout_percentage': 0}, {}]}]";

    assertThat(Flags.evaluate(flag, ask(), state())).isEqualTo("f=false out_of_rollout 0");
  }

  @Test
  void theRolloutOfAConditionWinsOverThatOfTheFlag() {
    String flag = "[{'key': 'f', 'rollout_percentage': 0, 'conditions': [%s]}]";

    assertThat(Flags.evaluate(flag.formatted("{}"), ask(), state()))
        .isEqualTo("f=false out_of_rollout 0");
    assertThat(Flags.evaluate(flag.formatted("{'rollout_percentage': 100}"), ask(), state()))
        .isEqualTo("f=true match 0");
  }

  @Test
  void theBucketHasToBeBelowTheRollout() {
    // alice is in bucket 55 of the salt new-checkout, in 46 of my-salt.
    String flag = "[{'key': 'new-checkout', 'rollout_percentage': %s%s}]";

    assertThat(Flags.evaluate(flag.formatted("55", ""), ask(), state()))
        .isEqualTo("new-checkout=false out_of_rollout");
    assertThat(Flags.evaluate(flag.formatted("55.5", ""), ask(), state()))
        .isEqualTo("new-checkout=true match");
    assertThat(Flags.evaluate(flag.formatted("47", ", 'salt': 'my-salt'"), ask(), state()))
        .isEqualTo("new-checkout=true match");
  }

  @Test
  void theBucketingOfTheDocumentHoldsForFlagsThatDoNotSay() {
    // PostHog's formula puts alice on 15.3 of new-checkout, hogflare's on 55.
    String flags =
        "{'bucketing': 'posthog', 'flags': [{'key': 'new-checkout', 'rollout_percentage': 20}]}";
    String own =
        "{'bucketing': 'posthog', 'flags': [{'key': 'new-checkout', 'rollout_percentage': 20,"
            + " 'bucketing': 'hogflare'}]}";

    assertThat(Flags.evaluate(flags, ask(), state())).isEqualTo("new-checkout=true match");
    assertThat(Flags.evaluate(own, ask(), state())).isEqualTo("new-checkout=false out_of_rollout");
  }

  @Test
  void aGapBetweenVariantsGivesThePlainValueWithItsPayload() {
    String flag =
        "[{'key': 'new-checkout', 'type': 'multivariate', 'payload': 'p', 'variants': [{'key': 'a',"
            + " 'rollout_percentage': 10, 'payload': '[1]'}]}]";
    FlagResult result = Flags.result(Flags.parse(flag), ask().build(), state(), "new-checkout");

    assertThat(Flags.words(result)).isEqualTo("true match");
    assertThat(result.payload().orElseThrow().text()).isEqualTo("\"p\"");
  }

  @Test
  void payloadsOfVariantsWinOverVariantPayloadsAndTextMayBeJson() {
    String flag =
        "[{'key': 'f', 'variant_payloads': {'a': 1, 'b': {'x': 2}}, 'variants': [{'key': 'a',"
            + " 'payload': '[1]'}, {'key': 'b'}], 'conditions': [{'properties': [{'key': 'v',"
            + " 'value': 'a'}], 'variant': 'a'}, {'variant': 'b'}]}]";
    FlagSet flags = Flags.parse(flag);

    assertThat(
            Flags.result(flags, ask().person("{'v': 'a'}").build(), state(), "f")
                .payload()
                .orElseThrow()
                .value()
                .isArray())
        .isTrue();
    assertThat(Flags.result(flags, ask().build(), state(), "f").payload().orElseThrow().text())
        .isEqualTo("{\"x\":2}");
  }

  @Test
  void aForcedVariantNeedNotBeOneOfTheVariants() {
    String flag = "[{'key': 'f', 'type': '%s', 'conditions': [{'variant': 'zz'}]}]";

    assertThat(Flags.evaluate(flag.formatted("multivariate"), ask(), state()))
        .isEqualTo("f=zz match 0");
    assertThat(Flags.evaluate(flag.formatted("boolean"), ask(), state()))
        .isEqualTo("f=true match 0");
  }

  @Test
  void aGroupFlagHashesTheGroupAndIsOffWithoutOne() {
    String flag =
        "[{'key': 'new-checkout', 'group_type': 'company', 'rollout_percentage': 30,"
            + " 'conditions': [{'properties': [{'key': 'tier', 'type': 'group', 'value':"
            + " 'gold'}]}]}]";
    Flags.State gold = state().storedGroup("company", "{'tier': 'gold'}");

    // bob is in bucket 23.
    assertThat(Flags.evaluate(flag, ask().group("company", "bob"), gold))
        .isEqualTo("new-checkout=true match 0");
    assertThat(Flags.evaluate(flag, ask().group("company", "alice"), gold))
        .isEqualTo("new-checkout=false out_of_rollout 0");
    assertThat(Flags.evaluate(flag, ask().group("project", "bob"), gold))
        .isEqualTo("new-checkout=false no_match");
    assertThat(Flags.evaluate("[{'key': 'g', 'group_type': 'company'}]", ask(), state()))
        .isEqualTo("g=false no_match");
  }

  @Test
  void anInactiveFlagIsAnsweredAsDisabled() {
    String flag = "[{'key': 'f', 'active': false}]";

    assertThat(Flags.evaluate(flag, ask(), state())).isEqualTo("f=false disabled");
    assertThat(Flags.result(Flags.parse(flag), ask().build(), state(), "f").disabled()).isTrue();
  }

  @Test
  void anUnknownOperatorCountsAsEqual() {
    String flag =
        "[{'key': 'f', 'conditions': [{'properties': [{'key': 'plan', 'op': 'equals', 'value':"
            + " 'pro'}]}]}]";

    assertThat(Flags.evaluate(flag, ask().person("{'plan': 'pro'}"), state()))
        .isEqualTo("f=true match 0");
    assertThat(Flags.parse(flag).problems())
        .extracting(FlagProblem::toString)
        .containsExactly(
            "f: conditions[0].properties[0].op: is \"equals\", which is no operator of hogflare's"
                + " own format; it counts as eq.");
  }

  @Test
  void environmentsGateFlagsAndAnEmptyListOfTheRequestExcludes() {
    String flag = "[{'key': 'f', 'evaluation_environments': ['prod']}]";

    assertThat(Flags.evaluate(flag, ask(), state())).isEqualTo("f=true match");
    assertThat(Flags.evaluate(flag, ask().contexts("prod"), state())).isEqualTo("f=true match");
    assertThat(Flags.evaluate(flag, ask().contexts("dev"), state())).isEmpty();
    assertThat(Flags.evaluate(flag, ask().contexts(), state())).isEmpty();
  }

  @Test
  void anEmptyListOfKeysAsksForNothing() {
    assertThat(Flags.evaluate("[{'key': 'f'}]", ask().keys(), state())).isEmpty();
  }
}
