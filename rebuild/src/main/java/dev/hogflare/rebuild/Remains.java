// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.State;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is left of a generation that nobody needs any more.
 *
 * @param generation whose
 * @param topics its topics
 * @param groups its consumer groups
 * @param applications its application ids, which name its folders of local state
 */
public record Remains(
    Generation generation, List<String> topics, List<String> groups, List<String> applications) {

  /** Whether nothing is left on Kafka. */
  public boolean isEmpty() {
    return topics.isEmpty() && groups.isEmpty();
  }

  /**
   * Gives up the rebuild that is under way.
   *
   * @return which one it was
   * @throws RebuildException if there is none, or it takes over already
   */
  public static Generation abort(Deployment deployment) {
    Generations all = generations(deployment);
    GenerationRecord running =
        all.underWay()
            .orElseThrow(
                () ->
                    new RebuildException(
                        "No rebuild is under way; "
                            + all.live().generation()
                            + " is live and stays so."));
    if (running.state() == State.CUTTING) {
      throw new RebuildException(
          running.generation()
              + " is taking over, and some of the new events are its already; finish with"
              + " 'hogflare rebuild cutover'.");
    }
    deployment.control().write(all, List.of(running.in(State.ABORTED)));
    return running.generation();
  }

  /**
   * Finds what is left of a generation.
   *
   * @throws RebuildException if it is unknown, or needed
   */
  public static Remains of(Deployment deployment, Generation generation) {
    try (GenerationAdmin admin = new GenerationAdmin(deployment.kafka())) {
      Generations all = generations(deployment);
      GenerationRecord record = requireEnded(all, generation);
      Topics topics = deployment.topics();
      boolean groupsNeeded =
          !record.hasGroups()
              || all.running().stream()
                  .anyMatch(other -> other.setup().groups().equals(generation));
      List<String> applications = new ArrayList<>();
      applications.add(topics.personApplication(generation));
      Set<String> names = new TreeSet<>();
      if (!groupsNeeded) {
        applications.add(topics.groupApplication(generation));
        names.add(record.topics(topics).groupEvents().name());
      }
      List<String> groups = new ArrayList<>(applications);
      if (record.setup().shadow()) {
        groups.add(topics.shadowForwarder("events", generation));
        groups.add(topics.shadowForwarder("recordings", generation));
        groups.add(topics.shadowForwarder("persons", generation));
        groups.add(topics.shadowForwarder("overrides", generation));
        Topics own = record.topics(topics);
        own.all().forEach(topic -> names.add(topic.name()));
        names.removeAll(deployment.raw());
      }
      Set<String> found = new TreeSet<>();
      for (String topic : admin.topics()) {
        boolean inner =
            applications.stream().anyMatch(application -> topic.startsWith(application + "-"));
        if (inner || names.contains(topic)) {
          found.add(topic);
        }
      }
      return new Remains(
          generation,
          List.copyOf(found),
          List.copyOf(admin.groups(groups)),
          List.copyOf(applications));
    }
  }

  private static GenerationRecord requireEnded(Generations all, Generation generation) {
    GenerationRecord record =
        all.find(generation)
            .orElseThrow(
                () ->
                    new RebuildException(
                        "There is no generation "
                            + generation
                            + "; 'hogflare rebuild status' lists them."));
    switch (record.state()) {
      case LIVE ->
          throw new RebuildException(
              generation
                  + " is live and holds the persons; it can go when another one has taken over.");
      case REBUILDING ->
          throw new RebuildException(
              generation + " is being rebuilt; give it up with 'hogflare rebuild abort'.");
      case CUTTING, RETIRING ->
          throw new RebuildException(
              generation
                  + " takes part in a cutover; finish that with 'hogflare rebuild cutover'.");
      case RETIRED, ABORTED, DROPPED -> {
        return record;
      }
    }
    throw new IllegalStateException("Every state was looked at.");
  }

  /** Returns the application ids for which processors still run. */
  public List<String> running(Deployment deployment) {
    if (deployment.resting()) {
      return List.of();
    }
    try (GenerationAdmin admin = new GenerationAdmin(deployment.kafka())) {
      return applications.stream().filter(application -> admin.members(application) > 0).toList();
    }
  }

  /**
   * Deletes all of it from Kafka; can be repeated after it was broken off.
   *
   * @throws RebuildException if processors still run for it
   */
  public void delete(Deployment deployment) {
    List<String> running = running(deployment);
    if (!running.isEmpty()) {
      throw new RebuildException(
          "Processors still run for "
              + generation
              + ": "
              + String.join(", ", running)
              + "; stop the processes with HOGFLARE_GENERATION="
              + generation.number()
              + ", then 'hogflare rebuild drop "
              + generation
              + "'.");
    }
    try (GenerationAdmin admin = new GenerationAdmin(deployment.kafka())) {
      admin.deleteTopics(topics);
      if (deployment.resting()) {
        groups.stream().filter(group -> admin.members(group) > 0).forEach(admin::removeMembers);
      }
      admin.deleteGroups(groups);
    }
    Generations all = generations(deployment);
    Optional<GenerationRecord> record = all.find(generation);
    if (record.isPresent() && record.get().state() != State.DROPPED) {
      deployment.control().write(all, List.of(record.get().in(State.DROPPED)));
    }
  }

  private static Generations generations(Deployment deployment) {
    try (ProgressSurvey survey = new ProgressSurvey(deployment)) {
      return survey.generations();
    }
  }
}
