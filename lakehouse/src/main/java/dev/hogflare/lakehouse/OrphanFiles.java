// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ReachableFileUtil;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/** Finds the files of a table's folder that no snapshot needs: what a killed writer left behind. */
final class OrphanFiles {
  private OrphanFiles() {}

  /**
   * Returns the files that were last written before a moment and that no snapshot, log or catalog
   * entry of the table names.
   *
   * @param before so long ago that whoever wrote a file has committed it or given it up
   */
  static List<Path> find(Table table, LakeFiles files, Instant before) throws IOException {
    Path root = files.resolve(table.location());
    if (!Files.exists(root)) {
      return List.of();
    }
    List<Path> old = new ArrayList<>();
    try (Stream<Path> all = Files.walk(root)) {
      all.filter(file -> isOld(file, before)).forEach(old::add);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (!old.isEmpty()) {
      // Read after the folder, so that a file which is committed meanwhile is no orphan.
      table.refresh();
      old.removeAll(needed(table, files));
    }
    return old;
  }

  private static boolean isOld(Path file, Instant before) {
    try {
      return Files.isRegularFile(file)
          && Files.getLastModifiedTime(file).toInstant().isBefore(before);
    } catch (NoSuchFileException e) {
      return false; // Renamed or removed while the folder is walked.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<Path> needed(Table table, LakeFiles files) throws IOException {
    Set<Path> needed = new HashSet<>();
    ReachableFileUtil.metadataFileLocations(table, false)
        .forEach(location -> needed.add(files.resolve(location)));
    ReachableFileUtil.manifestListLocations(table)
        .forEach(location -> needed.add(files.resolve(location)));
    ReachableFileUtil.statisticsFilesLocations(table)
        .forEach(location -> needed.add(files.resolve(location)));
    Set<String> manifests = new HashSet<>();
    for (Snapshot snapshot : table.snapshots()) {
      for (ManifestFile manifest : snapshot.allManifests(table.io())) {
        if (!manifests.add(manifest.path())) {
          continue;
        }
        needed.add(files.resolve(manifest.path()));
        try (CloseableIterable<String> paths =
            ManifestFiles.readPaths(manifest, table.io(), table.specs())) {
          paths.forEach(path -> needed.add(files.resolve(path)));
        }
      }
    }
    return needed;
  }
}
