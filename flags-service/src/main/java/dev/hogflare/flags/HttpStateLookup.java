// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.runtime.PathSegments;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** Asks processors that run elsewhere, over connections that are kept. */
final class HttpStateLookup implements StateLookup, AutoCloseable {
  private static final int MAX_BYTES = 16 * 1024 * 1024;
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;

  private final Optional<URI> persons;
  private final Optional<URI> groups;
  private final Duration patience;
  private final HttpClient client;

  /**
   * Creates a lookup.
   *
   * @param persons the person-processor's admin address
   * @param groups the group-processor's
   * @param patience how long one answer may take
   */
  HttpStateLookup(Optional<URI> persons, Optional<URI> groups, Duration patience) {
    this.persons = persons;
    this.groups = groups;
    this.patience = patience;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(patience)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  @Override
  public Answer person(String token, String distinctId) {
    return ask("person", persons, "/persons/", token, distinctId);
  }

  @Override
  public Answer group(String token, String type, String key) {
    return ask("group", groups, "/groups/", token, type, key);
  }

  private Answer ask(String kind, Optional<URI> base, String path, String... segments) {
    if (base.isEmpty()) {
      return new Answer.Unavailable(
          "Where the " + kind + "-processor is, is not configured; see docs/flags-service.md.");
    }
    String root = base.get().toString();
    StringBuilder url =
        new StringBuilder(root.endsWith("/") ? root.substring(0, root.length() - 1) : root);
    url.append(path);
    for (int i = 0; i < segments.length; i++) {
      url.append(i == 0 ? "" : "/").append(PathSegments.encode(segments[i]));
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url.toString())).timeout(patience).GET().build();
    try {
      HttpResponse<InputStream> response =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        byte[] json = body.readNBytes(MAX_BYTES + 1);
        if (response.statusCode() == OK && json.length <= MAX_BYTES) {
          return new Answer.Found(json);
        }
        return response.statusCode() == NOT_FOUND
            ? new Answer.Unknown()
            : new Answer.Unavailable(
                "The " + kind + "-processor answered " + response.statusCode() + ".");
      }
    } catch (IOException e) {
      return new Answer.Unavailable("The " + kind + "-processor cannot be asked (" + e + ").");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer.Unavailable("The lookup was interrupted.");
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
