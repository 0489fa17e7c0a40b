// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.Locale;

/**
 * The family of endpoints through which an event came in; it decides how hogflare's own shapes are
 * read.
 */
public enum Route {
  /** {@code /capture} and {@code /track}. */
  CAPTURE,
  /** The browser's {@code /e} and {@code /i/v0/e}. */
  E,
  /** {@code /batch}. */
  BATCH,
  /** hogflare's {@code /identify}. */
  IDENTIFY,
  /** hogflare's {@code /alias}. */
  ALIAS,
  /** {@code /engage}: people updates. */
  ENGAGE,
  /** hogflare's {@code /groups}. */
  GROUPS,
  /** {@code /s}: session recordings. */
  S;

  private final String text = name().toLowerCase(Locale.ROOT);

  /** Returns the name that stands in record headers. */
  public String text() {
    return text;
  }

  /**
   * Reads the name that stands in record headers.
   *
   * @throws MalformedRecordException if no route has that name
   */
  public static Route fromText(String text) {
    for (Route route : values()) {
      if (route.text.equals(text)) {
        return route;
      }
    }
    throw new MalformedRecordException(
        "The header route holds \"" + text + "\", which is no route.");
  }
}
