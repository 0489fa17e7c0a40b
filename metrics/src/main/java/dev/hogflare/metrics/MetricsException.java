// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import java.util.List;

/** Says that a model or a question cannot be used; each sentence names the place and the fix. */
public final class MetricsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with one sentence. */
  public MetricsException(String message) {
    super(message);
  }

  /** Creates the exception with one sentence and what it follows from. */
  public MetricsException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Creates the exception with a sentence in each line. */
  MetricsException(List<String> problems) {
    super(String.join("\n", problems));
  }
}
