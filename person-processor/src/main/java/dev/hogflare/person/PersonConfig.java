// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Generation;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.StreamsSettings;
import dev.hogflare.runtime.Variable;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of the person-processor.
 *
 * @param streams how the application runs
 * @param teamId what rows carry as team_id, or empty
 * @param snapshots which snapshots are written
 * @param dedupWindow how long an event's uuid is remembered; zero turns deduplication off
 */
public record PersonConfig(
    StreamsSettings streams, Optional<Long> teamId, Snapshots snapshots, Duration dedupWindow) {
  /** The end of the application id. */
  static final String NAME = "person-processor";

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
    return new PersonConfig(streams.of(generation), teamId, snapshots, dedupWindow);
  }

  /** Reads the settings. */
  public static PersonConfig from(Settings settings) {
    return new PersonConfig(
        StreamsSettings.from(settings, NAME),
        settings.optionalNumber(Variable.POSTHOG_TEAM_ID, Long.MIN_VALUE, Long.MAX_VALUE),
        settings.choice(Variable.PERSON_SNAPSHOTS, Snapshots.class),
        Duration.ofHours(settings.number(Variable.HOGFLARE_DEDUP_HOURS, 0, 24 * 365)));
  }
}
