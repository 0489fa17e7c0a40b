// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.ControlTopic;
import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.List;

/**
 * The deployment whose generations are worked on.
 *
 * @param kafka how to reach it
 * @param topics its topics
 * @param partitions the partition count of the raw topics
 * @param resting whether it is certain that nothing runs, so that members which a consumer group
 *     still lists are those of a process that was killed
 */
public record Deployment(KafkaSettings kafka, Topics topics, int partitions, boolean resting) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Returns the topic that says which generations there are. */
  public ControlTopic control() {
    return new ControlTopic(kafka, topics, PATIENCE);
  }

  /** Returns the names of the raw topics. */
  List<String> raw() {
    return List.of(topics.eventsRaw().name(), topics.recordingsRaw().name());
  }
}
