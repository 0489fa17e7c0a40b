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
import java.util.Set;
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
   * A recorded POST.
   *
   * @param scenario the SDK and what it did
   * @param path path and query
   * @param headers names and values in turn
   * @param body the body as it was on the wire
   * @param decoded the JSON that was in it
   */
  record Post(String scenario, String path, String[] headers, byte[] body, JsonNode decoded) {
    /** Returns the events in it, or the parts of a recording. */
    List<JsonNode> items() {
      List<JsonNode> items = new ArrayList<>();
      if (decoded.isArray()) {
        decoded.forEach(items::add);
      } else if (decoded.path("batch").isArray()) {
        decoded.path("batch").forEach(items::add);
      } else {
        items.add(decoded);
      }
      return items;
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

  /** Returns all recorded POSTs of the first protocol in their order. */
  static List<Post> posts() {
    return posts(RESOURCE);
  }

  /** Returns the recorded POSTs of v1, of OpenTelemetry and of calls of models in their order. */
  static List<Post> postsOfOtherProtocols() {
    return posts(OTHER_PROTOCOLS);
  }

  private static List<Post> posts(String resource) {
    List<Post> posts = new ArrayList<>();
    try (InputStream packed = Recordings.class.getResourceAsStream(resource);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(packed), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode recording = Json.parse(line);
        for (JsonNode request : recording.path("requests")) {
          if (request.path("method").asText().equals("POST")) {
            posts.add(post(recording.path("name").asText(), request));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return posts;
  }

  private static Post post(String scenario, JsonNode request) {
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
    return new Post(
        scenario,
        request.path("path").asText(),
        headers.toArray(String[]::new),
        Base64.getDecoder().decode(request.path("body_base64").asText()),
        request.path("decoded"));
  }
}
