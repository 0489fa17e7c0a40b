// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The formats as they were first published, one file each.
 *
 * <p>A file changes only together with a plan for the records that are already on a topic.
 */
final class Golden {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Golden() {}

  /** A record as it stands on a topic; key and value may be null. */
  record OnTopic(byte[] key, byte[] value, Headers headers) {}

  static byte[] bytes(String file) {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/" + file)) {
      if (in == null) {
        throw new IllegalStateException("There is no golden file " + file + ".");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode tree(String file) {
    return parse(bytes(file));
  }

  static JsonNode parse(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a record that is written down as {@code {"key", "value", "headers": [[name, text]]}}. */
  static OnTopic record(String file) {
    JsonNode tree = tree(file);
    Headers headers = new RecordHeaders();
    tree.get("headers")
        .forEach(header -> headers.add(header.get(0).textValue(), utf8(header.get(1).textValue())));
    return new OnTopic(
        utf8(tree.get("key").textValue()), utf8(tree.get("value").textValue()), headers);
  }

  /** Writes a record down in the form of {@link #record}. */
  static JsonNode tree(byte[] key, byte[] value, Headers headers) {
    ObjectNode tree = JSON.createObjectNode();
    tree.put("key", text(key));
    tree.put("value", text(value));
    ArrayNode list = tree.putArray("headers");
    for (Header header : headers) {
      list.addArray().add(header.key()).add(text(header.value()));
    }
    return tree;
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
