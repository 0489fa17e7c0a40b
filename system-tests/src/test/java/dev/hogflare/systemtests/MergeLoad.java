// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static dev.hogflare.systemtests.Json.event;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Batches of events of a few hundred users who use devices, log in on them, take aliases and belong
 * to companies.
 */
final class MergeLoad {
  static final String PROJECT = "phc_load";
  private static final int USERS = 300;
  private static final int BATCH = 40;

  private final Random random;
  private final AtomicLong sent = new AtomicLong();

  MergeLoad(long seed) {
    random = new Random(seed);
  }

  /** Returns how many events were taken. */
  long sent() {
    return sent.get();
  }

  /** Sends a batch. */
  void send(PipelineFixture pipeline) {
    pipeline.storeBatch(PROJECT, batch());
    sent.addAndGet(BATCH);
  }

  /** Sends a batch of an import; returns how many events it has. */
  int sendHistorical(PipelineFixture pipeline) {
    Map<String, Object> batch = Json.batch(PROJECT, batch());
    batch.put("historical_migration", true);
    pipeline.store("/batch/", batch);
    sent.addAndGet(BATCH);
    return BATCH;
  }

  private List<Map<String, Object>> batch() {
    List<Map<String, Object>> batch = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      batch.add(next());
    }
    return batch;
  }

  private Map<String, Object> next() {
    int n = random.nextInt(USERS);
    String user = "user-" + n;
    String device = "device-" + n + "-" + random.nextInt(3);
    int kind = random.nextInt(20);
    if (kind == 0) {
      return event("$identify", user, "$anon_distinct_id", device, "$set", Map.of("plan", kind));
    }
    if (kind == 1) {
      return event("$create_alias", user, "alias", "alias-" + n);
    }
    if (kind == 2) {
      String company = "company-" + random.nextInt(20);
      return event(
          "$groupidentify",
          user,
          "$group_type",
          "company",
          "$group_key",
          company,
          "$group_set",
          Map.of("size", random.nextInt(1_000)));
    }
    String id = random.nextInt(3) == 0 ? user : device;
    return event(
        "viewed",
        id,
        "$set",
        Map.of("last", random.nextInt(1_000), "p" + random.nextInt(5), n),
        "$set_once",
        Map.of("first", random.nextInt(1_000)),
        "$groups",
        Map.of("company", "company-" + random.nextInt(20)));
  }
}
