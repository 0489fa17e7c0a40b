// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import java.net.URI;
import java.util.Set;

/** A published SDK that the scenarios are played with. */
interface Sdk extends AutoCloseable {
  /** How a client is set up. */
  enum Setting {
    /** The body goes uncompressed. */
    UNCOMPRESSED,
    /** The host takes base64 alone. */
    BASE64,
    /** Anonymous users get no person. */
    PERSONLESS,
    /** Retries and patience are the SDK's own, even where scenarios shorten them. */
    PATIENT
  }

  /** What is known of an SDK before a scenario is played. */
  enum Expectation {
    /** The rows are in the lake, each once. */
    ROWS,
    /** The SDK gives these events up, so that there are no rows. */
    GIVEN_UP,
    /** The SDK has no call or no setting for it. */
    NOT_OFFERED
  }

  /** Makes a client. */
  SdkClient open(URI host, String projectKey, Set<Setting> settings);

  @Override
  void close();
}
