// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/**
 * Reads recordings of what published PostHog SDKs send to the capture endpoints.
 *
 * <p>The files {@code sdk-wire.jsonl.gz} and {@code sdk-protocols.jsonl.gz} hold one recording in
 * each line; a recording is one small flow of one SDK, and has the requests in the order of their
 * arrival.
 */
final class Recordings {
  private static final String RESOURCE = "/sdk-wire.jsonl.gz";
  private static final String OTHER_PROTOCOLS = "/sdk-protocols.jsonl.gz";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Headers that belong to a connection, and that an HTTP client sets itself. */
  private static final Set<String> OF_CONNECTION =
      Set.of("host", "connection", "content-length", "transfer-encoding", "expect", "upgrade");

  private Recordings() {}

  /**
   * One flow of one SDK.
   *
   * @param name folder and file of the recording, such as {@code posthog-js-1.449.2/01-init}
   */
  record Recording(
      String name, String sdk, String version, String scenario, List<Request> requests) {
    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * One request, byte for byte.
   *
   * @param path the path with its query
   * @param headers by lower-case name, without those of the connection
   * @param decoded the JSON of the body, if it has any
   */
  record Request(
      int sequence,
      String method,
      String path,
      Map<String, String> headers,
      byte[] body,
      Optional<JsonNode> decoded) {

    boolean isPost() {
      return method.equals("POST");
    }

    /** Returns the items of the body in their order, whichever shape it has. */
    List<Expected> items() {
      List<Expected> items = new ArrayList<>();
      decoded.ifPresent(
          json -> {
            JsonNode batch = json.isArray() ? json : json.get("batch");
            if (batch == null) {
              items.add(expected(json, json));
            } else {
              batch.forEach(item -> items.add(expected(item, json)));
            }
          });
      return items;
    }

    private static Expected expected(JsonNode item, JsonNode envelope) {
      JsonNode properties = item.path("properties");
      String token =
          first(
              item.path("api_key"),
              item.path("token"),
              item.path("$token"),
              envelope.path("api_key"),
              properties.path("token"));
      String distinctId =
          first(
              item.path("distinct_id"), item.path("$distinct_id"), properties.path("distinct_id"));
      return new Expected(
          item, first(item.path("event")), first(item.path("uuid")), distinctId, token);
    }

    private static String first(JsonNode... places) {
      for (JsonNode place : places) {
        if (place.isTextual()) {
          return place.textValue();
        }
      }
      return null;
    }
  }

  /**
   * What an item of a body says by itself.
   *
   * @param json the item
   * @param event its name, or null
   * @param uuid its uuid, or null
   * @param distinctId its distinct id, or null
   * @param token its project key, or null
   */
  record Expected(JsonNode json, String event, String uuid, String distinctId, String token) {}

  /** Returns all recordings of the first protocol. */
  static List<Recording> all() {
    return all(RESOURCE);
  }

  /** Returns the recordings of the v1 protocol, of OpenTelemetry's, and of calls of models. */
  static List<Recording> ofOtherProtocols() {
    return all(OTHER_PROTOCOLS);
  }

  private static List<Recording> all(String resource) {
    List<Recording> recordings = new ArrayList<>();
    try (InputStream in = Recordings.class.getResourceAsStream(resource);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        recordings.add(recording(JSON.readTree(line)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The recordings cannot be read.", e);
    }
    return recordings;
  }

  private static Recording recording(JsonNode json) {
    List<Request> requests = new ArrayList<>();
    json.get("requests").forEach(request -> requests.add(request(request)));
    return new Recording(
        json.get("name").textValue(),
        json.get("sdk").textValue(),
        json.get("version").textValue(),
        json.get("scenario").textValue(),
        requests);
  }

  private static Request request(JsonNode json) {
    Map<String, String> headers = new LinkedHashMap<>();
    json.get("headers")
        .properties()
        .forEach(
            header -> {
              if (!OF_CONNECTION.contains(header.getKey())) {
                headers.put(header.getKey(), header.getValue().asText());
              }
            });
    return new Request(
        json.get("seq").intValue(),
        json.get("method").textValue(),
        json.get("path").textValue(),
        headers,
        Base64.getDecoder().decode(json.get("body_base64").textValue()),
        Optional.ofNullable(json.get("decoded")));
  }
}
