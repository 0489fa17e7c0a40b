// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.FlagRecordKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Takes a document of flags apart into the records of the topic of flags, and puts one together
 * from records, over a document that comes from elsewhere.
 *
 * <p>A record wins over the document's flag of the same key.
 */
final class FlagDocument {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FLAGS = "flags";
  private static final String PROJECTS = "projects";
  private static final String KEY = "key";

  private FlagDocument() {}

  /**
   * Returns the records of a document, in its order.
   *
   * @param token the project that the document is for, or an empty text for all
   * @throws FlagDocumentException if it is no JSON, or neither list nor object, or a flag has no
   *     key
   */
  static Map<FlagRecordKey, byte[]> records(byte[] document, String token)
      throws FlagDocumentException {
    Map<FlagRecordKey, byte[]> records = new LinkedHashMap<>();
    split(read(document), token, records);
    return records;
  }

  private static void split(JsonNode part, String token, Map<FlagRecordKey, byte[]> records)
      throws FlagDocumentException {
    ObjectNode object = asObject(part);
    JsonNode flags = object.path(FLAGS);
    for (int i = 0; i < flags.size(); i++) {
      JsonNode flag = flags.get(i);
      String key = flag.path(KEY).asText();
      if (key.isEmpty()) {
        throw new FlagDocumentException(
            "flags[" + i + "] has no key; give every flag a key before it is stored.");
      }
      records.put(new FlagRecordKey(token, key), bytes(flag));
    }
    ObjectNode settings = object.deepCopy();
    settings.remove(FLAGS);
    JsonNode projects = settings.remove(PROJECTS);
    if (!settings.isEmpty()) {
      records.put(FlagRecordKey.settings(token), bytes(settings));
    }
    if (projects != null) {
      for (Map.Entry<String, JsonNode> project : projects.properties()) {
        split(project.getValue(), project.getKey(), records);
      }
    }
  }

  /**
   * Returns the document that holds a base document and the records over it.
   *
   * @param base the document, or null if there is none
   * @param records the values by their keys, JSON objects all of them
   * @throws FlagDocumentException if the base cannot be read
   */
  static byte[] compose(byte[] base, Map<FlagRecordKey, JsonNode> records)
      throws FlagDocumentException {
    if (records.isEmpty() && base != null) {
      // As it was written, so that what is wrong with it is told with its lines.
      return base;
    }
    ObjectNode document =
        base == null ? JsonNodeFactory.instance.objectNode() : asObject(read(base)).deepCopy();
    for (Map.Entry<FlagRecordKey, JsonNode> record : records.entrySet()) {
      ObjectNode part = part(document, record.getKey().token());
      if (record.getKey().isSettings()) {
        record
            .getValue()
            .properties()
            .forEach(member -> part.set(member.getKey(), member.getValue()));
      } else {
        put(part.withArray(FLAGS), record.getKey().flag(), record.getValue());
      }
    }
    return bytes(document);
  }

  private static ObjectNode part(ObjectNode document, String token) {
    if (token.isEmpty()) {
      return document;
    }
    if (!(document.get(PROJECTS) instanceof ObjectNode)) {
      document.set(PROJECTS, document.objectNode());
    }
    ObjectNode projects = (ObjectNode) document.get(PROJECTS);
    ObjectNode project =
        projects.has(token) ? asObject(projects.get(token)) : projects.objectNode();
    projects.set(token, project);
    return project;
  }

  private static void put(ArrayNode flags, String key, JsonNode definition) {
    for (int i = 0; i < flags.size(); i++) {
      if (flags.get(i).path(KEY).asText().equals(key)) {
        flags.set(i, definition);
        return;
      }
    }
    flags.add(definition);
  }

  /** A bare list is a document that holds nothing but flags. */
  private static ObjectNode asObject(JsonNode part) {
    if (part instanceof ObjectNode object) {
      return object;
    }
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.set(FLAGS, part);
    return object;
  }

  /**
   * Reads JSON.
   *
   * @throws FlagDocumentException if it is none, or neither list nor object
   */
  static JsonNode read(byte[] document) throws FlagDocumentException {
    try {
      JsonNode root = JSON.readTree(document);
      if (root == null || !root.isContainerNode()) {
        throw new FlagDocumentException(
            "The document of flags is neither a list nor an object; see docs/feature-flags.md.");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new FlagDocumentException(
          "The document of flags is not JSON: line "
              + (e.getLocation() == null ? 0 : e.getLocation().getLineNr())
              + ", column "
              + (e.getLocation() == null ? 0 : e.getLocation().getColumnNr())
              + ": "
              + e.getOriginalMessage()
              + ".",
          e);
    } catch (IOException e) {
      throw new FlagDocumentException("The document of flags cannot be read.", e);
    }
  }

  private static byte[] bytes(JsonNode node) {
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }
}
