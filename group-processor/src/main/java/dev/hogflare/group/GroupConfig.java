// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.Generation;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.StreamsSettings;
import dev.hogflare.runtime.Variable;
import java.util.List;
import java.util.stream.Stream;

/**
 * What an operator decides about the group-processor.
 *
 * @param slotTypes the group type of each of the five slots, or an empty text for a slot without
 *     one
 * @param partitions the partition count of the topic of grouped events
 * @param streams how the Kafka Streams application runs
 */
public record GroupConfig(List<String> slotTypes, int partitions, StreamsSettings streams) {
  /** The end of the application id. */
  static final String NAME = "group-processor";

  /** Copies the types. */
  public GroupConfig {
    slotTypes = List.copyOf(slotTypes);
  }

  /** Returns the settings of a generation, whose application and so whose state is its own. */
  public GroupConfig of(Generation generation) {
    return new GroupConfig(slotTypes, partitions, streams.of(generation));
  }

  /** Reads the environment; what is wrong with it is reported by {@link Settings#check}. */
  public static GroupConfig from(Settings settings) {
    return new GroupConfig(
        Stream.of(
                Variable.POSTHOG_GROUP_TYPE_0,
                Variable.POSTHOG_GROUP_TYPE_1,
                Variable.POSTHOG_GROUP_TYPE_2,
                Variable.POSTHOG_GROUP_TYPE_3,
                Variable.POSTHOG_GROUP_TYPE_4)
            .map(variable -> settings.optional(variable).orElse(""))
            .toList(),
        settings.wholeNumber(Variable.HOGFLARE_PARTITIONS, 1, 4_096),
        StreamsSettings.from(settings, NAME));
  }
}
