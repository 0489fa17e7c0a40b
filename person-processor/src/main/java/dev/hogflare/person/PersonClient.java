// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.runtime.PathSegments;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.apache.kafka.streams.state.HostInfo;

/** Asks another instance of the person-processor for a person that lives there. */
final class PersonClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final int OK = 200;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();

  PersonLookup.Answer find(HostInfo host, ActorKey at, int life, String askedId, int hops) {
    URI uri =
        URI.create(
            "http://"
                + host.host()
                + ":"
                + host.port()
                + "/persons/"
                + PathSegments.encode(at.token())
                + "/"
                + PathSegments.encode(at.distinctId())
                + "?hops="
                + hops
                + "&life="
                + life
                + "&asked="
                + PathSegments.encode(askedId));
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(TIMEOUT).GET().build();
    try {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      return response.statusCode() == OK
          ? new PersonLookup.Answer.Found(response.body())
          : new PersonLookup.Answer.Unavailable(
              "The instance at "
                  + host.host()
                  + ":"
                  + host.port()
                  + " answered "
                  + response.statusCode()
                  + ".");
    } catch (IOException e) {
      return new PersonLookup.Answer.Unavailable(
          "The instance at "
              + host.host()
              + ":"
              + host.port()
              + " did not answer: "
              + e.getMessage()
              + ".");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new PersonLookup.Answer.Unavailable("The lookup was interrupted.");
    }
  }
}
