// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Keeps the events of a share of all distinct ids, always of the same ones: those whose SHA-256,
 * read as a fraction, is below the share.
 */
final class DownsamplingStep implements Step {
  private static final double RANGE = 0x1p53;

  private final double share;

  /**
   * Creates the step.
   *
   * @param percentage 0 to 100
   */
  DownsamplingStep(double percentage) {
    this.share = percentage / 100;
  }

  @Override
  public void apply(Draft draft) {
    if (fraction(draft.distinctId()) >= share) {
      draft.drop();
    }
  }

  private static double fraction(String distinctId) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(distinctId.getBytes(StandardCharsets.UTF_8));
      long bits = 0;
      for (int i = 0; i < Long.BYTES; i++) {
        bits = bits << 8 | hash[i] & 0xFF;
      }
      return (bits >>> 11) / RANGE;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
