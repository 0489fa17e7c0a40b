// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.EventKind;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Stamp;
import java.util.List;

/**
 * A raw event as the identity protocol and the row see it.
 *
 * @param raw the event as it stands on the raw topic
 * @param stamp its place in history
 * @param kind what it means to the person
 * @param other the distinct id that it wants united with its own, or null
 * @param mode how it asks for that
 * @param readsOnly whether the person is neither made nor changed by it
 * @param update what it says about the person's properties
 * @param groups the groups to visit, in order, with what it sets on them
 * @param warnings what the customer should know
 * @param row the columns that come from the event itself
 */
record PersonEvent(
    RawEvent raw,
    Stamp stamp,
    EventKind kind,
    String other,
    MergeMode mode,
    boolean readsOnly,
    PropertyUpdate update,
    List<GroupedEvent.Pending> groups,
    List<Warning> warnings,
    EventColumns row) {

  /** Returns whose event this is. */
  ActorKey key() {
    return raw.key();
  }

  /** Returns the distinct id. */
  String id() {
    return raw.key().distinctId();
  }

  /** Returns the claim that was made for it. */
  Claim claim() {
    return raw.claim() == null ? Claim.NONE : new Claim.Open(id(), raw.claim());
  }

  /** Returns the event as the origin of a merge. */
  Cause cause() {
    return new Cause(stamp, raw.arrivedAt(), raw.uuid(), kind.operation());
  }
}
