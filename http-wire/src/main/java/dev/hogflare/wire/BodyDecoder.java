// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import dev.hogflare.wire.BoundedInflater.Format;

/**
 * Unwraps a request's payload down to its JSON.
 *
 * <p>What the bytes are decides, not what the headers say: gzip and zlib are known by their first
 * bytes, JSON by its first character, base64 by its alphabet. Only lz-string and headerless
 * deflate, which look like nothing, need to be named by the client. A client that names gzip or
 * deflate and sends neither is told so.
 */
public final class BodyDecoder {
  /** The most wrappings that are taken off; real clients use three: gzip in base64 in a form. */
  private static final int MAX_LAYERS = 5;

  /**
   * lz-string is held as UTF-16 and as UTF-8 at once, so that it gets this part of the ceiling;
   * only browsers of 2023 and before send it, a page view at a time.
   */
  private static final int LZ_SHARE = 4;

  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String NO_DATA = "missing data field in PostHog payload.";

  private final BoundedInflater inflater;
  private final StreamInflater streams;
  private final int ceiling;

  /** Creates a decoder whose output has at most so many bytes. */
  public BodyDecoder(int ceiling) {
    this.ceiling = ceiling;
    this.inflater = new BoundedInflater(ceiling);
    this.streams = new StreamInflater(ceiling);
  }

  /**
   * A decoded payload.
   *
   * @param json the JSON, not parsed yet
   * @param form the other fields of the form that it came in, or null if it came in none
   * @param unknown the name of an encoding that was given and means nothing, or null
   */
  public record Payload(Octets json, FormFields form, String unknown) {}

  /**
   * Decodes the payload that stands in the query.
   *
   * @param data the query's {@code data}
   */
  public Payload decodeQuery(Octets data, String compression, MemoryBudget budget)
      throws RequestRefusedException {
    Octets json = unwrap(data, Compression.named(compression), false, budget);
    return new Payload(json, null, unknownOrNull(compression));
  }

  /**
   * Decodes a request's body.
   *
   * @param queryCompression the query's {@code compression}, or null
   * @param contentType the header's text, or null
   * @param contentEncoding the header's text, or null
   */
  public Payload decodeBody(
      Octets body,
      String queryCompression,
      String contentType,
      String contentEncoding,
      MemoryBudget budget)
      throws RequestRefusedException {
    String name = queryCompression == null ? contentEncoding : queryCompression;
    Octets text = inflateTransport(body, Compression.named(name), budget);
    if (FormFields.isForm(text) || (isFormType(contentType) && !beginsJson(text))) {
      return decodeForm(text, queryCompression, budget);
    }
    Octets json = unwrap(text, Compression.named(name), !text.equals(body), budget);
    return new Payload(json, null, unknownOrNull(name));
  }

  /**
   * Takes off the compression of a body whose content is no JSON.
   *
   * @throws RequestRefusedException if the client names a compression and the body has none (400),
   *     it is damaged (400), or too large after decompression (413)
   */
  public Octets inflated(Octets body, Compression hint, MemoryBudget budget)
      throws RequestRefusedException {
    Octets inflated = inflateTransport(body, hint, budget);
    if (inflates(hint) && inflated.equals(body)) {
      throw notInflatable(hint);
    }
    return inflated;
  }

  private Payload decodeForm(Octets text, String queryCompression, MemoryBudget budget)
      throws RequestRefusedException {
    budget.reserve(text.length());
    FormFields form = FormFields.parse(text);
    Octets data = form.octets("data");
    if (data == null || data.isEmpty()) {
      throw RequestRefusedException.unreadable(NO_DATA);
    }
    String name = queryCompression;
    if (name == null) {
      name = form.text("compression");
    }
    if (name == null) {
      name = form.text("compression_method");
    }
    Octets json = unwrap(data, Compression.named(name), false, budget);
    return new Payload(json, form, unknownOrNull(name));
  }

