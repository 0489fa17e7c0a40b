// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.DoublePredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The operators of hogflare's own filters, with the coercions that its documents state.
 *
 * <p>A missing property matches none of them, except {@link #IS_NOT_SET}.
 */
enum HogflareOperator {
  EQ,
  EXACT,
  IS,
  IS_NOT,
  IN,
  NOT_IN,
  CONTAINS,
  NOT_CONTAINS,
  ICONTAINS,
  NOT_ICONTAINS,
  REGEX,
  NOT_REGEX,
  IS_SET,
  IS_NOT_SET,
  GT,
  GTE,
  LT,
  LTE;

  private static final double EPSILON = Math.ulp(1.0);

  private static final Map<String, HogflareOperator> BY_NAME =
      Stream.of(values()).collect(Collectors.toUnmodifiableMap(HogflareOperator::word, op -> op));

  private final String word = name().toLowerCase(Locale.ROOT);

  /** Returns the name in definitions. */
  String word() {
    return word;
  }

  /** Returns the operator of this name. */
  static Optional<HogflareOperator> of(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /**
   * Returns this operator with the value of a filter.
   *
   * @param value the filter's value; JSON's null if it has none
   * @param complain takes a sentence if the value cannot be used; the filter then never matches
   */
  PropertyTest with(JsonNode value, Consumer<String> complain) {
    return switch (this) {
      case EQ, EXACT, IS -> present(actual -> equal(actual, value));
      case IS_NOT -> present(actual -> !equal(actual, value));
      case IN -> list(value, true, complain);
      case NOT_IN -> list(value, false, complain);
      case CONTAINS -> present(actual -> contains(actual, value));
      case NOT_CONTAINS -> present(actual -> !contains(actual, value));
      case ICONTAINS -> present(actual -> containsFolded(actual, value));
      case NOT_ICONTAINS -> present(actual -> !containsFolded(actual, value));
      case REGEX -> regex(value, true, complain);
      case NOT_REGEX -> regex(value, false, complain);
      case IS_SET -> (actual, now) -> actual != null && !actual.isNull();
      case IS_NOT_SET -> (actual, now) -> actual == null || actual.isNull();
      case GT -> number(value, complain, limit -> actual -> actual > limit);
      case GTE -> number(value, complain, limit -> actual -> actual >= limit);
      case LT -> number(value, complain, limit -> actual -> actual < limit);
      case LTE -> number(value, complain, limit -> actual -> actual <= limit);
    };
  }

  private static PropertyTest present(Predicate<JsonNode> test) {
    return (actual, now) -> actual != null && test.test(actual);
  }

  private static PropertyTest list(JsonNode value, boolean in, Consumer<String> complain) {
    if (!value.isArray()) {
      complain.accept("is no list, which in and not_in need; the filter never matches.");
      return PropertyTest.NEVER;
    }
    return present(
        actual -> {
          for (JsonNode element : value) {
            if (equal(actual, element)) {
              return in;
            }
          }
          return !in;
        });
  }

  /** Identical, else the same number, else the same truth. */
  static boolean equal(JsonNode actual, JsonNode expected) {
    if (actual.equals(expected)) {
      return true;
    }
    OptionalDouble left = number(actual);
    OptionalDouble right = left.isPresent() ? number(expected) : left;
    if (right.isPresent()) {
      return Math.abs(left.getAsDouble() - right.getAsDouble()) < EPSILON;
    }
    Optional<Boolean> truth = truth(actual);
    return truth.isPresent() && truth.equals(truth(expected));
  }

  private static OptionalDouble number(JsonNode value) {
    if (value.isBoolean()) {
      return OptionalDouble.of(value.booleanValue() ? 1 : 0);
    }
    return value.isTextual()
        ? JsonValues.number(value.textValue().strip())
        : JsonValues.number(value);
  }

  private static Optional<Boolean> truth(JsonNode value) {
    if (value.isBoolean()) {
      return Optional.of(value.booleanValue());
    }
    if (value.isIntegralNumber()) {
      return Optional.of(value.bigIntegerValue().signum() != 0);
    }
    if (!value.isTextual()) {
      return Optional.empty();
    }
    return switch (value.textValue().strip().toLowerCase(Locale.ROOT)) {
      case "true", "1", "yes" -> Optional.of(true);
      case "false", "0", "no" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  private static boolean contains(JsonNode actual, JsonNode expected) {
    if (actual.isArray()) {
      for (JsonNode element : actual) {
        if (equal(element, expected)) {
          return true;
        }
      }
      return false;
    }
    return actual.isTextual()
        && expected.isTextual()
        && actual.textValue().contains(expected.textValue());
  }

  private static boolean containsFolded(JsonNode actual, JsonNode expected) {
    if (actual.isArray()) {
      for (JsonNode element : actual) {
        if (equal(element, expected) || containsFolded(element, expected)) {
          return true;
        }
      }
      return false;
    }
    return actual.isTextual()
        && expected.isTextual()
        && actual
            .textValue()
            .toLowerCase(Locale.ROOT)
            .contains(expected.textValue().toLowerCase(Locale.ROOT));
  }

  private static PropertyTest regex(JsonNode value, boolean found, Consumer<String> complain) {
    if (!value.isTextual()) {
      complain.accept("is no text with a regular expression; the filter never matches.");
      return PropertyTest.NEVER;
    }
    Pattern pattern;
    try {
      pattern = LinearPattern.compile(value.textValue());
    } catch (IllegalArgumentException e) {
      complain.accept(e.getMessage() + ". The filter never matches.");
      return PropertyTest.NEVER;
    }
    return present(
        actual -> actual.isTextual() && pattern.matcher(actual.textValue()).find() == found);
  }

  private static PropertyTest number(
      JsonNode value, Consumer<String> complain, Function<Double, DoublePredicate> comparison) {
    OptionalDouble limit = number(value);
    if (limit.isEmpty()) {
      complain.accept("is no number; the filter never matches.");
      return PropertyTest.NEVER;
    }
    DoublePredicate test = comparison.apply(limit.getAsDouble());
    return present(
        actual -> {
          OptionalDouble number = number(actual);
          return number.isPresent() && test.test(number.getAsDouble());
        });
  }
}
