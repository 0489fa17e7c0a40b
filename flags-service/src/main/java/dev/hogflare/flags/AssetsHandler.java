// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.flags.FlagsMetrics.Outcome;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Serves the scripts of the browser SDK: {@code /static/NAME.js} and {@code
 * /static/VERSION/NAME.js}, whatever the version is.
 */
final class AssetsHandler {
  /** Where the paths begin. */
  static final String PREFIX = "/static/";

  private static final String LICENSE = "LICENSE";
  private static final Pattern REST =
      Pattern.compile("(?:([A-Za-z0-9._-]{1,64})/)?([A-Za-z0-9._-]{1,128})");

  /** A page of an older version may ask for a script under its own version and gets ours. */
  private static final Header CACHED =
      HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "public, max-age=3600");

  private static final Header CACHED_FOR_EVER =
      HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "public, max-age=31536000, immutable");

  private static final Header VARY =
      HeaderValues.createCached(HeaderNames.VARY, "Origin, Accept-Encoding");
  private static final Header LICENSED =
      HeaderValues.createCached(HeaderNames.LINK, "<" + PREFIX + LICENSE + ">; rel=\"license\"");

  private static final Pattern WEIGHT_ZERO = Pattern.compile("\\s*q\\s*=\\s*0(\\.0*)?\\s*");

  private final BrowserSdk sdk;
  private final FlagsMetrics metrics;

  AssetsHandler(BrowserSdk sdk, FlagsMetrics metrics) {
    this.sdk = sdk;
    this.metrics = metrics;
  }

  void handle(ServerRequest request, ServerResponse response, String path) {
    metrics.request(Outcome.PLAIN);
    if (Replies.isNoGet(request, response)) {
      return;
    }
    Matcher rest = REST.matcher(path.substring(PREFIX.length()));
    if (!rest.matches()) {
      Replies.empty(request, response, Status.NOT_FOUND_404);
      return;
    }
    String name = rest.group(2);
    Optional<byte[]> license = name.equals(LICENSE) ? sdk.license() : Optional.empty();
    if (license.isPresent()) {
      response.headers().set(CACHED);
      Replies.text(request, response, license.get());
      return;
    }
    Optional<BrowserScript> script = sdk.find(name);
    if (script.isEmpty()) {
      Replies.empty(request, response, Status.NOT_FOUND_404);
      return;
    }
    boolean own = rest.group(1) != null && sdk.isVersion(rest.group(1));
    response.headers().set(own ? CACHED_FOR_EVER : CACHED);
    if (sdk.license().isPresent()) {
      response.headers().set(LICENSED);
    }
    response.headers().set(VARY);
    String tag = "W/\"" + script.get().digest() + '"';
    if (isKnown(request, response, tag)) {
      Replies.empty(request, response, Status.NOT_MODIFIED_304);
    } else if (acceptsGzip(request.headers())) {
      Replies.gzipScript(request, response, script.get().gzip());
    } else {
      Replies.script(request, response, script.get().plain());
    }
  }

  /** Returns a script by its file name. */
  Optional<BrowserScript> find(String name) {
    return sdk.find(name);
  }

  /** Adds the tag to an answer, and says whether the client has what it stands for. */
  static boolean isKnown(ServerRequest request, ServerResponse response, String tag) {
    response.header(HeaderNames.ETAG, tag);
    return request.headers().contains(HeaderNames.IF_NONE_MATCH)
        && new LocalDefinitions.Document(new byte[0], tag)
            .matches(request.headers().get(HeaderNames.IF_NONE_MATCH).get());
  }

  /** Whether a client names gzip with a weight that is not 0. */
  private static boolean acceptsGzip(ServerRequestHeaders headers) {
    if (!headers.contains(HeaderNames.ACCEPT_ENCODING)) {
      return false;
    }
    for (String coding : headers.get(HeaderNames.ACCEPT_ENCODING).values().split(",")) {
      int weight = coding.indexOf(';');
      String name = weight < 0 ? coding : coding.substring(0, weight);
      if (name.strip().equalsIgnoreCase("gzip")) {
        return weight < 0 || !WEIGHT_ZERO.matcher(coding.substring(weight + 1)).matches();
      }
    }
    return false;
  }
}
