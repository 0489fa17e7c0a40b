// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.hogflare.fixtures.Encodings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpPersonLookupTest {
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getRawPath();
          asked.add(path);
          byte[] body = Encodings.utf8("{\"canonical_id\":\"x\",\"record\":null}");
          exchange.sendResponseHeaders(path.endsWith("away") ? 503 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void asksThePersonProcessorWithEscapedSegments() {
    for (String slash : List.of("", "/")) {
      try (HttpPersonLookup lookup = lookup(slash)) {
        assertThat(lookup.find("phc_a", "a/b c?é+%"))
            .isEqualTo(Encodings.utf8("{\"canonical_id\":\"x\",\"record\":null}"));
      }
    }
    assertThat(asked)
        .containsExactly(
            "/persons/phc_a/a%2Fb%20c%3F%C3%A9%2B%25", "/persons/phc_a/a%2Fb%20c%3F%C3%A9%2B%25");
  }

  @Test
  void knowsNothingWhileThePersonProcessorDoesNotAnswer() {
    try (HttpPersonLookup lookup = lookup("")) {
      assertThat(lookup.find("t", "away")).isNull();
      server.stop(0);
      assertThat(lookup.find("t", "d")).isNull();
    }
  }

  private HttpPersonLookup lookup(String slash) {
    return new HttpPersonLookup(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + slash));
  }
}
