// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import java.util.List;
import java.util.Map;

/** Writes {@code docs/compatibility.md}: what came of each scenario with each SDK. */
final class CompatibilityTable {
  private static final String BEFORE =
      """
      # Compatibility

      Published SDKs, unmodified, against a whole pipeline: each cell is a scenario that was played with an SDK and whose **rows in
      the lake** were checked, each event once. `ConformanceIT` plays them in every `./hogflare test` and fails if this page says
      anything else than what came of it. To write the page anew:

      ```
      ./hogflare test -- -pl system-tests -am -Dit.test=ConformanceIT -Dcompatibility.write=true
      ```

      | cell | meaning |
      | --- | --- |
      | ✓ | the rows are there, each once, with their persons and groups |
      | drops | the SDK itself gives these events up after such an answer, and no rows come: that is its behaviour with PostHog, too |
      | – | the SDK has no call, no setting or no transport for it |

      """;
  private static final String AFTER =
      """

      A fault meets one request with four events, on a real connection between the SDK and the gateway. *An answer that is lost*: the
      gateway has stored the events, the connection breaks, and the SDK sends them again; there is one row for each. *No
      answer at all*: the SDK waits until its own patience ends.

      | SDK | runs in |
      | --- | --- |
      | posthog-js, three generations | headless Chromium, the bundle `array.js` of each package |
      | posthog-js-lite | headless Chromium, as modules |
      | posthog-node | Node.js |
      | posthog-react-native | Node.js; React Native itself is a stand-in |
      | @posthog/ai | Node.js; its OpenAI client, before a stand-in of the model. It sends through posthog-node |
      | posthog-server, posthog-java, posthog (the core of the Android SDK) | the JVM |

      Flags, remote configuration and local evaluation have a test of their own, `SdkFlagsIT`.
      """;

  private CompatibilityTable() {}

  /**
   * Returns the page.
   *
   * @param sdks the titles of the SDKs, in the order of the columns
   * @param cells what came of each scenario, by scenario and SDK
   */
  static String page(List<String> sdks, Map<Scenario, List<String>> cells) {
    StringBuilder page = new StringBuilder(BEFORE);
    page.append("| | ").append(String.join(" | ", sdks)).append(" |\n|");
    page.append(" --- |".repeat(sdks.size() + 1)).append('\n');
    for (Scenario scenario : Scenario.values()) {
      page.append("| ").append(scenario.title()).append(" | ");
      page.append(String.join(" | ", cells.get(scenario))).append(" |\n");
    }
    return page.append(AFTER).toString();
  }

  /** Returns what a cell says that has come to what was expected. */
  static String cell(Sdk.Expectation expectation) {
    return switch (expectation) {
      case ROWS -> "✓";
      case GIVEN_UP -> "drops";
      case NOT_OFFERED -> "–";
    };
  }
}
