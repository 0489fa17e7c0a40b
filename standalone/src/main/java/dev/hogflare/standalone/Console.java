// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.io.PrintWriter;

/** Writes lines for people, around one live line that is refreshed in place. */
final class Console {
  private static final String CLEAR_LINE = "\r\u001B[K";

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean terminal;
  private boolean live;

  /**
   * Creates a console.
   *
   * @param terminal whether {@code out} is a terminal, so that a line can be overwritten
   */
  Console(PrintWriter out, PrintWriter err, boolean terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /** Says whether a line can be overwritten. */
  boolean terminal() {
    return terminal;
  }

  /** Returns where answers of commands go. */
  PrintWriter out() {
    return out;
  }

  /** Writes a line that stays. */
  synchronized void say(String line) {
    clear();
    out.println(line);
    out.flush();
  }

  /** Writes a line about a problem. */
  synchronized void warn(String line) {
    clear();
    err.println(line);
    err.flush();
  }

  /** Replaces the live line; on anything but a terminal it is a line like any other. */
  synchronized void refresh(String line) {
    if (!terminal) {
      say(line);
      return;
    }
    out.print(CLEAR_LINE + line);
    out.flush();
    live = true;
  }

  private void clear() {
    if (live) {
      out.print(CLEAR_LINE);
      out.flush();
      live = false;
    }
  }
}
