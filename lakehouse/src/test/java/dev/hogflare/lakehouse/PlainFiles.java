// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;

/** The local files of a REST catalog's tables; public, because the catalog makes it by its name. */
public final class PlainFiles implements FileIO {
  private static final long serialVersionUID = 1L;

  /** Whether the disk has no room; of all instances, because the catalog makes its own. */
  static final AtomicBoolean FULL = new AtomicBoolean();

  private final LakeFiles files = new LakeFiles(Path.of("/"), Path.of("/"));

  @Override
  public InputFile newInputFile(String path) {
    return files.newInputFile(path);
  }

  @Override
  public OutputFile newOutputFile(String path) {
    return new BoundedFile(files.newOutputFile(path));
  }

  @Override
  public void deleteFile(String path) {
    files.deleteFile(path);
  }

  private record BoundedFile(OutputFile file) implements OutputFile {
    @Override
    public PositionOutputStream create() {
      return new BoundedStream(file.create());
    }

    @Override
    public PositionOutputStream createOrOverwrite() {
      return new BoundedStream(file.createOrOverwrite());
    }

    @Override
    public String location() {
      return file.location();
    }

    @Override
    public InputFile toInputFile() {
      return file.toInputFile();
    }
  }

  private static final class BoundedStream extends PositionOutputStream {
    private final PositionOutputStream stream;

    BoundedStream(PositionOutputStream stream) {
      this.stream = stream;
    }

    private static void needRoom() throws IOException {
      if (FULL.get()) {
        throw new IOException("No space left on device");
      }
    }

    @Override
    public long getPos() throws IOException {
      return stream.getPos();
    }

    @Override
    public void write(int b) throws IOException {
      needRoom();
      stream.write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      needRoom();
      stream.write(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }
}
