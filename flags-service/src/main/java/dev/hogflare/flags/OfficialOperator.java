// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.DoublePredicate;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The operators of PostHog's filters, with the coercions of its service. */
enum OfficialOperator {
  EXACT,
  IS_NOT,
  ICONTAINS,
  NOT_ICONTAINS,
  ICONTAINS_MULTI,
  NOT_ICONTAINS_MULTI,
  STARTS_WITH,
  NOT_STARTS_WITH,
  ENDS_WITH,
  NOT_ENDS_WITH,
  REGEX,
  NOT_REGEX,
  IS_SET,
  IS_NOT_SET,
  GT,
  GTE,
  LT,
  LTE,
  BETWEEN,
  NOT_BETWEEN,
  SEMVER_GT,
  SEMVER_GTE,
  SEMVER_LT,
  SEMVER_LTE,
  SEMVER_EQ,
  SEMVER_NEQ,
  SEMVER_TILDE,
  SEMVER_CARET,
  SEMVER_WILDCARD,
  IS_DATE_EXACT,
  IS_DATE_BEFORE,
  IS_DATE_AFTER,
  IN,
  NOT_IN,
  FLAG_EVALUATES_TO;

  private static final Map<String, OfficialOperator> BY_NAME =
      Stream.of(values()).collect(Collectors.toUnmodifiableMap(OfficialOperator::word, op -> op));

  private final String word = name().toLowerCase(Locale.ROOT);

  /** Returns the name in definitions. */
  String word() {
    return word;
  }

