// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.EventClock;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Uuids;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.RequestRefusedException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Gives the few events another form that must not, or cannot, be stored as they were sent: those of
 * visitors without cookies, and those that carry a heatmap.
 */
final class Reshaping {
  private static final long DAY_MICROS = 86_400_000_000L;

  /** As far back as PostHog follows visitors without cookies. */
  private static final long MAX_AGE_MICROS = 3 * DAY_MICROS;

  private static final byte[] HEATMAP = "heatmap".getBytes(StandardCharsets.US_ASCII);
  private static final String HEATMAP_DATA = "$heatmap_data";
  private static final String SESSION_ID = "$session_id";

  /** The properties that go over to a heatmap. */
  private static final List<String> OF_HEATMAP =
      List.of(
          HEATMAP_DATA,
          "$viewport_height",
          "$viewport_width",
          SESSION_ID,
          "$prev_pageview_pathname",
          "$prev_pageview_max_scroll",
          "$current_url",
          "$cookieless_mode");

  /** What would tell a visitor without cookies from others for ever. */
  private static final Set<String> TELLING =
      Set.of("$ip", "$raw_user_agent", "$user_agent", "$useragent", "$cookieless_extra");

  private final CookielessIds ids;
  private final Supplier<UUID> uuids;

  /**
   * Creates the step.
   *
   * @param uuids gives the uuid of an event that brought none
   */
  Reshaping(CookielessIds ids, Supplier<UUID> uuids) {
    this.ids = ids;
    this.uuids = uuids;
  }

  /**
   * What the request says about who sent it.
   *
   * @param address the client's address
   * @param userAgent the header's text, or an empty string
   * @param arrivedAt the arrival in microseconds since the epoch
   */
  record Sender(String address, String userAgent, long arrivedAt) {}

  /**
   * Returns the same items with the new forms; a heatmap stands behind the event that carried it.
   *
   * @param sender who sent them; asked for only where it matters
   * @param splits whether heatmaps are taken out
   * @throws RequestRefusedException if the new forms pass the budget
   */
  Intake apply(Intake intake, Supplier<Sender> sender, boolean splits, MemoryBudget budget)
      throws RequestRefusedException {
    List<Item> items = null;
    for (int i = 0; i < intake.items().size(); i++) {
      Item item = intake.items().get(i);
      if (item.fate() == Item.Fate.USABLE && item.isCookieless()) {
        budget.reserve(item.length());
        try {
          withoutCookies(item, intake, sender.get());
        } catch (MalformedJsonException e) {
          throw new IllegalStateException("The event was read before.", e);
        }
      }
      Item heatmap = null;
      if (splits && item.fate() == Item.Fate.USABLE && item.hasHeatmap()) {
        budget.reserve(2L * item.length());
        try {
          heatmap = heatmapOrNull(item, intake);
        } catch (MalformedJsonException e) {
          throw new IllegalStateException("The event was read before.", e);
        }
      }
      if (heatmap != null && items == null) {
        items = new ArrayList<>(intake.items().subList(0, i));
      }
      if (items != null) {
        items.add(item);
        if (heatmap != null) {
          items.add(heatmap);
        }
      }
    }
    return items == null
        ? intake
        : new Intake(intake.json(), items, intake.defaults(), intake.historical());
  }

  private void withoutCookies(Item item, Intake intake, Sender sender)
      throws MalformedJsonException {
    byte[] json = item.json(intake.json());
    JsonMembers event = JsonMembers.of(json, 0, json.length);
    JsonMembers properties = propertiesOrNull(json, event);
    if (properties == null) {
      refuse(item, "properties", "send $host and $raw_user_agent in it");
      return;
    }
    item.form(write(json, event, properties, TELLING, null));
    String host = properties.textOrNull("$host");
    if (host == null || host.isBlank()) {
      refuse(item, "$host", "send the page's host in it");
      return;
    }
    String agent = properties.textOrNull("$raw_user_agent");
    if (agent == null || agent.isBlank()) {
      agent = sender.userAgent();
    }
    if (agent.isBlank()) {
      refuse(item, "$raw_user_agent", "send the browser's user agent in it");
      return;
    }
    long time = time(json, item, event, properties, sender.arrivedAt());
    if (time < sender.arrivedAt() - MAX_AGE_MICROS) {
      refuse(item, "timestamp", "send events of visitors without cookies within three days");
      return;
    }
    String extra = properties.textOrNull("$cookieless_extra");
    String id =
        ids.of(
            new CookielessIds.Visit(
                item.token(), sender.address(), host, agent, extra == null ? "" : extra),
            day(time, properties.textOrNull("$timezone")));
    item.distinctId(id);
    item.form(write(json, event, properties, TELLING, ids.session(id, time)));
  }

