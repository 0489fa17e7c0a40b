// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.Map;

/** Knows no person and no group. */
enum EmptyState implements StateSource {
  /** The only one. */
  INSTANCE;

  @Override
  public PersonState person() {
    return new PersonState.Unknown();
  }

  @Override
  public GroupState group(String type, String key) {
    return new GroupState.Unknown();
  }

  @Override
  public ContinuityKeys continuityKeys() {
    return new ContinuityKeys.Known(Map.of());
  }
}
