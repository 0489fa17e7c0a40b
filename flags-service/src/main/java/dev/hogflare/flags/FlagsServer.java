// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.runtime.HostPort;
import dev.hogflare.wire.AsSentEncodings;
import dev.hogflare.wire.SharedMappers;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;

/** Listens for a flags-service that runs alone. */
final class FlagsServer implements AutoCloseable {
  private static final int MAX_HEADERS_BYTES = 32 * 1024;
  private static final int MAX_REQUEST_LINE_BYTES = 64 * 1024;

  private final HostPort address;
  private final WebServer server;

  FlagsServer(FlagsConfig config, FlagsService service) {
    SharedMappers.set();
    this.address = config.address();
    this.server =
        WebServer.builder()
            .host(address.host())
            .port(address.port())
            .backlog(1_024)
            // An answer that is written in two parts must not wait for a late acknowledgement.
            .connectionOptions(connection -> connection.tcpNoDelay(true))
            // One that is larger than our own limit and the drain together is read in vain.
            .maxPayloadSize(2L * config.maxBodyBytes())
            .contentEncoding(new AsSentEncodings())
            .shutdownHook(false)
            .addProtocol(
                Http1Config.builder()
                    .maxHeadersSize(MAX_HEADERS_BYTES)
                    .maxPrologueLength(MAX_REQUEST_LINE_BYTES)
                    .validatePrologue(false)
                    .receiveLog(false)
                    .sendLog(false)
                    .build())
            .addRouting(HttpRouting.builder().register(service.service()))
            .build();
  }

  /**
   * Starts to listen.
   *
   * @throws IllegalStateException if the port is taken
   */
  void start() {
    server.start();
    if (!server.isRunning()) {
      throw new IllegalStateException(
          "The flags-service cannot listen on " + address + "; free the port, or change APP_ADDR.");
    }
  }

  /** Returns the port that is listened on. */
  int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.stop();
  }
}
