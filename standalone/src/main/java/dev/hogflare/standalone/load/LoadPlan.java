// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone.load;

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
 */
public record LoadPlan(long seed, long events, int clients, String token, boolean conflicts) {
  /** The project key when none is named. */
  public static final String TOKEN = "phc_load";

  /** As many clients as a busy browser tier has connections. */
  public static final int CLIENTS = 8;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if there is no event or no client
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
  }

  /** Returns the requests of a client, numbered from 0. */
  public LoadScript script(int client) {
    long share = events / clients + (client < events % clients ? 1 : 0);
    return new LoadScript(this, client, share);
  }
}
