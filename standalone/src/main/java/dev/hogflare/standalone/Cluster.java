// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import java.util.Optional;

/**
 * The Kafka cluster that a command works on, for the time of the command.
 *
 * @param kafka how to reach it
 * @param topics the deployment's topics
 * @param partitions the partition count of the raw topic, and so of every topic beside it
 * @param data the data folder whose broker it is, or empty for a cluster of its own
 * @param offline whether the broker runs for this command alone, so that nothing else of the
 *     pipeline does
 * @param broker what ends with the command, last one first
 */
record Cluster(
    KafkaSettings kafka,
    Topics topics,
    int partitions,
    Optional<DataFolder> data,
    boolean offline,
    AutoCloseable broker)
    implements AutoCloseable {

  /** Stops what was started for the command. */
  @Override
  public void close() {
    try {
      broker.close();
    } catch (Exception e) {
      throw new IllegalStateException("The broker was not stopped in order: " + e + ".", e);
    }
  }
}
