// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone.load;

import dev.hogflare.contract.JsonBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * The requests of one client whose visitors come over several days that are past.
 *
 * <p>A visitor is new on a day at random and is back n days later with the probability {@link
 * #comesBack}, whatever it did in between, so that the curve of retention is known. On each day it
 * has one session; some log in on their first day and are a user from then on.
 *
 * <p>A function of the plan and the client's number. Used by one thread.
 */
final class VisitScript implements Iterator<LoadRequest> {
  private static final long SECOND = 1_000_000;
  private static final long DAY = 86_400 * SECOND;
  private static final int MOST_PAGES = 5;
  private static final List<String> BROWSERS = List.of("Chrome", "Chrome", "Safari", "Firefox");
  private static final List<String> SYSTEMS = List.of("Windows", "Mac OS X", "Android", "iOS");
  private static final List<String> SOURCES = List.of("newsletter", "search", "partner");
  private static final List<String> PATHS = List.of("/", "/pricing", "/docs", "/blog", "/signup");

  private final LoadPlan plan;
  private final int client;
  private final SplittableRandom random;
  private long left;
  private long number;
  private int visitors;
  private final List<byte[]> waiting = new ArrayList<>();

  VisitScript(LoadPlan plan, int client, long events) {
    this.plan = plan;
    this.client = client;
    this.left = events;
    this.random = new SplittableRandom(plan.seed() * 1_000_003L + client);
  }

  /** Returns the probability that a visitor is there so many days after its first. */
  static double comesBack(int days) {
    return days == 0 ? 1 : 0.6 * Math.pow(0.85, days);
  }

  @Override
  public boolean hasNext() {
    return left > 0;
  }

  @Override
  public LoadRequest next() {
    if (left <= 0) {
      throw new NoSuchElementException("The client has sent all its events.");
    }
    if (waiting.isEmpty()) {
      visitor();
    }
    int size = (int) Math.min(left, waiting.size());
    JsonBuffer json = new JsonBuffer(512 * size).openObject();
    json.name("api_key").string(plan.token()).name("batch").openArray();
    waiting.subList(0, size).forEach(event -> json.separate().raw(event));
    waiting.clear();
    left -= size;
    return new LoadRequest("/batch/", json.closeArray().closeObject().toBytes(), size, false);
  }

  /** Makes all events of the next visitor. */
  private void visitor() {
    String device = "visitor-" + client + '-' + visitors++;
    String id = device;
    String browser = any(BROWSERS);
    String system = any(SYSTEMS);
    boolean logsIn = random.nextInt(10) < 3;
    String source = random.nextInt(10) < 4 ? any(SOURCES) : null;
    int born = random.nextInt(plan.days());
    for (int day = born; day < plan.days(); day++) {
      if (random.nextDouble() >= comesBack(day - born)) {
        continue;
      }
      long at = (plan.lastDay() - plan.days() + 1 + day) * DAY + random.nextInt(80_000) * SECOND;
      String session = uuid().toString();
      int pages = 1 + random.nextInt(MOST_PAGES);
      for (int page = 0; page < pages; page++) {
        JsonBuffer json = head("$pageview", id, at);
        common(json, device, session, browser, system);
        String path = any(PATHS);
        json.name("$current_url").string("https://shop.example.com" + path);
        json.name("$host").string("shop.example.com").name("$pathname").string(path);
        if (day == born && page == 0) {
          json.name("$referrer")
              .string(source == null ? "$direct" : "https://" + source + ".example/");
          if (source != null) {
            json.name("utm_source").string(source);
          }
        }
        waiting.add(json.closeObject().closeObject().toBytes());
        at += (1 + random.nextInt(60)) * SECOND;
      }
      if (day == born && logsIn) {
        String user = "user-" + device;
        JsonBuffer json = head("$identify", user, at);
        common(json, device, session, browser, system);
        json.name("$anon_distinct_id").string(device);
        json.name("$set").openObject().name("plan").string(random.nextInt(4) == 0 ? "pro" : "free");
        waiting.add(json.closeObject().closeObject().closeObject().toBytes());
        id = user;
        at += SECOND;
      }
      if (random.nextInt(10) == 0) {
        JsonBuffer json = head("order", id, at);
        common(json, device, session, browser, system);
        json.name("revenue").number(5 + random.nextInt(95)).name("currency").string("EUR");
        waiting.add(json.closeObject().closeObject().toBytes());
      }
    }
  }

  private JsonBuffer head(String event, String id, long at) {
    return new JsonBuffer(512)
        .openObject()
        .name("uuid")
        .uuid(uuid())
        .name("event")
        .string(event)
        .name("distinct_id")
        .string(id)
        .name("timestamp")
        .time(at)
        .name("properties")
        .openObject();
  }

  private static void common(
      JsonBuffer json, String device, String session, String browser, String system) {
    json.name("$session_id").string(session).name("$device_id").string(device);
    json.name("$browser").string(browser).name("$os").string(system).name("$lib").string("load");
  }

  private UUID uuid() {
    number++;
    // Other than those of a load without days.
    long high = plan.seed() << 16 | 0x8000_0000_0000_7000L | client & 0xFFFL;
    return new UUID(high, 0x8000_0000_0000_0000L | (long) plan.lastDay() << 40 | number);
  }

  private <T> T any(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }
}
