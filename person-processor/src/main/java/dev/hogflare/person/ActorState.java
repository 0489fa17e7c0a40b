// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Stamp;
import java.util.List;

/**
 * What the partition of a distinct id knows of it; a distinct id that was never seen has no state.
 */
sealed interface ActorState {

  /** The person lives here. */
  record Root(Person person) implements ActorState {}

  /**
   * The person lives further up.
   *
   * @param parent the next distinct id on the way
   * @param sinces the stamps of the merges on the way to it
   */
  record Link(String parent, List<Stamp> sinces) implements ActorState {}

  /** Waits for an answer; messages are parked meanwhile. */
  sealed interface Waiting extends ActorState {
    /** Returns the number of the first parked message. */
    long firstParked();

    /** Returns the number that the next parked message gets. */
    long nextParked();

    /** Returns the state after one more message was parked. */
    Waiting parkedOneMore();
  }

  /**
   * A newcomer that asked its anonymous id for the person.
   *
   * @param target whom it asked
   * @param claim its claim on the target, which every question that it passes on waits for as well
   */
  record Joining(String target, Claim claim, long firstParked, long nextParked) implements Waiting {
    @Override
    public Joining parkedOneMore() {
      return new Joining(target, claim, firstParked, nextParked + 1);
    }
  }

  /**
   * Shortens a long chain of links.
   *
   * @param parent the old way
   * @param sinces the merges on the way to it
   */
  record Rerouting(String parent, List<Stamp> sinces, long firstParked, long nextParked)
      implements Waiting {
    @Override
    public Rerouting parkedOneMore() {
      return new Rerouting(parent, sinces, firstParked, nextParked + 1);
    }
  }
}
