// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of a gateway.
 *
 * @param address where to listen; port 0 takes a free one
 * @param apiKey the project key of requests that carry none
 * @param signingSecret the secret of the signature that every POST must carry; without it none is
 *     checked
 * @param debugToken the token of the debug endpoint; without it there is none
 * @param personProcessorUrl where the debug endpoint looks persons up if they are not in this
 *     process
 * @param maxBodyBytes the largest body on the wire; a recording may be a quarter larger
 * @param maxInflatedBytes the largest body after decompression
 * @param maxInFlightBytes the most bytes of bodies that are held at once
 * @param ackTimeout how long a request waits for Kafka
 * @param spool where events wait while Kafka is away; without it requests are refused then
 * @param limits whose events are taken, and how many
 * @param cookielessSecret from which the ids of visitors without cookies follow; without it they
 *     hold as long as one process
 * @param historicalPerSecond the most events of historical batches that are moved to the live ones
 *     in a second
 */
public record GatewayConfig(
    HostPort address,
    Optional<String> apiKey,
    Optional<String> signingSecret,
    Optional<String> debugToken,
    Optional<URI> personProcessorUrl,
    int maxBodyBytes,
    int maxInflatedBytes,
    long maxInFlightBytes,
    Duration ackTimeout,
    Optional<SpoolConfig> spool,
    LimitsConfig limits,
    Optional<String> cookielessSecret,
    int historicalPerSecond) {
  /** What is moved in a second unless it is set. */
  static final int HISTORICAL_PER_SECOND = 2_000;

  private static final int MIN_SECRET = 16;
  private static final int MIN_BYTES = 1_024;
  private static final int MAX_BYTES = 1 << 30;

  /** Reads the settings; what is wrong is told by {@link Settings#check}. */
  public static GatewayConfig from(Settings settings) {
    Optional<String> apiKey = settings.optional(Variable.POSTHOG_API_KEY);
    apiKey
        .map(ProjectKeys::shapeProblemOrNull)
        .ifPresent(
            problem ->
                settings.reject(
                    Variable.POSTHOG_API_KEY, problem + "; set it to the project's key."));
    int body = settings.wholeNumber(Variable.HOGFLARE_MAX_BODY_BYTES, MIN_BYTES, MAX_BYTES);
    int inflated = settings.wholeNumber(Variable.HOGFLARE_MAX_INFLATED_BYTES, MIN_BYTES, MAX_BYTES);
    long least = largestRequest(body, inflated);
    long quarter = Runtime.getRuntime().maxMemory() / 4;
    long inFlight =
        settings
            .optionalNumber(Variable.HOGFLARE_MAX_IN_FLIGHT_BYTES, least, Long.MAX_VALUE)
            .orElse(Math.max(quarter, least));
    Optional<String> cookielessSecret = settings.optional(Variable.HOGFLARE_COOKIELESS_SECRET);
    if (cookielessSecret.isPresent() && cookielessSecret.get().length() < MIN_SECRET) {
      settings.reject(
          Variable.HOGFLARE_COOKIELESS_SECRET,
          "is shorter than " + MIN_SECRET + " characters; set it to a long random text.");
    }
    return new GatewayConfig(
        settings.address(Variable.APP_ADDR),
        apiKey,
        settings.optional(Variable.POSTHOG_SIGNING_SECRET),
        settings.optional(Variable.PERSON_DEBUG_TOKEN),
        settings.optionalUrl(Variable.HOGFLARE_PERSON_PROCESSOR_URL),
        body,
        inflated,
        inFlight,
        settings.millis(Variable.HOGFLARE_ACK_TIMEOUT_MS, 100, 600_000),
        SpoolConfig.from(settings),
        LimitsConfig.from(settings),
        cookielessSecret,
        settings.wholeNumber(Variable.HOGFLARE_HISTORICAL_EVENTS_PER_SECOND, 1, 1_000_000));
  }

  /** Returns the largest body of a recording on the wire. */
  int maxRecordingBodyBytes() {
    return recordingBody(maxBodyBytes);
  }

  /**
   * Returns what one request of the largest size holds at most: the body as it came and two stages
   * of its decoding. With less, such a request could never be admitted.
   */
  private static long largestRequest(int body, int inflated) {
    return recordingBody(body) + 2L * Math.max(inflated, Topics.MAX_EVENT_BYTES);
  }

  private static int recordingBody(int body) {
    return (int) Math.min(Integer.MAX_VALUE - 8L, body * 5L / 4);
  }

  /** Keeps secrets out of logs. */
  @Override
  public String toString() {
    return "Gateway at "
        + address
        + ", signing "
        + (signingSecret.isPresent() ? "on" : "off")
        + ", debug endpoint "
        + (debugToken.isPresent() ? "on" : "off")
        + ", spool "
        + spool.map(at -> "in " + at.folder()).orElse("off");
  }
}
