// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.List;
import java.util.Map;

/**
 * The flags of one document, ready to be evaluated.
 *
 * <p>Immutable, so that a new document replaces an old one by one reference.
 */
public final class FlagSet {
  private final String version;
  private final ProjectFlags common;
  private final Map<String, ProjectFlags> projects;
  private final List<FlagProblem> problems;

  FlagSet(
      String version,
      ProjectFlags common,
      Map<String, ProjectFlags> projects,
      List<FlagProblem> problems) {
    this.version = version;
    this.common = common;
    this.projects = Map.copyOf(projects);
    this.problems = List.copyOf(problems);
  }

  /** Returns the digest of the document in hexadecimal, for ETags: other bytes, other version. */
  public String version() {
    return version;
  }

  /** Returns the flags that a project sees: those for all, and its own, which win by key. */
  public ProjectFlags project(String token) {
    return projects.getOrDefault(token, common);
  }

  /** Returns what is wrong in the document, in its order; no two of them are the same. */
  public List<FlagProblem> problems() {
    return problems;
  }

  /** Whether no project has any flag. */
  public boolean isEmpty() {
    return common.flags().isEmpty()
        && projects.values().stream().allMatch(project -> project.flags().isEmpty());
  }

  /** Returns the tokens that have flags of their own. */
  public List<String> tokens() {
    return projects.keySet().stream().sorted().toList();
  }
}
