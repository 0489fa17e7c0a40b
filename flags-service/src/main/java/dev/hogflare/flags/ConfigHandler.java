// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.flags.FlagsMetrics.Outcome;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Answers {@code /array/{token}/config}, {@code config.js} and {@code array.js}. */
final class ConfigHandler {
  /** Where the paths begin. */
  static final String PREFIX = "/array/";

  private static final Header CACHED =
      HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "public, max-age=300");

  private final FlagsConfig config;
  private final FlagDefinitions definitions;
  private final RemoteConfig remote;
  private final AssetsHandler assets;
  private final FlagsMetrics metrics;

  ConfigHandler(
      FlagsConfig config,
      FlagDefinitions definitions,
      RemoteConfig remote,
      AssetsHandler assets,
      FlagsMetrics metrics) {
    this.config = config;
    this.definitions = definitions;
    this.remote = remote;
    this.assets = assets;
    this.metrics = metrics;
  }

  void handle(ServerRequest request, ServerResponse response, String path) {
    metrics.request(Outcome.PLAIN);
    if (Replies.isNoGet(request, response)) {
      return;
    }
    String rest = path.substring(PREFIX.length());
    int slash = rest.indexOf('/');
    String token = slash < 0 ? rest : rest.substring(0, slash);
    String name = slash < 0 ? "" : rest.substring(slash + 1);
    if (name.endsWith("/")) {
      name = name.substring(0, name.length() - 1);
    }
    if (!RemoteConfig.isToken(token)) {
      Replies.text(request, response, 400, "Invalid token");
      return;
    }
    boolean stranger = !config.projectKeys().isEmpty() && !config.projectKeys().contains(token);
    boolean hasFlags = !definitions.current().flags().project(token).flags().isEmpty();
    if (stranger) {
      Replies.empty(request, response, Status.NOT_FOUND_404);
    } else if (name.equals("config")) {
      response.headers().set(CACHED);
      Replies.json(request, response, remote.json(token, hasFlags));
    } else if (name.equals("config.js")) {
      response.headers().set(CACHED);
      Replies.script(request, response, remote.script(token, hasFlags));
    } else if (name.equals("array.js")) {
      bundle(request, response, remote.script(token, hasFlags));
    } else {
      Replies.empty(request, response, Status.NOT_FOUND_404);
    }
  }

  private void bundle(ServerRequest request, ServerResponse response, byte[] script) {
    Optional<BrowserScript> sdk = assets.find("array.js");
    if (sdk.isEmpty()) {
      Replies.text(
          request,
          response,
          404,
          "The folder HOGFLARE_SDK_ASSETS_DIR has no array.js; copy the folder dist of posthog-js there.");
      return;
    }
    byte[] code = sdk.get().plain();
    byte[] both = new byte[code.length + 1 + script.length];
    System.arraycopy(code, 0, both, 0, code.length);
    both[code.length] = '\n';
    System.arraycopy(script, 0, both, code.length + 1, script.length);
    String tag =
        "W/\""
            + sdk.get().digest()
            + Integer.toHexString(new String(script, StandardCharsets.UTF_8).hashCode())
            + '"';
    response.headers().set(CACHED);
    if (AssetsHandler.isKnown(request, response, tag)) {
      Replies.empty(request, response, Status.NOT_MODIFIED_304);
    } else {
      Replies.script(request, response, both);
    }
  }
}
