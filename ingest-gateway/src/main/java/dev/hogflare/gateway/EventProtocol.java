// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.FormFields;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.RequestRefusedException;
import io.helidon.http.HeaderNames;

/** PostHog's first protocol and hogflare's: events, batches and recordings in every wrapping. */
record EventProtocol(BodyDecoder decoder, RequestReader reader, Answers answers)
    implements PlainAnswers {
  @Override
  public boolean takesGet() {
    return true;
  }

  @Override
  public boolean splitsHeatmaps() {
    return true;
  }

  @Override
  public Intake read(Incoming in) throws RequestRefusedException {
    FormFields query = in.exchange().query();
    Octets body = in.body();
    BodyDecoder.Payload payload =
        body == null
            ? decoder.decodeQuery(query.octets("data"), query.text("compression"), in.budget())
            : decoder.decodeBody(
                body,
                compression(query),
                in.exchange().headerOrNull(HeaderNames.CONTENT_TYPE),
                in.exchange().headerOrNull(HeaderNames.CONTENT_ENCODING),
                in.budget());
    return reader.read(payload, in.context(), in.budget());
  }

  private static String compression(FormFields query) {
    String name = query.text("compression");
    return name == null ? query.text("compression_method") : name;
  }

  @Override
  public void success(Exchange exchange, Intake intake) {
    if ("1".equals(exchange.query().text("beacon"))) {
      answers.beacon(exchange.request(), exchange.response());
    } else {
      answers.success(exchange.request(), exchange.response());
    }
  }
}
