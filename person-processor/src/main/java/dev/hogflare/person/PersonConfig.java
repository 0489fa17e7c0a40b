// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Generation;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.StreamsSettings;
import dev.hogflare.runtime.Variable;
import dev.hogflare.transformations.Transformations;
import dev.hogflare.transformations.TransformationsException;
import dev.hogflare.transformations.TransformationsFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of the person-processor.
 *
 * @param streams how the application runs
 * @param teamId what rows carry as team_id, or empty
 * @param snapshots which snapshots are written
 * @param dedupWindow how long an event's uuid is remembered; zero turns deduplication off
 * @param transformations what events go through first, if anything
 */
public record PersonConfig(
    StreamsSettings streams,
    Optional<Long> teamId,
    Snapshots snapshots,
    Duration dedupWindow,
    Optional<Transformations> transformations) {
  /** The end of the application id. */
  static final String NAME = "person-processor";

  /** Creates settings without transformations. */
  public PersonConfig(
      StreamsSettings streams, Optional<Long> teamId, Snapshots snapshots, Duration dedupWindow) {
    this(streams, teamId, snapshots, dedupWindow, Optional.empty());
  }

  /** Which snapshots are written. */
  public enum Snapshots {
    /** One for every event that has a person, as hogflare documents. */
    ALL,
    /** One for every event that changes its person. */
    ON_CHANGE,
    /** None. */
    OFF
  }

  /** Returns the settings of a generation, whose application and so whose state is its own. */
  public PersonConfig of(Generation generation) {
    return new PersonConfig(
        streams.of(generation), teamId, snapshots, dedupWindow, transformations);
  }

  /** Reads the settings. */
  public static PersonConfig from(Settings settings) {
    return new PersonConfig(
        StreamsSettings.from(settings, NAME),
        settings.optionalNumber(Variable.POSTHOG_TEAM_ID, Long.MIN_VALUE, Long.MAX_VALUE),
        settings.choice(Variable.PERSON_SNAPSHOTS, Snapshots.class),
        Duration.ofHours(settings.number(Variable.HOGFLARE_DEDUP_HOURS, 0, 24 * 365)),
        transformations(settings));
  }

  private static Optional<Transformations> transformations(Settings settings) {
    Optional<String> file = settings.optional(Variable.HOGFLARE_TRANSFORMATIONS);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(TransformationsFile.read(Path.of(file.get())));
    } catch (TransformationsException e) {
      settings.reject(Variable.HOGFLARE_TRANSFORMATIONS, "cannot be used: " + e.getMessage());
      return Optional.empty();
    }
  }
}
