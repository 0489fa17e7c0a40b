// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.ServerResponseHeaders;

/**
 * Lets every web page use every answer, as PostHog does: the origin is mirrored and credentials are
 * allowed.
 *
 * <p>The headers are on errors too, without which a page's SDK could not tell a refusal from a
 * broken network.
 */
public final class Cors {
  private static final int MAX_MIRRORED = 4_096;
  private static final HeaderName ALLOW_ORIGIN = HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN;
  private static final HeaderName REQUEST_HEADERS = HeaderNames.ACCESS_CONTROL_REQUEST_HEADERS;
  private static final HeaderName ALLOW_HEADERS = HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS;
  private static final Header VARY = HeaderValues.createCached(HeaderNames.VARY, "Origin");
  private static final Header CREDENTIALS =
      HeaderValues.createCached(HeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
  private static final Header METHODS =
      HeaderValues.createCached(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS");
  private static final Header EXPOSED =
      HeaderValues.createCached(HeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, "Retry-After");
  private static final Header MAX_AGE =
      HeaderValues.createCached(HeaderNames.ACCESS_CONTROL_MAX_AGE, "86400");

  private Cors() {}

  /**
   * Adds the headers to an answer. One that says already by what it varies must name the origin
   * there; one that says already which headers a page may read keeps its list.
   */
  public static void apply(ServerRequestHeaders request, ServerResponseHeaders response) {
    if (!response.contains(HeaderNames.VARY)) {
      response.set(VARY);
    }
    if (!request.contains(HeaderNames.ORIGIN)) {
      return;
    }
    String origin = request.get(HeaderNames.ORIGIN).get();
    if (!isMirrorable(origin)) {
      return;
    }
    response.set(HeaderValues.create(ALLOW_ORIGIN, origin));
    response.set(CREDENTIALS);
    response.set(METHODS);
    if (!response.contains(HeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS)) {
      response.set(EXPOSED);
    }
  }

  /** Adds what a preflight asks for besides. */
  public static void applyPreflight(ServerRequestHeaders request, ServerResponseHeaders response) {
    response.set(MAX_AGE);
    if (request.contains(REQUEST_HEADERS)) {
      String wanted = request.get(REQUEST_HEADERS).get();
      if (isMirrorable(wanted)) {
        response.set(HeaderValues.create(ALLOW_HEADERS, wanted));
      }
    }
  }

  /** Only what can stand in a header is sent back in one. */
  private static boolean isMirrorable(String value) {
    if (value.isEmpty() || value.length() > MAX_MIRRORED) {
      return false;
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return true;
  }
}
