// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the file of flags again whenever its bytes differ.
 *
 * <p>It looks once a second. Notices of the file system would be quicker, but do not come from
 * network mounts and miss the links by which clusters swap configuration.
 */
final class DefinitionsFileLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DefinitionsFileLoop.class);

  private final Path file;
  private final FlagDefinitions definitions;
  private final Duration period;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("flags-file").factory());

  /** What was read last; used by one thread after the start. */
  private byte[] last;

  private String lastFailure = "";

  DefinitionsFileLoop(Path file, FlagDefinitions definitions, Duration period) {
    this.file = file;
    this.definitions = definitions;
    this.period = period;
  }

  /**
   * Reads the file for the first time, then watches it.
   *
   * @throws FlagDocumentException if it cannot be read
   */
  void start() throws FlagDocumentException {
    try {
      last = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new FlagDocumentException(
          "The file of flags " + file + " cannot be read (" + e + ").", e);
    }
    definitions.base(file.toString(), last);
    var unused =
        watch.scheduleWithFixedDelay(
            this::look, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      byte[] now = Files.readAllBytes(file);
      if (Arrays.equals(now, last)) {
        return;
      }
      last = now;
      definitions.base(file.toString(), now);
      lastFailure = "";
    } catch (IOException e) {
      // Between the deletion of an old file and the arrival of a new one there is none.
      tell("The file of flags " + file + " cannot be read (" + e + ").", true);
    } catch (FlagDocumentException e) {
      tell(e.getMessage(), false);
    }
  }

  private void tell(String sentence, boolean missing) {
    if (missing) {
      last = new byte[0];
    }
    if (!sentence.equals(lastFailure)) {
      lastFailure = sentence;
      if (missing) {
        definitions.baseMissing(sentence);
      }
      LOG.warn("{} The flags before it stay in force.", sentence);
    }
  }

  @Override
  public void close() {
    watch.shutdownNow();
  }
}
