// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** What the sink says of the event rows that it holds. */
public interface SinkRows {

  /**
   * The rows of a bucket.
   *
   * @param distinct rows of different uuids
   * @param all rows, those that were delivered twice included
   */
  record Held(long distinct, long all) {}

  /** Returns the rows of every bucket that has any. */
  Map<Bucket, Held> held();

  /** Returns how many rows of each bucket were erased on demand. */
  Map<Bucket, Long> erased();

  /** Returns the uuids of a bucket's rows. */
  Set<UUID> uuids(Bucket bucket);
}
