// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Says when a request may start, so that a stream never gets more than so many bytes within a
 * second, and nearly as many.
 *
 * <p>When a body arrives is not known from here, only that it is between the start of its request
 * and its answer. So a request counts until a second after its answer, less the shortest time that
 * any took: the way there and back, which the next one needs, too. Then no second sees more than
 * the bound however late threads, networks or answers are. Beside that requests are spread evenly.
 * Batches of a 64th of the bound leave more than 96 % of it in use.
 *
 * <p>Safe for concurrent use, since two streams of rows may share an endpoint; times are
 * nanoseconds of any steady clock.
 */
final class BytePacer {
  private static final long SECOND = 1_000_000_000;

  /** What is added to the second, for clocks that differ a little. */
  private static final long MARGIN = SECOND / 200;

  /** How far behind the even spread requests may fall and catch up: a late thread costs nothing. */
  private static final long LEEWAY = SECOND / 10;

  /** How many answers it takes to know the way: the first ones are slow, on either side. */
  private static final int ENOUGH = 100;

  private static final int BATCHES_A_SECOND = 64;
  private static final int SMALLEST_BATCH = 1_000;

  /** A request that counts. */
  static final class Ticket {
    private final long startedAt;
    private final int bytes;
    private boolean answered;
    private long answeredAt;

    private Ticket(long startedAt, int bytes) {
      this.startedAt = startedAt;
      this.bytes = bytes;
    }
  }

  private final long bytesPerSecond;
  private final List<Ticket> counting = new ArrayList<>();
  private long countingBytes;
  private long shortest = Long.MAX_VALUE;
  private int accepted;
  private boolean begun;
  private long even;

  /**
   * Creates a pacer that nothing has passed.
   *
   * @param bytesPerSecond the bound, or 0 for none
   */
  BytePacer(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Returns the length of a body that suits the bound, at most the wanted one. */
  int batchBytes(int wanted) {
    return bytesPerSecond == 0
        ? wanted
        : (int) Math.min(wanted, Math.max(SMALLEST_BATCH, bytesPerSecond / BATCHES_A_SECOND));
  }

  /**
   * Returns the time until a request of so many bytes may start, 0 if it may now, a very long one
   * if that depends on an answer.
   */
  synchronized long nanosUntilStart(int bytes, long now) {
    if (bytesPerSecond == 0) {
      return 0;
    }
    forget(now);
    long wait = begun ? Math.max(0, even - LEEWAY - now) : 0;
    // A row may be longer than the bound: it goes when nothing else counts.
    long excess = countingBytes + bytes - Math.max(bytesPerSecond, bytes);
    if (excess <= 0) {
      return wait;
    }
    List<Ticket> ending =
        counting.stream()
            .filter(ticket -> ticket.answered)
            .sorted(Comparator.comparingLong(ticket -> ticket.answeredAt - now))
            .toList();
    for (Ticket ticket : ending) {
      excess -= ticket.bytes;
      if (excess <= 0) {
        return Math.max(wait, countsFor(ticket, now));
      }
    }
    return Long.MAX_VALUE;
  }

  /** Notes a request of so many bytes, unless it may not start yet. */
  synchronized Optional<Ticket> start(int bytes, long now) {
    if (nanosUntilStart(bytes, now) > 0) {
      return Optional.empty();
    }
    Ticket ticket = new Ticket(now, bytes);
    if (bytesPerSecond > 0) {
      long from = begun ? Math.max(even, now - LEEWAY) : now;
      long share = (long) ((double) bytes * SECOND / bytesPerSecond);
      begun = true;
      even = bytes > bytesPerSecond ? now + share + LEEWAY : from + share;
      counting.add(ticket);
      countingBytes += bytes;
    }
    return Optional.of(ticket);
  }

  /**
   * Notes that a request is over.
   *
   * @param taken whether the sink took it, so that the time it took tells that of the way
   */
  synchronized void over(Ticket ticket, boolean taken, long now) {
    if (taken) {
      shortest = Math.min(shortest, now - ticket.startedAt);
      accepted = Math.min(accepted + 1, ENOUGH);
    }
    ticket.answered = true;
    ticket.answeredAt = now;
  }

  /** Returns how long an answered request still counts. */
  private long countsFor(Ticket ticket, long now) {
    long way = accepted == ENOUGH ? shortest : 0;
    return ticket.answeredAt + SECOND + MARGIN - way - now;
  }

  private void forget(long now) {
    for (var all = counting.iterator(); all.hasNext(); ) {
      Ticket ticket = all.next();
      if (ticket.answered && countsFor(ticket, now) <= 0) {
        all.remove();
        countingBytes -= ticket.bytes;
      }
    }
  }
}
