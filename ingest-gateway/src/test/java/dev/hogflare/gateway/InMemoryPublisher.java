// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.runtime.Health;
import java.util.ArrayList;
import java.util.List;

/** Keeps what is published, as Kafka would; can be told to fail. */
final class InMemoryPublisher implements RawEventPublisher {
  private final List<RawEvent> events = new ArrayList<>();
  private final List<Written> claims = new ArrayList<>();
  private final List<Waiting> historical = new ArrayList<>();
  private final List<RawEvent> recordings = new ArrayList<>();
  private final List<Letter> deadLetters = new ArrayList<>();
  private PublicationFailedException failure;
  private Health health = Health.up("Kafka takes events.");
  private boolean closed;

  /** A dead letter. */
  record Letter(RawEvent item, DeadLetter reason) {}

  synchronized List<RawEvent> events() {
    return List.copyOf(events);
  }

  /**
   * A claim.
   *
   * @param eventsBefore how many events were there when it was acknowledged
   */
  record Written(ActorKey claimed, String claimant, int eventsBefore) {}

  /** Returns the claims; the place of each is its offset. */
  synchronized List<Written> claims() {
    return List.copyOf(claims);
  }

  /**
   * An event in the lane.
   *
   * @param mergedId the id that it wants united with its own, or null
   */
  record Waiting(RawEvent event, String mergedId) {}

  synchronized List<Waiting> historical() {
    return List.copyOf(historical);
  }

  synchronized List<RawEvent> recordings() {
    return List.copyOf(recordings);
  }

  synchronized List<Letter> deadLetters() {
    return List.copyOf(deadLetters);
  }

  synchronized int size() {
    return events.size() + historical.size() + recordings.size() + deadLetters.size();
  }

  synchronized void clear() {
    events.clear();
    claims.clear();
    historical.clear();
    recordings.clear();
    deadLetters.clear();
  }

  /** Lets every acknowledgement fail from now on, or not any more. */
  synchronized void failWith(PublicationFailedException e) {
    failure = e;
  }

  synchronized void be(Health now) {
    health = now;
  }

  synchronized boolean closed() {
    return closed;
  }

  @Override
  public Publication begin() {
    return new InMemoryPublication();
  }

  @Override
  public synchronized Health health() {
    return health;
  }

  @Override
  public void start() {
    // There is nothing to connect to.
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  private final class InMemoryPublication implements Publication {
    private final List<RawEvent> newEvents = new ArrayList<>();
    private final List<Written> newClaims = new ArrayList<>();
    private int firstClaim;
    private final List<Waiting> newHistorical = new ArrayList<>();
    private final List<RawEvent> newRecordings = new ArrayList<>();
    private final List<Letter> newDeadLetters = new ArrayList<>();

    @Override
    public SentClaim claim(ActorKey claimed, RawCommand.Claim claim) {
      int number = newClaims.size();
      newClaims.add(new Written(claimed, claim.claimant(), events.size()));
      return () -> firstClaim + number;
    }

    @Override
    public void event(RawEvent event) {
      newEvents.add(event);
    }

    @Override
    public void historical(RawEvent event, String mergedId) {
      newHistorical.add(new Waiting(event, mergedId));
    }

    @Override
    public void recording(RawEvent recording) {
      newRecordings.add(recording);
    }

    @Override
    public void deadLetter(RawEvent item, DeadLetter reason) {
      newDeadLetters.add(new Letter(item, reason));
    }

    @Override
    public void awaitAcknowledgement() throws PublicationFailedException {
      synchronized (InMemoryPublisher.this) {
        if (failure != null) {
          throw failure;
        }
        firstClaim = newClaims.isEmpty() ? firstClaim : claims.size();
        claims.addAll(newClaims);
        newClaims.clear();
        events.addAll(newEvents);
        historical.addAll(newHistorical);
        recordings.addAll(newRecordings);
        deadLetters.addAll(newDeadLetters);
      }
    }
  }
}
