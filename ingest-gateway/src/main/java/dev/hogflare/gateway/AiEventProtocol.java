// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Topics;
import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.Compression;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One event of a model's call, with its large properties as parts of a form.
 *
 * <p>The answer lists the parts: it is made when they are read and kept with the event.
 */
record AiEventProtocol(BodyDecoder decoder, RequestReader reader, Answers answers)
    implements PlainAnswers {
  /** All parts are one event; no more than as much again is for their headers. */
  private static final int MAX_BODY_BYTES = 2 * Topics.MAX_EVENT_BYTES;

  @Override
  public boolean takesGet() {
    return false;
  }

  @Override
  public Intake read(Incoming in) throws RequestRefusedException {
    Octets body =
        decoder.inflated(
            in.body(),
            Compression.named(in.exchange().headerOrNull(HeaderNames.CONTENT_ENCODING)),
            in.budget());
    if (body.length() > MAX_BODY_BYTES) {
      throw new RequestRefusedException(
          Refusal.TOO_LARGE,
          "The body has " + body.length() + " bytes and one event has to fit into it; send less.");
    }
    List<MultipartBody.Part> parts =
        MultipartBody.parts(body, in.exchange().headerOrNull(HeaderNames.CONTENT_TYPE));
    Octets event = AiEvent.of(parts, in.budget());
    Intake intake =
        reader.read(new BodyDecoder.Payload(event, null, null), in.context(), in.budget());
    intake.items().getFirst().detail(accepted(parts));
    return intake;
  }

  /** Returns the list of parts that the answer shows. */
  private static String accepted(List<MultipartBody.Part> parts) {
    JsonBuffer out = new JsonBuffer(128 * parts.size()).openArray();
    for (MultipartBody.Part part : parts) {
      out.separate().openObject();
      out.name("name").string(part.name());
      out.name("length").number(part.content().length());
      out.name("content-type").string(part.contentType());
      out.closeObject();
    }
    return new String(out.closeArray().toBytes(), StandardCharsets.UTF_8);
  }

  @Override
  public void success(Exchange exchange, Intake intake) {
    answers.json(
        exchange.request(),
        exchange.response(),
        Status.OK_200,
        ("{\"accepted_parts\":" + intake.items().getFirst().detail() + "}")
            .getBytes(StandardCharsets.UTF_8));
  }
}
