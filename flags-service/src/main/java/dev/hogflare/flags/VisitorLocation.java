// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.hogflare.wire.LocationHeader;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** Turns what a proxy says about the place of a client into properties that filters can ask for. */
final class VisitorLocation {
  private static final LocationHeader[] HEADERS = LocationHeader.values();

  private VisitorLocation() {}

  /**
   * Returns the properties.
   *
   * @param headers gives the text of a header, or null
   */
  static Map<String, JsonNode> of(Function<LocationHeader, String> headers) {
    Map<String, JsonNode> properties = Map.of();
    for (LocationHeader header : HEADERS) {
      String value = header.valueOrNull(headers.apply(header));
      if (value == null) {
        continue;
      }
      if (properties.isEmpty()) {
        properties = new HashMap<>();
      }
      properties.put(header.property(), header.isNumber() ? number(value) : new TextNode(value));
    }
    return properties;
  }

  /** Whole numbers and decimals stay apart, as in JSON that a client sends. */
  private static JsonNode number(String text) {
    return text.indexOf('.') < 0
        ? IntNode.valueOf(Integer.parseInt(text))
        : DoubleNode.valueOf(Double.parseDouble(text));
  }
}
