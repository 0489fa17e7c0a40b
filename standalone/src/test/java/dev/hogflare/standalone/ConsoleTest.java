// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ConsoleTest {
  private static final String CLEAR = "\r\u001B[K";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void overwritesTheLiveLineOfATerminalAndClearsItForALineThatStays() {
    Console console = console(true);
    console.refresh("one");
    console.refresh("two");
    console.say("stays");
    console.say("too");
    assertThat(out).hasToString(CLEAR + "one" + CLEAR + "two" + CLEAR + "stays\ntoo\n");
  }

  @Test
  void clearsTheLiveLineBeforeAWarning() {
    Console console = console(true);
    console.refresh("live");
    console.warn("careful");
    assertThat(out).hasToString(CLEAR + "live" + CLEAR);
    assertThat(err).hasToString("careful\n");
  }

  @Test
  void writesPlainLinesIntoAFile() {
    Console console = console(false);
    console.refresh("one");
    console.say("two");
    assertThat(out).hasToString("one\ntwo\n");
  }

  private Console console(boolean terminal) {
    return new Console(new PrintWriter(out), new PrintWriter(err), terminal);
  }
}
