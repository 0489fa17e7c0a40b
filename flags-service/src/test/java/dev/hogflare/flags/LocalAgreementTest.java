// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which definitions servers get to evaluate themselves. */
class LocalAgreementTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DOCUMENT =
      """
      {"group_type_mapping": {"0": "company", "1": "project"},
       "cohorts": {
        "1": {"type": "OR", "values": [{"type": "AND", "values": [
          {"key": "plan", "value": "pro", "type": "person"},
          {"key": "age", "operator": "gt", "value": 3, "type": "person", "negation": true}]}]},
        "2": {"type": "AND", "values": [{"key": "1", "value": 1, "type": "cohort", "negation": true}]},
        "3": {"type": "AND", "values": [{"value": 1, "type": "cohort", "operator": "not_in"}]},
        "4": {"type": "OR", "values": [{"key": "a", "operator": "resembles", "value": "b"}]},
        "5": {"type": "OR", "values": [{"key": "a", "value": "b"},
          {"type": "AND", "values": [{"key": "a", "value": "c"}]}]}},
       "flags": [
        {"key": "plain", "id": 1, "filters": {"groups": [{"rollout_percentage": 50}]}},
        {"key": "of-companies", "id": 2, "filters": {"aggregation_group_type_index": 0,
          "groups": [{"rollout_percentage": 50}]}},
        {"key": "after-plain", "id": 3, "filters": {"groups": [{"properties": [{"key": "plain",
          "type": "flag", "operator": "flag_evaluates_to", "value": true}]}]}},
        %s]}
      """;

  private static boolean isGivenOut(String flag) {
    try {
      FlagSet flags =
          new FlagSetParser()
              .parse(DOCUMENT.formatted(flag).replace('\'', '"').getBytes(StandardCharsets.UTF_8));
      List<String> keys =
          JSON.readTree(LocalDefinitions.of(flags.project("k"), "k", flags.problems()).json())
              .path("flags")
              .findValuesAsText("key");
      assertThat(keys).contains("plain", "of-companies", "after-plain");
      return keys.contains("flag");
    } catch (FlagDocumentException | IOException e) {
      throw new IllegalArgumentException(flag, e);
    }
  }

  private static boolean isGivenOutWith(String filters) {
    return isGivenOut("{'key': 'flag', 'filters': {" + filters + "}}");
  }

  private static boolean isGivenOutWithFilter(String filter) {
    return isGivenOutWith("'groups': [{'properties': [" + filter + "]}]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'groups': []",
        "'groups': [{'rollout_percentage': 33, 'variant': 'b'}, {'properties': []}],"
            + "'multivariate': {'variants': [{'key': 'b', 'rollout_percentage': 50}]}",
        "'groups': [{'aggregation_group_type_index': null}], 'early_exit': true",
        "'aggregation_group_type_index': 0, 'groups': [{'aggregation_group_type_index': 0,"
            + "'properties': [{'key': 'n', 'value': 1, 'type': 'group', 'group_type_index': 0}]}]"
      })
  void givesOutWhatSdksDecideAlike(String filters) {
    assertThat(isGivenOutWith(filters)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'groups': [{}], 'holdout': {'id': 7, 'exclusion_percentage': 10}",
        "'groups': [{}], 'holdout_groups': [{'rollout_percentage': 10, 'variant': 'holdout-1'}]",
        "'groups': [{}], 'feature_enrollment': true",
        "'groups': [{}], 'super_groups': [{'properties': [{'key': 'a', 'value': 'b'}]}]",
        "'groups': [{'rollout_percentage': 1}, {}], 'early_exit': true",
        "'groups': [{'rollout_percentage': 1}, {'variant': 'b'}]",
        "'groups': [{'aggregation_group_type_index': 0}]",
        "'aggregation_group_type_index': 0, 'groups': [{'aggregation_group_type_index': null}]",
        "'aggregation_group_type_index': 0, 'groups': [{'properties': [{'key': 'a', 'value': 1}]}]",
        "'aggregation_group_type_index': 0, 'groups': [{'properties': [{'key': 'a', 'value': 1,"
            + "'type': 'group', 'group_type_index': 1}]}]",
        "'aggregation_group_type_index': 0, 'groups': [{'properties': [{'key': 'plain',"
            + "'type': 'flag', 'operator': 'flag_evaluates_to', 'value': true}]}]"
      })
  void keepsWhatSdksDecideOtherwise(String filters) {
    assertThat(isGivenOutWith(filters)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'key': 'a', 'value': ['x', 7, true]}",
        "{'key': 'a', 'value': 'x', 'operator': 'is_not'}",
        "{'key': 'a', 'value': 'x', 'operator': 'icontains'}",
        "{'key': 'a', 'value': '^(?:a|b)[0-9]{2}\\\\.\\\\d+$', 'operator': 'regex'}",
        "{'key': 'a', 'value': '1.2.*', 'operator': 'semver_wildcard'}",
        "{'key': 'a', 'value': [1, 2], 'operator': 'between'}",
        "{'key': 'a', 'value': '7d', 'operator': 'is_date_after'}",
        "{'key': 'a', 'operator': 'is_set'}",
        "{'value': 1, 'type': 'cohort', 'operator': 'in'}",
        "{'value': 2, 'type': 'cohort'}",
        "{'key': 'plain', 'type': 'flag', 'operator': 'flag_evaluates_to', 'value': false}",
        "{'key': '1', 'type': 'flag', 'operator': 'flag_evaluates_to', 'value': true}"
      })
  void givesOutFiltersThatSdksReadAlike(String filter) {
    assertThat(isGivenOutWithFilter(filter)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'key': 'a', 'value': false}",
        "{'key': 'a', 'value': ['false']}",
        "{'key': 'a', 'value': []}",
        "{'key': 'a', 'value': 1.0}",
        "{'key': 'a', 'value': 'ä', 'operator': 'icontains'}",
        "{'key': 'a', 'value': '(?i)x', 'operator': 'regex'}",
        "{'key': 'a', 'value': '(?=x)', 'operator': 'not_regex'}",
        "{'key': 'a', 'value': '\\\\Ax', 'operator': 'regex'}",
        "{'key': 'a', 'value': '[[:alpha:]]', 'operator': 'regex'}",
        "{'key': 'a', 'value': '(x)\\\\1', 'operator': 'regex'}",
        "{'key': 'a', 'value': '1.2.3-rc1', 'operator': 'semver_lt'}",
        "{'key': 'a', 'value': 'v1.02', 'operator': 'semver_eq'}",
        "{'key': 'a', 'value': 'many', 'operator': 'gt'}",
        "{'key': 'created_at', 'value': '7d', 'operator': 'is_date_after', 'type': 'person_metadata'}",
        "{'key': 'n', 'value': 1, 'type': 'group', 'group_type_index': 0}",
        "{'value': 1, 'type': 'cohort', 'operator': 'not_in'}",
        "{'value': 1, 'type': 'cohort', 'negation': true}",
        "{'value': 3, 'type': 'cohort', 'operator': 'in'}",
        "{'value': 4, 'type': 'cohort', 'operator': 'in'}",
        "{'value': 5, 'type': 'cohort', 'operator': 'in'}",
        "{'value': 99, 'type': 'cohort', 'operator': 'in'}",
        "{'key': '3', 'type': 'flag', 'operator': 'flag_evaluates_to', 'value': true}",
        "{'key': '2', 'type': 'flag', 'operator': 'flag_evaluates_to', 'value': true}"
      })
  void keepsFiltersThatSdksReadOtherwise(String filter) {
    assertThat(isGivenOutWithFilter(filter)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'evaluation_runtime': 'client'",
        "'evaluation_contexts': ['web']",
        "'evaluation_environments': ['web']",
        "'evaluation_tags': ['web']",
        "'bucketing_identifier': 'device_id'"
      })
  void keepsFlagsThatNotEveryServerMayDecide(String field) {
    String filters = "'filters': {'groups': [{'rollout_percentage': 50}]}}";
    assertThat(isGivenOut("{'key': 'flag', " + field + ", " + filters)).isFalse();
    assertThat(isGivenOut("{'key': 'flag', 'active': false, " + field + ", " + filters)).isTrue();
  }

  @Test
  void keepsBackAShareByWhichTheJavaSdkWouldReadNoDefinitionAtAll() {
    assertThat(isGivenOutWith("'groups': [{'rollout_percentage': 33.3}]")).isFalse();
    assertThat(isGivenOutWith("'groups': [{'rollout_percentage': 33.0}]")).isTrue();
    assertThat(
            isGivenOut(
                "{'key': 'flag', 'active': false, 'filters': {'groups': [{'rollout_percentage': 0.5}]}}"))
        .isFalse();
    assertThat(
            isGivenOutWith(
                "'groups': [{}], 'multivariate': {'variants': [{'key': 'a', 'rollout_percentage':"
                    + " 33.3}, {'key': 'b', 'rollout_percentage': 66.7}]}"))
        .isTrue();
  }

  @Test
  void keepsNothingBackOfWhichSdksSayThatTheyCannotDecideIt() {
    assertThat(
            isGivenOut(
                "{'key': 'flag', 'ensure_experience_continuity': true, 'evaluation_runtime': 'all',"
                    + "'filters': {'groups': [{'rollout_percentage': 50}]}}"))
        .isTrue();
  }

  @Test
  void whatIsWrongWithAnotherProjectsFlagKeepsNothingBack() throws Exception {
    FlagSet flags =
        new FlagSetParser()
            .parse(
                """
                {"flags": [{"key": "flag", "filters": {"groups": [{}]}}],
                 "projects": {"p": [{"key": "flag", "filters": {"groups": [{"properties": [
                   {"key": "a", "operator": "resembles", "value": 1}]}]}}]}}
                """
                    .getBytes(StandardCharsets.UTF_8));
    assertThat(given(flags, "p")).isEmpty();
    assertThat(given(flags, "other")).hasSize(1);
  }

  private static JsonNode given(FlagSet flags, String token) throws IOException {
    return JSON.readTree(LocalDefinitions.of(flags.project(token), token, flags.problems()).json())
        .path("flags");
  }
}
