// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import java.util.Locale;

/** What the customer should know about an event that was stored all the same. */
enum Warning {
  /**
   * A merge was asked for with an id that stands for nobody, such as {@code null}; PostHog's list.
   */
  CANNOT_MERGE_WITH_ILLEGAL_DISTINCT_ID,
  /** A merge would have united two known users. */
  CANNOT_MERGE_ALREADY_IDENTIFIED,
  /**
   * A merge would have given a person more distinct ids than the limit, or gave it more than can be
   * listed.
   */
  PERSON_HAS_TOO_MANY_DISTINCT_IDS,
  /** The person's properties are at their size limit, so that the event's were not taken. */
  PERSON_PROPERTIES_SIZE_VIOLATION,
  /** The event names more groups than one event may have; the rest was left out. */
  TOO_MANY_GROUPS,
  /** A group's key is neither text nor a number, or too long; the group was left out. */
  INVALID_GROUP_KEY,
  /** {@code $process_person_profile} is no boolean; it was taken as true, as PostHog does. */
  INVALID_PROCESS_PERSON_PROFILE;

  /** Returns the name that stands in metrics. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
