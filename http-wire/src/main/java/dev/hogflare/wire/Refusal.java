// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.util.Locale;

/** The kinds of reason for which a request is refused as a whole. */
public enum Refusal {
  /** Its body cannot be decoded or is no JSON of a known shape. */
  UNREADABLE(400),
  /** It carries no valid signature. */
  UNSIGNED(401),
  /** It names no project where its protocol has the project named before any event. */
  KEYLESS(401),
  /** The client stopped sending. */
  STALLED(408),
  /** It is larger than a limit, on the wire or after decompression. */
  TOO_LARGE(413),
  /** It is nested more deeply than is read. */
  TOO_DEEP(413),
  /** Its body is of a type, or in an encoding, that is not read. */
  UNSUPPORTED(415),
  /** Its address sends too much that is none of ours. */
  LIMITED(429),
  /** A defect of ours. */
  INTERNAL(500),
  /** The memory for request bodies is taken. */
  OVERLOADED(503),
  /** Kafka does not acknowledge. */
  UNAVAILABLE(503);

  private final int status;
  private final String text = name().toLowerCase(Locale.ROOT);

  Refusal(int status) {
    this.status = status;
  }

  /** Returns the HTTP status of the answer. */
  public int status() {
    return status;
  }

  /** Returns the reason as it stands in metrics. */
  public String text() {
    return text;
  }
}
