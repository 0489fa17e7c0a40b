// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The table of the lake's paths. */
final class LakeRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(LakeRoutes.class);

  private LakeRoutes() {}

  static HttpRouting.Builder routing(StreamHandler streams, EraseHandler erase) {
    return HttpRouting.builder()
        .post("/streams/{table}", streams)
        .any("/streams/{table}", LakeRoutes::wrongMethod)
        .post("/erase", erase)
        .any("/erase", LakeRoutes::wrongMethod)
        .error(Throwable.class, LakeRoutes::failed);
  }

  private static void wrongMethod(ServerRequest request, ServerResponse response) {
    response.status(Status.METHOD_NOT_ALLOWED_405).header(HeaderNames.ALLOW, "POST").send();
  }

  /** The default would show the exception's message to the sender. */
  private static void failed(ServerRequest request, ServerResponse response, Throwable reason) {
    LOG.error("{} {} failed", request.prologue().method(), request.path().path(), reason);
    response.status(Status.INTERNAL_SERVER_ERROR_500).send();
  }
}
