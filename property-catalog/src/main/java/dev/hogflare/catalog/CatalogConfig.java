// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.StreamsSettings;
import dev.hogflare.runtime.Variable;
import java.time.Duration;

/**
 * What an operator decides about the property-catalog.
 *
 * @param partitions the partition count of the topic of counts
 * @param interval the time between two records of a definition whose counts alone grew
 * @param streams how the Kafka Streams application runs
 */
public record CatalogConfig(int partitions, Duration interval, StreamsSettings streams) {
  /** The end of the application id. */
  static final String NAME = "property-catalog";

  /** Each commit writes what was counted, so that there are fewer than on an event's way. */
  private static final Duration COMMITS = Duration.ofSeconds(2);

  /** Reads the environment; what is wrong with it is reported by {@link Settings#check}. */
  public static CatalogConfig from(Settings settings) {
    StreamsSettings streams = StreamsSettings.from(settings, NAME);
    return new CatalogConfig(
        settings.wholeNumber(Variable.HOGFLARE_PARTITIONS, 1, 4_096),
        settings.seconds(Variable.HOGFLARE_DEFINITIONS_SECONDS, 1, 86_400),
        streams.commitInterval().compareTo(COMMITS) < 0
            ? streams.withCommitInterval(COMMITS)
            : streams);
  }
}
