// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.flags.FlagsMetrics.Outcome;
import dev.hogflare.wire.FlagPaths;
import dev.hogflare.wire.SidePaths;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The table of every path, each with and without a slash at its end. */
final class FlagRoutes implements HttpService, SidePaths {
  private static final Logger LOG = LoggerFactory.getLogger(FlagRoutes.class);

  private final FlagsHandler flags;
  private final ConfigHandler config;
  private final AssetsHandler assets;
  private final DefinitionsHandler definitions;
  private final EmptyListsHandler lists;
  private final FlagsMetrics metrics;

  FlagRoutes(
      FlagsHandler flags,
      ConfigHandler config,
      AssetsHandler assets,
      DefinitionsHandler definitions,
      EmptyListsHandler lists,
      FlagsMetrics metrics) {
    this.flags = flags;
    this.config = config;
    this.assets = assets;
    this.definitions = definitions;
    this.lists = lists;
    this.metrics = metrics;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.any(this::handle);
  }

  @Override
  public boolean serves(String rawPath) {
    return FlagPaths.serve(rawPath);
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    try {
      dispatch(request, response);
    } catch (CloseConnectionException | RequestException e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.error("A request to {} failed by a defect", request.prologue().uriPath().rawPath(), e);
      if (response.isSent()) {
        throw new CloseConnectionException("The answer is broken.", e);
      }
      Replies.text(request, response, 500, "internal server error");
    }
  }

  private void dispatch(ServerRequest request, ServerResponse response) {
    String raw = request.prologue().uriPath().rawPath();
    String path = raw.length() > 1 && raw.endsWith("/") ? raw.substring(0, raw.length() - 1) : raw;
    switch (path) {
      case "/flags" -> flags.handle(request, response, false);
      case "/decide" -> flags.handle(request, response, true);
      case "/flags/definitions", "/api/feature_flag/local_evaluation" ->
          definitions.definitions(request, response);
      default -> {
        if (EmptyListsHandler.serves(path)) {
          lists.list(request, response, path);
        } else if (path.startsWith(ConfigHandler.PREFIX)) {
          config.handle(request, response, path);
        } else if (path.startsWith(AssetsHandler.PREFIX)) {
          assets.handle(request, response, path);
        } else if (path.startsWith(DefinitionsHandler.PROJECTS)) {
          definitions.payload(request, response, path);
        } else if (path.startsWith(EmptyListsHandler.CONVERSATIONS)) {
          lists.conversations(request, response);
        } else {
          metrics.request(Outcome.PLAIN);
          Replies.empty(request, response, Status.NOT_FOUND_404);
        }
      }
    }
  }
}