  /** Returns the operator of this name. */
  static Optional<OfficialOperator> of(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /**
   * How a project compares.
   *
   * @param matchingVersion which rule of {@code exact} holds, 1 or 2
   * @param zone where dates without an offset are read
   */
  record Rules(int matchingVersion, ZoneId zone) {}

  /**
   * Returns this operator with the value of a filter.
   *
   * @param value the filter's value; null if it has none
   * @param complain takes a sentence if the value cannot be used; the filter then never matches
   */
  PropertyTest with(JsonNode value, Rules rules, Consumer<String> complain) {
    if (this == IS_SET) {
      return (actual, now) -> actual != null;
    }
    if (this == IS_NOT_SET) {
      return (actual, now) -> actual == null;
    }
    if (value == null) {
      complain.accept("is missing; the filter never matches.");
      return PropertyTest.NEVER;
    }
    return switch (this) {
      case EXACT -> positive(exact(value, rules));
      case IS_NOT -> negative(exact(value, rules));
      case ICONTAINS -> positive(text(value, String::contains));
      case NOT_ICONTAINS -> negative(text(value, String::contains));
      case ICONTAINS_MULTI -> positive(containsAny(value));
      case NOT_ICONTAINS_MULTI -> negative(containsAny(value));
      case STARTS_WITH -> positive(text(value, String::startsWith));
      case NOT_STARTS_WITH -> negative(text(value, String::startsWith));
      case ENDS_WITH -> positive(text(value, String::endsWith));
      case NOT_ENDS_WITH -> negative(text(value, String::endsWith));
      case REGEX -> regex(value, true, complain);
      case NOT_REGEX -> regex(value, false, complain);
      case GT -> number(value, complain, limit -> actual -> actual > limit);
      case GTE -> number(value, complain, limit -> actual -> actual >= limit);
      case LT -> number(value, complain, limit -> actual -> actual < limit);
      case LTE -> number(value, complain, limit -> actual -> actual <= limit);
      case BETWEEN -> between(value, true, complain);
      case NOT_BETWEEN -> between(value, false, complain);
      case SEMVER_GT -> version(value, complain, order -> order > 0);
      case SEMVER_GTE -> version(value, complain, order -> order >= 0);
      case SEMVER_LT -> version(value, complain, order -> order < 0);
      case SEMVER_LTE -> version(value, complain, order -> order <= 0);
      case SEMVER_EQ -> version(value, complain, order -> order == 0);
      case SEMVER_NEQ -> version(value, complain, order -> order != 0);
      case SEMVER_TILDE -> versions(value, complain, Semver.Range::tilde);
      case SEMVER_CARET -> versions(value, complain, Semver.Range::caret);
      case SEMVER_WILDCARD -> versions(value, complain, Semver.Range::wildcard);
      case IS_DATE_EXACT -> date(value, rules, complain, order -> order == 0);
      case IS_DATE_BEFORE -> date(value, rules, complain, order -> order < 0);
      case IS_DATE_AFTER -> date(value, rules, complain, order -> order > 0);
      case IN, NOT_IN -> {
        complain.accept(
            "is compared with \""
                + word
                + "\", which is for cohorts only; the filter never matches. Use exact or is_not"
                + " with a list.");
        yield PropertyTest.NEVER;
      }
      case FLAG_EVALUATES_TO -> {
        complain.accept(
            "is compared with \"flag_evaluates_to\", which is for filters of the type flag only;"
                + " the filter never matches.");
        yield PropertyTest.NEVER;
      }
      case IS_SET, IS_NOT_SET -> throw new IllegalStateException("Has no value: " + word);
    };
  }

  private static PropertyTest positive(Predicate<JsonNode> test) {
    return (actual, now) -> actual != null && test.test(actual);
  }

  private static PropertyTest negative(Predicate<JsonNode> test) {
    return (actual, now) -> actual == null || !test.test(actual);
  }

  private static Predicate<JsonNode> exact(JsonNode value, Rules rules) {
    boolean emptyList = value.isArray() && value.isEmpty();
    if (emptyList || (rules.matchingVersion() == 1 && isBooleanLike(value))) {
      boolean expected = isTrue(value);
      return actual -> isTrue(actual) == expected;
    }
    if (value.isArray()) {
      Set<String> expected = new HashSet<>();
      value.forEach(element -> expected.add(folded(element)));
      return actual -> expected.contains(folded(actual));
    }
    String expected = folded(value);
    return actual -> expected.equals(folded(actual));
  }

  private static String folded(JsonNode value) {
    return JsonValues.text(value).toLowerCase(Locale.ROOT);
  }

  private static boolean isBooleanLike(JsonNode value) {
    if (value.isArray()) {
      for (JsonNode element : value) {
        if (!isBooleanLike(element)) {
          return false;
        }
      }
      return true;
    }
    if (!value.isTextual()) {
      return value.isBoolean();
    }
    String text = value.textValue().toLowerCase(Locale.ROOT);
    return text.equals("true") || text.equals("false");
  }

  private static boolean isTrue(JsonNode value) {
    if (value.isArray()) {
      for (JsonNode element : value) {
        if (!isTrue(element)) {
          return false;
        }
      }
      return true;
    }
    if (value.isTextual()) {
      return value.textValue().toLowerCase(Locale.ROOT).equals("true");
    }
    return value.isBoolean() && value.booleanValue();
  }

  private static Predicate<JsonNode> text(JsonNode value, BiPredicate<String, String> test) {
    String expected = asciiFolded(value);
    return actual -> test.test(asciiFolded(actual), expected);
  }

  private static Predicate<JsonNode> containsAny(JsonNode value) {
    List<String> expected = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(element -> expected.add(asciiFolded(element)));
    } else {
      expected.add(asciiFolded(value));
    }
    return actual -> {
      String text = asciiFolded(actual);
      for (String part : expected) {
        if (text.contains(part)) {
          return true;
        }
      }
      return false;
    };
  }

