// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The right to write to a lake's folder, which one process has at a time. */
final class LakeLock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LakeLock.class);

  private static final String FILE = "writer.lock";

  private final Path folder;
  private final FileChannel file;

  private LakeLock(Path folder, FileChannel file) {
    this.folder = folder;
    this.file = file;
  }

  /**
   * Takes the right until the lock is closed or the process ends.
   *
   * @throws IllegalStateException if another process, or another part of this one, has it
   */
  static LakeLock take(Path folder) throws IOException {
    Files.createDirectories(folder);
    FileChannel file =
        FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock held = null;
    try {
      held = file.tryLock();
    } catch (OverlappingFileLockException e) {
      LOG.debug("This process has the lock of {} itself", folder, e);
    } finally {
      if (held == null) {
        file.close();
      }
    }
    if (held == null) {
      throw new IllegalStateException(
          "Another process writes to the lake in "
              + folder
              + "; stop it, or choose another folder.");
    }
    return new LakeLock(folder, file);
  }

  /**
   * Calls something while nobody can begin to write, unless somebody has the right already.
   *
   * <p>Needs no permission to write. To be called where this process has no lock of the folder: to
   * close a file gives up all locks that its process has on it.
   *
   * @return whether it was called
   */
  static boolean ifFree(Path folder, Check check) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      check.run();
      return true;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        FileLock shared = channel.tryLock(0, Long.MAX_VALUE, true)) {
      if (shared == null) {
        return false;
      }
      check.run();
      return true;
    } catch (OverlappingFileLockException e) {
      LOG.debug("This process has the lock of {} itself", folder, e);
      return false;
    }
  }

  /** Looks at a folder that nobody writes to. */
  interface Check {
    void run() throws IOException;
  }

  /** Returns the folder that may be written to. */
  Path folder() {
    return folder;
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      LOG.warn("The lock of {} does not close", folder, e);
    }
  }
}
