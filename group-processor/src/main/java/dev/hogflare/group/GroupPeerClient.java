// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.GroupKey;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.PathSegments;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Asks another instance of the group-processor for a group. */
final class GroupPeerClient implements AutoCloseable {
  /** Marks a question that was passed on once, so that it is not passed on again. */
  static final String FORWARDED = "x-hogflare-forwarded";

  private static final Duration CONNECT = Duration.ofSeconds(1);

  private final HttpClient http;
  private final Duration patience;

  /** Creates a client that waits at most so long for a whole answer. */
  GroupPeerClient(Duration patience) {
    this.patience = patience;
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
  }

  /** Asks, and takes whatever is no clear answer for "unavailable". */
  GroupAnswer ask(HostPort peer, GroupKey key) {
    URI uri =
        URI.create(
            "http://"
                + peer
                + GroupRoutes.PATH
                + "/"
                + PathSegments.encode(key.token())
                + "/"
                + PathSegments.encode(key.type())
                + "/"
                + PathSegments.encode(key.key()));
    HttpRequest request =
        HttpRequest.newBuilder(uri).timeout(patience).header(FORWARDED, "1").GET().build();
    try {
      HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
      return switch (response.statusCode()) {
        case 200 -> new GroupAnswer.Found(response.body());
        case 404 -> new GroupAnswer.Unknown();
        default ->
            new GroupAnswer.Unavailable(
                "The instance at " + peer + " answered " + response.statusCode() + ".");
      };
    } catch (IOException e) {
      return new GroupAnswer.Unavailable(
          "The instance at " + peer + " did not answer: " + e + "; check that it runs.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new GroupAnswer.Unavailable("The lookup was interrupted.");
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
