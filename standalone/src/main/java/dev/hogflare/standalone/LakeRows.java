// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Uuids;
import dev.hogflare.lakehouse.LakeQuery;
import dev.hogflare.lakehouse.LakeQueryException;
import dev.hogflare.lakehouse.QueryResult;
import dev.hogflare.operations.Bucket;
import dev.hogflare.operations.SinkRows;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Asks the local lake for the event rows that it holds, those of recordings included. */
final class LakeRows implements SinkRows, AutoCloseable {
  private static final String HOUR = "epoch_us(created_at) // 3600000000";

  /** Recordings are among the events or apart from them, and may have been both in turn. */
  private static final String ROWS =
      "(SELECT uuid, api_key, created_at FROM hogflare_events_raw UNION ALL"
          + " SELECT uuid, api_key, created_at FROM hogflare_recordings_raw)";

  private final LakeQuery lake;

  /**
   * Opens the lake of a folder.
   *
   * @throws CommandException if there is none
   */
  LakeRows(Path folder) {
    try {
      lake = LakeQuery.open(folder);
    } catch (LakeQueryException e) {
      throw new CommandException(CommandException.FAILED, e.getMessage(), e);
    }
  }

  @Override
  public Map<Bucket, Held> held() {
    Map<Bucket, Held> held = new HashMap<>();
    try (QueryResult rows =
        lake.query(
            "SELECT api_key, "
                + HOUR
                + " AS hour, count(DISTINCT uuid), count(*) FROM "
                + ROWS
                + " GROUP BY ALL")) {
      rows.forEachRemaining(
          row -> held.put(bucket(row), new Held(number(row.get(2)), number(row.get(3)))));
    }
    return held;
  }

  private static Bucket bucket(List<Object> row) {
    return new Bucket(row.get(0) == null ? "" : row.get(0).toString(), number(row.get(1)));
  }

  private static long number(Object value) {
    return ((Number) value).longValue();
  }

  @Override
  public Map<Bucket, Long> erased() {
    Map<Bucket, Long> erased = new HashMap<>();
    lake.erasedEvents()
        .forEach(
            (token, hours) ->
                hours.forEach((hour, count) -> erased.put(new Bucket(token, hour), count)));
    return erased;
  }

  @Override
  public Set<UUID> uuids(Bucket bucket) {
    Set<UUID> uuids = new HashSet<>();
    try (QueryResult rows =
        lake.query(
            "SELECT DISTINCT uuid FROM "
                + ROWS
                + " WHERE api_key = '"
                + bucket.token().replace("'", "''")
                + "' AND "
                + HOUR
                + " = "
                + bucket.hour())) {
      rows.forEachRemaining(
          row -> {
            UUID uuid = Uuids.parseOrNull(String.valueOf(row.getFirst()));
            if (uuid != null) {
              uuids.add(uuid);
            }
          });
    }
    return uuids;
  }

  @Override
  public void close() {
    lake.close();
  }
}
