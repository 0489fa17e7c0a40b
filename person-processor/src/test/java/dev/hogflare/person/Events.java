// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Raw events for tests. */
final class Events {
  static final String TOKEN = "phc_test";
  static final long ARRIVED_AT = 1_790_000_000_000_000L;

  private Events() {}

  static RawEvent raw(String distinctId, String json) {
    return raw(
        distinctId,
        json,
        Route.BATCH,
        UUID.nameUUIDFromBytes(json.getBytes(StandardCharsets.UTF_8)));
  }

  static RawEvent raw(String distinctId, String json, Route route, UUID uuid) {
    return new RawEvent(
        new ActorKey(TOKEN, distinctId),
        json.getBytes(StandardCharsets.UTF_8),
        uuid,
        route,
        ARRIVED_AT,
        null,
        null,
        null);
  }
}
