// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.apache.kafka.streams.Topology;

/** The topology of the group-processor, without Kafka. */
public final class GroupFlow {
  private GroupFlow() {}

  /** Returns the topology of a deployment whose group types have these slots. */
  public static Topology topology(Topics topics, List<String> slots) {
    return new GroupTopology(
            topics, new GroupColumns(slots), new GroupMetrics(new SimpleMeterRegistry()))
        .get();
  }
}
