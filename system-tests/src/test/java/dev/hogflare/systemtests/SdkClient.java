// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What an application does with an SDK, in the name of one user at a time.
 *
 * <p>An SDK that knows no current user is given one by its client.
 */
interface SdkClient extends AutoCloseable {
  /** Returns the current user's distinct id. */
  String id();

  /** Captures an event; {@code $set} and {@code $set_once} are among the properties. */
  void capture(String event, Map<String, Object> properties);

  /** Captures an event several times at once, numbered by its property {@code n}. */
  default void captureItems(String event, int count) {
    for (int n = 0; n < count; n++) {
      capture(event, Map.of("n", n));
    }
  }

  /** Captures an event that happened at another time. */
  default void captureAt(String event, Instant time) {
    throw notOffered("captureAt");
  }

  /** Says who the current user is. */
  default void identify(String id, Map<String, Object> set, Map<String, Object> setOnce) {
    throw notOffered("identify");
  }

  /** Gives the current user another id. */
  default void alias(String alias) {
    throw notOffered("alias");
  }

  /** Puts the current user into a group. */
  default void group(String type, String key, Map<String, Object> properties) {
    throw notOffered("group");
  }

  /** Removes a property of the person. */
  default void unset(String property) {
    capture("$set", Map.of("$unset", List.of(property)));
  }

  /** Reports an exception. */
  default void exception(String message) {
    throw notOffered("exception");
  }

  /** Asks a model something. */
  default void generate(String prompt) {
    throw notOffered("generate");
  }

  /** Sends what is queued, as far as the SDK lets an application say so. */
  void flush();

  /** Ends as a page does that the user leaves. */
  default void leave() {
    throw notOffered("leave");
  }

  @Override
  void close();

  private static UnsupportedOperationException notOffered(String call) {
    return new UnsupportedOperationException("This SDK offers no " + call + ".");
  }
}
