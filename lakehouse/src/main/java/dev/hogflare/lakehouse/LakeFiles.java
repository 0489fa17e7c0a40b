// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;

/**
 * Gives Iceberg the files of a folder, each on the disk itself once it is closed.
 *
 * <p>Iceberg's metadata names files by absolute paths. The folder may have been moved since, so
 * that every path that lies in the folder's first place is read as one in its present place.
 */
final class LakeFiles implements FileIO {
  private static final long serialVersionUID = 1L;
  private static final String IN_PROGRESS = ".inprogress";

  private final String firstRoot;
  private final String presentRoot;

  /**
   * Creates the file access of a lake.
   *
   * @param firstRoot the absolute path at which the lake was created
   * @param presentRoot the absolute path at which it lies now
   */
  LakeFiles(Path firstRoot, Path presentRoot) {
    this.firstRoot = firstRoot + "/";
    this.presentRoot = presentRoot + "/";
  }

  /** Returns where a file that Iceberg names lies now. */
  Path resolve(String location) {
    return Path.of(
        location.startsWith(firstRoot)
            ? presentRoot + location.substring(firstRoot.length())
            : location);
  }

  @Override
  public InputFile newInputFile(String location) {
    return new MovedInputFile(
        location, org.apache.iceberg.Files.localInput(resolve(location).toFile()));
  }

  @Override
  public OutputFile newOutputFile(String location) {
    return new DurableOutputFile(this, location);
  }

  /** Deletes a file, complete or not. */
  @Override
  public void deleteFile(String location) {
    Path file = resolve(location);
    try {
      Files.deleteIfExists(file);
      Files.deleteIfExists(inProgress(file));
    } catch (IOException e) {
      throw new UncheckedIOException("The file " + file + " cannot be deleted.", e);
    }
  }

  private static Path inProgress(Path file) {
    return file.resolveSibling(file.getFileName() + IN_PROGRESS);
  }

  /** Whether a file was being written when its writer was killed, if no writer runs now. */
  static boolean isInProgress(Path file) {
    return file.getFileName().toString().endsWith(IN_PROGRESS);
  }

  /** Deletes what a writer that was killed had begun to write, if no writer runs now. */
  static void deleteInProgress(Path folder) throws IOException {
    List<Path> unfinished;
    try (Stream<Path> files = Files.walk(folder)) {
      unfinished = files.filter(file -> Files.isRegularFile(file) && isInProgress(file)).toList();
    }
    for (Path file : unfinished) {
      Files.delete(file);
    }
  }

  /**
   * Makes the creation, renaming or deletion of a folder's entries last through a power failure.
   */
  static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private record MovedInputFile(String location, InputFile file) implements InputFile {
    @Override
    public long getLength() {
      return file.getLength();
    }

    @Override
    public org.apache.iceberg.io.SeekableInputStream newStream() {
      return file.newStream();
    }

    @Override
    public boolean exists() {
      return file.exists();
    }
  }

  /** A file that appears under its name when it is complete. */
  private record DurableOutputFile(LakeFiles files, String location) implements OutputFile {
    @Override
    public PositionOutputStream create() {
      Path target = files.resolve(location);
      if (Files.exists(target)) {
        throw new AlreadyExistsException("The file %s exists.", target);
      }
      return createOrOverwrite();
    }

    @Override
    public PositionOutputStream createOrOverwrite() {
      Path target = files.resolve(location);
      try {
        Files.createDirectories(target.getParent());
        return new DurableOutputStream(target);
      } catch (IOException e) {
        throw new UncheckedIOException("The file " + target + " cannot be created.", e);
      }
    }

    @Override
    public InputFile toInputFile() {
      return files.newInputFile(location);
    }
  }

  private static final class DurableOutputStream extends PositionOutputStream {
    private final Path target;
    private final Path draft;
    private final FileOutputStream file;
    private final BufferedOutputStream buffered;
    private long position;
    private boolean closed;

    DurableOutputStream(Path target) throws IOException {
      this.target = target;
      draft = inProgress(target);
      file = new FileOutputStream(draft.toFile());
      buffered = new BufferedOutputStream(file, 1 << 16);
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void write(int b) throws IOException {
      buffered.write(b);
      position++;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      buffered.write(bytes, from, length);
      position += length;
    }

    @Override
    public void flush() throws IOException {
      buffered.flush();
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      try (file) {
        buffered.flush();
        file.getChannel().force(true);
      }
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
      syncFolder(target.getParent());
    }
  }
}
