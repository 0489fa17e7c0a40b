// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compares with vectors that src/test/python/flag_vectors.py computed. */
class FlagVectorsTest {
  private static final JsonNode VECTORS = read();
  private static final Instant NOW = Instant.parse(VECTORS.get("now").textValue());

  private static JsonNode read() {
    try (InputStream in = FlagVectorsTest.class.getResourceAsStream("/flag-vectors.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] utf8(JsonNode text) {
    return text.textValue().getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void hashesAreThoseOfTheVectors() {
    Sha1 sha1 = new Sha1();
    for (JsonNode vector : VECTORS.at("/hashes/official")) {
      String prefix = vector.get("key").isNull() ? "holdout-" : vector.get("key").asText() + ".";
      assertThat(
              sha1.fraction(
                  prefix.getBytes(StandardCharsets.UTF_8),
                  utf8(vector.get("id")),
                  utf8(vector.get("salt"))))
          .as("%s", vector)
          .isEqualTo(vector.get("fraction").doubleValue());
    }
    for (JsonNode vector : VECTORS.at("/hashes/hogflare")) {
      byte[] prefix = (vector.get("salt").asText() + ":").getBytes(StandardCharsets.UTF_8);
      assertThat(sha1.bucket(prefix, utf8(vector.get("id"))))
          .as("%s", vector)
          .isEqualTo(vector.get("bucket").intValue());
    }
  }

  @Test
  void hashesAreThoseThatAreKnownFromElsewhere() {
    Sha1 sha1 = new Sha1();
    byte[] key = "new-checkout.".getBytes(StandardCharsets.UTF_8);
    byte[] alice = "alice".getBytes(StandardCharsets.UTF_8);
    assertThat(sha1.fraction(key, alice, new byte[0])).isEqualTo(0.15325194854874039);
    assertThat(sha1.fraction(key, alice, "variant".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(0.5939544580287381);
    assertThat(sha1.bucket("new-checkout:".getBytes(StandardCharsets.UTF_8), alice)).isEqualTo(55);
    assertThat(sha1.bucket("my-salt:".getBytes(StandardCharsets.UTF_8), alice)).isEqualTo(46);
    // Two that hogflare's own tests name, as percentages.
    byte[] user = "user-1".getBytes(StandardCharsets.UTF_8);
    byte[] rollout = "rollout.".getBytes(StandardCharsets.UTF_8);
    byte[] multi = "multi.".getBytes(StandardCharsets.UTF_8);
    assertThat(sha1.fraction(rollout, user, new byte[0]) * 100).isEqualTo(90.21559633337509);
    assertThat(sha1.fraction(multi, user, "variant".getBytes(StandardCharsets.UTF_8)) * 100)
        .isEqualTo(33.73287381849952);
  }

  /** Makes the test of an operator with a filter's value, null if it has none. */
  private interface Compiler {
    PropertyTest compile(String operator, JsonNode value);
  }

  private static void check(JsonNode matrix, Compiler compiler, Set<String> seen) {
    List<String> wrong = new ArrayList<>();
    for (JsonNode row : matrix.get("rows")) {
      String operator = row.get("operator").textValue();
      seen.add(operator);
      JsonNode value = row.get("value").get(0);
      PropertyTest test = compiler.compile(operator, value);
      String answers = row.get("answers").textValue();
      for (int i = 0; i < answers.length(); i++) {
        JsonNode actual = matrix.get("actuals").get(i).get(0);
        boolean expected = answers.charAt(i) == '1';
        if (test.matches(actual, NOW) != expected) {
          wrong.add(actual + " " + operator + " " + value + " has to be " + expected);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void officialOperatorsAnswerAsTheVectors() {
    Set<String> seen = new HashSet<>();
    for (JsonNode matrix : VECTORS.at("/operators/official")) {
      OfficialOperator.Rules rules =
          new OfficialOperator.Rules(matrix.get("matching").intValue(), ZoneOffset.UTC);
      check(
          matrix,
          (operator, value) ->
              OfficialOperator.of(operator)
                  .orElseThrow()
                  .with(value == null || value.isNull() ? null : value, rules, sentence -> {}),
          seen);
    }
    assertThat(seen)
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(OfficialOperator.values()).map(OfficialOperator::word).toList());
  }

  @Test
  void hogflareOperatorsAnswerAsTheVectors() {
    Set<String> seen = new HashSet<>();
    for (JsonNode matrix : VECTORS.at("/operators/hogflare")) {
      check(
          matrix,
          (operator, value) ->
              HogflareOperator.of(operator)
                  .orElseThrow()
                  .with(value == null ? NullNode.getInstance() : value, sentence -> {}),
          seen);
    }
    assertThat(seen)
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(HogflareOperator.values()).map(HogflareOperator::word).toList());
  }

  @Test
  void wholeFlagsGiveTheValuesOfTheVectors() {
    for (JsonNode vector : VECTORS.get("flags")) {
      FlagSet flags = Flags.parse("[" + vector.get("definition") + "]");
      String key = vector.at("/definition/key").textValue();
      assertThat(flags.problems().stream().filter(p -> !p.sentence().contains("no variant")))
          .isEmpty();
      for (int i = 0; i < vector.get("results").size(); i++) {
        // The last one is the empty id.
        String id = i + 1 == vector.get("results").size() ? "" : "user-" + i;
        FlagResult result = Flags.result(flags, Flags.request(id), StateSource.empty(), key);
        assertThat(result.variant().orElse(String.valueOf(result.enabled())))
            .as("%s of %s", key, id)
            .isEqualTo(vector.get("results").get(i).asText());
      }
    }
  }
}
