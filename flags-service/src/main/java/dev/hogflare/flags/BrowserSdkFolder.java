// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The scripts in a folder of the operator, read again when they change. */
final class BrowserSdkFolder implements BrowserSdk {
  private static final Logger LOG = LoggerFactory.getLogger(BrowserSdkFolder.class);

  /** No dots but those between words, so that no name leads out of the folder. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.js");

  /** Several times the largest script of posthog-js. */
  private static final long MAX_BYTES = 8L << 20;

  private final Path folder;
  private final ConcurrentMap<String, Known> read = new ConcurrentHashMap<>();

  BrowserSdkFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * A script that was read.
   *
   * @param script the script
   * @param modified when its file was changed
   */
  private record Known(BrowserScript script, FileTime modified) {}

  @Override
  public Optional<BrowserScript> find(String name) {
    if (!NAME.matcher(name).matches()) {
      return Optional.empty();
    }
    Path file = folder.resolve(name);
    try {
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      FileTime modified = Files.getLastModifiedTime(file);
      Known known = read.get(name);
      if (known == null || !known.modified().equals(modified)) {
        if (Files.size(file) > MAX_BYTES) {
          LOG.warn("The script {} is larger than {} bytes; it is not served", file, MAX_BYTES);
          return Optional.empty();
        }
        known = new Known(BrowserScript.ofPlain(Files.readAllBytes(file)), modified);
        read.put(name, known);
      }
      return Optional.of(known.script());
    } catch (IOException e) {
      LOG.warn("The script {} cannot be read", file, e);
      return Optional.empty();
    }
  }

  @Override
  public Optional<byte[]> license() {
    return Optional.empty();
  }

  /** Never: the operator may replace the files. */
  @Override
  public boolean isVersion(String version) {
    return false;
  }
}
