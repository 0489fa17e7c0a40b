// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said about files that cannot be used. */
class TransformationsFileTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | f.yaml: it must hold one list with at least one step",
        "transformations: [] | f.yaml: it must hold one list with at least one step",
        "transformations: x | f.yaml: it must hold one list with at least one step",
        "'{transformations: [{type: user_agent}], other: 1}' | f.yaml: it must hold one list",
        "'transformations: [{' | f.yaml, line 1: it is not YAML",
        "'transformations: [7]' | f.yaml, step 1: it is no map",
        "'transformations: [{}]' | f.yaml, step 1, field type: it is missing",
        "'transformations: [{name: n, type: nope}]' | f.yaml, step 1 (n), field type: there is no type nope; the types are bot_detection",
        "'transformations: [{type: user_agent}, {type: user_agent}]' | f.yaml, step 2, field name: another step is called user_agent",
        "'transformations: [{type: user_agent, overide: true}]' | field overide: this type of step has no such field; its fields are type, name, when, override",
        "'transformations: [{type: user_agent, override: 1}]' | field override: it is 1; write true or false",
        "'transformations: [{type: user_agent, when: \"\"}]' | field when: it is empty",
        "'transformations: [{type: user_agent, when: \"event ==\"}]' | f.yaml, step 1, field when: it is no condition",
        "'transformations: [{type: user_agent, when: \"evnt == 1\"}]' | field when: it is no condition",
        "'transformations: [{type: user_agent, when: \"event\"}]' | field when: it is no condition",
        "'transformations: [{type: drop_event}]' | field events: without it and without when, every event would be dropped",
        "'transformations: [{type: drop_event, events: []}]' | field events: it is empty",
        "'transformations: [{type: drop_event, events: [1]}]' | field events: it holds 1",
        "'transformations: [{type: filter_properties}]' | field properties: it is missing",
        "'transformations: [{type: filter_properties, properties: [\"*\"]}]' | field properties: * alone is every property",
        "'transformations: [{type: filter_properties, properties: [distinct_id]}]' | field properties: it names distinct_id, which decides whose event this is",
        "'transformations: [{type: pii_hashing, properties: [a]}]' | field salt: it is missing",
        "'transformations: [{type: pii_hashing, properties: [a], salt: short}]' | field salt: it is shorter than 8 characters",
        "'transformations: [{type: pii_hashing, properties: [$anon_distinct_id], salt: long-enough}]' | names $anon_distinct_id",
        "'transformations: [{type: url_masking}]' | field parameters: it is missing",
        "'transformations: [{type: bot_detection, action: kill}]' | field action: it is \"kill\"; write drop or tag",
        "'transformations: [{type: bot_detection, addresses: [10.0.0.0/99]}]' | field addresses: it holds \"10.0.0.0/99\"",
        "'transformations: [{type: timestamp, zone: Mars}]' | field zone: it is Mars, which is no time zone",
        "'transformations: [{type: downsampling}]' | field percentage: it is missing; write a number from 0 to 100",
        "'transformations: [{type: downsampling, percentage: 101}]' | field percentage: it is 101",
        "'transformations: [{type: rename}]' | field properties: there is nothing to rename",
        "'transformations: [{type: rename, events: {a: $identify}}]' | field events: it names $identify",
        "'transformations: [{type: rename, properties: {a: distinct_id}}]' | field properties: it names distinct_id",
        "'transformations: [{type: rename, properties: [a]}]' | field properties: it is [\"a\"]; write old: new"
      })
  void namesTheStepTheFieldAndTheFix(String yaml, String sentence) {
    assertThatThrownBy(() -> TransformationsFile.parse("f.yaml", yaml.getBytes(UTF_8)))
        .isInstanceOf(TransformationsException.class)
        .hasMessageStartingWith("f.yaml")
        .hasMessageContaining(sentence);
  }

  @Test
  void aNameMayNotBeGivenTwice() {
    assertThatThrownBy(
            () ->
                TransformationsFile.parse(
                    "f.yaml",
                    "transformations:\n  - type: user_agent\n    type: flatten\n".getBytes(UTF_8)))
        .isInstanceOf(TransformationsException.class)
        .hasMessageContaining("f.yaml, line 3");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> TransformationsFile.read(Path.of("no/such.yaml")))
        .isInstanceOf(TransformationsException.class)
        .hasMessageContaining("no/such.yaml");
  }

  @Test
  void aStepIsCalledByItsTypeIfItHasNoName() throws TransformationsException {
    assertThat(
            TransformationsFile.parse("f", "transformations: [{type: flatten}]".getBytes(UTF_8))
                .size())
        .isEqualTo(1);
  }
}
