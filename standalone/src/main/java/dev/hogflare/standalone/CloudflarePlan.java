// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.cloudflare.Provisioning.Plan;
import dev.hogflare.cloudflare.Provisioning.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Words what is going to be done at Cloudflare. */
final class CloudflarePlan {
  private CloudflarePlan() {}

  /** Returns where it is done, and a line for each step. */
  static List<String> lines(CloudflareConfig config, Plan plan) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "Cloudflare account "
            + config.accountId()
            + ", bucket "
            + config.bucket().orElse("-")
            + ", namespace "
            + config.namespace());
    if (!plan.steps().isEmpty()) {
      lines.add("");
      TextTable table = new TextTable(List.of("", "what", "name", ""), Set.of());
      for (Step step : plan.steps()) {
        table.row(
            step.action().name().toLowerCase(Locale.ROOT),
            step.thing(),
            step.name(),
            step.detail());
      }
      lines.addAll(table.lines());
      lines.add("");
    }
    return lines;
  }

  /** Returns the line for a step that was done. */
  static String done(Step step) {
    return switch (step.action()) {
          case CREATE -> "created ";
          case OPEN -> "opened ";
          case DELETE -> "deleted ";
          case KEEP -> "kept ";
        }
        + step.thing()
        + " "
        + step.name();
  }
}
