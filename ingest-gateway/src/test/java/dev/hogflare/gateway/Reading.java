// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.Route;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.RequestRefusedException;
import java.nio.charset.StandardCharsets;

/** Decodes and splits a body as the capture handler does, without HTTP. */
final class Reading {
  private static final int CEILING = 8_000_000;

  private Route route = Route.CAPTURE;
  private Credentials credentials = Credentials.NONE;
  private Long sentAt;
  private String query;
  private String contentType;
  private String contentEncoding;

  static Reading at(Route route) {
    Reading reading = new Reading();
    reading.route = route;
    return reading;
  }

  Reading with(Credentials others) {
    credentials = others;
    return this;
  }

  Reading sentAt(long micros) {
    sentAt = micros;
    return this;
  }

  Reading compression(String name) {
    query = name;
    return this;
  }

  Reading contentType(String type) {
    contentType = type;
    return this;
  }

  Reading contentEncoding(String encoding) {
    contentEncoding = encoding;
    return this;
  }

  Intake of(String body) throws RequestRefusedException {
    return of(Encodings.utf8(body));
  }

  Intake of(byte[] body) throws RequestRefusedException {
    BodyDecoder decoder = new BodyDecoder(CEILING);
    return read(
        decoder,
        decoder.decodeBody(
            Octets.of(body), query, contentType, contentEncoding, MemoryBudget.UNBOUNDED));
  }

  Intake ofQuery(byte[] data) throws RequestRefusedException {
    BodyDecoder decoder = new BodyDecoder(CEILING);
    return read(decoder, decoder.decodeQuery(Octets.of(data), query, MemoryBudget.UNBOUNDED));
  }

  private Intake read(BodyDecoder decoder, BodyDecoder.Payload payload)
      throws RequestRefusedException {
    return new RequestReader(decoder)
        .read(
            payload,
            new RequestReader.Context(route, credentials, sentAt, 0),
            MemoryBudget.UNBOUNDED);
  }

  static String json(Intake intake, int index) {
    Item item = intake.items().get(index);
    return new String(intake.json(), item.from(), item.length(), StandardCharsets.UTF_8);
  }

  static String defaults(Intake intake) {
    return intake.defaults() == null ? null : new String(intake.defaults(), StandardCharsets.UTF_8);
  }
}
