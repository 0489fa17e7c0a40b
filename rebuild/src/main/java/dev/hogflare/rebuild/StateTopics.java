// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Topics;
import java.util.List;
import java.util.Optional;

/**
 * Where one generation keeps its state on Kafka, and by which names it reads.
 *
 * @param generation which one
 * @param personApplication the application id of its person-processor
 * @param groupApplication the application id of the group-processor that its events go to, or empty
 *     if groups are left out
 * @param topics the deployment's topics as it sees them
 * @param overrides whether the topic of overrides that it sees is written by itself
 */
public record StateTopics(
    Generation generation,
    String personApplication,
    Optional<String> groupApplication,
    Topics topics,
    boolean overrides) {

  /**
   * Returns where a generation keeps its state.
   *
   * @param deployment the topics of the deployment
   */
  public static StateTopics of(GenerationRecord generation, Topics deployment) {
    return new StateTopics(
        generation.generation(),
        deployment.personApplication(generation.generation()),
        Optional.of(deployment.groupApplication(generation.setup().groups())),
        generation.topics(deployment),
        generation.setup().shadow() || generation.state() == GenerationRecord.State.LIVE);
  }

  /** Returns the changelog of its actors. */
  String actors() {
    return personApplication + "-actors-changelog";
  }

  /** Returns the changelog of its groups, if it has any. */
  Optional<String> groups() {
    return groupApplication.map(application -> application + "-groups-changelog");
  }

  /** Returns its mail. */
  String mail() {
    return topics.mail(personApplication).name();
  }

  /** Returns the raw topics that it is a function of. */
  List<String> raw() {
    return List.of(topics.eventsRaw().name(), topics.recordingsRaw().name());
  }
}
