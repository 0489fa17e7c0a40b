// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Stamp;
import java.util.List;
import java.util.UUID;

/**
 * What an actor receives: an event of its own, a claim on it, or mail from another actor of the
 * same project.
 */
sealed interface Message {

  /**
   * Returns the place in history of the event behind the message; it orders mail among raw records.
   */
  Stamp stamp();

  /**
   * An event of the actor's own distinct id, from the raw topic.
   *
   * @param newcomer whether it unites a distinct id with another one before anything else was known
   *     of it
   */
  record Own(PersonEvent event, boolean newcomer) implements Message {
    @Override
    public Stamp stamp() {
      return event.stamp();
    }
  }

  /**
   * A claim on the actor's distinct id, from the raw topic.
   *
   * @param claimant the distinct id whose event is about to ask for this one
   * @param offset its offset, by which questions name it
   * @param stamp its place in history
   */
  record Claimed(String claimant, long offset, Stamp stamp) implements Message {}

  /** A message that travels on the mail topic. */
  sealed interface Mail extends Message {}

  /** Mail that asks a distinct id for its person, and may have to wait for a claim. */
  sealed interface Question extends Mail {
    /** Returns what is known of the claim. */
    Claim claim();

    /** Returns the question with another claim. */
    Question with(Claim other);
  }

  /**
   * An event on its way to the person.
   *
   * @param newcomer whether its own distinct id was a newcomer at that time
   * @param demotion the merges on the way that it came too late for
   * @param path the distinct ids it came through, its own first; no more of them than it takes to
   *     know that the way is long
   */
  record Forward(PersonEvent event, boolean newcomer, int demotion, List<String> path)
      implements Mail {
    @Override
    public Stamp stamp() {
      return event.stamp();
    }
  }

  /**
   * A newcomer asks for the person of an anonymous id.
   *
   * @param newcomer who asks
   * @param target whom it asked first
   * @param path the waiting newcomers that the question came through
   * @param claim the claim on the id that it goes to next
   */
  record Adopt(String newcomer, String target, List<String> path, Claim claim, Cause cause)
      implements Question {
    @Override
    public Stamp stamp() {
      return cause.stamp();
    }

    @Override
    public Adopt with(Claim other) {
      return new Adopt(newcomer, target, path, other, cause);
    }
  }

  /** The person moves to the newcomer. */
  record Adopted(Person person, Cause cause) implements Mail {
    @Override
    public Stamp stamp() {
      return cause.stamp();
    }
  }

  /** The person stays, and the newcomer belongs to it. */
  record LinkTo(String root, Cause cause) implements Mail {
    @Override
    public Stamp stamp() {
      return cause.stamp();
    }
  }

  /**
   * A person asks another one to give way.
   *
   * @param root where the asking person lives
   * @param person the asking person's UUID
   * @param rank the asking person's rank
   * @param claim the claim on the id that is asked
   */
  record Join(String root, UUID person, Rank rank, MergeMode mode, Claim claim, Cause cause)
      implements Question {
    @Override
    public Stamp stamp() {
      return cause.stamp();
    }

    @Override
    public Join with(Claim other) {
      return new Join(root, person, rank, mode, other, cause);
    }

    /** Returns the question with another mode. */
    Join as(MergeMode other) {
      return new Join(root, person, rank, other, claim, cause);
    }
  }

  /**
   * A person gave way.
   *
   * @param person what it leaves
   * @param absorbedId where it lived
   */
  record Absorbed(Person person, String absorbedId, Cause cause) implements Mail {
    @Override
    public Stamp stamp() {
      return cause.stamp();
    }
  }

  /** The way to the person has become too long. */
  record Shortcut(Stamp stamp) implements Mail {}

  /**
   * Follows all that an id has sent up its old way.
   *
   * @param id who shortens its way
   * @param sinces the merges passed so far
   */
  record Flush(String id, List<Stamp> sinces, Stamp stamp) implements Mail {}

  /**
   * Everything sent up the old way has arrived.
   *
   * @param root where the person lives
   * @param sinces the merges on the old way
   */
  record Flushed(String root, List<Stamp> sinces, Stamp stamp) implements Mail {}
}
