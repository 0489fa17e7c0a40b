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
 * The requests of one client: visitors who come, log in, share devices, log out and come back.
 *
 * <p>A function of the plan and the client's number. Used by one thread.
 */
public final class LoadScript implements Iterator<LoadRequest> {
  private static final int VISITORS = 40;
  private static final int MAX_BATCH = 50;
  private static final int KEPT_FOR_REPEATS = 16;
  private static final int COMPANIES = 25;

  /** 2025-01-01T00:00:00Z: long before any event arrives. */
  private static final long LONG_AGO = 1_735_689_600_000_000L;

  private static final long SECOND = 1_000_000;

  private final LoadPlan plan;
  private final int client;
  private final SplittableRandom random;
  private final List<Visitor> visitors = new ArrayList<>();
  private final List<LoadRequest> sent = new ArrayList<>();
  private long left;
  private long number;
  private int devices;
  private int users;
  private int aliases;

  /** Someone at a device; what it sends carries one of its ids. */
  private static final class Visitor {
    private String device;
    private String user;
    private String company;

    /** Known by an alias that is somebody's already: to unite it with a third would conflict. */
    private boolean guest;

    Visitor(String device) {
      this.device = device;
    }

    String id() {
      return user == null ? device : user;
    }
  }

  LoadScript(LoadPlan plan, int client, long events) {
    this.plan = plan;
    this.client = client;
    this.left = events;
    this.random = new SplittableRandom(plan.seed() * 1_000_003L + client);
    for (int i = 0; i < VISITORS; i++) {
      visitors.add(new Visitor(newDevice()));
    }
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
    if (!sent.isEmpty() && chance(3)) {
      return sent.get(random.nextInt(sent.size())).asRepeat();
    }
    LoadRequest request = chance(30) ? single() : batch();
    left -= request.events();
    if (sent.size() == KEPT_FOR_REPEATS) {
      sent.set(random.nextInt(KEPT_FOR_REPEATS), request);
    } else {
      sent.add(request);
    }
    return request;
  }

  private LoadRequest single() {
    JsonBuffer json = new JsonBuffer(1_024).openObject().name("api_key").string(plan.token());
    event(json);
    return new LoadRequest(
        chance(50) ? "/capture/" : "/e/", json.closeObject().toBytes(), 1, false);
  }

  private LoadRequest batch() {
    int size = (int) Math.min(left, 1 + random.nextInt(MAX_BATCH));
    JsonBuffer json = new JsonBuffer(512 * size).openObject();
    json.name("api_key").string(plan.token()).name("batch").openArray();
    for (int i = 0; i < size; i++) {
      json.separate().openObject();
      event(json);
      json.closeObject();
    }
    return new LoadRequest("/batch/", json.closeArray().closeObject().toBytes(), size, false);
  }

  /** Writes the members of the next event. */
  private void event(JsonBuffer json) {
    Visitor visitor = visitors.get(random.nextInt(VISITORS));
    int dice = random.nextInt(1_000);
    if (visitor.user == null && dice < 100) {
      logIn(json, visitor);
    } else if (visitor.user != null && dice < 30) {
      // The next event is that of a new visitor at the same device.
      visitor.user = null;
      visitor.device = newDevice();
      visitor.company = null;
      visitor.guest = false;
      page(json, visitor);
    } else if (plan.conflicts() && visitor.user != null && dice < 45) {
      // Somebody else logs in on a device whose visitor is known already.
      visitor.user = anyUser();
      merge(json, "$identify", visitor.user, "$anon_distinct_id", visitor.device);
    } else if (dice < 60 && (plan.conflicts() || visitor.user != null && !visitor.guest)) {
      alias(json, visitor);
    } else if (plan.conflicts() && dice < 64) {
      merge(json, "$merge_dangerously", anyUser(), "alias", userOfAnyClient());
    } else if (dice < 110) {
      company(json, visitor);
    } else if (dice < 112) {
      // A mistake that the pipeline answers with a dead letter.
      head(json, "$identify", visitor.id());
      json.name("properties").openObject().name("$process_person_profile").bool(false);
      json.name("$anon_distinct_id").string(visitor.device).closeObject();
    } else {
      page(json, visitor);
    }
  }

  private void logIn(JsonBuffer json, Visitor visitor) {
    visitor.user = anyUser();
    merge(json, "$identify", visitor.user, "$anon_distinct_id", visitor.device);
  }

