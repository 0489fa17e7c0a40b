// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static dev.hogflare.systemtests.Scenario.BASE64;
import static dev.hogflare.systemtests.Scenario.BEACON;
import static dev.hogflare.systemtests.Scenario.EXCEPTION;
import static dev.hogflare.systemtests.Scenario.GENERATION;
import static dev.hogflare.systemtests.Scenario.GROUPS;
import static dev.hogflare.systemtests.Scenario.GZIP;
import static dev.hogflare.systemtests.Scenario.INTERNAL_ERROR;
import static dev.hogflare.systemtests.Scenario.RATE_LIMITED;
import static dev.hogflare.systemtests.Scenario.RESET;
import static dev.hogflare.systemtests.Scenario.SILENCE;
import static dev.hogflare.systemtests.Scenario.TIMESTAMP;
import static dev.hogflare.systemtests.Scenario.TOO_LARGE;
import static dev.hogflare.systemtests.Scenario.UNAVAILABLE;
import static dev.hogflare.systemtests.Scenario.UNCOMPRESSED;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.systemtests.Sdk.Expectation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The SDKs that the scenarios are played with, and what is known of each beforehand. */
enum PublishedSdk {
  JS(
      () -> npm("posthog-js", "posthog-js"),
      title -> browser(title, "posthog-js"),
      EnumSet.of(GENERATION),
      EnumSet.of(RATE_LIMITED, TOO_LARGE),
      true),
  JS_1_249(
      () -> npm("posthog-js", "posthog-js-1.249"),
      title -> browser(title, "posthog-js-1.249"),
      EnumSet.of(GENERATION),
      EnumSet.of(RATE_LIMITED, TOO_LARGE),
      true),
  JS_1_139(
      () -> npm("posthog-js", "posthog-js-1.139"),
      title -> browser(title, "posthog-js-1.139"),
      EnumSet.of(GENERATION, EXCEPTION),
      EnumSet.of(RATE_LIMITED, TOO_LARGE),
      true),
  LITE(
      () -> npm("posthog-js-lite", "posthog-js-lite"),
      title -> new ScriptedSdk(title, "lite", SdkFlow.chromium().toString()),
      EnumSet.of(GENERATION, BASE64, BEACON),
      EnumSet.noneOf(Scenario.class),
      true),
  REACT_NATIVE(
      () -> npm("posthog-react-native", "posthog-react-native"),
      title -> new ScriptedSdk(title, "react-native"),
      EnumSet.of(GENERATION, BASE64, BEACON),
      EnumSet.noneOf(Scenario.class),
      true),
  NODE(
      () -> npm("posthog-node", "posthog-node"),
      title -> new ScriptedSdk(title, "node"),
      EnumSet.of(GENERATION, BASE64, BEACON),
      EnumSet.noneOf(Scenario.class),
      true),
  AI(
      () -> npm("@posthog/ai", "@posthog/ai"),
      title -> new ScriptedSdk(title, "ai"),
      EnumSet.complementOf(EnumSet.of(GENERATION)),
      EnumSet.noneOf(Scenario.class),
      true),
  SERVER(
      () -> jar("posthog-server", com.posthog.server.PostHog.class),
      title -> new JvmServerSdk(),
      EnumSet.of(GENERATION, BASE64, BEACON, UNCOMPRESSED),
      EnumSet.of(RATE_LIMITED, TOO_LARGE, RESET, SILENCE),
      false),
  JAVA(
      () -> jar("posthog-java", com.posthog.java.PostHog.class),
      title -> new JvmLegacySdk(),
      EnumSet.of(GENERATION, BASE64, BEACON, GZIP, EXCEPTION, GROUPS, TIMESTAMP),
      EnumSet.of(RATE_LIMITED, TOO_LARGE),
      false),
  CORE(
      () -> jar("posthog", com.posthog.PostHog.class),
      title -> new JvmCoreSdk(),
      EnumSet.of(GENERATION, BASE64, BEACON, UNCOMPRESSED),
      EnumSet.of(INTERNAL_ERROR, UNAVAILABLE, RATE_LIMITED, RESET),
      true);

  private static final Path PACKAGES = Path.of("src", "test", "sdk", "package.json");
  private static final Pattern VERSION_OF_A_JAR = Pattern.compile(".*-([0-9.]+)\\.jar");

  private final Supplier<String> title;
  private final Function<String, Sdk> start;
  private final Set<Scenario> notOffered;
  private final Set<Scenario> givenUp;
  private final boolean joinsAnonymousUsers;

  PublishedSdk(
      Supplier<String> title,
      Function<String, Sdk> start,
      Set<Scenario> notOffered,
      Set<Scenario> givenUp,
      boolean joinsAnonymousUsers) {
    this.title = title;
    this.start = start;
    this.notOffered = notOffered;
    this.givenUp = givenUp;
    this.joinsAnonymousUsers = joinsAnonymousUsers;
  }

  /** Returns the name and the version. */
  String title() {
    return title.get();
  }

  /** Returns what a scenario has to come to. */
  Expectation expectation(Scenario scenario) {
    if (notOffered.contains(scenario)) {
      return Expectation.NOT_OFFERED;
    }
    return givenUp.contains(scenario) ? Expectation.GIVEN_UP : Expectation.ROWS;
  }

  /** Whether an identify joins the anonymous user to the one that it names. */
  boolean joinsAnonymousUsers() {
    return joinsAnonymousUsers;
  }

  /** Makes it ready; the test is skipped with a line if what it runs in is missing. */
  Sdk start() {
    return start.apply(title());
  }

  private static Sdk browser(String title, String packageName) {
    return new ScriptedSdk(title, "browser", SdkFlow.chromium().toString(), packageName);
  }

  private static String npm(String name, String dependency) {
    try {
      JsonNode packages = Json.parse(Files.readString(PACKAGES));
      String version = packages.path("dependencies").path(dependency).asText();
      // An alias has the package's name before the version.
      return name + " " + version.substring(version.lastIndexOf('@') + 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String jar(String name, Class<?> ofTheJar) {
    String path = ofTheJar.getProtectionDomain().getCodeSource().getLocation().getPath();
    Matcher version = VERSION_OF_A_JAR.matcher(path);
    if (!version.matches()) {
      throw new IllegalStateException("The version does not stand in the name of " + path);
    }
    return name + " " + version.group(1);
  }
}
