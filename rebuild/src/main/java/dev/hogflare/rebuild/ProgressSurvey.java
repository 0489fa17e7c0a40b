// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.Cut;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** Measures on Kafka how far generations are. */
public final class ProgressSurvey implements AutoCloseable {
  private final Deployment deployment;
  private final GenerationAdmin admin;

  /** Connects to a deployment. */
  public ProgressSurvey(Deployment deployment) {
    this.deployment = deployment;
    this.admin = new GenerationAdmin(deployment.kafka());
  }

  /** Returns all generations; those of a deployment without a control topic are the first alone. */
  public Generations generations() {
    return admin.topics().contains(deployment.topics().control().name())
        ? deployment.control().read()
        : new Generations(List.of());
  }

  /**
   * Returns how far a generation is.
   *
   * @param cut the markers that concern it, if there are any
   * @throws RebuildException if Kafka does not answer
   */
  public GenerationStatus measure(GenerationRecord record, Optional<Cut> cut) {
    Generation generation = record.generation();
    String persons = deployment.topics().personApplication(generation);
    String groups = deployment.topics().groupApplication(record.setup().groups());
    Topics own = record.topics(deployment.topics());
    Set<String> existing = admin.topics();
    Map<String, List<Long>> begins = admin.begins(deployment.raw(), deployment.partitions());
    Map<String, List<Long>> ends = admin.ends(deployment.raw(), deployment.partitions());
    Map<TopicPartition, Long> committed = admin.committed(persons);
    List<GenerationStatus.Position> positions = new ArrayList<>();
    for (String topic : deployment.raw()) {
      for (int p = 0; p < deployment.partitions(); p++) {
        long begin = begins.get(topic).get(p);
        positions.add(
            new GenerationStatus.Position(
                topic,
                p,
                begin,
                Math.max(begin, committed.getOrDefault(new TopicPartition(topic, p), 0L)),
                ends.get(topic).get(p),
                mark(cut, topic, p)));
      }
    }
    return new GenerationStatus(
        record,
        admin.members(persons),
        admin.members(groups),
        positions,
        waiting(existing, own.mail(persons).name(), committed),
        waiting(existing, own.groupEvents().name(), admin.committed(groups)));
  }

  private static OptionalLong mark(Optional<Cut> cut, String topic, int partition) {
    return cut.map(c -> c.marks().get(topic))
        .map(of -> OptionalLong.of(of.get(partition)))
        .orElse(OptionalLong.empty());
  }

  private long waiting(
      Collection<String> existing, String topic, Map<TopicPartition, Long> committed) {
    if (!existing.contains(topic)) {
      return 0;
    }
    List<Long> ends = admin.stableEnds(List.of(topic), deployment.partitions()).get(topic);
    List<Long> begins = admin.begins(List.of(topic), deployment.partitions()).get(topic);
    long waiting = 0;
    for (int p = 0; p < ends.size(); p++) {
      long at = Math.max(begins.get(p), committed.getOrDefault(new TopicPartition(topic, p), 0L));
      // What is behind a committed record is a transaction's marker; a record that waits has one
      // behind it.
      waiting += Math.max(0, ends.get(p) - at - 1);
    }
    return waiting;
  }

  @Override
  public void close() {
    admin.close();
  }
}