  private static void refuse(Item item, String field, String fix) {
    item.refuse(
        ErrorCode.INVALID_FIELD,
        "The field "
            + field
            + " of an event in cookieless mode is missing or too old; "
            + fix
            + ".");
  }

  /** Returns when an event happened, by the rule of its row. */
  private static long time(
      byte[] json, Item item, JsonMembers event, JsonMembers properties, long arrivedAt) {
    int timestamp = event.find("timestamp");
    int offset = event.find("offset");
    int ignore = properties.find("$ignore_sent_at");
    return EventClock.resolve(
        offset < 0 ? null : wholeOrNull(json, event.from(offset), event.to(offset)),
        timestamp < 0
            ? null
            : JsonText.identifier(json, event.from(timestamp), event.to(timestamp), 64),
        item.sentAt(),
        properties.kind(ignore) == 't',
        arrivedAt);
  }

  private static Long wholeOrNull(byte[] json, int from, int to) {
    try {
      return to - from > 18
          ? null
          : Long.valueOf(new String(json, from, to - from, StandardCharsets.US_ASCII));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static LocalDate day(long micros, String zone) {
    ZoneId known = ZoneOffset.UTC;
    if (zone != null) {
      try {
        known = ZoneId.of(zone);
      } catch (DateTimeException e) {
        known = ZoneOffset.UTC;
      }
    }
    return LocalDateTime.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), 0, ZoneOffset.UTC)
        .atZone(ZoneOffset.UTC)
        .withZoneSameInstant(known)
        .toLocalDate();
  }

  /**
   * Takes the heatmap out of an event. Its uuid follows from the event's, so that a repeat of the
   * event brings no second heatmap.
   */
  private Item heatmapOrNull(Item item, Intake intake) throws MalformedJsonException {
    byte[] json = item.json(intake.json());
    JsonMembers event = JsonMembers.of(json, 0, json.length);
    JsonMembers properties = propertiesOrNull(json, event);
    if (properties == null || properties.find(HEATMAP_DATA) < 0) {
      return null;
    }
    if (item.uuid() == null) {
      item.uuid(uuids.get());
    }
    JsonBuffer out = new JsonBuffer(json.length + 64).openObject();
    out.name("event").string("$$heatmap");
    out.name("distinct_id").string(item.key().distinctId());
    for (String name : List.of("timestamp", "offset")) {
      int member = event.find(name);
      if (member >= 0) {
        out.name(name).raw(json, event.from(member), event.to(member));
      }
    }
    out.name("properties").openObject();
    for (String name : OF_HEATMAP) {
      int member = properties.find(name);
      if (member >= 0) {
        out.name(name).raw(json, properties.from(member), properties.to(member));
      }
    }
    byte[] heatmap = out.closeObject().closeObject().toBytes();
    item.form(write(json, event, properties, Set.of(HEATMAP_DATA), null));
    return item.part(heatmap, Uuids.v5(item.uuid(), HEATMAP));
  }

  private static JsonMembers propertiesOrNull(byte[] json, JsonMembers event)
      throws MalformedJsonException {
    int member = event.find("properties");
    return event.kind(member) == '{'
        ? JsonMembers.of(json, event.from(member), event.to(member))
        : null;
  }

  /**
   * Writes an event without some of its properties.
   *
   * @param sessionOrNull stands in the place of the session that was sent, if there is one
   */
  private static byte[] write(
      byte[] json,
      JsonMembers event,
      JsonMembers properties,
      Set<String> left,
      UUID sessionOrNull) {
    JsonBuffer out = new JsonBuffer(json.length + 64).openObject();
    boolean written = false;
    for (int i = 0; i < event.count(); i++) {
      if (!event.name(i).equals("properties")) {
        out.name(event.name(i)).raw(json, event.from(i), event.to(i));
      } else if (!written) {
        written = true;
        out.name("properties").openObject();
        for (int p = 0; p < properties.count(); p++) {
          boolean replaced = sessionOrNull != null && properties.name(p).equals(SESSION_ID);
          if (!replaced && !left.contains(properties.name(p))) {
            out.name(properties.name(p)).raw(json, properties.from(p), properties.to(p));
          }
        }
        if (sessionOrNull != null) {
          out.name(SESSION_ID).string(sessionOrNull.toString());
        }
        out.closeObject();
      }
    }
    return out.closeObject().toBytes();
  }
}
