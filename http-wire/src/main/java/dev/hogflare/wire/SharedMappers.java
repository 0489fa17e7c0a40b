// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import io.helidon.common.mapper.MapperManager;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps Helidon from making its value mappers anew for every request.
 *
 * <p>Helidon 4.4 reads the header {@code Content-Length} through a manager of mappers that, unless
 * one is set, it creates each time: some 20 microseconds of every POST, a third of what a small one
 * costs in all. The one set here is what it would create, for all servers of the process.
 */
public final class SharedMappers {
  private static final String WARNS = "io.helidon.common.mapper.GlobalManager";
  private static final AtomicBoolean SET = new AtomicBoolean();

  private SharedMappers() {}

  /** Sets the manager if nobody did before. */
  @SuppressWarnings("removal")
  public static void set() {
    if (SET.getAndSet(true)) {
      return;
    }
    // It warns if a server of this process has answered a request already; the manager is used from
    // now on all the same.
    Logger logger = Logger.getLogger(WARNS);
    Level before = logger.getLevel();
    logger.setLevel(Level.SEVERE);
    try {
      MapperManager.global(MapperManager.create());
    } finally {
      logger.setLevel(before);
    }
  }
}
