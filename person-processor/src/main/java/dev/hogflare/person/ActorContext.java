// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import java.util.UUID;

/** What an actor can do in one step beside changing its own state. */
interface ActorContext {

  /** Sends mail to another actor of the same project, by its {@link Actor#name}. */
  void send(String to, Message.Mail mail);

  /**
   * Sends a question to the life of a distinct id of the same project that reads the claim behind
   * it; without a claim, to the one of when it arrives.
   */
  void ask(String distinctId, Message.Question question);

  /** Whether this life of the distinct id was ended by what was read of its log. */
  boolean isOver();

  /**
   * Writes the row of an event; without a person the row carries the UUID that its distinct id
   * would have in this life.
   */
  void row(PersonEvent event, Person personOrNull);

  /**
   * Writes a snapshot of a person.
   *
   * @param absorbedId the distinct id whose person was absorbed, or an empty string
   * @param changed whether the person is another one than before
   */
  void snapshot(Person person, Cause cause, String absorbedId, boolean changed);

  /** Says that all earlier rows of a distinct id belong to a person. */
  void override(String id, UUID person, Cause cause);

  /** Takes back what was said of a deleted id's earlier rows. */
  void forgetOverride(String id);

  /** Counts a warning. */
  void warn(Warning warning);

  /** Keeps a message of the actor under a number. */
  void park(long number, Message message);

  /** Gives back the message that was kept under a number. */
  Message unpark(long number);

  /** Counts a person that was made. */
  void born();

  /** Returns who may have the actor's distinct id. */
  Claims claims();

  /** Notes who may have the actor's distinct id. */
  void claims(Claims claims);

  /**
   * Whether a claim that should stand at an offset is known not to come any more: this partition
   * has been read further, as happens when old records were deleted from the log.
   */
  boolean isPast(long offset);

  /** Keeps a question until the claim at an offset has been read. */
  void await(long offset, Message.Question question);

  /**
   * Returns how many questions wait for the claim at an offset; they wait no longer, and have to be
   * taken in this step.
   */
  long waiting(long offset);

  /** Gives back one of the questions that waited for the claim at an offset, counted from 0. */
  Message awaited(long offset, long number);
}
