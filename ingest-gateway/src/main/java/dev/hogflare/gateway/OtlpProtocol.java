// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** OpenTelemetry's protocol over HTTP with JSON; the binary form is refused with a sentence. */
final class OtlpProtocol implements Protocol {
  private static final byte[] DONE = "{}".getBytes(StandardCharsets.US_ASCII);
  private static final Intake NOTHING = new Intake(new byte[0], List.of(), null, false);

  private final OtlpSignal signal;
  private final BodyDecoder decoder;
  private final RequestReader reader;
  private final int ceiling;
  private final Answers answers;

  /**
   * Creates the protocol.
   *
   * @param ceiling the most bytes of a request's records when each has its resource
   */
  OtlpProtocol(
      OtlpSignal signal, BodyDecoder decoder, RequestReader reader, int ceiling, Answers answers) {
    this.signal = signal;
    this.decoder = decoder;
    this.reader = reader;
    this.ceiling = ceiling;
    this.answers = answers;
  }

  @Override
  public boolean takesGet() {
    return false;
  }

  @Override
  public Intake read(Incoming in) throws RequestRefusedException {
    String type = in.exchange().headerOrNull(HeaderNames.CONTENT_TYPE);
    if (type != null && isBinary(type.toLowerCase(Locale.ROOT))) {
      throw new RequestRefusedException(
          Refusal.UNSUPPORTED,
          "OTLP is taken as JSON only; set the exporter's protocol to http/json.");
    }
    BodyDecoder.Payload payload =
        decoder.decodeBody(
            in.body(),
            in.exchange().query().text("compression"),
            type,
            in.exchange().headerOrNull(HeaderNames.CONTENT_ENCODING),
            in.budget());
    Octets events = OtlpBatch.read(payload.json(), signal, ceiling, in.budget());
    return events.length() <= "[]".length()
        ? NOTHING
        : reader.read(new BodyDecoder.Payload(events, null, null), in.context(), in.budget());
  }

  private static boolean isBinary(String type) {
    return type.contains("protobuf") || type.startsWith("application/grpc");
  }

  @Override
  public void success(Exchange exchange, Intake intake) {
    int rejected = intake.count(Item.Fate.UNUSABLE);
    byte[] body = DONE;
    if (rejected > 0) {
      String first = "";
      for (Item item : intake.items()) {
        if (item.fate() == Item.Fate.UNUSABLE) {
          first = item.message();
          break;
        }
      }
      body =
          new JsonBuffer(256)
              .openObject()
              .name("partialSuccess")
              .openObject()
              .name(signal.rejected())
              .string(Integer.toString(rejected))
              .name("errorMessage")
              .string(first)
              .closeObject()
              .closeObject()
              .toBytes();
    }
    answers.json(exchange.request(), exchange.response(), Status.OK_200, body);
  }

  @Override
  public void unusable(Exchange exchange, Item first) {
    error(exchange, Answers.status(first.problem()), first.message());
  }

  @Override
  public void refusal(Exchange exchange, Refusal refusal, String tag, String sentence) {
    error(exchange, Status.create(refusal.status()), sentence);
  }

  @Override
  public void limited(Exchange exchange, long seconds) {
    exchange.response().headers().set(HeaderNames.RETRY_AFTER, Long.toString(seconds));
    error(exchange, Status.TOO_MANY_REQUESTS_429, Answers.LIMITED);
  }

  /** Answers with a status of gRPC, as the protocol wants its errors. */
  private void error(Exchange exchange, Status status, String sentence) {
    if (status.equals(Status.SERVICE_UNAVAILABLE_503)) {
      exchange.response().headers().set(HeaderNames.RETRY_AFTER, "1");
    }
    byte[] body =
        new JsonBuffer(256)
            .openObject()
            .name("code")
            .number(grpcCode(status.code()))
            .name("message")
            .string(sentence)
            .closeObject()
            .toBytes();
    answers.json(exchange.request(), exchange.response(), status, body);
  }

  private static int grpcCode(int status) {
    return switch (status) {
      case 401 -> 16;
      case 408 -> 4;
      case 413, 429 -> 8;
      case 500 -> 13;
      case 503 -> 14;
      default -> 3;
    };
  }
}
