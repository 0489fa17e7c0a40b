// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.GroupKey;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Asks admin endpoints for persons and groups. */
final class Lookups implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final URI persons;
  private final URI groups;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  /**
   * Creates lookups.
   *
   * @param persons the base URL of an admin endpoint that knows persons
   * @param groups the base URL of an admin endpoint that knows groups
   */
  Lookups(URI persons, URI groups) {
    this.persons = persons;
    this.groups = groups;
  }

  /** Returns the answer, or null if there is none at the moment. */
  JsonNode person(ActorKey key) {
    return ask(persons, "/persons/" + encoded(key.token()) + '/' + encoded(key.distinctId()));
  }

  /** Returns the answer, or null if there is none at the moment. */
  JsonNode group(GroupKey key) {
    return ask(
        groups,
        "/groups/" + encoded(key.token()) + '/' + encoded(key.type()) + '/' + encoded(key.key()));
  }

  private JsonNode ask(URI base, String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE).GET().build();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() == 200 ? Json.parse(answer.body()) : null;
    } catch (IOException e) {
      // Whoever asks asks again until the answers are right, or it is too late.
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for an answer.", e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public void close() {
    http.close();
  }
}
