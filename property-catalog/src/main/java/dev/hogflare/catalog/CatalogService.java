// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Service;
import dev.hogflare.runtime.StreamsRunner;
import dev.hogflare.runtime.TopicProvisioner;
import io.micrometer.core.instrument.MeterRegistry;

/** Runs the property-catalog in a process. */
public final class CatalogService implements Service {
  private final StreamsRunner runner;

  /**
   * Creates a service that is not started yet; its topics must exist before it is.
   *
   * @param topics the topics of the deployment
   */
  public CatalogService(
      CatalogConfig config, KafkaSettings kafka, Topics topics, MeterRegistry registry) {
    String counts = topics.definitionCounts(config.streams().applicationId()).name();
    CountsPublisher publisher = new CountsPublisher(counts);
    runner =
        new StreamsRunner(
            CatalogConfig.NAME,
            new CatalogTopology(
                    topics, counts, config.interval(), publisher, new CatalogMetrics(registry))
                .get(),
            config.streams(),
            kafka,
            publisher);
    runner.bindTo(registry);
  }

  /** Creates the topics that are missing. */
  public static void provision(CatalogConfig config, Topics topics, TopicProvisioner provisioner) {
    int replicas = config.streams().replicationFactor();
    provisioner.ensure(
        CatalogTopology.topics(topics, config.streams().applicationId()),
        config.partitions(),
        replicas);
    provisioner.ensure(CatalogTopology.singleTopics(topics), 1, replicas);
  }

  @Override
  public void start() {
    runner.start();
  }

  /** Whether all partitions of this instance are worked on. */
  public boolean atWork() {
    return runner.atWork();
  }

  @Override
  public Health health() {
    return runner.health();
  }

  @Override
  public void close() {
    runner.close();
  }
}
