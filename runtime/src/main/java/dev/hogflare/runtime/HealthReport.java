// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import dev.hogflare.contract.JsonBuffer;
import java.util.Comparator;
import java.util.Map;

/** Renders the health of a process's parts as JSON. */
final class HealthReport {
  private HealthReport() {}

  static byte[] toJson(Map<String, Health> parts) {
    Health.State worst =
        parts.values().stream()
            .map(Health::state)
            .max(Comparator.naturalOrder())
            .orElse(Health.State.OK);
    JsonBuffer out =
        new JsonBuffer(256)
            .openObject()
            .name("status")
            .string(worst.text())
            .name("parts")
            .openObject();
    parts.forEach(
        (name, health) ->
            out.name(name)
                .openObject()
                .name("status")
                .string(health.state().text())
                .name("message")
                .string(health.message())
                .closeObject());
    return out.closeObject().closeObject().toBytes();
  }
}
