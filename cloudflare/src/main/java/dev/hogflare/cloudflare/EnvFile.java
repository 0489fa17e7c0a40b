// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A file of variables that a shell and Docker Compose read, which only its owner may read.
 *
 * <p>Lines of others stay where they are; a variable that changes keeps its place.
 */
public final class EnvFile {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private EnvFile() {}

  /**
   * Sets variables in a file, which is created if it is missing, and takes it from others' eyes
   * even if nothing in it changes.
   *
   * @return whether a line changed
   * @throws IOException if it cannot be read, written or hidden from others
   */
  public static boolean set(Path file, Map<String, String> variables) throws IOException {
    List<String> before = Files.exists(file) ? Files.readAllLines(file) : List.of();
    Map<String, String> left = new LinkedHashMap<>(variables);
    List<String> after = new ArrayList<>();
    for (String line : before) {
      int equals = line.indexOf('=');
      String name = equals < 0 ? "" : line.substring(0, equals).strip();
      String value = left.remove(name);
      after.add(value == null ? line : name + "=" + value);
    }
    left.forEach((name, value) -> after.add(name + "=" + value));
    Path folder = file.toAbsolutePath().getParent();
    boolean posix = Files.getFileStore(folder).supportsFileAttributeView("posix");
    if (after.equals(before)) {
      if (posix && Files.exists(file) && !Files.getPosixFilePermissions(file).equals(OWNER_ONLY)) {
        Files.setPosixFilePermissions(file, OWNER_ONLY);
      }
      return false;
    }
    // Made unreadable for others before anything is in it.
    Path made =
        posix
            ? Files.createTempFile(
                folder, ".env", ".new", PosixFilePermissions.asFileAttribute(OWNER_ONLY))
            : Files.createTempFile(folder, ".env", ".new");
    try {
      Files.write(made, after);
      Files.move(made, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(made);
    }
    return true;
  }
}
