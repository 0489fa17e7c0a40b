// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where events wait while Kafka is away.
 *
 * @param folder a folder of this gateway alone
 * @param maxBytes the most bytes of disk that are taken
 */
record SpoolConfig(Path folder, long maxBytes) {
  private static final long MEGABYTE = 1024L * 1024;

  /** Reads the settings; nothing if there is to be no spool. */
  static Optional<SpoolConfig> from(Settings settings) {
    long maxBytes = settings.number(Variable.HOGFLARE_SPOOL_MAX_MB, 16, 1_000_000) * MEGABYTE;
    return settings
        .optional(Variable.HOGFLARE_SPOOL_DIR)
        .flatMap(
            text -> {
              try {
                return Optional.of(new SpoolConfig(Path.of(text), maxBytes));
              } catch (InvalidPathException e) {
                settings.reject(
                    Variable.HOGFLARE_SPOOL_DIR,
                    "is no path (" + e.getReason() + "); set it to a folder.");
                return Optional.empty();
              }
            });
  }
}
