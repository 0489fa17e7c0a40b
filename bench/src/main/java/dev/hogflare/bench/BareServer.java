// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * The web server of the product with a handler that does nothing: reads a body, sends an answer.
 */
final class BareServer implements AutoCloseable {
  private final WebServer server;

  /** Starts a server on a free port of the loopback interface. */
  BareServer(String path, byte[] answer) {
    server =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .backlog(1_024)
            .connectionOptions(connection -> connection.tcpNoDelay(true))
            .shutdownHook(false)
            .addRouting(
                HttpRouting.builder()
                    .post(
                        path,
                        (request, response) -> {
                          drain(request.content().inputStream());
                          response.header(HeaderNames.CONTENT_TYPE, "application/json");
                          response.send(answer);
                        }))
            .build()
            .start();
  }

  private static void drain(InputStream in) {
    try (in) {
      in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.stop();
  }
}
