// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * One flag as its document defines it.
 *
 * @param key the flag key
 * @param format which engine evaluates it
 * @param active whether it is switched on
 * @param id its number, 0 if it has none
 * @param version its version, 0 if it has none
 * @param description its description; of an official flag, its name is not one
 * @param hasExperiment whether an experiment uses it
 * @param remoteConfiguration whether it exists for its payload only
 * @param dependencyChain the keys of the flags that have to be evaluated first, in order, without
 *     itself
 * @param source the definition as it was written, unknown fields included; shared, not to be
 *     changed
 */
public record FlagDefinition(
    String key,
    Format format,
    boolean active,
    long id,
    long version,
    Optional<String> description,
    boolean hasExperiment,
    boolean remoteConfiguration,
    List<String> dependencyChain,
    ObjectNode source) {
  /** The two ways to define a flag. */
  public enum Format {
    /** hogflare's own fields, the first condition that matches is final. */
    HOGFLARE,
    /** PostHog's {@code filters}. */
    OFFICIAL
  }
}
