// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** One requirement of a condition; made when the definition is read. */
sealed interface Clause {
  /**
   * Whether the requirement is met. If the evaluation has failed afterwards, the answer means
   * nothing.
   *
   * @param trace takes what was compared; null if nobody asks
   */
  boolean matches(Evaluation evaluation, FlagTrace trace);

  /** Adds what has to be known to decide. */
  void collect(FlagNeeds.Collector needs);

  /** Whether all are met, in order, up to the first that is not. */
  static boolean all(Clause[] clauses, Evaluation evaluation, FlagTrace trace) {
    for (Clause clause : clauses) {
      if (!clause.matches(evaluation, trace) || evaluation.failure() != null) {
        return false;
      }
    }
    return true;
  }

  /** Whose property a filter reads. */
  enum Subject {
    PERSON,
    CREATED_AT,
    GROUP
  }

  /**
   * Compares one property.
   *
   * @param groupType the group's type, null unless the subject is a group
   * @param fallbacks the properties that stand in for a missing one, in order
   * @param words the filter for readers
   */
  record Property(
      Subject subject,
      String groupType,
      String key,
      List<String> fallbacks,
      PropertyTest test,
      String words)
      implements Clause {
    @Override
    public boolean matches(Evaluation evaluation, FlagTrace trace) {
      JsonNode actual = actual(evaluation);
      if (evaluation.failure() != null) {
        if (trace != null) {
          trace.filter(words, "unknown: the store cannot be reached", false);
        }
        return false;
      }
      boolean matched = test.matches(actual, evaluation.now());
      if (trace != null) {
        trace.filter(words, actual, matched);
      }
      return matched;
    }

    private JsonNode actual(Evaluation evaluation) {
      return switch (subject) {
        case PERSON -> {
          JsonNode value = evaluation.personProperty(key);
          for (int i = 0; value == null && i < fallbacks.size(); i++) {
            value = evaluation.personProperty(fallbacks.get(i));
          }
          yield value;
        }
        case CREATED_AT -> evaluation.personCreatedAt();
        case GROUP -> evaluation.groupProperty(groupType, key);
      };
    }

    @Override
    public void collect(FlagNeeds.Collector needs) {
      switch (subject) {
        case PERSON -> needs.person(key);
        case CREATED_AT -> needs.personItself();
        case GROUP -> needs.group(groupType, key);
      }
    }
  }

  /** Is never met. */
  record Never(String words) implements Clause {
    @Override
    public boolean matches(Evaluation evaluation, FlagTrace trace) {
      if (trace != null) {
        trace.filter(words, "a filter that cannot match", false);
      }
      return false;
    }

    @Override
    public void collect(FlagNeeds.Collector needs) {
      // What never matches needs nothing.
    }
  }

  /**
   * Asks what another flag is.
   *
   * @param flag its place in the project's flags
   * @param variant the variant that it has to be, null if only {@code enabled} counts
   */
  record Dependency(int flag, boolean enabled, String variant, String words) implements Clause {
    @Override
    public boolean matches(Evaluation evaluation, FlagTrace trace) {
      FlagResult other = evaluation.result(flag);
      if (other.failed()) {
        evaluation.fail(Failure.DEPENDENCY);
      }
      boolean matched =
          !other.failed()
              && (variant == null
                  ? other.enabled() == enabled
                  : variant.equals(other.variant().orElse(null)));
      if (trace != null) {
        String value = other.variant().orElse(String.valueOf(other.enabled()));
        trace.filter(words, other.failed() ? "failed" : value, matched);
      }
      return matched;
    }

    @Override
    public void collect(FlagNeeds.Collector needs) {
      // The other flag says itself what it needs; it is in this flag's chain.
    }
  }

  /** Asks whether the person is in a cohort. */
  record Cohort(Clause members, boolean inside, String words) implements Clause {
    @Override
    public boolean matches(Evaluation evaluation, FlagTrace trace) {
      boolean member = members.matches(evaluation, null);
      boolean matched = member == inside;
      if (trace != null) {
        trace.filter(words, member ? "a member" : "no member", matched);
      }
      return matched;
    }

    @Override
    public void collect(FlagNeeds.Collector needs) {
      members.collect(needs);
    }
  }

  /** Is met if all parts are, or any of them. */
  record Group(List<Clause> parts, boolean all) implements Clause {
    @Override
    public boolean matches(Evaluation evaluation, FlagTrace trace) {
      for (Clause part : parts) {
        boolean matched = part.matches(evaluation, trace);
        if (evaluation.failure() != null) {
          return false;
        }
        if (matched != all) {
          return matched;
        }
      }
      return all;
    }

    @Override
    public void collect(FlagNeeds.Collector needs) {
      parts.forEach(part -> part.collect(needs));
    }
  }

  /** Is met if the other one is not. */
  record Not(Clause part) implements Clause {
    @Override
    public boolean matches(Evaluation evaluation, FlagTrace trace) {
      return !part.matches(evaluation, trace);
    }

    @Override
    public void collect(FlagNeeds.Collector needs) {
      part.collect(needs);
    }
  }
}
