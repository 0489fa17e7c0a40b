// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator lists, in a variable or in a file that is read again whenever it changes.
 *
 * <p>A text that begins with a slash or a dot is the path of a file with one entry in each line;
 * empty lines and those that begin with {@code #} are left out. Any other text is the list itself,
 * with commas between the entries.
 *
 * @param <T> what the entries mean together
 */
final class ReloadedList<T> {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadedList.class);
  private static final long LARGEST_FILE = 16L * 1024 * 1024;

  private final String variable;
  private final Function<List<String>, T> parser;
  private final Path file;
  private FileTime readAt;
  private long readSize;
  private volatile T current;
  private volatile String problem;

  /**
   * Reads a list for the first time.
   *
   * @param variable where the text comes from, for messages
   * @param parser makes something of the entries; throws {@link IllegalArgumentException} with a
   *     sentence that names the entry and the fix
   * @throws IllegalArgumentException if the file cannot be read, or an entry cannot be used
   */
  ReloadedList(String variable, String text, Function<List<String>, T> parser) {
    this.variable = variable;
    this.parser = parser;
    if (text.startsWith("/") || text.startsWith(".")) {
      file = Path.of(text);
      read();
      if (problem != null) {
        throw new IllegalArgumentException(problem);
      }
    } else {
      file = null;
      current = parser.apply(entries(List.of(text.split(","))));
    }
  }

  /** Returns what is listed now. */
  T current() {
    return current;
  }

  /** Returns why the file could not be read again, or null if nothing is wrong. */
  String problemOrNull() {
    return problem;
  }

  /** Reads the file again if it has changed; what cannot be used leaves the list as it was. */
  void look() {
    if (file != null) {
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        if (!now.lastModifiedTime().equals(readAt) || now.size() != readSize) {
          String before = problem;
          read();
          if (problem == null) {
            LOG.info("{} was read again from {}", variable, file);
          } else if (!problem.equals(before)) {
            LOG.error("{}", problem);
          }
        }
      } catch (IOException e) {
        failed(e);
      }
    }
  }

  private void read() {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      if (now.size() > LARGEST_FILE) {
        throw new IOException("it is larger than 16 MB");
      }
      readAt = now.lastModifiedTime();
      readSize = now.size();
      current = parser.apply(entries(Files.readAllLines(file, StandardCharsets.UTF_8)));
      problem = null;
    } catch (IllegalArgumentException e) {
      problem = "The file " + file + " of " + variable + " cannot be used: " + e.getMessage();
    } catch (IOException e) {
      failed(e);
    }
  }

  private void failed(IOException e) {
    String now =
        "The file "
            + file
            + " of "
            + variable
            + " cannot be read ("
            + e
            + "); make it readable, the last list holds until then.";
    if (!now.equals(problem)) {
      LOG.error("{}", now);
    }
    problem = now;
  }

  private static List<String> entries(List<String> lines) {
    List<String> entries = new ArrayList<>();
    for (String line : lines) {
      String entry = line.strip();
      if (!entry.isEmpty() && !entry.startsWith("#")) {
        entries.add(entry);
      }
    }
    return entries;
  }
}