  private void merge(JsonBuffer json, String event, String id, String field, String other) {
    head(json, event, id);
    json.name("properties").openObject().name("n").number(number).name(field).string(other);
    if (chance(50)) {
      json.name("$set").openObject().name("plan").string(chance(50) ? "free" : "pro");
      json.name("logins").number(number).closeObject();
    }
    if (chance(30)) {
      json.name("$set_once").openObject().name("known_since").number(number).closeObject();
    }
    json.closeObject();
  }

  private void alias(JsonBuffer json, Visitor visitor) {
    if (plan.conflicts() && chance(30)) {
      String id = visitor.id();
      merge(json, "$create_alias", id, "alias", chance(50) ? userOfAnyClient() : visitor.device);
      return;
    }
    String alias = "alias-" + client + '-' + aliases++;
    merge(json, "$create_alias", visitor.id(), "alias", alias);
    Visitor other = visitors.get(random.nextInt(VISITORS));
    if (other != visitor && chance(50)) {
      // Somebody turns up under that name.
      other.device = alias;
      other.user = plan.conflicts() ? null : alias;
      other.guest = true;
    }
  }

  private void company(JsonBuffer json, Visitor visitor) {
    visitor.company = "company-" + random.nextInt(COMPANIES);
    head(json, "$groupidentify", visitor.id());
    json.name("properties").openObject().name("n").number(number);
    json.name("$group_type").string("company").name("$group_key").string(visitor.company);
    json.name("$group_set").openObject();
    json.name("seats").number(number).name("tier").string(chance(50) ? "gold" : "tin");
    json.closeObject().closeObject();
  }

  private void page(JsonBuffer json, Visitor visitor) {
    head(json, chance(80) ? "$pageview" : "clicked", visitor.id());
    json.name("properties").openObject().name("n").number(number);
    json.name("$current_url").string("https://shop.example.com/item-" + random.nextInt(1_000));
    json.name("$lib").string("load");
    if (chance(25)) {
      json.name("tags").openArray().separate().string("sale").separate().number(7).closeArray();
    }
    if (chance(4)) {
      json.name("$process_person_profile").bool(false);
    }
    if (visitor.company != null && chance(40)) {
      json.name("$groups").openObject().name("company").string(visitor.company);
      if (chance(30)) {
        json.name("team").string("team-" + random.nextInt(COMPANIES));
      }
      json.closeObject();
    }
    properties(json);
    json.closeObject();
  }

  private void properties(JsonBuffer json) {
    if (chance(20)) {
      json.name("$set").openObject().name("last_seen").number(number);
      json.name("colour_" + random.nextInt(4)).string("shade " + random.nextInt(100));
      if (chance(10)) {
        json.name("address").openObject().name("city").string("Zürich").closeObject();
      }
      json.closeObject();
    }
    if (chance(15)) {
      json.name("$set_once").openObject().name("first_seen").number(number);
      json.name("source_" + random.nextInt(4)).number(random.nextInt(100)).closeObject();
    }
    if (chance(3)) {
      // Of what $set writes alone: beside $set_once its result may depend on timing.
      json.name("$unset").openArray().separate().string("colour_" + random.nextInt(4));
      json.closeArray();
    }
  }

  private void head(JsonBuffer json, String event, String id) {
    number++;
    json.name("uuid").uuid(uuid());
    json.name("event").string(event).name("distinct_id").string(id);
    if (chance(5)) {
      json.name("timestamp").time(LONG_AGO + random.nextInt(10_000_000) * SECOND);
    }
  }

  private UUID uuid() {
    long high = plan.seed() << 16 | 0x7000L | client & 0xFFFL;
    return new UUID(high, 0x8000_0000_0000_0000L | number);
  }

  private String newDevice() {
    return "device-" + client + '-' + devices++;
  }

  /** Returns a user of this client, an old one as often as a new one. */
  private String anyUser() {
    return user(client, users == 0 || chance(50) ? users++ : random.nextInt(users));
  }

  /** Returns a user that some client may have, so that merges cross. */
  private String userOfAnyClient() {
    return user(random.nextInt(plan.clients()), random.nextInt(users + 1));
  }

  private static String user(int client, int number) {
    // Some names are not ASCII, as people's are.
    return (number % 10 == 3 ? "jürgen-" : "user-") + client + '-' + number;
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }
}
