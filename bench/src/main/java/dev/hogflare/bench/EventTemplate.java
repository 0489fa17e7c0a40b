// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * Makes events of about a kilobyte, shaped as a browser sends them.
 *
 * <p>The n-th event is a function of n: one of so many distinct ids, a uuid of its own, and for
 * every tenth event a {@code $set} of three properties.
 */
final class EventTemplate {
  static final String TOKEN = "phc_bench";

  private final int persons;
  private final boolean enriched;

  EventTemplate(int persons) {
    this(persons, false);
  }

  private EventTemplate(int persons, boolean enriched) {
    this.persons = persons;
    this.enriched = enriched;
  }

  /** Returns the same events with an address and a user agent that the gateway added. */
  EventTemplate enriched() {
    return new EventTemplate(persons, true);
  }

  private static byte[] enrichment(long n) {
    return ("{\"$ip\":\"203.0.113."
            + n % 256
            + "\",\"$raw_user_agent\":\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
            + " Chrome/"
            + (100 + n % 40)
            + ".0.0.0 Safari/537.36\"}")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Returns the distinct id of the n-th event; the order of ids is scattered, not rising. */
  String distinctId(long n) {
    long scattered = Math.floorMod(new SplittableRandom(n).nextLong(), (long) persons);
    return String.format(Locale.ROOT, "user-%06d", scattered);
  }

  /** Returns the uuid of the n-th event. */
  static UUID uuid(long n) {
    return new UUID(
        0x0192_0000_0000_7000L | (n >>> 48 & 0xFFF),
        0x8000_0000_0000_0000L | n & 0xFFFF_FFFF_FFFFL);
  }

  /** Returns the n-th event as a client sends it. */
  String json(long n) {
    String set =
        n % 10 == 0
            ? ",\"$set\":{\"plan\":\"pro\",\"seats\":" + n % 50 + ",\"visit\":" + n + "}"
            : "";
    return "{\"uuid\":\""
        + uuid(n)
        + "\",\"event\":\"$pageview\",\"distinct_id\":\""
        + distinctId(n)
        + "\",\"timestamp\":\"2026-11-21T04:43:25.123Z\",\"properties\":{\"$os\":\"Linux\",\"$os_version\":\"6.1\","
        + "\"$browser\":\"Chrome\",\"$browser_version\":149,\"$device_type\":\"Desktop\",\"$current_url\":"
        + "\"https://shop.example.com/products/category-"
        + n % 97
        + "/item-"
        + n % 4_001
        + "?ref=campaign-"
        + n % 13
        + "\","
        + "\"$host\":\"shop.example.com\",\"$pathname\":\"/products/category-"
        + n % 97
        + "/item-"
        + n % 4_001
        + "\","
        + "\"$screen_height\":1080,\"$screen_width\":1920,\"$viewport_height\":937,\"$viewport_width\":1905,"
        + "\"$lib\":\"web\",\"$lib_version\":\"1.449.2\",\"$insert_id\":\"ins"
        + n
        + "\",\"$time\":1795236205.123,"
        + "\"$referrer\":\"https://www.example.com/search\",\"$referring_domain\":\"www.example.com\","
        + "\"$device_id\":\"0192f0c1-7a5e-7f00-8000-0123456789ab\",\"$session_id\":\"0192f0c1-"
        + (1000 + n % 9_000)
        + "-7f00-8000-0123456789ab\",\"$window_id\":\"0192f0c1-7a5e-7f01-8000-0123456789ab\",\"$pageview_id\":"
        + "\"0192f0c1-7a5e-7f02-8000-0123456789ab\",\"price\":"
        + (n % 10_000) / 100.0
        + ",\"currency\":\"EUR\",\"in_stock\":true"
        + ",\"tags\":[\"sale\",\"new\",\"featured\"]"
        + set
        + "}}";
  }

  /** Returns so many persons as there are. */
  int persons() {
    return persons;
  }

  /** Returns the n-th event as it stands on the raw topic. */
  RawEvent raw(long n) {
    return new RawEvent(
        new ActorKey(TOKEN, distinctId(n)),
        json(n).getBytes(StandardCharsets.UTF_8),
        uuid(n),
        Route.BATCH,
        1_790_000_000_000_000L + n,
        1_790_000_000_000_000L + n,
        enriched ? enrichment(n) : null,
        null);
  }

  /** Returns the n-th event, as the first of a person of its own. */
  RawEvent first(long n) {
    RawEvent event = raw(n);
    return new RawEvent(
        new ActorKey(TOKEN, "person-" + n),
        event.json(),
        event.uuid(),
        event.route(),
        event.arrivedAt(),
        event.sentAt(),
        event.enrichment(),
        event.defaults());
  }

  /** Returns an identify that unites the n-th pair of a user and a device. */
  static RawEvent merge(long n) {
    String user = "member-" + n;
    String json =
        "{\"event\":\"$identify\",\"distinct_id\":\""
            + user
            + "\",\"properties\":{\"$anon_distinct_id\":\"device-"
            + n
            + "\"}}";
    return new RawEvent(
        new ActorKey(TOKEN, user),
        json.getBytes(StandardCharsets.UTF_8),
        new UUID(0x0192_0000_0000_7000L, 0x9000_0000_0000_0000L | n),
        Route.BATCH,
        1_780_000_000_000_000L + n,
        null,
        null,
        null);
  }
}
