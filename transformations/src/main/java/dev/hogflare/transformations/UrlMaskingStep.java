// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Replaces the values of parameters in the queries of URLs; all other characters stay.
 *
 * @param names the properties that hold URLs
 * @param parameters the names of the parameters in lower case
 * @param mask what stands in the place of their values
 */
record UrlMaskingStep(List<String> names, Set<String> parameters, String mask) implements Step {
  @Override
  public void apply(Draft draft) {
    for (String name : names) {
      String url = draft.properties().text(name);
      if (url != null && url.indexOf('?') >= 0) {
        String masked = masked(url);
        if (!masked.equals(url)) {
          draft.properties().put(name, masked);
        }
      }
    }
  }

  /** A fragment may hold parameters as well, where a page routes by it. */
  private String masked(String url) {
    StringBuilder out = new StringBuilder(url.length());
    int at = url.indexOf('?') + 1;
    out.append(url, 0, at);
    while (at < url.length()) {
      int end = at;
      int equals = -1;
      while (end < url.length() && "&#?".indexOf(url.charAt(end)) < 0) {
        if (equals < 0 && url.charAt(end) == '=') {
          equals = end;
        }
        end++;
      }
      if (equals >= 0 && parameters.contains(name(url.substring(at, equals)))) {
        out.append(url, at, equals + 1).append(mask);
      } else {
        out.append(url, at, end);
      }
      if (end < url.length()) {
        out.append(url.charAt(end));
      }
      at = end + 1;
    }
    return out.toString();
  }

  private static String name(String encoded) {
    return UrlText.decoded(encoded).toLowerCase(Locale.ROOT);
  }
}
