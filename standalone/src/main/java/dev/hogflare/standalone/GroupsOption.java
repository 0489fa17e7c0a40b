// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The option that gives a request for flags its groups. */
final class GroupsOption {
  @Option(
      names = "--group",
      paramLabel = "<type=key>",
      description = "A group of the request; may be given several times.")
  private Map<String, String> byType = new LinkedHashMap<>();

  /** Returns the group keys by group type. */
  Map<String, String> byType() {
    return byType;
  }
}
