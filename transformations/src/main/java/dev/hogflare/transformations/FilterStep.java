// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import java.util.List;

/**
 * Removes properties.
 *
 * @param names their names
 * @param beginnings what the names of others begin with
 */
record FilterStep(List<String> names, List<String> beginnings) implements Step {
  @Override
  public void apply(Draft draft) {
    JsonObject properties = draft.properties();
    for (String name : names) {
      PropertyNames.change(properties, name, value -> null);
    }
    if (!beginnings.isEmpty()) {
      properties.removeIf(this::isMeant);
    }
  }

  private boolean isMeant(String name) {
    for (String beginning : beginnings) {
      if (name.startsWith(beginning)) {
        return !PropertyNames.OF_IDENTITY.contains(name);
      }
    }
    return false;
  }
}
