// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

/** Asks the processors what is stored about a person or a group; used by any number of threads. */
public interface StateLookup {

  /** What a processor says. */
  sealed interface Answer {
    /**
     * It is stored.
     *
     * @param json a person as {@code GET /persons/…} answers it, a group as {@code GET /groups/…}
     */
    record Found(byte[] json) implements Answer {}

    /** Nothing is stored. */
    record Unknown() implements Answer {}

    /**
     * Nobody can say at the moment.
     *
     * @param reason one sentence
     */
    record Unavailable(String reason) implements Answer {}
  }

  /** Finds the person of a distinct id. */
  Answer person(String token, String distinctId);

  /** Finds a group. */
  Answer group(String token, String type, String key);
}
