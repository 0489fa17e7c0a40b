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
   * @param asked the id whose person was asked for, if the event unites its distinct id with
   *     another one before anything else was known of it; else null
   */
  record Own(PersonEvent event, String asked) implements Message {
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

    /** Returns the question when it is known which life of a distinct id is asked. */
    Question askedOf(String id);
  }

  /**
   * An event on its way to the person.
   *
   * @param asked whom its own id asked for a person, if it was a newcomer at that time; else null
   * @param demotion the merges on the way that it came too late for
   * @param path the ids it came through, its own first; no more of them than it takes to know that
   *     the way is long
   */
  record Forward(PersonEvent event, String asked, int demotion, List<String> path) implements Mail {
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

    @Override
    public Adopt askedOf(String id) {
      return path.size() == 1 ? new Adopt(newcomer, id, path, claim, cause) : this;
    }
  }

  /**
   * The person moves to the newcomer.
   *
   * @param asked whom the newcomer asked first
   */
  record Adopted(Person person, String asked, Cause cause) implements Mail {
    @Override
    public Stamp stamp() {
      return cause.stamp();
    }
  }

  /**
   * The person stays, and the newcomer belongs to it.
   *
   * @param root where the person lives
   * @param asked whom the newcomer asked first
   */
  record LinkTo(String root, String asked, Cause cause) implements Mail {
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
   * @param known the latest life of the distinct id that is asked for that belongs to the asking
   *     person already, or -1
   * @param claim the claim on the id that is asked
   */
  record Join(
      String root, UUID person, Rank rank, MergeMode mode, int known, Claim claim, Cause cause)
      implements Question {
    @Override
    public Stamp stamp() {
      return cause.stamp();
    }

    @Override
    public Join with(Claim other) {
      return new Join(root, person, rank, mode, known, other, cause);
    }

    @Override
    public Join askedOf(String id) {
      return this;
    }

    /** Returns the question with another mode. */
    Join as(MergeMode other) {
      return new Join(root, person, rank, other, known, claim, cause);
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

  /**
   * A life of a distinct id was ended, and its person has to hear of it.
   *
   * @param id which one
   */
  record Deleted(String id, Cause cause) implements Mail {
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
