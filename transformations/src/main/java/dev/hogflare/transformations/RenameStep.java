// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import java.util.Map;

/**
 * Gives events and properties other names; a property that already has the new name is replaced.
 *
 * @param events old names of events with the new ones
 * @param properties old names of properties with the new ones
 */
record RenameStep(Map<String, String> events, Map<String, String> properties) implements Step {
  @Override
  public void apply(Draft draft) {
    String name = events.get(draft.event());
    if (name != null) {
      draft.root().put("event", name);
    }
    properties.forEach(
        (old, now) -> {
          byte[] value = draft.properties().remove(old);
          if (value != null) {
            draft.properties().putRaw(now, value);
          }
        });
  }
}
