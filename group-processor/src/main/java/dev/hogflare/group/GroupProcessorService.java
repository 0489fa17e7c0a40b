// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Ledger;
import dev.hogflare.runtime.Service;
import dev.hogflare.runtime.StreamsRunner;
import io.helidon.webserver.http.HttpService;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Runs the group-processor in a process.
 *
 * <p>Its topics must exist before it is started.
 */
public final class GroupProcessorService implements Service {
  private static final Duration PEER_PATIENCE = Duration.ofSeconds(3);

  private final StreamsRunner runner;
  private final GroupPeerClient peers;
  private final GroupLookup lookup;

  /** Creates the service of a deployment that has had one generation only. */
  public GroupProcessorService(
      GroupConfig config, KafkaSettings kafka, Topics topics, MeterRegistry registry) {
    this(config, GenerationRecord.first(), kafka, topics, registry);
  }

  /**
   * Creates a service that is not started yet.
   *
   * @param config the settings of the deployment
   * @param generation one that has groups of its own
   * @param topics the topics of the deployment
   */
  public GroupProcessorService(
      GroupConfig config,
      GenerationRecord generation,
      KafkaSettings kafka,
      Topics topics,
      MeterRegistry registry) {
    String application = config.of(generation.generation()).streams().applicationId();
    // What goes to topics of its own is none of what the deployment accounts for.
    Ledger ledger =
        generation.setup().shadow()
            ? Ledger.none()
            : new Ledger(Stage.GROUP, application, topics.ledger().name());
    GroupTopology topology =
        new GroupTopology(
            generation.topics(topics),
            new GroupColumns(config.slotTypes()),
            new GroupMetrics(registry, generation.generation(), ledger));
    runner =
        new StreamsRunner(
            GroupConfig.NAME + generation.generation().suffix(),
            topology.get(),
            config.of(generation.generation()).streams(),
            kafka,
            ledger);
    runner.bindTo(registry);
    peers = new GroupPeerClient(PEER_PATIENCE);
    lookup =
        new GroupLookup(
            new StreamsGroupReads(
                runner.streams(), config.partitions(), config.streams().advertised()),
            peers);
  }

  /** Returns the lookup of groups, which answers "unavailable" until the service runs. */
  public GroupLookup lookup() {
    return lookup;
  }

  /** Returns what an admin server serves for this service, by path. */
  public Map<String, HttpService> routes() {
    return routes(() -> lookup);
  }

  /** Returns what an admin server serves where the lookup can be another one each time. */
  public static Map<String, HttpService> routes(Supplier<GroupLookup> lookup) {
    return Map.of(GroupRoutes.PATH, new GroupRoutes(lookup));
  }

  @Override
  public void start() {
    runner.start();
  }

  /** Whether all partitions of this instance are worked on, so that its lookups answer. */
  public boolean atWork() {
    return runner.atWork();
  }

  @Override
  public Health health() {
    return runner.health();
  }

  @Override
  public void close() {
    peers.close();
    runner.close();
  }
}
