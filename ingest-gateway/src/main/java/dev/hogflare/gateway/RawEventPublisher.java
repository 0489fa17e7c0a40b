// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.runtime.Health;

/** Puts what requests bring on Kafka. */
interface RawEventPublisher extends AutoCloseable {

  /** Begins the publication of one request's items, which one thread carries through. */
  Publication begin();

  /** Says whether Kafka takes what is sent. */
  Health health();

  /** Begins to watch Kafka. */
  void start();

  /** Sends what is still buffered within a bounded time and frees everything; never throws. */
  @Override
  void close();

  /**
   * A claim on its way.
   *
   * @see RawCommand.Claim
   */
  interface SentClaim {
    /** Returns its offset, once everything that was sent with it is acknowledged. */
    long offset();
  }

  /**
   * The publication of one request's items: several sends, then one wait for all of them; if some
   * of the events make claims, the same for the claims before.
   */
  interface Publication {

    /**
     * Sends a claim to the raw topic.
     *
     * @param claimed the distinct id that is claimed
     * @throws PublicationFailedException if it is known already that this fails
     */
    SentClaim claim(ActorKey claimed, RawCommand.Claim claim) throws PublicationFailedException;

    /**
     * Sends an event to the raw topic.
     *
     * @throws PublicationFailedException if it is known already that this fails
     */
    void event(RawEvent event) throws PublicationFailedException;

    /**
     * Sends a part of a recording to the recordings topic.
     *
     * @throws PublicationFailedException if it is known already that this fails
     */
    void recording(RawEvent recording) throws PublicationFailedException;

    /**
     * Sends an unusable item to the dead letters.
     *
     * @param item the item, with an incomplete key if not all of it is known
     * @throws PublicationFailedException if it is known already that this fails
     */
    void deadLetter(RawEvent item, DeadLetter reason) throws PublicationFailedException;

    /**
     * Returns when the brokers have acknowledged everything that was sent; more can be sent then.
     *
     * @throws PublicationFailedException if one of the items failed, or the time is up
     */
    void awaitAcknowledgement() throws PublicationFailedException;
  }
}