  /**
   * Takes off wrapping after wrapping until JSON is left, or what is no JSON either.
   *
   * @param hint what the client says; it need not be the outermost wrapping
   * @param inflatedBefore whether a compression was taken off already
   */
  public Octets unwrap(
      Octets wrapped, Compression hint, boolean inflatedBefore, MemoryBudget budget)
      throws RequestRefusedException {
    Octets text = skipSpace(wrapped);
    Octets in = text;
    boolean inflated = inflatedBefore;
    boolean lz = false;
    for (int layer = 0; layer < MAX_LAYERS; layer++) {
      if (BoundedInflater.isGzip(in)) {
        in = inflater.inflate(in, Format.GZIP, budget);
        inflated = true;
      } else if (hint == Compression.LZ64 && !lz) {
        in = LzString.decode(in, ceiling / LZ_SHARE, budget);
        lz = true;
      } else if (beginsJson(in)) {
        break;
      } else if (BoundedInflater.isZlib(in)) {
        in = inflater.inflate(in, Format.ZLIB, budget);
        inflated = true;
      } else {
        Octets decoded = Base64Text.decodeOrNull(in, budget);
        if (decoded != null) {
          in = decoded;
        } else if (hint == Compression.DEFLATE && !inflated && !in.isEmpty()) {
          in = inflater.inflate(in, Format.DEFLATE, budget);
          inflated = true;
        } else {
          break;
        }
      }
      in = skipSpace(in);
    }
    if (!inflated && inflates(hint)) {
      throw notInflatable(hint);
    }
    // Nearly any word is base64 of something: what comes to nothing is left as it was sent.
    return inflated || lz || beginsJson(in) ? in : text;
  }

  /**
   * Takes off Zstandard, which nothing but a header tells.
   *
   * @throws RequestRefusedException if the body is damaged (400) or too large after decompression
   *     (413)
   */
  public Octets zstd(Octets body, MemoryBudget budget) throws RequestRefusedException {
    return streams.zstd(body, budget);
  }

  /**
   * Takes off Brotli, which nothing but a header tells.
   *
   * @throws RequestRefusedException as above
   */
  public Octets brotli(Octets body, MemoryBudget budget) throws RequestRefusedException {
    return streams.brotli(body, budget);
  }

  private static RequestRefusedException notInflatable(Compression hint) {
    return RequestRefusedException.unreadable(
        hint == Compression.GZIP
            ? "failed to decode gzip payload: compression says gzip and the body is not."
            : "failed to decode zlib payload: compression says deflate and the body is not.");
  }

  /** Takes off a compression of the whole body, under which there may be a form. */
  private Octets inflateTransport(Octets body, Compression hint, MemoryBudget budget)
      throws RequestRefusedException {
    if (BoundedInflater.isGzip(body)) {
      return inflater.inflate(body, Format.GZIP, budget);
    }
    if (hint == Compression.DEFLATE && BoundedInflater.isZlib(body)) {
      return inflater.inflate(body, Format.ZLIB, budget);
    }
    return body;
  }

  private static boolean inflates(Compression compression) {
    return compression == Compression.GZIP || compression == Compression.DEFLATE;
  }

  private static boolean isFormType(String contentType) {
    if (contentType == null) {
      return false;
    }
    int end = contentType.indexOf(';');
    String type = end < 0 ? contentType : contentType.substring(0, end);
    return type.strip().equalsIgnoreCase(FORM);
  }

  private static boolean beginsJson(Octets in) {
    Octets text = skipSpace(in);
    return !text.isEmpty()
        && (text.bytes()[text.from()] == '{' || text.bytes()[text.from()] == '[');
  }

  /** Moves behind a byte order mark and white space. */
  private static Octets skipSpace(Octets in) {
    byte[] b = in.bytes();
    int at = in.from();
    if (in.length() >= 3
        && b[at] == (byte) 0xEF
        && b[at + 1] == (byte) 0xBB
        && b[at + 2] == (byte) 0xBF) {
      at += 3;
    }
    while (at < in.to() && (b[at] == ' ' || b[at] == '\n' || b[at] == '\r' || b[at] == '\t')) {
      at++;
    }
    return at == in.from() ? in : new Octets(b, at, in.to());
  }

  private static String unknownOrNull(String name) {
    return Compression.isUnknown(name) ? name.strip() : null;
  }
}
