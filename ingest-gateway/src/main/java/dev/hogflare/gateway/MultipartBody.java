// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.wire.Octets;
import dev.hogflare.wire.RequestRefusedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Splits a body of the type {@code multipart/form-data} (RFC 7578) into its parts.
 *
 * <p>The body is in memory already, because it is signed and counted as a whole; the parts are
 * slices of it.
 */
final class MultipartBody {
  /** The most parts of one body. */
  static final int MAX_PARTS = 1_000;

  private static final int MAX_BOUNDARY = 70;
  private static final int MAX_HEADER_BYTES = 16 * 1024;
  private static final String TYPE = "multipart/form-data";

  private final byte[] bytes;
  private final int end;
  private final byte[] delimiter;
  private int at;

  /**
   * One part.
   *
   * @param name its name in the form
   * @param contentType its type in lower case and without parameters, or an empty string
   * @param contentEncoding its encoding in lower case, or an empty string
   * @param content its bytes
   */
  record Part(String name, String contentType, String contentEncoding, Octets content) {}

  private MultipartBody(Octets body, String boundary) {
    this.bytes = body.bytes();
    this.at = body.from();
    this.end = body.to();
    this.delimiter = ("--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * Returns the parts of a body.
   *
   * @param contentType the request's content type, which names the boundary, or null
   * @throws RequestRefusedException if the type is another one, or the body is not made of such
   *     parts (400)
   */
  static List<Part> parts(Octets body, String contentType) throws RequestRefusedException {
    return new MultipartBody(body, boundary(contentType)).parts();
  }

  private static String boundary(String contentType) throws RequestRefusedException {
    if (contentType == null || !bare(contentType).equals(TYPE)) {
      throw refused("the content type is another one; send " + TYPE + ".");
    }
    String boundary = parameters(contentType).get("boundary");
    if (boundary == null || boundary.isEmpty() || boundary.length() > MAX_BOUNDARY) {
      throw refused("the content type names no boundary of 1 to " + MAX_BOUNDARY + " characters.");
    }
    return boundary;
  }

  private List<Part> parts() throws RequestRefusedException {
    List<Part> parts = new ArrayList<>();
    at = indexOf(delimiter, at);
    if (at < 0) {
      throw refused("the boundary of the content type is not in the body.");
    }
    at += delimiter.length;
    while (!startsWith("--")) {
      if (parts.size() == MAX_PARTS) {
        throw refused("there are more than " + MAX_PARTS + " parts.");
      }
      skipBlanks();
      if (!startsWith("\r\n")) {
        throw refused("a boundary is not followed by a line break.");
      }
      at += 2;
      Map<String, String> headers = headers();
      int from = at;
      int to = endOfPart();
      parts.add(part(headers, new Octets(bytes, from, to)));
      at = to + 2 + delimiter.length;
    }
    return parts;
  }

  /** Returns the index of the line break before the next boundary, which belongs to the latter. */
  private int endOfPart() throws RequestRefusedException {
    int from = at;
    while (true) {
      int next = indexOf(delimiter, from);
      if (next < 0) {
        throw refused("a part is not ended by a boundary.");
      }
      if (next >= at + 2 && bytes[next - 2] == '\r' && bytes[next - 1] == '\n') {
        return next - 2;
      }
      from = next + 1;
    }
  }

  /** Reads the headers of a part, by their names in lower case, with the empty line behind them. */
  private Map<String, String> headers() throws RequestRefusedException {
    Map<String, String> headers = new HashMap<>();
    int begin = at;
    while (!startsWith("\r\n")) {
      int lineEnd = at;
      while (lineEnd + 1 < end && !(bytes[lineEnd] == '\r' && bytes[lineEnd + 1] == '\n')) {
        lineEnd++;
      }
      if (lineEnd + 1 >= end || lineEnd - begin > MAX_HEADER_BYTES) {
        throw refused("the headers of a part do not end.");
      }
      String line = new String(bytes, at, lineEnd - at, StandardCharsets.UTF_8);
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw refused("a header of a part has no colon.");
      }
      headers.put(
          line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
          line.substring(colon + 1).strip());
      at = lineEnd + 2;
    }
    at += 2;
    return headers;
  }

  private static Part part(Map<String, String> headers, Octets content)
      throws RequestRefusedException {
    String disposition = headers.getOrDefault("content-disposition", "");
    String name =
        bare(disposition).equals("form-data") ? parameters(disposition).get("name") : null;
    if (name == null || name.isEmpty()) {
      throw refused("a part has no name; send Content-Disposition: form-data with a name.");
    }
    return new Part(
        name,
        bare(headers.getOrDefault("content-type", "")),
        headers.getOrDefault("content-encoding", "").toLowerCase(Locale.ROOT),
        content);
  }

  /** Returns a header's value without its parameters, in lower case. */
  private static String bare(String value) {
    int semicolon = value.indexOf(';');
    return (semicolon < 0 ? value : value.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
  }

  /** Returns the parameters behind a header's value; quoted ones may hold semicolons. */
  private static Map<String, String> parameters(String value) {
    Map<String, String> parameters = new HashMap<>();
    int at = value.indexOf(';');
    while (at >= 0 && at < value.length()) {
      int equals = value.indexOf('=', at);
      if (equals < 0) {
        break;
      }
      String name = value.substring(at + 1, equals).strip().toLowerCase(Locale.ROOT);
      int from = equals + 1;
      while (from < value.length() && value.charAt(from) == ' ') {
        from++;
      }
      StringBuilder text = new StringBuilder();
      if (from < value.length() && value.charAt(from) == '"') {
        at = quoted(value, from + 1, text);
        at = value.indexOf(';', at);
      } else {
        int next = value.indexOf(';', from);
        text.append(value, from, next < 0 ? value.length() : next);
        at = next;
      }
      parameters.putIfAbsent(name, text.toString().strip());
    }
    return parameters;
  }

  /** Reads quoted text and returns the index behind it. */
  private static int quoted(String value, int from, StringBuilder text) {
    int at = from;
    while (at < value.length() && value.charAt(at) != '"') {
      if (value.charAt(at) == '\\' && at + 1 < value.length()) {
        at++;
      }
      text.append(value.charAt(at));
      at++;
    }
    return Math.min(at + 1, value.length());
  }

  private void skipBlanks() {
    while (at < end && (bytes[at] == ' ' || bytes[at] == '\t')) {
      at++;
    }
  }

  private boolean startsWith(String ascii) {
    if (end - at < ascii.length()) {
      return false;
    }
    for (int i = 0; i < ascii.length(); i++) {
      if (bytes[at + i] != ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private int indexOf(byte[] wanted, int from) {
    for (int i = from; i <= end - wanted.length; i++) {
      int match = 0;
      while (match < wanted.length && bytes[i + match] == wanted[match]) {
        match++;
      }
      if (match == wanted.length) {
        return i;
      }
    }
    return -1;
  }

  private static RequestRefusedException refused(String detail) {
    return RequestRefusedException.unreadable("failed to decode multipart body: " + detail);
  }
}
