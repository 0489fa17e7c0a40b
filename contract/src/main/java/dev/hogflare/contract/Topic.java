// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.Map;

/**
 * One Kafka topic.
 *
 * @param name the full name
 * @param settings the topic settings that differ from the broker's defaults
 */
public record Topic(String name, Map<String, String> settings) {
  /** Copies the settings. */
  public Topic {
    settings = Map.copyOf(settings);
  }
}
