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

  /**
   * Begins the publication again of a request whose first one failed, in another place, if there is
   * one.
   *
   * @param failed the first publication
   * @return null if there is no other place
   */
  default Publication insteadOrNull(Publication failed) {
    return null;
  }

  /** Says whether what is sent is taken. */
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
    /**
     * Returns what its event has to name it by, once everything that was sent with it is
     * acknowledged: its offset, or a number that stands for the offset until that is known.
     */
    long offset();
  }

  /**
   * The publication of one request's items: several sends, then one wait for all of them; if some
   * of the events make claims, the same for the claims before.
   */
  interface Publication {

    /** Whether what is sent waits on disk until Kafka takes it. */
    default boolean waits() {
      return false;
    }

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
     * Sends an event to the lane of historical batches; its claim is made when it leaves the lane.
     *
     * @param mergedId the distinct id that the event wants united with its own, or null
     * @throws PublicationFailedException if it is known already that this fails
     */
    void historical(RawEvent event, String mergedId) throws PublicationFailedException;

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
     * Returns when everything that was sent is safe: acknowledged by the brokers, or on disk; more
     * can be sent then.
     *
     * @throws PublicationFailedException if one of the items failed, or the time is up
     */
    void awaitAcknowledgement() throws PublicationFailedException;
  }
}
