// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Writes URLs in one form: scheme and host in lower case, no port where it is the usual one, no
 * slash at the end of the path, and, if wanted, no fragment, and a word in the place of ids.
 *
 * @param names the properties that hold URLs or paths
 * @param keepFragment whether what stands behind # stays
 * @param replaceIds whether path segments that are numbers, UUIDs or long hexadecimal numbers
 *     become {@code :id}
 */
record UrlNormalizationStep(List<String> names, boolean keepFragment, boolean replaceIds)
    implements Step {
  private static final Pattern ID =
      Pattern.compile(
          "[0-9]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{24,64}");

  @Override
  public void apply(Draft draft) {
    for (String name : names) {
      String url = draft.properties().text(name);
      if (url != null && !url.isEmpty()) {
        String normal = normal(url);
        if (!normal.equals(url)) {
          draft.properties().put(name, normal);
        }
      }
    }
  }

  private String normal(String url) {
    int hash = url.indexOf('#');
    String fragment = hash < 0 || !keepFragment ? "" : url.substring(hash);
    String rest = hash < 0 ? url : url.substring(0, hash);
    int question = rest.indexOf('?');
    String query = question < 0 ? "" : rest.substring(question);
    rest = question < 0 ? rest : rest.substring(0, question);
    int scheme = rest.indexOf("://");
    int path = scheme < 0 ? 0 : rest.indexOf('/', scheme + 3);
    if (path < 0) {
      path = rest.length();
    }
    return origin(rest.substring(0, path)) + path(rest.substring(path)) + query + fragment;
  }

  private static String origin(String text) {
    // Whoever stands before an @ keeps their case.
    int host = Math.max(text.lastIndexOf('@'), 0);
    String origin =
        host == 0
            ? text.toLowerCase(Locale.ROOT)
            : text.substring(0, host) + text.substring(host).toLowerCase(Locale.ROOT);
    if (origin.startsWith("https://") && origin.endsWith(":443")) {
      return origin.substring(0, origin.length() - 4);
    }
    return origin.startsWith("http://") && origin.endsWith(":80")
        ? origin.substring(0, origin.length() - 3)
        : origin;
  }

  private String path(String path) {
    String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    if (!replaceIds || trimmed.isEmpty()) {
      return trimmed;
    }
    String[] segments = trimmed.split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      if (isId(segments[i])) {
        segments[i] = ":id";
      }
    }
    return String.join("/", segments);
  }

  private static boolean isId(String segment) {
    return !segment.isEmpty() && segment.length() <= 64 && ID.matcher(segment).matches();
  }
}
