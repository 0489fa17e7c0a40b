// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import java.util.UUID;

/** What an actor can do in one step beside changing its own state. */
interface ActorContext {

  /** Sends mail to another actor of the same project. */
  void send(String to, Message.Mail mail);

  /**
   * Writes the row of an event; without a person the row carries the UUID that its distinct id
   * would have.
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
