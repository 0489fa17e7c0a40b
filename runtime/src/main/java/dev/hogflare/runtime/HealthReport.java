// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import dev.hogflare.contract.JsonBuffer;
import java.util.Map;

/** Renders the health of a process's parts as JSON. */
final class HealthReport {
  private HealthReport() {}

  static byte[] toJson(Map<String, Health> parts) {
    boolean up = parts.values().stream().allMatch(Health::up);
    JsonBuffer out =
        new JsonBuffer(256)
            .openObject()
            .name("status")
            .string(up ? "ok" : "down")
            .name("parts")
            .openObject();
    parts.forEach(
        (name, health) ->
            out.name(name)
                .openObject()
                .name("status")
                .string(health.up() ? "ok" : "down")
                .name("message")
                .string(health.message())
                .closeObject());
    return out.closeObject().closeObject().toBytes();
  }
}
