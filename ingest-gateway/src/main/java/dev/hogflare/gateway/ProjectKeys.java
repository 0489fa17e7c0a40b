// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ErrorCode;
import java.util.List;

/**
 * Finds the project key of each item of a request.
 *
 * <p>The order is hogflare's, from near to far: the item, what encloses it, the header {@code
 * x-posthog-api-key}, the item's properties, {@code Authorization: Bearer}, the query, the one key
 * that the other items have, and the configured one. The shape that a key must have is PostHog's.
 */
final class ProjectKeys {
  private static final int MAX_LENGTH = 64;
  private static final String WHERE =
      "send the project key as api_key in the body, in the header x-posthog-api-key or as ?token=";

  private final String enclosing;
  private final Credentials credentials;
  private String checked;
  private String checkedProblem;

  /**
   * Creates the search for one request.
   *
   * @param enclosing the key of the batch or envelope, or null
   */
  ProjectKeys(String enclosing, Credentials credentials) {
    this.enclosing = enclosing;
    this.credentials = credentials;
  }

  /** Gives every item its key, or refuses it. */
  void assign(List<Item> items) {
    String common = null;
    boolean several = false;
    for (Item item : items) {
      String key = nearestOrNull(item);
      item.token(key);
      if (key != null && problemOrNull(key) == null) {
        several |= common != null && !common.equals(key);
        common = key;
      }
    }
    String fallback = common == null || several ? credentials.configured() : common;
    for (Item item : items) {
      if (item.token() == null) {
        item.token(fallback);
      }
      check(item);
    }
  }

  private void check(Item item) {
    String key = item.token();
    if (key == null) {
      // Nothing better was found, so that the sender is told what is wrong with what it sent.
      key = item.ownToken() == null ? item.weakToken() : item.ownToken();
    }
    if (key == null) {
      item.refuse(ErrorCode.MISSING_TOKEN, "The project key is missing; " + WHERE + ".");
      return;
    }
    String problem = problemOrNull(key);
    if (problem == null) {
      item.token(key.strip());
    } else {
      item.token(null);
      item.refuse(ErrorCode.INVALID_TOKEN, "The project key " + problem + "; " + WHERE + ".");
    }
  }

  private String nearestOrNull(Item item) {
    String named = firstFilled(item.ownToken(), enclosing, credentials.header());
    if (named != null) {
      return named;
    }
    if (item.weakToken() != null && problemOrNull(item.weakToken()) == null) {
      return item.weakToken();
    }
    return firstFilled(credentials.bearer(), credentials.query(), null);
  }

  private static String firstFilled(String one, String two, String three) {
    if (one != null && !one.isBlank()) {
      return one;
    }
    if (two != null && !two.isBlank()) {
      return two;
    }
    return three == null || three.isBlank() ? null : three;
  }

  private String problemOrNull(String key) {
    // Nearly always all items of a request have the same key.
    if (!key.equals(checked)) {
      checked = key;
      checkedProblem = shapeProblemOrNull(key);
    }
    return checkedProblem;
  }

  /** Returns what is wrong with a key, as the end of a sentence, or null if nothing is. */
  static String shapeProblemOrNull(String key) {
    String stripped = key.strip();
    if (stripped.isEmpty()) {
      return "is empty";
    }
    if (stripped.length() > MAX_LENGTH) {
      return "is longer than " + MAX_LENGTH + " characters";
    }
    if (stripped.startsWith("phx_")) {
      return "is a personal API key (phx_), which must stay secret";
    }
    for (int i = 0; i < stripped.length(); i++) {
      char c = stripped.charAt(i);
      if (c == 0) {
        return "contains NUL";
      }
      if (c > 0x7F) {
        return "contains characters other than ASCII";
      }
    }
    return null;
  }
}