  /** Returns the text with its ASCII letters small; other letters keep their case. */
  private static String asciiFolded(JsonNode value) {
    String text = JsonValues.text(value);
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 'A' && text.charAt(i) <= 'Z') {
        StringBuilder out = new StringBuilder(text);
        for (int j = i; j < text.length(); j++) {
          char c = text.charAt(j);
          if (c >= 'A' && c <= 'Z') {
            out.setCharAt(j, (char) (c + 0x20));
          }
        }
        return out.toString();
      }
    }
    return text;
  }

  private static PropertyTest regex(JsonNode value, boolean found, Consumer<String> complain) {
    Pattern pattern;
    try {
      pattern = LinearPattern.compile(JsonValues.text(value));
    } catch (IllegalArgumentException e) {
      complain.accept(
          e.getMessage()
              + ". The filter matches "
              + (found ? "never." : "only if the property is missing."));
      return (actual, now) -> actual == null && !found;
    }
    return (actual, now) ->
        actual == null ? !found : pattern.matcher(JsonValues.text(actual)).find() == found;
  }

  private static PropertyTest number(
      JsonNode value, Consumer<String> complain, Function<Double, DoublePredicate> comparison) {
    OptionalDouble limit = JsonValues.number(value);
    if (limit.isEmpty()) {
      complain.accept("is no number; the filter never matches.");
      return PropertyTest.NEVER;
    }
    DoublePredicate test = comparison.apply(limit.getAsDouble());
    return (actual, now) -> {
      if (actual == null) {
        return false;
      }
      OptionalDouble number = JsonValues.number(actual);
      return number.isPresent() && test.test(number.getAsDouble());
    };
  }

  private static PropertyTest between(JsonNode value, boolean inside, Consumer<String> complain) {
    OptionalDouble low =
        value.isArray() && value.size() == 2
            ? JsonValues.number(value.get(0))
            : OptionalDouble.empty();
    OptionalDouble high = low.isPresent() ? JsonValues.number(value.get(1)) : low;
    // The comparison is false for NaN on either side, too.
    boolean usable = high.isPresent() && low.getAsDouble() <= high.getAsDouble();
    if (!usable) {
      complain.accept(
          "is not [lowest, highest] with two numbers in this order; the filter matches "
              + (inside ? "never." : "only if the property is missing."));
      return (actual, now) -> actual == null && !inside;
    }
    double min = low.getAsDouble();
    double max = high.getAsDouble();
    return (actual, now) -> {
      if (actual == null) {
        return !inside;
      }
      OptionalDouble number = JsonValues.number(actual);
      if (number.isEmpty() || Double.isNaN(number.getAsDouble())) {
        return false;
      }
      return (number.getAsDouble() >= min && number.getAsDouble() <= max) == inside;
    };
  }

  private static PropertyTest version(
      JsonNode value, Consumer<String> complain, IntPredicate order) {
    Optional<Semver> expected = Semver.parse(JsonValues.text(value));
    if (expected.isEmpty()) {
      complain.accept("is no version such as 1.2.3; the filter never matches.");
      return PropertyTest.NEVER;
    }
    Semver version = expected.get();
    return (actual, now) ->
        actual != null
            && Semver.parse(JsonValues.text(actual))
                .filter(found -> order.test(found.compareTo(version)))
                .isPresent();
  }

  private static PropertyTest versions(
      JsonNode value, Consumer<String> complain, Function<String, Optional<Semver.Range>> reading) {
    Optional<Semver.Range> expected = reading.apply(JsonValues.text(value));
    if (expected.isEmpty()) {
      complain.accept("is no range of versions such as 1.2.3 or 1.2.*; the filter never matches.");
      return PropertyTest.NEVER;
    }
    Semver.Range range = expected.get();
    return (actual, now) ->
        actual != null && Semver.parse(JsonValues.text(actual)).filter(range::contains).isPresent();
  }

  private static PropertyTest date(
      JsonNode value, Rules rules, Consumer<String> complain, IntPredicate order) {
    Optional<DateText> expected =
        value.isTextual() ? DateText.parse(value.textValue(), rules.zone()) : Optional.empty();
    if (expected.isEmpty()) {
      complain.accept(
          "is no date such as 2026-01-31, 2026-01-31T08:00:00Z or 7d (seven days ago); the filter"
              + " never matches.");
      return PropertyTest.NEVER;
    }
    DateText date = expected.get();
    return (actual, now) -> {
      if (actual == null) {
        return false;
      }
      Optional<Instant> found = DateText.ofProperty(actual, rules.zone(), now);
      return found.isPresent()
          && date.at(now).filter(limit -> order.test(found.get().compareTo(limit))).isPresent();
    };
  }
}
