// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The paths of flags and remote configuration, which SDKs ask of the host to which they send
 * events.
 *
 * <p>They stand here, and not with the service that answers them, because a gateway that passes
 * them on has to know them, too.
 */
public final class FlagPaths {
  private static final Set<String> EXACT = new HashSet<>();
  private static final List<String> PREFIXES =
      List.of("/array/", "/static/", "/api/projects/", "/api/conversations/");

  static {
    for (String path :
        List.of(
            "/flags",
            "/decide",
            "/flags/definitions",
            "/api/feature_flag/local_evaluation",
            "/api/surveys",
            "/surveys",
            "/api/early_access_features",
            "/api/web_experiments",
            "/api/product_tours")) {
      EXACT.add(path);
      EXACT.add(path + "/");
    }
  }

  private FlagPaths() {}

  /**
   * Whether a path is one of flags or remote configuration, with or without a slash at its end.
   *
   * @param rawPath the path as it was sent, without the query
   */
  public static boolean serve(String rawPath) {
    if (EXACT.contains(rawPath)) {
      return true;
    }
    for (String prefix : PREFIXES) {
      if (rawPath.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }
}
