// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.runtime.Health;
import java.util.ArrayList;
import java.util.List;

/** Keeps what is published, as Kafka would; can be told to fail. */
final class InMemoryPublisher implements RawEventPublisher {
  private final List<RawEvent> events = new ArrayList<>();
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

  synchronized List<RawEvent> recordings() {
    return List.copyOf(recordings);
  }

  synchronized List<Letter> deadLetters() {
    return List.copyOf(deadLetters);
  }

  synchronized int size() {
    return events.size() + recordings.size() + deadLetters.size();
  }

  synchronized void clear() {
    events.clear();
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
    private final List<RawEvent> newRecordings = new ArrayList<>();
    private final List<Letter> newDeadLetters = new ArrayList<>();

    @Override
    public void event(RawEvent event) {
      newEvents.add(event);
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
        events.addAll(newEvents);
        recordings.addAll(newRecordings);
        deadLetters.addAll(newDeadLetters);
      }
    }
  }
}
