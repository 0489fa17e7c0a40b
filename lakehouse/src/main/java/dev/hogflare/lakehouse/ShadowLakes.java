// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.Generation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Says where the rows of shadow generations lie: each in a lake of its own within the folder of the
 * live one, so that a generation is dropped with its folder.
 */
public final class ShadowLakes {
  private static final String FOLDER = "generations";
  private static final Pattern NAME = Pattern.compile("g([1-9][0-9]{0,8})");

  private ShadowLakes() {}

  /**
   * Returns the folder of a generation's lake.
   *
   * @param lake the folder of the live lake
   */
  public static Path folder(Path lake, Generation generation) {
    return lake.resolve(FOLDER).resolve(generation.toString());
  }

  /** Returns the generations that have a folder, by number. */
  public static List<Generation> in(Path lake) {
    Path all = lake.resolve(FOLDER);
    if (!Files.isDirectory(all)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(all)) {
      return folders
          .map(folder -> NAME.matcher(folder.getFileName().toString()))
          .filter(Matcher::matches)
          .map(name -> new Generation(Integer.parseInt(name.group(1))))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("The folder " + all + " cannot be read.", e);
    }
  }
}
