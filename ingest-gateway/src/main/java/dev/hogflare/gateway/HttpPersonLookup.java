// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.runtime.PathSegments;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a person-processor that runs elsewhere: {@code GET {url}/persons/{token}/{distinct_id}}. */
final class HttpPersonLookup implements PersonLookup, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpPersonLookup.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_BYTES = 16 * 1024 * 1024;

  private final String base;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /** Creates a lookup at the person-processor's admin address. */
  HttpPersonLookup(URI url) {
    String text = url.toString();
    this.base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
  }

  @Override
  public byte[] find(String token, String distinctId) {
    URI uri =
        URI.create(
            base
                + "/persons/"
                + PathSegments.encode(token)
                + "/"
                + PathSegments.encode(distinctId));
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(TIMEOUT).GET().build();
    try {
      HttpResponse<InputStream> response =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        byte[] json = body.readNBytes(MAX_BYTES + 1);
        if (response.statusCode() == 200 && json.length <= MAX_BYTES) {
          return json;
        }
        LOG.warn("The person-processor answered a lookup with {}.", response.statusCode());
      }
    } catch (IOException e) {
      LOG.warn("The person-processor at {} cannot be asked: {}", base, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return null;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
