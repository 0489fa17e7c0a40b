// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.Optional;

/**
 * The outcome of one flag.
 *
 * <p>There are as many objects as a flag has outcomes, made when the definition is read and shared
 * by all requests from then on; so identity tells results apart, and what is derived from one can
 * be kept beside it.
 */
public final class FlagResult {
  private final FlagDefinition definition;
  private final boolean enabled;
  private final String variant;
  private final FlagPayload payload;
  private final FlagReason reason;
  private final boolean failed;

  FlagResult(
      FlagDefinition definition,
      boolean enabled,
      String variant,
      FlagPayload payload,
      FlagReason reason,
      boolean failed) {
    this.definition = definition;
    this.enabled = enabled;
    this.variant = variant;
    this.payload = payload;
    this.reason = reason;
    this.failed = failed;
  }

  /** Returns the flag. */
  public FlagDefinition definition() {
    return definition;
  }

  /** Returns the flag's key. */
  public String key() {
    return definition.key();
  }

  /** Whether the flag is on; a variant is on, too. */
  public boolean enabled() {
    return enabled;
  }

  /** Returns the variant, if the value is one; else the value is {@link #enabled}. */
  public Optional<String> variant() {
    return Optional.ofNullable(variant);
  }

  /** Returns the payload of this value. */
  public Optional<FlagPayload> payload() {
    return Optional.ofNullable(payload);
  }

  /** Returns why. */
  public FlagReason reason() {
    return reason;
  }

  /** Whether the flag could not be computed, so that clients keep what they have. */
  public boolean failed() {
    return failed;
  }

  /** Whether this is the value of a hogflare flag that is not active. */
  public boolean disabled() {
    return !definition.active();
  }
}
