// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.JsonBuffer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code POST /erase}: removes a person's rows while the lake is written to. */
final class EraseHandler implements Handler {
  private static final Logger LOG = LoggerFactory.getLogger(EraseHandler.class);
  private static final int MAX_BODY = 1 << 20;

  private final BearerToken token;
  private final Eraser eraser;

  EraseHandler(BearerToken token, Eraser eraser) {
    this.token = token;
    this.eraser = eraser;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) throws IOException {
    response.header(HeaderNames.CONTENT_TYPE, "application/json");
    if (!token.isAllowed(request)) {
      response.status(Status.UNAUTHORIZED_401).send(error("The bearer token is missing or wrong."));
      return;
    }
    byte[] body = request.content().inputStream().readNBytes(MAX_BODY + 1);
    if (body.length > MAX_BODY) {
      response.status(Status.REQUEST_ENTITY_TOO_LARGE_413).send(error("The body is too large."));
      return;
    }
    Erasure erasure;
    try {
      erasure = Erasure.read(body);
    } catch (IllegalArgumentException e) {
      response.status(Status.BAD_REQUEST_400).send(error(e.getMessage()));
      return;
    }
    Erasure.Outcome outcome = eraser.erase(erasure);
    LOG.info(
        "Erased {} event rows and {} snapshots of a person from {} files",
        outcome.events(),
        outcome.snapshots(),
        outcome.files());
    response.send(outcome.toJson());
  }

  private static byte[] error(String sentence) {
    return new JsonBuffer(128).openObject().name("error").string(sentence).closeObject().toBytes();
  }
}
