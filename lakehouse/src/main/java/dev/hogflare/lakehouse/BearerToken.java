// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/** Tells whether a request carries the lake's token, if it demands one. */
final class BearerToken {
  private static final String BEARER = "Bearer ";

  private final byte[] expectedOrNull;

  BearerToken(Optional<String> token) {
    expectedOrNull = token.map(text -> text.getBytes(StandardCharsets.UTF_8)).orElse(null);
  }

  boolean isAllowed(ServerRequest request) {
    if (expectedOrNull == null) {
      return true;
    }
    String header = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
    if (!header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return false;
    }
    byte[] given = header.substring(BEARER.length()).trim().getBytes(StandardCharsets.UTF_8);
    return MessageDigest.isEqual(given, expectedOrNull);
  }
}
