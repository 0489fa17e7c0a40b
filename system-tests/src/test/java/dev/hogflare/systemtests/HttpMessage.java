// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * A request or an answer as it was on the wire.
 *
 * @param head start line and headers, with the empty line after them
 * @param raw the body as it was framed
 * @param body the body without its framing
 */
record HttpMessage(String head, byte[] raw, byte[] body) {
  private static final int LONGEST_LINE = 64 * 1024;

  /** Reads a request; nothing when the client has gone. */
  static Optional<HttpMessage> request(InputStream in) throws IOException {
    String head = head(in);
    return head.isEmpty() ? Optional.empty() : Optional.of(withBody(head, in, true));
  }

  /** Reads the answer to a request. */
  static HttpMessage answer(InputStream in, HttpMessage request) throws IOException {
    String head = head(in);
    if (head.isEmpty()) {
      throw new EOFException("The gateway closed the connection instead of an answer.");
    }
    int status = statusOf(head);
    boolean bodiless = request.method().equals("HEAD") || status == 204 || status == 304;
    return withBody(head, in, !bodiless);
  }

  private static HttpMessage withBody(String head, InputStream in, boolean mayHaveBody)
      throws IOException {
    if (mayHaveBody && headerOf(head, "transfer-encoding").orElse("").equalsIgnoreCase("chunked")) {
      return chunked(head, in);
    }
    int length =
        mayHaveBody ? headerOf(head, "content-length").map(Integer::parseInt).orElse(0) : 0;
    byte[] body = exactly(in, length);
    return new HttpMessage(head, body, body);
  }

  private static HttpMessage chunked(String head, InputStream in) throws IOException {
    ByteArrayOutputStream raw = new ByteArrayOutputStream();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      String size = line(in);
      raw.writeBytes((size + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      byte[] chunk = exactly(in, Integer.parseInt(size.split(";", 2)[0].strip(), 16));
      body.writeBytes(chunk);
      raw.writeBytes(chunk);
      String after = line(in);
      raw.writeBytes((after + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      if (chunk.length == 0) {
        return new HttpMessage(head, raw.toByteArray(), body.toByteArray());
      }
    }
  }

  private static byte[] exactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("The body broke off after " + bytes.length + " of " + length);
    }
    return bytes;
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    String line = line(in);
    while (!line.isEmpty()) {
      head.append(line).append("\r\n");
      line = line(in);
    }
    return head.isEmpty() ? "" : head.append("\r\n").toString();
  }

  /** Reads a line without its end; an empty one at the end of the stream. */
  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
      if (line.size() > LONGEST_LINE) {
        throw new IOException("A line is too long.");
      }
      line.write(next);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  private static int statusOf(String head) {
    return Integer.parseInt(head.split(" ", 3)[1]);
  }

  /** Returns the status of an answer. */
  int status() {
    return statusOf(head);
  }

  String method() {
    return head.substring(0, head.indexOf(' '));
  }

  /** Returns the path without the query. */
  String path() {
    String target = head.split(" ", 3)[1];
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  Optional<String> header(String name) {
    return headerOf(head, name);
  }

  private static Optional<String> headerOf(String head, String name) {
    return head.lines()
        .skip(1)
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst();
  }
}
