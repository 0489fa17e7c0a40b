// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.wire.Cors;
import dev.hogflare.wire.FlagPaths;
import dev.hogflare.wire.SidePaths;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes the paths of flags and remote configuration on to a flags-service that runs elsewhere, as
 * they are: bodies are streamed both ways, signatures and encodings are for the service.
 */
final class FlagsProxy implements SidePaths, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlagsProxy.class);

  /** What is about one connection, and what the client sets itself. */
  private static final Set<String> NOT_PASSED =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "host",
          "content-length",
          "expect");

  private static final String FORWARDED = "x-forwarded-for";
  private static final byte[] AWAY =
      "the flags-service does not answer; ask again later".getBytes(StandardCharsets.US_ASCII);

  private final String base;
  private final Duration patience;
  private final HttpClient client;

  /**
   * Creates a proxy.
   *
   * @param url the base of the flags-service
   * @param patience how long the whole of a request may take
   */
  FlagsProxy(URI url, Duration patience) {
    String text = url.toString();
    this.base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    this.patience = patience;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(patience)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  @Override
  public boolean serves(String rawPath) {
    return FlagPaths.serve(rawPath);
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    HttpResponse<InputStream> answer;
    try {
      answer = client.send(passedOn(request), HttpResponse.BodyHandlers.ofInputStream());
    } catch (HttpTimeoutException e) {
      away(request, response, Status.GATEWAY_TIMEOUT_504, e);
      return;
    } catch (IOException | IllegalArgumentException e) {
      away(request, response, Status.BAD_GATEWAY_502, e);
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      away(request, response, Status.BAD_GATEWAY_502, e);
      return;
    }
    passBack(request, response, answer);
  }

  private HttpRequest passedOn(ServerRequest request) {
    String query = request.prologue().query().rawValue();
    String path = request.prologue().uriPath().rawPath();
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(
                URI.create(base + path + (query == null || query.isEmpty() ? "" : "?" + query)))
            .timeout(patience)
            .method(request.prologue().method().text(), body(request));
    String forwarded = request.remotePeer().host();
    for (Header header : request.headers()) {
      String name = header.name().toLowerCase(Locale.ROOT);
      if (name.equals(FORWARDED)) {
        forwarded = String.join(", ", header.allValues()) + ", " + forwarded;
      } else if (!NOT_PASSED.contains(name)) {
        for (String value : header.allValues()) {
          builder.header(name, value);
        }
      }
    }
    return builder.header(FORWARDED, forwarded).build();
  }

  private static BodyPublisher body(ServerRequest request) {
    if (!request.content().hasEntity()) {
      return BodyPublishers.noBody();
    }
    BodyPublisher stream = BodyPublishers.ofInputStream(() -> request.content().inputStream());
    long length =
        request.headers().contains(HeaderNames.CONTENT_LENGTH)
            ? Long.parseLong(request.headers().get(HeaderNames.CONTENT_LENGTH).get())
            : 0;
    return length > 0 ? BodyPublishers.fromPublisher(stream, length) : stream;
  }

  private static void passBack(
      ServerRequest request, ServerResponse response, HttpResponse<InputStream> answer) {
    response.status(Status.create(answer.statusCode()));
    for (Map.Entry<String, List<String>> header : answer.headers().map().entrySet()) {
      if (!NOT_PASSED.contains(header.getKey().toLowerCase(Locale.ROOT))) {
        response
            .headers()
            .set(
                HeaderValues.create(
                    HeaderNames.create(header.getKey()), header.getValue().toArray(String[]::new)));
      }
    }
    long length = answer.headers().firstValueAsLong("content-length").orElse(-1);
    try (InputStream in = answer.body()) {
      if (length >= 0 && request.prologue().method().equals(Method.HEAD)) {
        response.headers().contentLength(length);
        response.send();
      } else if (length == 0 || isBodiless(answer.statusCode())) {
        response.send();
      } else {
        if (length > 0) {
          response.headers().contentLength(length);
        }
        try (OutputStream out = response.outputStream()) {
          in.transferTo(out);
        }
      }
    } catch (IOException e) {
      throw new CloseConnectionException("The answer of the flags-service broke off.", e);
    }
  }

  private static boolean isBodiless(int status) {
    return status == Status.NO_CONTENT_204.code() || status == Status.NOT_MODIFIED_304.code();
  }

  private void away(
      ServerRequest request, ServerResponse response, Status status, Exception cause) {
    if (cause.getCause() instanceof UncheckedIOException
        || cause.getCause() instanceof DataReader.InsufficientDataAvailableException) {
      throw new CloseConnectionException("The client has gone.", cause);
    }
    LOG.warn("The flags-service at {} cannot be asked: {}", base, cause.toString());
    Cors.apply(request.headers(), response.headers());
    response.headers().set(HeaderValues.CONNECTION_CLOSE);
    response.status(status).send(AWAY);
    if (request.content().hasEntity()) {
      throw new CloseConnectionException("The rest of the body is not read.");
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
