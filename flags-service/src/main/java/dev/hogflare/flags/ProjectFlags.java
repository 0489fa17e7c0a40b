// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The flags that one project sees, with what they refer to. */
public final class ProjectFlags {
  private final List<FlagDefinition> flags;
  private final Map<String, FlagDefinition> byKey;
  private final SortedMap<Integer, String> groupTypes;
  private final ObjectNode cohorts;
  private final int propertyMatchingVersion;
  private final boolean quotaLimited;
  private final CompiledFlag[] compiled;
  private final Set<String> brokenFlags;

  ProjectFlags(
      List<FlagDefinition> flags,
      Map<String, FlagDefinition> byKey,
      SortedMap<Integer, String> groupTypes,
      ObjectNode cohorts,
      int propertyMatchingVersion,
      boolean quotaLimited,
      CompiledFlag[] compiled) {
    this.flags = flags;
    this.byKey = byKey;
    this.groupTypes = groupTypes;
    this.cohorts = cohorts;
    this.propertyMatchingVersion = propertyMatchingVersion;
    this.quotaLimited = quotaLimited;
    this.compiled = compiled;
    brokenFlags =
        Stream.of(compiled)
            .filter(CompiledFlag::isBroken)
            .map(CompiledFlag::key)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Returns the flags ready to be computed, in the same order; not to be changed. */
  CompiledFlag[] compiled() {
    return compiled;
  }

  /** Returns the flags in the order of the document, active or not, also those with an error. */
  public List<FlagDefinition> flags() {
    return flags;
  }

  /** Returns the flag of this key. */
  public Optional<FlagDefinition> flag(String key) {
    return Optional.ofNullable(byKey.get(key));
  }

  /** Returns the keys of the flags whose definitions have an error, so that they always fail. */
  public Set<String> brokenFlags() {
    return brokenFlags;
  }

  /** Returns the group types by their index. */
  public SortedMap<Integer, String> groupTypes() {
    return groupTypes;
  }

  /** Returns the cohorts by their id as they were written; shared, not to be changed. */
  public ObjectNode cohorts() {
    return cohorts;
  }

  /** Whether the project has used its quota of flags up. */
  public boolean quotaLimited() {
    return quotaLimited;
  }

  /** Returns which rule of {@code exact} holds: 1 or 2. */
  public int propertyMatchingVersion() {
    return propertyMatchingVersion;
  }
}
