// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Topics;
import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.Compression;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;

/**
 * What Jazzer feeds: any bytes are a request, which is decoded, split and reshaped as the capture
 * handler does.
 *
 * <p>The first byte chooses the endpoint, the second one the headers and whether the rest, the
 * body, is compressed first. What may come out is a refusal that has a sentence, or items within
 * the bounds whose bytes are JSON.
 */
final class FuzzedCapture {
  /** Inflated bytes of a body. */
  static final int CEILING = 1 << 20;

  /** What one request may hold: the product's rule, for this ceiling. */
  private static final long BUDGET = 16L * CEILING;

  private static final BodyDecoder DECODER = new BodyDecoder(CEILING);
  private static final RequestReader READER = new RequestReader(DECODER);
  private static final Credentials KEY = new Credentials("phc_a", null, null, null);
  private static final String[] NAMES = {
    null, "gzip", "gzip-js", "deflate", "base64", "lz64", "identity", "br"
  };
  private static final String[] TYPES = {
    null, "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
  };
  private static final Reshaping RESHAPING =
      new Reshaping(new CookielessIds(new byte[32]), () -> new UUID(1, 2));
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(RequestReader.MAX_EVENT_LEVELS + 2)
                  .build())
          .build();

  private FuzzedCapture() {}

  /** The endpoints, by their first byte. */
  enum Way {
    EVENTS,
    V1,
    OTLP,
    AI
  }

  /**
   * Returns an input.
   *
   * @param of which of several endpoints of that kind: a route, or a signal of OpenTelemetry
   */
  static byte[] input(Way way, int of, String name, String type, boolean compress, byte[] body) {
    byte[] input = new byte[2 + body.length];
    input[0] = (byte) (way.ordinal() | of << 2);
    int header = Math.max(0, Arrays.asList(TYPES).indexOf(type));
    int encoding = Math.max(0, Arrays.asList(NAMES).indexOf(name));
    input[1] = (byte) (encoding | header << 3 | (compress ? 1 << 5 : 0));
    System.arraycopy(body, 0, input, 2, body.length);
    return input;
  }

  /** Is called by Jazzer for each input. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < 2) {
      return;
    }
    Way way = Way.values()[input[0] & 3];
    int of = (input[0] & 0xFF) >> 2;
    byte[] body = Arrays.copyOfRange(input, 2, input.length);
    if ((input[1] & 1 << 5) != 0) {
      body = gzip(body);
    }
    String name = NAMES[input[1] & 7];
    String type = TYPES[input[1] >> 3 & 3];
    Budget budget = new Budget();
    try {
      Intake intake = read(way, of, Octets.of(body), name, type, budget);
      if (intake != null) {
        check(
            RESHAPING.apply(
                intake,
                () -> new Reshaping.Sender("203.0.113.7", "Mozilla/5.0", GatewayFixture.NOW),
                way == Way.EVENTS,
                budget));
      }
    } catch (RequestRefusedException e) {
      if (e.getMessage() == null || e.getMessage().isBlank()) {
        throw new IllegalStateException("A refusal has no sentence.", e);
      }
    }
  }

  private static Intake read(
      Way way, int of, Octets body, String name, String type, MemoryBudget budget)
      throws RequestRefusedException {
    Route route = way == Way.EVENTS ? Route.values()[of % Route.values().length] : Route.BATCH;
    RequestReader.Context context = new RequestReader.Context(route, KEY, null, 0);
    switch (way) {
      case EVENTS:
        return READER.read(payload(body, name, type, budget), context, budget);
      case V1:
        Octets json = DECODER.unwrap(body, Compression.named(name), false, budget);
        V1Batch.Read batch = V1Batch.read(bounded(json), V1Batch.Sdk.of("fuzz/1"), CEILING, budget);
        Intake intake =
            READER.read(new BodyDecoder.Payload(batch.events(), null, null), context, budget);
        if (batch.verdicts().size() != intake.items().size()) {
          throw new IllegalStateException("A verdict is missing.");
        }
        return intake;
      case OTLP:
        OtlpSignal signal = OtlpSignal.values()[of % OtlpSignal.values().length];
        Octets records =
            OtlpBatch.read(payload(body, name, type, budget).json(), signal, CEILING, budget);
        return records.length() <= 2
            ? null
            : READER.read(new BodyDecoder.Payload(records, null, null), context, budget);
      default:
        Octets form = bounded(DECODER.inflated(body, Compression.named(name), budget));
        Octets event =
            AiEvent.of(MultipartBody.parts(form, "multipart/form-data; boundary=x"), budget);
        return READER.read(new BodyDecoder.Payload(event, null, null), context, budget);
    }
  }

  private static BodyDecoder.Payload payload(
      Octets body, String name, String type, MemoryBudget budget) throws RequestRefusedException {
    BodyDecoder.Payload payload = DECODER.decodeBody(body, null, type, name, budget);
    bounded(payload.json());
    return payload;
  }

  /** What was not compressed may be as long as the request. */
  private static Octets bounded(Octets decoded) {
    if (decoded.length() > CEILING) {
      throw new IllegalStateException("Inflated to " + decoded.length() + " bytes.");
    }
    return decoded;
  }

  private static void check(Intake intake) {
    for (Item item : intake.items()) {
      switch (item.fate()) {
        case FILTERED -> {}
        case UNUSABLE -> {
          if (item.problem() == null || item.message().isBlank()) {
            throw new IllegalStateException("A problem has no sentence.");
          }
        }
        case USABLE -> {
          byte[] json = item.json(intake.json());
          if (item.token().isEmpty() || item.distinctId() == null) {
            throw new IllegalStateException("A usable item is nobody's.");
          }
          if (json.length > Topics.MAX_RECORDING_BYTES) {
            throw new IllegalStateException("An item has " + json.length + " bytes.");
          }
          requireObject(json);
        }
      }
    }
  }

  private static void requireObject(byte[] json) {
    try (JsonParser parser = JSON.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalStateException("A usable item is no object.");
      }
      parser.skipChildren();
      if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
        throw new IllegalStateException("A usable item is more than an object.");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("A usable item cannot be read.", e);
    }
  }

  private static byte[] gzip(byte[] body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length);
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The memory of one request. */
  private static final class Budget implements MemoryBudget {
    private long taken;

    @Override
    public void reserve(long bytes) throws RequestRefusedException {
      taken += bytes;
      if (taken > BUDGET) {
        throw new RequestRefusedException(Refusal.OVERLOADED, "The server is overloaded.");
      }
    }
  }
}
