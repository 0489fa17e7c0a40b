// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone.load;

import java.util.Iterator;

/**
 * What a load sends: the same plan gives every client the same requests again.
 *
 * @param seed chooses among all loads of this size
 * @param events how many different events there are, repeats not counted
 * @param clients how many clients share them; every distinct id sends through one client alone, so
 *     that its events keep their order
 * @param token the project key
 * @param conflicts whether ids are also united that belong to two known users, so that some merges
 *     are refused
 * @param days how many days the visits lie back over; 0 sends events of now, of every kind
 * @param lastDay the last of these days, in days since the epoch
 */
public record LoadPlan(
    long seed, long events, int clients, String token, boolean conflicts, int days, int lastDay) {
  /** The project key when none is named. */
  public static final String TOKEN = "phc_load";

  /** As many clients as a busy browser tier has connections. */
  public static final int CLIENTS = 8;

  /** The most days that visits may lie back over. */
  public static final int MOST_DAYS = 366;

  /** Creates a plan of events of now. */
  public LoadPlan(long seed, long events, int clients, String token, boolean conflicts) {
    this(seed, events, clients, token, conflicts, 0, 0);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if there is no event or no client, or too many days
   */
  public LoadPlan {
    if (events < 1 || clients < 1 || clients > 1_000) {
      throw new IllegalArgumentException(
          "A load has 1 event or more and 1 to 1000 clients, not "
              + events
              + " and "
              + clients
              + ".");
    }
    if (days < 0 || days > MOST_DAYS || lastDay < 0 || lastDay >= 1 << 20) {
      throw new IllegalArgumentException(
          "The visits of a load lie back over at most " + MOST_DAYS + " days, not " + days + ".");
    }
  }

  /** Returns the requests of a client, numbered from 0. */
  public Iterator<LoadRequest> script(int client) {
    long share = events / clients + (client < events % clients ? 1 : 0);
    return days == 0 ? new LoadScript(this, client, share) : new VisitScript(this, client, share);
  }
}
