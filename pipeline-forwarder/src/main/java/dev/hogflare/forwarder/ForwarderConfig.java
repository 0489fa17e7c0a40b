// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.contract.Generation;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The settings of the forwarder.
 *
 * @param topicPrefix the beginning of topic names and consumer groups
 * @param instanceId this instance's stable name within its consumer groups
 * @param events where event rows go
 * @param recordings where rows of recordings go; if absent, to where event rows go
 * @param persons where person snapshots go; if absent, they stay on their topic
 * @param requestTimeout how long a request may take until its answer has been read
 * @param batchBytes the length that a request's body aims at, in bytes; 1,000 to 4,500,000
 * @param batchRows the most rows of a request; 1 to 100,000
 * @param linger how long a row waits for its batch to fill
 * @param inFlight the most requests in flight to one stream; 1 to 64
 * @param shadow the generation whose rows are forwarded, if it keeps them apart from the live ones
 * @param overrides where person overrides go; if absent, they stay on their topic
 * @param bytesPerSecond the most bytes of bodies that one endpoint gets within a second; 0 for no
 *     bound
 * @param cloudflare the account that is asked for the columns of its streams at a start, if one is
 *     named
 */
public record ForwarderConfig(
    String topicPrefix,
    String instanceId,
    Target events,
    Optional<Target> recordings,
    Optional<Target> persons,
    Duration requestTimeout,
    int batchBytes,
    int batchRows,
    Duration linger,
    int inFlight,
    Optional<Generation> shadow,
    Optional<Target> overrides,
    long bytesPerSecond,
    Optional<CloudflareConfig> cloudflare) {
  /** The longest body, in bytes: Cloudflare takes 5 MB. */
  private static final int MAX_BATCH_BYTES = 4_500_000;

  private static final int MIN_BATCH_BYTES = 1_000;

  /** Below it a row of usual length would wait for seconds. */
  private static final int MIN_RATE = 10_000;

  /**
   * One stream of a sink, or several among which the rows of a table are divided.
   *
   * @param endpoint the URL that rows are posted to, as it is
   * @param token the bearer token, if the stream demands one
   * @param further the URLs of further streams of the same table
   */
  public record Target(URI endpoint, Optional<String> token, List<URI> further) {
    /** Copies the list. */
    public Target {
      further = List.copyOf(further);
    }

    /** Creates a target with one stream. */
    public Target(URI endpoint, Optional<String> token) {
      this(endpoint, token, List.of());
    }

    private static Target of(List<URI> endpoints, Optional<String> token) {
      return new Target(endpoints.get(0), token, endpoints.subList(1, endpoints.size()));
    }

    /** Returns a target for each stream. */
    List<Target> each() {
      List<Target> all = new ArrayList<>();
      all.add(new Target(endpoint, token));
      further.forEach(url -> all.add(new Target(url, token)));
      return all;
    }

    /** Shows neither the token nor the parts of the URL that may hold a secret. */
    @Override
    public String toString() {
      return endpoint.getScheme()
          + "://"
          + endpoint.getHost()
          + (endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort())
          + (endpoint.getRawPath() == null ? "" : endpoint.getRawPath())
          + (further.isEmpty() ? "" : " and " + further.size() + " more")
          + (token.isPresent() ? " with a token" : " without a token");
    }
  }

  /** Creates settings for the live rows, with the recordings among the events. */
  ForwarderConfig(
      String topicPrefix,
      String instanceId,
      Target events,
      Optional<Target> persons,
      Duration requestTimeout,
      int batchBytes,
      int batchRows,
      Duration linger,
      int inFlight) {
    this(
        topicPrefix,
        instanceId,
        events,
        Optional.empty(),
        persons,
        requestTimeout,
        batchBytes,
        batchRows,
        linger,
        inFlight,
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.empty());
  }

  /**
   * Returns the same settings for the rows that a shadow generation writes, and their streams;
   * recordings are apart from the events if they are it here.
   */
  public ForwarderConfig of(
      Generation generation,
      Target shadowEvents,
      Target shadowRecordings,
      Target shadowPersons,
      Target shadowOverrides) {
    return new ForwarderConfig(
        topicPrefix,
        instanceId,
        shadowEvents,
        recordings.map(own -> shadowRecordings),
        Optional.of(shadowPersons),
        requestTimeout,
        batchBytes,
        batchRows,
        linger,
        inFlight,
        Optional.of(generation),
        Optional.of(shadowOverrides),
        0,
        Optional.empty());
  }

  /** Reads the configuration; what is wrong is told by {@link Settings#check}. */
  public static ForwarderConfig from(Settings settings) {
    Optional<String> eventsToken = token(settings, Variable.CLOUDFLARE_PIPELINE_AUTH_TOKEN);
    Optional<String> recordingsToken =
        token(settings, Variable.CLOUDFLARE_RECORDINGS_PIPELINE_AUTH_TOKEN).or(() -> eventsToken);
    Optional<String> personsToken =
        token(settings, Variable.CLOUDFLARE_PERSONS_PIPELINE_AUTH_TOKEN).or(() -> eventsToken);
    Optional<String> overridesToken =
        token(settings, Variable.CLOUDFLARE_OVERRIDES_PIPELINE_AUTH_TOKEN).or(() -> eventsToken);
    return new ForwarderConfig(
        settings.required(Variable.HOGFLARE_TOPIC_PREFIX),
        settings.required(Variable.HOGFLARE_INSTANCE_ID),
        Target.of(settings.urls(Variable.CLOUDFLARE_PIPELINE_ENDPOINT), eventsToken),
        settings
            .optionalUrls(Variable.CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT)
            .map(urls -> Target.of(urls, recordingsToken)),
        settings
            .optionalUrls(Variable.CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT)
            .map(urls -> Target.of(urls, personsToken)),
        settings.seconds(Variable.CLOUDFLARE_PIPELINE_TIMEOUT_SECS, 1, 600),
        settings.wholeNumber(
            Variable.HOGFLARE_FORWARDER_BATCH_BYTES, MIN_BATCH_BYTES, MAX_BATCH_BYTES),
        settings.wholeNumber(Variable.HOGFLARE_FORWARDER_BATCH_ROWS, 1, 100_000),
        settings.millis(Variable.HOGFLARE_FORWARDER_LINGER_MS, 0, 60_000),
        settings.wholeNumber(Variable.HOGFLARE_FORWARDER_IN_FLIGHT, 1, 64),
        settings
            .optionalNumber(Variable.HOGFLARE_SHADOW_GENERATION, 2, Integer.MAX_VALUE)
            .map(number -> new Generation(number.intValue())),
        settings
            .optionalUrls(Variable.CLOUDFLARE_OVERRIDES_PIPELINE_ENDPOINT)
            .map(urls -> Target.of(urls, overridesToken)),
        settings
            .optionalNumber(
                Variable.HOGFLARE_FORWARDER_BYTES_PER_SECOND, MIN_RATE, Integer.MAX_VALUE)
            .orElse(0L),
        CloudflareConfig.optional(settings));
  }

  /** Returns the stream in whose sink a stream's rows end: its own, or that of the events. */
  RowStream sink(RowStream stream) {
    return stream == RowStream.RECORDINGS && recordings.isEmpty() ? RowStream.EVENTS : stream;
  }

  Topics topics() {
    Topics topics = new Topics(topicPrefix);
    return shadow.map(topics::shadowOf).orElse(topics);
  }

  /** Returns the consumer group of a stream. */
  String consumerGroup(RowStream stream) {
    return shadow
        .map(generation -> new Topics(topicPrefix).shadowForwarder(stream.text(), generation))
        .orElseGet(() -> stream.consumerGroup(topicPrefix));
  }

  /** Returns where a stream's rows go, if it is configured. */
  Optional<Target> target(RowStream stream) {
    return switch (sink(stream)) {
      case EVENTS -> Optional.of(events);
      case RECORDINGS -> recordings;
      case PERSONS -> persons;
      case OVERRIDES -> overrides;
    };
  }

  // The HTTP client would quote the whole header, token and all, in the exception that it throws.
  private static Optional<String> token(Settings settings, Variable variable) {
    Optional<String> token = settings.optional(variable);
    token.ifPresent(
        text -> {
          if (!text.chars().allMatch(c -> c > 0x20 && c < 0x7F)) {
            settings.reject(
                variable,
                "holds a blank, a control character or one beyond ASCII; set it to the token alone,"
                    + " without \"Bearer\".");
          }
        });
    return token;
  }
}
