// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.hogflare.flags.ContinuityKeys;
import dev.hogflare.flags.EvaluationRequest;
import dev.hogflare.flags.Evaluations;
import dev.hogflare.flags.FlagEvaluator;
import dev.hogflare.flags.FlagSet;
import dev.hogflare.flags.FlagSetParser;
import dev.hogflare.flags.GroupState;
import dev.hogflare.flags.PersonState;
import dev.hogflare.flags.StateSource;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Measures the evaluation of flags by one thread, without HTTP: 50 flags, of which 10 have
 * conditions on properties of the person, 5 are multivariate, and the rest have a rollout.
 */
final class FlagsBench {
  private static final int PLAIN = 35;
  private static final int CONDITIONAL = 10;
  private static final int MULTIVARIATE = 5;
  private static final Instant NOW = Instant.parse("2026-03-31T12:30:15Z");

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final FlagEvaluator evaluator = new FlagEvaluator();
  private final FlagSet flags;
  private final List<EvaluationRequest> requests = new ArrayList<>();
  private final List<StateSource> sources = new ArrayList<>();
  private double bytesPerEvaluation;

  /** The two ways to define the flags. */
  enum Format {
    OFFICIAL,
    HOGFLARE;

    String words() {
      return name().toLowerCase(Locale.ROOT) + " flags";
    }
  }

  FlagsBench(Format format, int persons) throws Exception {
    String document = format == Format.OFFICIAL ? official() : hogflare();
    flags = new FlagSetParser().parse(document.getBytes(StandardCharsets.UTF_8));
    if (!flags.problems().isEmpty()) {
      throw new IllegalStateException(flags.problems().toString());
    }
    for (int i = 0; i < persons; i++) {
      requests.add(EvaluationRequest.of("phc_bench", "person-" + i, NOW));
      sources.add(new StoredPerson(i));
    }
  }

  /** A person in memory. */
  private static final class StoredPerson implements StateSource {
    private final PersonState person;

    StoredPerson(int number) {
      Map<String, JsonNode> properties =
          Map.of(
              "plan", TextNode.valueOf(number % 3 == 0 ? "pro" : "free"),
              "email", TextNode.valueOf("person" + number + "@example.com"),
              "age", IntNode.valueOf(number % 80),
              "app_version", TextNode.valueOf("1." + number % 20 + ".0"));
      person = new PersonState.Known(properties, Optional.of(NOW));
    }

    @Override
    public PersonState person() {
      return person;
    }

    @Override
    public GroupState group(String type, String key) {
      return new GroupState.Unknown();
    }

    @Override
    public ContinuityKeys continuityKeys() {
      return new ContinuityKeys.Known(Map.of());
    }
  }

  private static String official() {
    List<String> out = new ArrayList<>();
    for (int i = 0; i < PLAIN; i++) {
      out.add(
          "{'key': 'plain-"
              + i
              + "', 'filters': {'groups': [{'rollout_percentage': "
              + (i * 3 + 1) % 100
              + "}]}}");
    }
    String[] filters = {
      "{'key': 'plan', 'value': ['pro', 'team']}",
      "{'key': 'email', 'operator': 'icontains', 'value': '@example.com'}",
      "{'key': 'age', 'operator': 'gte', 'value': 30}",
      "{'key': 'app_version', 'operator': 'semver_gte', 'value': '1.10.0'}",
      "{'key': 'email', 'operator': 'regex', 'value': '^person[0-9]+7@'}"
    };
    for (int i = 0; i < CONDITIONAL; i++) {
      out.add(
          "{'key': 'conditional-"
              + i
              + "', 'filters': {'groups': [{'properties': ["
              + filters[i % filters.length]
              + "], 'rollout_percentage': 100}, {'properties': [{'key': 'plan', 'value': 'free'}],"
              + " 'rollout_percentage': 10}]}}");
    }
    for (int i = 0; i < MULTIVARIATE; i++) {
      out.add(
          "{'key': 'variants-"
              + i
              + "', 'filters': {'groups': [{'rollout_percentage': 80}],"
              + " 'multivariate': {'variants': [{'key': 'control', 'rollout_percentage': 50},"
              + " {'key': 'test', 'rollout_percentage': 50}]}, 'payloads': {'test': '{}'}}}");
    }
    return "[" + String.join(", ", out).replace('\'', '"') + "]";
  }

  private static String hogflare() {
    List<String> out = new ArrayList<>();
    for (int i = 0; i < PLAIN; i++) {
      out.add("{'key': 'plain-" + i + "', 'rollout_percentage': " + (i * 3 + 1) % 100 + "}");
    }
    String[] filters = {
      "{'key': 'plan', 'operator': 'in', 'value': ['pro', 'team']}",
      "{'key': 'email', 'operator': 'contains', 'value': '@example.com'}",
      "{'key': 'age', 'operator': 'gte', 'value': 30}",
      "{'key': 'plan', 'operator': 'is_not', 'value': 'free'}",
      "{'key': 'email', 'operator': 'regex', 'value': '^person[0-9]+7@'}"
    };
    for (int i = 0; i < CONDITIONAL; i++) {
      out.add(
          "{'key': 'conditional-"
              + i
              + "', 'conditions': [{'properties': ["
              + filters[i % filters.length]
              + "]}, {'properties': [{'key': 'plan', 'value': 'free'}], 'rollout_percentage':"
              + " 10}]}");
    }
    for (int i = 0; i < MULTIVARIATE; i++) {
      out.add(
          "{'key': 'variants-"
              + i
              + "', 'rollout_percentage': 80, 'variants': [{'key': 'control',"
              + " 'rollout_percentage': 50}, {'key': 'test', 'rollout_percentage': 50, 'payload':"
              + " {}}]}");
    }
    return "[" + String.join(", ", out).replace('\'', '"') + "]";
  }

  /**
   * Evaluates the whole set for one person after the other.
   *
   * @return evaluations of single flags, by the processor time of this thread, so that the figure
   *     is one of a core also where the machine is shared
   */
  Sample run(Duration time) {
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long cpu = THREADS.getCurrentThreadCpuTime();
    long end = System.nanoTime() + time.toNanos();
    long count = 0;
    long enabled = 0;
    int next = 0;
    while (System.nanoTime() < end) {
      for (int i = 0; i < 100; i++) {
        Evaluations evaluations = evaluator.evaluate(flags, requests.get(next), sources.get(next));
        count += evaluations.results().size();
        enabled += evaluations.results().getLast().enabled() ? 1 : 0;
        next = next + 1 == requests.size() ? 0 : next + 1;
      }
    }
    long nanos = THREADS.getCurrentThreadCpuTime() - cpu;
    if (enabled == 0) {
      throw new IllegalStateException("No person has the last flag, which 80 of 100 should have.");
    }
    bytesPerEvaluation = (double) (THREADS.getCurrentThreadAllocatedBytes() - allocated) / count;
    return new Sample(count, nanos, nanos);
  }

  /** Returns what the last run allocated for one flag of one request. */
  double bytesPerEvaluation() {
    return bytesPerEvaluation;
  }
}
