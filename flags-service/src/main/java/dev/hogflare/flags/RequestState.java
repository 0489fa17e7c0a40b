// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Looks up the state of one request when a flag asks for it, each thing once at most; used by one
 * thread.
 */
final class RequestState implements StateSource {
  private final StateLookup lookup;
  private final StickyIds sticky;
  private final String token;
  private final String distinctId;
  private final Optional<String> anonDistinctId;
  private final Supplier<Set<String>> continuityFlags;
  private StateReader.StoredPerson person;

  /**
   * Creates the state of a request.
   *
   * @param continuityFlags tells the flags whose stored ids decide
   */
  RequestState(
      StateLookup lookup,
      StickyIds sticky,
      String token,
      String distinctId,
      Optional<String> anonDistinctId,
      Supplier<Set<String>> continuityFlags) {
    this.lookup = lookup;
    this.sticky = sticky;
    this.token = token;
    this.distinctId = distinctId;
    this.anonDistinctId = anonDistinctId;
    this.continuityFlags = continuityFlags;
  }

  @Override
  public PersonState person() {
    return stored().state();
  }

  private StateReader.StoredPerson stored() {
    if (person == null) {
      // Nothing is ever stored about an empty id or without a project.
      person =
          distinctId.isBlank() || token.isEmpty()
              ? StateReader.StoredPerson.NOBODY
              : StateReader.person(lookup.person(token, distinctId));
    }
    return person;
  }

  @Override
  public GroupState group(String type, String key) {
    return token.isEmpty() || key.isEmpty()
        ? new GroupState.Unknown()
        : StateReader.group(lookup.group(token, type, key));
  }

  @Override
  public ContinuityKeys continuityKeys() {
    if (token.isEmpty() || distinctId.isBlank()) {
      return new ContinuityKeys.Known(Map.of());
    }
    if (stored().state() instanceof PersonState.Unreachable away) {
      return new ContinuityKeys.Unreachable(away.reason());
    }
    // An id that was stored for one of a person's ids holds for all of them.
    Set<String> ids = new LinkedHashSet<>(List.of(distinctId));
    anonDistinctId.ifPresent(ids::add);
    ids.addAll(stored().distinctIds());
    return sticky.keys(
        token, List.copyOf(ids), anonDistinctId.filter(id -> !id.isBlank()), continuityFlags.get());
  }
}
