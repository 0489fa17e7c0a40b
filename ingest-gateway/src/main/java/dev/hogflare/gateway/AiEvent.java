// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Topics;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Puts the parts of a multipart request together to one event of a model's call.
 *
 * <p>The first part is the event, a second one may hold its properties, and each further one is a
 * property of its own: JSON as it is, text as a string, and any other bytes as base64.
 */
final class AiEvent {
  private static final String EVENT = "event";
  private static final String PROPERTIES = "event.properties";
  private static final String BLOB = "event.properties.";

  private AiEvent() {}

  /**
   * Returns the event as one JSON object.
   *
   * @throws RequestRefusedException if parts are missing, doubled or not what their type says
   *     (400), the event is none of a model's (400), or it is too large (413)
   */
  static Octets of(List<MultipartBody.Part> parts, MemoryBudget budget)
      throws RequestRefusedException {
    if (parts.isEmpty() || !parts.getFirst().name().equals(EVENT)) {
      throw refused("the first part is not named event; send the event in it");
    }
    long size = 0;
    for (MultipartBody.Part part : parts) {
      size += part.content().length();
    }
    if (size > Topics.MAX_EVENT_BYTES) {
      throw new RequestRefusedException(
          Refusal.TOO_LARGE,
          "The parts have "
              + size
              + " bytes and at most "
              + Topics.MAX_EVENT_BYTES
              + " are taken; send less.");
    }
    budget.reserve(4 * size + 1_024);
    try {
      return joined(parts, (int) size);
    } catch (MalformedJsonException e) {
      throw e.tooDeep()
          ? new RequestRefusedException(
              Refusal.TOO_DEEP, "The JSON of the event is " + e.getMessage() + ".")
          : refused("the part event or its properties are no JSON object: " + e.getMessage());
    }
  }

  private static Octets joined(List<MultipartBody.Part> parts, int size)
      throws MalformedJsonException, RequestRefusedException {
    Octets event = parts.getFirst().content();
    JsonMembers members = object(event);
    String name = members.textOrNull("event");
    if (name == null || !name.startsWith("$ai_")) {
      throw refused("the event's name does not begin with $ai_; send other events to /i/v0/e");
    }
    int inside = members.find("properties");
    if (inside >= 0 && members.kind(inside) != '{') {
      throw refused("the field properties is no object; send one");
    }
    JsonBuffer out = new JsonBuffer(2 * size + 256).openObject();
    for (int i = 0; i < members.count(); i++) {
      if (!members.name(i).equals("properties")) {
        out.name(members.name(i)).raw(event.bytes(), members.from(i), members.to(i));
      }
    }
    Octets properties =
        inside < 0 ? null : new Octets(event.bytes(), members.from(inside), members.to(inside));
    int next = 1;
    if (parts.size() > 1 && parts.get(1).name().equals(PROPERTIES)) {
      if (properties != null) {
        throw refused("there are properties in the event and in a part; send them once");
      }
      properties = parts.get(1).content();
      next = 2;
    }
    out.name("properties").openObject();
    Set<String> blobs = names(parts, next);
    boolean model = blobs.contains("$ai_model");
    if (properties != null) {
      JsonMembers own = object(properties);
      String text = own.textOrNull("$ai_model");
      model |= text != null && !text.isBlank();
      for (int i = 0; i < own.count(); i++) {
        if (!blobs.contains(own.name(i))) {
          out.name(own.name(i)).raw(properties.bytes(), own.from(i), own.to(i));
        }
      }
    }
    if (!model) {
      throw refused("the property $ai_model is missing or empty; send the model's name in it");
    }
    for (MultipartBody.Part part : parts.subList(next, parts.size())) {
      blob(part, out.name(part.name().substring(BLOB.length())));
    }
    return Octets.of(out.closeObject().closeObject().toBytes());
  }

  private static Set<String> names(List<MultipartBody.Part> parts, int from)
      throws RequestRefusedException {
    Set<String> names = new HashSet<>();
    for (MultipartBody.Part part : parts.subList(from, parts.size())) {
      String name = part.name().startsWith(BLOB) ? part.name().substring(BLOB.length()) : "";
      if (name.isEmpty()) {
        throw refused("a part is named neither event, event.properties nor event.properties.NAME");
      }
      if (!names.add(name)) {
        throw refused("the part " + part.name() + " is there twice; send it once");
      }
      if (!part.contentEncoding().isEmpty() && !part.contentEncoding().equals("identity")) {
        throw refused("the part " + part.name() + " is encoded; compress the whole body instead");
      }
    }
    return names;
  }

  private static JsonMembers object(Octets content)
      throws MalformedJsonException, RequestRefusedException {
    JsonScanner scanner = new JsonScanner(content.bytes(), content.from(), content.to());
    if (scanner.peek() != '{') {
      throw refused("the part event or its properties are no JSON object; send one");
    }
    int from = scanner.position();
    scanner.skipValue(0);
    int to = scanner.position();
    scanner.expectEnd();
    return JsonMembers.of(content.bytes(), from, to);
  }

  private static void blob(MultipartBody.Part part, JsonBuffer out) throws RequestRefusedException {
    Octets content = part.content();
    if (part.contentType().equals("application/json")) {
      JsonScanner scanner = new JsonScanner(content.bytes(), content.from(), content.to());
      try {
        scanner.peek();
        int from = scanner.position();
        scanner.skipValue(0);
        int to = scanner.position();
        scanner.expectEnd();
        out.raw(content.bytes(), from, to);
      } catch (MalformedJsonException e) {
        throw refused("the part " + part.name() + " is no JSON: " + e.getMessage());
      }
    } else if (part.contentType().startsWith("text/")) {
      out.string(text(part));
    } else {
      ByteBuffer bytes = ByteBuffer.wrap(content.bytes(), content.from(), content.length());
      out.string(
          new String(Base64.getEncoder().encode(bytes).array(), StandardCharsets.ISO_8859_1));
    }
  }

  private static String text(MultipartBody.Part part) throws RequestRefusedException {
    Octets content = part.content();
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(content.bytes(), content.from(), content.length()))
          .toString();
    } catch (CharacterCodingException e) {
      throw refused("the part " + part.name() + " is no text in UTF-8; send it in that encoding");
    }
  }

  private static RequestRefusedException refused(String detail) {
    return RequestRefusedException.unreadable(detail + ".");
  }
}
