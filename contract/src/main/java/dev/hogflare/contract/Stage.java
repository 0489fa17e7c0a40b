// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.Locale;

/** The stages of the pipeline, in the order in which an event meets them. */
public enum Stage {
  /** The gateway. */
  GATEWAY,
  /** The person-processor. */
  PERSON,
  /** The group-processor. */
  GROUP,
  /** The forwarder. */
  FORWARDER;

  private final String text = name().toLowerCase(Locale.ROOT);

  /** Returns the stage as it stands in headers and metrics. */
  public String text() {
    return text;
  }
}
