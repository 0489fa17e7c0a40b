// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.Topic;
import dev.hogflare.group.GroupProcessorService;
import dev.hogflare.lakehouse.Erasure;
import dev.hogflare.lakehouse.Lakehouse;
import dev.hogflare.lakehouse.ShadowLakes;
import dev.hogflare.person.PersonProcessorService;
import dev.hogflare.person.PersonTopology;
import dev.hogflare.runtime.ControlTopic;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.Service;
import dev.hogflare.runtime.TopicProvisioner;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the processors of every generation that the control topic says is to run.
 *
 * <p>A rebuild that begins, ends or takes over while this runs is followed within a second; one
 * that was interrupted by the end of the process goes on with the next start.
 */
final class GenerationParts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GenerationParts.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofSeconds(1);

  /** A rebuild writes many rows at once, so that fewer, larger files are better. */
  private static final Duration SHADOW_COMMITS = Duration.ofSeconds(10);

  private final LocalPipelineConfig config;
  private final MeterRegistry registry;
  private final ControlTopic control;
  private final NavigableMap<Generation, PersonProcessorService> persons =
      new ConcurrentSkipListMap<>();
  private final NavigableMap<Generation, GroupProcessorService> groups =
      new ConcurrentSkipListMap<>();
  private final NavigableMap<Generation, ShadowSink> shadows = new ConcurrentSkipListMap<>();
  private final Map<Generation, String> refused = new ConcurrentSkipListMap<>();

  private volatile Generations all;
  private volatile ControlTopic.Watch watch;
  private volatile boolean closing;
  private Thread watcher;

  /** Creates the parts of a pipeline; nothing is started yet. */
  GenerationParts(LocalPipelineConfig config, MeterRegistry registry) {
    this.config = config;
    this.registry = registry;
    this.control = new ControlTopic(config.kafka(), config.topics(), PATIENCE);
  }

  /** Starts the processors, and follows the control topic from then on. */
  void start() {
    control.ensure(1);
    follow(control.read());
    watch = control.watch();
    watcher = Thread.ofPlatform().name("generations").daemon().start(this::watch);
  }

  private void watch() {
    boolean again = false;
    noteFirst();
    while (!closing) {
      try {
        Optional<Generations> said = watch.next(POLL);
        if (said.isPresent() || again) {
          again = false;
          follow(said.orElse(all));
        }
      } catch (WakeupException e) {
        LOG.debug("Stops to follow the control topic");
      } catch (RuntimeException e) {
        // The next look tries again: a generation that cannot start now may do so later.
        again = true;
        LOG.warn("The generations cannot be followed at the moment: {}", e.getMessage(), e);
      }
    }
  }

  /** Not before the start, which it would hold up; whatever follows it finds it there. */
  private void noteFirst() {
    try {
      control.noteFirst();
    } catch (RuntimeException e) {
      LOG.warn("The first generation is noted at the next start: {}", e.getMessage());
    }
  }

  /** Starts what is to run and stops what is not. */
  private synchronized void follow(Generations said) {
    if (closing) {
      return;
    }
    all = said;
    Set<Generation> wantedPersons = new TreeSet<>();
    Set<Generation> wantedGroups = new TreeSet<>();
    refused.clear();
    for (GenerationRecord record : said.running()) {
      Optional<String> refusal = record.refusal();
      if (refusal.isPresent()) {
        refused.put(record.generation(), refusal.get());
        LOG.warn("{}", refusal.get());
      } else {
        wantedPersons.add(record.generation());
        wantedGroups.add(record.setup().groups());
      }
    }
    stopOthers(persons, wantedPersons);
    stopOthers(groups, wantedGroups);
    stopOthers(shadows, wantedPersons);
    for (GenerationRecord record : said.records()) {
      if (wantedGroups.contains(record.generation()) && !groups.containsKey(record.generation())) {
        startGroups(record);
      }
    }
    for (GenerationRecord record : said.records()) {
      if (wantedPersons.contains(record.generation())
          && !persons.containsKey(record.generation())) {
        startPersons(record);
      }
      if (persons.containsKey(record.generation())
          && record.setup().shadow()
          && !shadows.containsKey(record.generation())) {
        startShadow(record);
      }
    }
  }

  private static <S extends Service> void stopOthers(
      NavigableMap<Generation, S> running, Set<Generation> wanted) {
    for (Generation generation : List.copyOf(running.keySet())) {
      if (!wanted.contains(generation)) {
        running.get(generation).close();
        running.remove(generation);
        LOG.info("A part of {} has stopped", generation);
      }
    }
  }

  private void startPersons(GenerationRecord record) {
    Generation generation = record.generation();
    provision(
        PersonTopology.topics(config.persons().of(generation), record.topics(config.topics())));
    PersonProcessorService service =
        new PersonProcessorService(
            config.persons(), record, config.kafka(), config.topics(), registry);
    service.start();
    persons.put(generation, service);
  }

  private void startGroups(GenerationRecord record) {
    provision(List.of(record.topics(config.topics()).groupEvents()));
    GroupProcessorService service =
        new GroupProcessorService(
            config.groups(), record, config.kafka(), config.topics(), registry);
    service.start();
    groups.put(record.generation(), service);
  }

  /** Takes the rows of a shadow to a lake of its own, wherever the live ones go. */
  private void startShadow(GenerationRecord record) {
    ShadowSink sink =
        new ShadowSink(
            record.generation(),
            config.forwarder(),
            config.kafka(),
            config.lakeFolder(),
            SHADOW_COMMITS,
            Uuid.randomUuid().toString());
    try {
      sink.start();
    } catch (RuntimeException e) {
      sink.close();
      throw e;
    }
    shadows.put(record.generation(), sink);
  }

  /** Removes a person's rows from the lakes of all shadows, whether they are at work or not. */
  Erasure.Outcome eraseFromShadows(Erasure erasure) throws IOException {
    Erasure.Outcome all = new Erasure.Outcome(0, 0, 0, Set.of());
    for (Generation generation : ShadowLakes.in(config.lakeFolder())) {
      ShadowSink sink = shadows.get(generation);
      Erasure known = erasure.with(all.distinctIds());
      all =
          all.and(
              sink == null
                  ? Lakehouse.erase(ShadowLakes.folder(config.lakeFolder(), generation), known)
                  : sink.erase(known));
    }
    return all;
  }

  private void provision(List<Topic> topics) {
    new TopicProvisioner(config.kafka(), PATIENCE)
        .ensure(new LinkedHashSet<>(topics), config.partitions(), 1);
  }

  /** Returns the generation that writes the rows. */
  GenerationRecord live() {
    return all.live();
  }

  /** Returns the person-processor of the live generation, unless it is not started. */
  Optional<PersonProcessorService> livePersons() {
    return Optional.ofNullable(persons.get(live().generation()));
  }

  /** Returns the group-processor that the live generation works with, unless it is not started. */
  Optional<GroupProcessorService> liveGroups() {
    return Optional.ofNullable(groups.get(live().setup().groups()));
  }

  /** Returns the persons that came into being since the start, over all generations. */
  long born() {
    // Those of generations that have ended count on.
    return registry.find("hogflare_person_born_total").counters().stream()
        .mapToLong(counter -> (long) counter.count())
        .sum();
  }

  /** Whether all processors that run here have taken their partitions over. */
  boolean atWork() {
    return persons.values().stream().allMatch(PersonProcessorService::atWork)
        && groups.values().stream().allMatch(GroupProcessorService::atWork);
  }

  /** Returns how each part is; those of the live generation have no number in their name. */
  Map<String, Health> health() {
    Map<String, Health> parts = new LinkedHashMap<>();
    if (all == null) {
      return parts;
    }
    GenerationRecord live = live();
    persons.forEach(
        (generation, service) ->
            parts.put(name("person-processor", generation, live.generation()), service.health()));
    groups.forEach(
        (generation, service) ->
            parts.put(
                name("group-processor", generation, live.setup().groups()), service.health()));
    shadows.forEach(
        (generation, service) -> parts.put("shadow rows " + generation, service.health()));
    refused.forEach(
        (generation, reason) ->
            parts.put(
                name("person-processor", generation, live.generation()), Health.down(reason)));
    return parts;
  }

  private static String name(String part, Generation generation, Generation live) {
    return generation.equals(live) ? part : part + " " + generation;
  }

  /** Stops to follow the control topic, then all processors. */
  @Override
  public void close() {
    closing = true;
    if (watcher != null) {
      watch.wakeUp();
      try {
        watcher.join(PATIENCE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      watch.close();
    }
    synchronized (this) {
      persons.values().forEach(Service::close);
      groups.values().forEach(Service::close);
      shadows.values().forEach(Service::close);
    }
  }
}
