// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.Definition;
import dev.hogflare.contract.DefinitionKey;
import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.SchemaChange;
import dev.hogflare.contract.SchemaChange.Change;
import dev.hogflare.contract.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tells what becomes of a definition when more of it is seen, and which names have none. */
final class Merge {
  /** Definitions of a project, those on single events excepted, past which names are refused. */
  static final int MAX_DEFINITIONS = 10_000;

  /** Properties on single events, of a project, past which further ones are refused. */
  static final int MAX_ON_EVENTS = 50_000;

  private static final List<String> MANY_NAMED = List.of("$feature/", "$feature_enrollment/");

  private Merge() {}

  /**
   * A definition and what changed in it.
   *
   * @param definition how it is now
   * @param changes what is worth to be told, in order
   */
  record Result(Definition definition, List<SchemaChange> changes) {}

  /** Returns which definitions a name belongs to. */
  static List<DefinitionKey> keys(String token, Seen seen) {
    if (seen.kind() != Kind.EVENTS_PROPERTY) {
      return List.of(new DefinitionKey(token, seen.kind(), seen.parent(), seen.name()));
    }
    DefinitionKey ofAll = new DefinitionKey(token, Kind.EVENT_PROPERTY, "", seen.name());
    // One name for each flag and each event would be too many.
    return MANY_NAMED.stream().anyMatch(seen.name()::startsWith)
        ? List.of(ofAll)
        : List.of(
            ofAll, new DefinitionKey(token, Kind.EVENTS_PROPERTY, seen.parent(), seen.name()));
  }

  /** Returns the most definitions of a project of the same sort as this one. */
  static int limit(Kind kind) {
    return kind == Kind.EVENTS_PROPERTY ? MAX_ON_EVENTS : MAX_DEFINITIONS;
  }

  /**
   * Returns a definition after more was seen.
   *
   * @param before the definition so far, or null
   */
  static Result of(DefinitionKey key, Definition before, Seen seen) {
    Definition after =
        before == null
            ? Definition.first(key, seen.values(), seen.first(), seen.last())
            : before.plus(seen.values(), seen.first(), seen.last());
    List<SchemaChange> changes = new ArrayList<>();
    // What a property is on one event is told of the property, not twice.
    boolean told = key.kind() != Kind.EVENTS_PROPERTY && key.kind() != Kind.REFUSED;
    if (told && before == null) {
      changes.add(change(Change.ADDED, Optional.empty(), after.type(), after));
    }
    if (told) {
      Optional<ValueType> first = before == null ? after.type() : before.type();
      for (ValueType type : ValueType.values()) {
        boolean isNew =
            after.values().of(type) > 0 && (before == null || before.values().of(type) == 0);
        if (isNew && first.isPresent() && first.get() != type) {
          changes.add(change(Change.TYPE_ADDED, first, Optional.of(type), after));
        }
      }
    }
    if (told
        && before != null
        && before.type().isPresent()
        && !before.type().equals(after.type())) {
      changes.add(change(Change.TYPE_CHANGED, before.type(), after.type(), after));
    }
    return new Result(after, changes);
  }

  /** Returns the change that tells that a project has no room for further names. */
  static SchemaChange limitReached(DefinitionKey refused, long seenAt) {
    return new SchemaChange(
        Change.LIMIT_REACHED, refused, Optional.empty(), Optional.empty(), seenAt);
  }

  private static SchemaChange change(
      Change change, Optional<ValueType> before, Optional<ValueType> after, Definition now) {
    return new SchemaChange(change, now.key(), before, after, now.lastSeen());
  }
}
