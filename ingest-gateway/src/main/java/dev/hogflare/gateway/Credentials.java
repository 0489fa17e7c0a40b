// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

/**
 * The project keys that a request names outside of its body, and the one that stands in for them.
 *
 * @param header the header {@code x-posthog-api-key}, or null
 * @param bearer the bearer token of the header {@code Authorization}, or null
 * @param query the query's {@code token} or {@code api_key}, or null
 * @param configured the key of requests that name none, or null
 */
record Credentials(String header, String bearer, String query, String configured) {
  /** A request that names no key. */
  static final Credentials NONE = new Credentials(null, null, null, null);

  /** Keeps keys out of logs. */
  @Override
  public String toString() {
    return "Credentials";
  }
}
