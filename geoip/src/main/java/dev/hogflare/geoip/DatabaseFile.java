// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import com.maxmind.db.CHMCache;
import com.maxmind.db.Reader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One database file as it was read last.
 *
 * <p>The whole file is held in memory: one that is overwritten in place would change under a
 * mapping while it is read. Asked by any number of threads, read again by one.
 *
 * @param <T> the form of its records
 */
final class DatabaseFile<T> {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseFile.class);

  /** How many decoded parts of records are kept; most are shared by many addresses. */
  private static final int KEPT_PARTS = 16_384;

  private final Path path;
  private final Class<T> form;
  private final boolean ofOperators;
  private volatile Loaded loaded;
  private volatile String problem;
  private String seen = "";

  /**
   * Names a file that is not read yet.
   *
   * @param form the class of its records, which tells what the file must hold
   */
  DatabaseFile(Path path, Class<T> form) {
    this.path = path;
    this.form = form;
    this.ofOperators = form == AsnRecord.class;
  }

  private record Loaded(Reader reader, Instant builtAt) {}

  /**
   * A record with the build date of the database that it is from.
   *
   * @param record the record
   * @param builtAt when its database was built
   */
  record Found<T>(T record, Instant builtAt) {}

  /** Reads the file if it is another one than last time. */
  void look() {
    String now = stampOrNull();
    if (now == null || now.equals(seen)) {
      return;
    }
    try {
      Reader reader = new Reader(path.toFile(), Reader.FileMode.MEMORY, new CHMCache(KEPT_PARTS));
      if (!now.equals(stampOrNull())) {
        // It is being written; the next look finds it whole.
        return;
      }
      seen = now;
      take(reader);
    } catch (IOException | RuntimeException e) {
      // What a damaged file makes the reader throw is not limited to its own exceptions.
      seen = now;
      tell("The file " + path + " is no whole MaxMind database (" + e.getMessage() + ").");
    }
  }

  private void take(Reader reader) {
    String type = reader.getMetadata().databaseType();
    if (ofOperators != (type.contains("ASN") || type.contains("ISP"))) {
      tell(
          "The file "
              + path
              + " is a database of the type "
              + type
              + (ofOperators ? ", not one of autonomous systems." : ", not one of places."));
      return;
    }
    loaded = new Loaded(reader, reader.getMetadata().buildTime());
    problem = null;
    LOG.info("Read {} of {} from {}", type, loaded.builtAt(), path);
  }

  /** Returns what tells one state of the file from another, or null if there is no file. */
  private String stampOrNull() {
    try {
      BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
      return file.lastModifiedTime() + " " + file.size() + " " + file.fileKey();
    } catch (NoSuchFileException e) {
      tell("There is no file " + path + ".");
    } catch (IOException e) {
      tell("The file " + path + " cannot be read (" + e + ").");
    }
    seen = "";
    return null;
  }

  private void tell(String sentence) {
    String whole =
        sentence
            + (loaded == null
                ? " Addresses get no place from it; put a database there."
                : " The database of "
                    + loaded.builtAt()
                    + " stays in use; put a whole one in its place.");
    if (!whole.equals(problem)) {
      problem = whole;
      LOG.warn("{}", whole);
    }
  }

  /** Returns what is wrong and how to put it right, or null. */
  String problemOrNull() {
    return problem;
  }

  /** Returns when the database that is in use was built, or null if there is none. */
  Instant builtAtOrNull() {
    Loaded now = loaded;
    return now == null ? null : now.builtAt();
  }

  /** Returns the record of an address, or null if there is none. */
  Found<T> findOrNull(InetAddress address) {
    Loaded now = loaded;
    if (now == null) {
      return null;
    }
    try {
      T record = now.reader().get(address, form);
      return record == null ? null : new Found<>(record, now.builtAt());
    } catch (IOException | RuntimeException e) {
      // A damaged record must not cost the event its row.
      tell("The database " + path + " has a damaged record (" + e.getMessage() + ").");
      return null;
    }
  }
}
