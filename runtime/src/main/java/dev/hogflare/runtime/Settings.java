// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads the environment into typed values and gathers what is wrong with it.
 *
 * <p>A malformed value is remembered as a problem and answered with the variable's default, so that
 * {@link #check} can report all problems at once; call it before any value is used. An empty value
 * counts as unset.
 */
public final class Settings {
  private static final String OWN_PREFIX = "HOGFLARE_";
  private static final Set<String> NAMES =
      Stream.of(Variable.values()).map(Enum::name).collect(Collectors.toUnmodifiableSet());

  private final Map<String, String> environment = new TreeMap<>();
  private final Set<String> problems = new LinkedHashSet<>();

  /**
   * Creates settings from an environment, in which an unknown {@code HOGFLARE_} name is a problem.
   */
  public Settings(Map<String, String> environment) {
    environment.forEach(
        (name, value) -> {
          if (!value.isBlank()) {
            this.environment.put(name, value.trim());
          }
        });
    for (String name : this.environment.keySet()) {
      if (name.startsWith(OWN_PREFIX) && !NAMES.contains(name)) {
        problems.add(name + " is not a variable of Hogflare Streams; " + nearest(name));
      }
    }
  }

  private static String nearest(String name) {
    String best = null;
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : NAMES) {
      int distance = distance(name, candidate);
      if (distance < bestDistance
          || (distance == bestDistance && best != null && candidate.compareTo(best) < 0)) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return bestDistance <= 5
        ? "did you mean " + best + "?"
        : "remove it, or see docs/configuration.md.";
  }

  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j <= other.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int substituted = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[other.length()];
  }

  /**
   * Ends the reading.
   *
   * @throws SettingsException if any value read so far is missing or malformed, or a name is
   *     unknown
   */
  public void check() {
    if (!problems.isEmpty()) {
      throw new SettingsException(List.copyOf(problems));
    }
  }

  /**
   * Notes that a value cannot be used, for a reason that only its module knows.
   *
   * @param complaint what is wrong and the fix, to be read behind the variable's name: "holds a
   *     blank; set it to the token alone."
   */
  public void reject(Variable variable, String complaint) {
    problems.add(variable + " " + complaint);
  }

  /** Returns the text of a variable, its default, or nothing. */
  public Optional<String> optional(Variable variable) {
    return Optional.ofNullable(environment.getOrDefault(variable.name(), variable.defaultOrNull()));
  }

  /**
   * Returns the text of a variable that must have a value; without one this is a problem and an
   * empty text is returned.
   */
  public String required(Variable variable) {
    return optional(variable)
        .orElseGet(
            () -> {
              problems.add(variable + " is not set; " + fix(variable));
              return "";
            });
  }

  /**
   * Returns a whole number within bounds, or nothing if the variable is unset and has no default.
   */
  public Optional<Long> optionalNumber(Variable variable, long min, long max) {
    Optional<String> text = optional(variable);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Long value = numberOrNull(text.get());
    if (value != null && value >= min && value <= max) {
      return Optional.of(value);
    }
    problems.add(
        variable
            + " is \""
            + text.get()
            + "\"; set it to a whole number from "
            + min
            + " to "
            + max
            + ".");
    return Optional.ofNullable(variable.defaultOrNull()).map(Long::valueOf);
  }

  /** Returns a whole number within bounds. */
  public long number(Variable variable, long min, long max) {
    return optionalNumber(variable, min, max)
        .orElseGet(
            () -> {
              if (optional(variable).isEmpty()) {
                problems.add(variable + " is not set; " + fix(variable));
              }
              return min;
            });
  }

  /** Returns a whole number within bounds that fits an int. */
  public int wholeNumber(Variable variable, int min, int max) {
    return (int) number(variable, min, max);
  }

  /** Returns a span of time whose variable counts milliseconds. */
  public Duration millis(Variable variable, long min, long max) {
    return Duration.ofMillis(number(variable, min, max));
  }

  /** Returns a span of time whose variable counts seconds. */
  public Duration seconds(Variable variable, long min, long max) {
    return Duration.ofSeconds(number(variable, min, max));
  }

  /** Returns one of the constants of an enum, written in lower case in the environment. */
  public <E extends Enum<E>> E choice(Variable variable, Class<E> type) {
    String text = required(variable);
    E[] constants = type.getEnumConstants();
    if (text.isEmpty()) {
      return constants[0];
    }
    for (E constant : constants) {
      if (constant.name().equals(text.toUpperCase(Locale.ROOT))) {
        return constant;
      }
    }
    problems.add(
        variable
            + " is \""
            + text
            + "\"; set it to one of "
            + Stream.of(constants)
                .map(c -> c.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "))
            + ".");
    return constants[0];
  }

  /**
   * Returns what a reader makes of a variable, or nothing if it is unset.
   *
   * @param reader throws an {@link IllegalArgumentException} whose message is a complaint as {@link
   *     #reject} takes it
   */
  public <T> Optional<T> parsed(Variable variable, Function<String, T> reader) {
    try {
      return optional(variable).map(reader);
    } catch (IllegalArgumentException e) {
      reject(variable, e.getMessage());
      return Optional.empty();
    }
  }

  /** Returns an http or https URL, or nothing if the variable is unset. */
  public Optional<URI> optionalUrl(Variable variable) {
    return optional(variable).flatMap(text -> url(variable, text));
  }

  /** Returns an http or https URL that must be set. */
  public URI url(Variable variable) {
    String text = required(variable);
    return (text.isEmpty() ? Optional.<URI>empty() : url(variable, text))
        .orElse(URI.create("http://127.0.0.1"));
  }

  /** Returns http or https URLs, with commas in between, or nothing if the variable is unset. */
  public Optional<List<URI>> optionalUrls(Variable variable) {
    return optional(variable).isEmpty() ? Optional.empty() : Optional.of(urls(variable));
  }

  /** Returns one http or https URL or more, with commas in between, that must be set. */
  public List<URI> urls(Variable variable) {
    List<URI> urls = new ArrayList<>();
    for (String text : required(variable).split(",", -1)) {
      if (!text.isBlank()) {
        url(variable, text.trim()).ifPresent(urls::add);
      }
    }
    return urls.isEmpty() ? List.of(URI.create("http://127.0.0.1")) : List.copyOf(urls);
  }

  private Optional<URI> url(Variable variable, String text) {
    try {
      URI url = new URI(text);
      if (url.getHost() != null
          && url.getPort() <= 65_535
          && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
        return Optional.of(url);
      }
    } catch (URISyntaxException e) {
      problems.add(
          variable
              + " is not a URL ("
              + e.getReason()
              + "); set it to one such as https://host/path.");
      return Optional.empty();
    }
    problems.add(
        variable
            + " is no http or https URL with a host; set it to one such as https://host/path.");
    return Optional.empty();
  }

  /** Returns {@code host:port}. */
  public HostPort address(Variable variable) {
    String text = required(variable);
    HostPort address = HostPort.parseOrNull(text);
    if (address != null) {
      return address;
    }
    if (!text.isEmpty()) {
      problems.add(variable + " is \"" + text + "\"; set it to host:port, such as 0.0.0.0:8080.");
    }
    return new HostPort("127.0.0.1", 0);
  }

  /** Returns {@code host:port}, or nothing if the variable is unset. */
  public Optional<HostPort> optionalAddress(Variable variable) {
    return optional(variable).isEmpty() ? Optional.empty() : Optional.of(address(variable));
  }

  /**
   * Returns the variables of a prefix as client properties: {@code KAFKA_SASL_MECHANISM} becomes
   * {@code sasl.mechanism}.
   */
  public Map<String, String> properties(String prefix) {
    Map<String, String> properties = new HashMap<>();
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            properties.put(
                name.substring(prefix.length()).toLowerCase(Locale.ROOT).replace('_', '.'), value);
          }
        });
    return properties;
  }

  private static String fix(Variable variable) {
    return "set it: " + variable.meaning();
  }

  private static Long numberOrNull(String text) {
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
