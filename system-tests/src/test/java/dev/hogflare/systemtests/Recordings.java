// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/** What published SDKs sent to a recording server, request by request. */
final class Recordings {
  private static final String RESOURCE = "/sdk-wire.jsonl.gz";
  private static final String OTHER_PROTOCOLS = "/sdk-protocols.jsonl.gz";

  /** What a client library sets itself, and what belongs to the recorded connection. */
  private static final Set<String> OF_THE_CONNECTION =
      Set.of("host", "connection", "content-length", "transfer-encoding", "accept-encoding");

  private Recordings() {}

  /**
   * A recorded request.
   *
   * @param scenario the SDK and what it did
   * @param method the method
   * @param path path and query
   * @param headers names and values in turn
   * @param body the body as it was on the wire
   * @param decoded the JSON that was in it
   */
  record Request(
      String scenario,
      String method,
      String path,
      String[] headers,
      byte[] body,
      JsonNode decoded) {
    /** Returns the events in it, or the parts of a recording. */
    List<JsonNode> items() {
      return itemsOf(decoded);
    }

    String contentType() {
      for (int i = 0; i < headers.length; i += 2) {
        if (headers[i].equals("content-type")) {
          return headers[i + 1];
        }
      }
      return "application/octet-stream";
    }

    /** Returns all headers but the content type. */
    String[] otherHeaders() {
      List<String> others = new ArrayList<>();
      for (int i = 0; i < headers.length; i += 2) {
        if (!headers[i].equals("content-type")) {
          others.add(headers[i]);
          others.add(headers[i + 1]);
        }
      }
      return others.toArray(String[]::new);
    }
  }

  /**
   * What one SDK sent in one scenario.
   *
   * @param name the folder of the SDK and its version, a slash, and the scenario's number and name
   * @param requests in the order in which they came; without those that bring nothing
   */
  record Flow(String name, List<Request> requests) {
    String sdk() {
      return name.substring(0, name.indexOf('/'));
    }

    String scenario() {
      return name.substring(name.indexOf('/') + 1);
    }
  }

  /** Returns all recordings of all protocols, those of one scenario together. */
  static List<Flow> flows() {
    Map<String, List<Request>> flows = new TreeMap<>();
    for (String resource : List.of(RESOURCE, OTHER_PROTOCOLS)) {
      for (Request request : requests(resource, Set.of("GET", "POST"))) {
        flows.computeIfAbsent(request.scenario(), name -> new ArrayList<>()).add(request);
      }
    }
    return flows.entrySet().stream().map(e -> new Flow(e.getKey(), e.getValue())).toList();
  }

  /** Returns the events of a body of the first protocol, whichever shape it has. */
  static List<JsonNode> itemsOf(JsonNode body) {
    List<JsonNode> items = new ArrayList<>();
    if (body.isArray()) {
      body.forEach(items::add);
    } else if (body.path("batch").isArray()) {
      body.path("batch").forEach(items::add);
    } else {
      items.add(body);
    }
    return items;
  }

  /** Returns all recorded POSTs of the first protocol in their order. */
  static List<Request> posts() {
    return requests(RESOURCE, Set.of("POST"));
  }

  /** Returns the recorded POSTs of v1, of OpenTelemetry and of calls of models in their order. */
  static List<Request> postsOfOtherProtocols() {
    return requests(OTHER_PROTOCOLS, Set.of("POST"));
  }

  private static List<Request> requests(String resource, Set<String> methods) {
    List<Request> requests = new ArrayList<>();
    try (InputStream packed = Recordings.class.getResourceAsStream(resource);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(packed), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode recording = Json.parse(line);
        for (JsonNode request : recording.path("requests")) {
          if (methods.contains(request.path("method").asText())) {
            requests.add(request(recording.path("name").asText(), request));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return requests;
  }

  private static Request request(String scenario, JsonNode request) {
    List<String> headers = new ArrayList<>();
    request
        .path("headers")
        .properties()
        .forEach(
            header -> {
              if (!OF_THE_CONNECTION.contains(header.getKey())) {
                headers.add(header.getKey());
                headers.add(header.getValue().asText());
              }
            });
    return new Request(
        scenario,
        request.path("method").asText(),
        request.path("path").asText(),
        headers.toArray(String[]::new),
        Base64.getDecoder().decode(request.path("body_base64").asText()),
        request.path("decoded"));
  }
}
