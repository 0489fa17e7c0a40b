// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The settings of the flags-service.
 *
 * @param address where to listen, when it runs alone; port 0 takes a free one
 * @param document the flags as JSON text
 * @param file the file of flags
 * @param apiKey the project key of requests that carry none
 * @param signingSecret the secret of the signature that every POST must carry
 * @param mode what a request must hold
 * @param projectKeys the project keys that may ask; empty takes every one
 * @param secretKeys who may read the definitions
 * @param maxBodyBytes the largest body, before and after decompression
 * @param stateTimeout how long a processor elsewhere is waited for
 * @param personProcessorUrl where persons are looked up if they are not in this process
 * @param groupProcessorUrl where groups are looked up if they are not in this process
 * @param assets the folder of the browser SDK's files
 * @param recordingEndpoint where browsers send session recordings
 */
public record FlagsConfig(
    HostPort address,
    Optional<String> document,
    Optional<Path> file,
    Optional<String> apiKey,
    Optional<String> signingSecret,
    Mode mode,
    Set<String> projectKeys,
    SecretKeys secretKeys,
    int maxBodyBytes,
    Duration stateTimeout,
    Optional<URI> personProcessorUrl,
    Optional<URI> groupProcessorUrl,
    Optional<Path> assets,
    Optional<String> recordingEndpoint) {

  /** What a request for flags must hold. */
  public enum Mode {
    /** Nothing: without a project key or a distinct id there are no flags. */
    HOGFLARE,
    /** A project key and a distinct id. */
    POSTHOG
  }

  /** Reads the settings; what is wrong is told by {@link Settings#check}. */
  public static FlagsConfig from(Settings settings) {
    Optional<String> document = settings.optional(Variable.HOGFLARE_FEATURE_FLAGS);
    Optional<String> file = settings.optional(Variable.HOGFLARE_FEATURE_FLAGS_FILE);
    if (document.isPresent() && file.isPresent()) {
      settings.reject(
          Variable.HOGFLARE_FEATURE_FLAGS,
          "and "
              + Variable.HOGFLARE_FEATURE_FLAGS_FILE
              + " are both set; keep the one that holds the flags.");
    }
    return new FlagsConfig(
        settings.address(Variable.APP_ADDR),
        document,
        file.map(Path::of),
        settings.optional(Variable.POSTHOG_API_KEY),
        settings.optional(Variable.POSTHOG_SIGNING_SECRET),
        settings.choice(Variable.HOGFLARE_FLAGS_MODE, Mode.class),
        words(settings, Variable.HOGFLARE_FLAGS_PROJECT_KEYS),
        SecretKeys.of(words(settings, Variable.HOGFLARE_FLAGS_SECRET_KEYS)),
        settings.wholeNumber(Variable.HOGFLARE_FLAGS_MAX_BODY_BYTES, 1_024, 1 << 28),
        settings.millis(Variable.HOGFLARE_FLAGS_STATE_TIMEOUT_MS, 10, 60_000),
        settings.optionalUrl(Variable.HOGFLARE_PERSON_PROCESSOR_URL),
        settings.optionalUrl(Variable.HOGFLARE_GROUP_PROCESSOR_URL),
        settings.optional(Variable.HOGFLARE_SDK_ASSETS_DIR).map(Path::of),
        settings.optional(Variable.POSTHOG_SESSION_RECORDING_ENDPOINT));
  }

  private static Set<String> words(Settings settings, Variable variable) {
    return settings.optional(variable).stream()
        .flatMap(text -> Arrays.stream(text.split(",")))
        .map(String::strip)
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Keeps secrets out of logs. */
  @Override
  public String toString() {
    return "Flags at "
        + address
        + ", mode "
        + mode
        + ", signing "
        + (signingSecret.isPresent() ? "on" : "off")
        + ", local evaluation "
        + (secretKeys.isEmpty() ? "off" : "on");
  }
}
