// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.Topics;
import java.util.List;
import java.util.Optional;

/**
 * Where one generation keeps its state on Kafka, and by which names it reads.
 *
 * @param generation which one
 * @param personApplication the application id of its person-processor
 * @param groupApplication the application id of its group-processor, or empty if it has none of its
 *     own
 * @param topics the deployment's topics as it sees them
 * @param overrides whether the topic of overrides that it sees is written by itself
 */
public record StateTopics(
    Generation generation,
    String personApplication,
    Optional<String> groupApplication,
    Topics topics,
    boolean overrides) {

  /** Returns the names of a generation that has processors of its own for persons and groups. */
  public static StateTopics of(
      String prefix, Generation generation, Topics topics, boolean overrides) {
    return new StateTopics(
        generation,
        prefix + "person-processor" + generation.suffix(),
        Optional.of(prefix + "group-processor" + generation.suffix()),
        topics,
        overrides);
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
