// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.FormFields;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;

/** PostHog's first protocol and hogflare's: events, batches and recordings in every wrapping. */
final class EventProtocol implements Protocol {
  private final BodyDecoder decoder;
  private final RequestReader reader;
  private final Answers answers;

  EventProtocol(BodyDecoder decoder, RequestReader reader, Answers answers) {
    this.decoder = decoder;
    this.reader = reader;
    this.answers = answers;
  }

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
    ServerRequestHeaders headers = in.exchange().request().headers();
    Octets body = in.body();
    BodyDecoder.Payload payload =
        body == null
            ? decoder.decodeQuery(query.octets("data"), query.text("compression"), in.budget())
            : decoder.decodeBody(
                body,
                compression(query),
                textOrNull(headers, HeaderNames.CONTENT_TYPE),
                textOrNull(headers, HeaderNames.CONTENT_ENCODING),
                in.budget());
    return reader.read(payload, in.context(), in.budget());
  }

  private static String compression(FormFields query) {
    String name = query.text("compression");
    return name == null ? query.text("compression_method") : name;
  }

  private static String textOrNull(ServerRequestHeaders headers, HeaderName name) {
    return headers.contains(name) ? headers.get(name).get() : null;
  }

  @Override
  public void success(Exchange exchange, Intake intake) {
    if ("1".equals(exchange.query().text("beacon"))) {
      answers.beacon(exchange.request(), exchange.response());
    } else {
      answers.success(exchange.request(), exchange.response());
    }
  }

  @Override
  public void unusable(Exchange exchange, Item first) {
    answers.unusable(exchange.request(), exchange.response(), first.problem(), first.message());
  }

  @Override
  public void refusal(Exchange exchange, Refusal refusal, String tag, String sentence) {
    answers.refusal(exchange.request(), exchange.response(), refusal, sentence);
  }

  @Override
  public void limited(Exchange exchange, long seconds) {
    answers.limited(exchange.request(), exchange.response(), seconds);
  }
}
