// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stamp;
import java.util.UUID;

/**
 * An event that came in over a route, with what the gateway knew about it.
 *
 * <p>JSON is given with single quotes.
 */
record Sent(Route route, String id, byte[] json, Long sentAt, String enrichment, String defaults) {
  static final UUID ROW = UUID.fromString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  static final Stamp STAMP = new Stamp(1_790_000_000_123L, 3, 42);

  static Sent on(Route route, String json) {
    return new Sent(route, "user", Json.bytes(json), null, null, null);
  }

  static Sent bytes(byte[] json) {
    return new Sent(Route.BATCH, "user", json, null, null, null);
  }

  Sent by(String distinctId) {
    return new Sent(route, distinctId, json, sentAt, enrichment, defaults);
  }

  Sent sentAt(long micros) {
    return new Sent(route, id, json, micros, enrichment, defaults);
  }

  Sent enrichedWith(String object) {
    return new Sent(route, id, json, sentAt, object, defaults);
  }

  Sent inEnvelope(String object) {
    return new Sent(route, id, json, sentAt, enrichment, object);
  }

  RawEvent raw() {
    return new RawEvent(
        new ActorKey(Events.TOKEN, id),
        json,
        ROW,
        route,
        Events.ARRIVED_AT,
        sentAt,
        enrichment == null ? null : Json.bytes(enrichment),
        defaults == null ? null : Json.bytes(defaults));
  }

  PersonEvent read() throws InvalidEventException {
    return new EventReader().read(raw(), STAMP);
  }

  /** Returns the column properties as a tree, or null. */
  JsonNode properties() throws InvalidEventException {
    return Json.tree(read().row().properties());
  }

  /** Returns the column extra as a tree, or null. */
  JsonNode extra() throws InvalidEventException {
    return Json.tree(read().row().extra());
  }

  /** Returns the column context as a tree, or null. */
  JsonNode context() throws InvalidEventException {
    return Json.tree(read().row().context());
  }

  @Override
  public String toString() {
    return route + " " + id + " " + new String(json, UTF_8);
  }
}
