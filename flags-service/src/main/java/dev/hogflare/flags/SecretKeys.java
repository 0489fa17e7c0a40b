// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The secret keys with which servers read flag definitions.
 *
 * <p>Every key is compared, whole and by its digest, so that the time tells neither how much of a
 * guess was right nor which key it was.
 */
public final class SecretKeys {
  private final List<Entry> entries;

  private SecretKeys(List<Entry> entries) {
    this.entries = entries;
  }

  /**
   * One key.
   *
   * @param digest its SHA-256
   * @param project the only project it opens; empty opens all
   */
  private record Entry(byte[] digest, String project) {}

  /** What a key opens. */
  enum Access {
    /** It is no key. */
    NONE,
    /** It is the key of another project. */
    OTHER_PROJECT,
    /** It opens the project. */
    GRANTED
  }

  /** Returns the keys of texts such as {@code phx_key} and {@code phc_project:phs_key}. */
  static SecretKeys of(Collection<String> texts) {
    List<Entry> entries = new ArrayList<>();
    for (String text : texts) {
      int colon = text.indexOf(':');
      entries.add(
          new Entry(
              digest(text.substring(colon + 1).strip()),
              colon < 0 ? "" : text.substring(0, colon).strip()));
    }
    return new SecretKeys(List.copyOf(entries));
  }

  /** Whether there is no key, so that nobody gets in. */
  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Returns what a key opens. */
  Access access(String key, String project) {
    byte[] digest = digest(key);
    Access access = Access.NONE;
    for (Entry entry : entries) {
      if (MessageDigest.isEqual(digest, entry.digest()) && access != Access.GRANTED) {
        access =
            entry.project().isEmpty() || entry.project().equals(project)
                ? Access.GRANTED
                : Access.OTHER_PROJECT;
      }
    }
    return access;
  }

  /** Returns the only project that a key opens, if it is one of those. */
  Optional<String> projectOf(String key) {
    byte[] digest = digest(key);
    String project = "";
    for (Entry entry : entries) {
      if (MessageDigest.isEqual(digest, entry.digest())) {
        project = entry.project();
      }
    }
    return project.isEmpty() ? Optional.empty() : Optional.of(project);
  }

  private static byte[] digest(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java runtime has no SHA-256.", e);
    }
  }

  /** Tells how many, and nothing else. */
  @Override
  public String toString() {
    return entries.size() + " secret keys";
  }
}
