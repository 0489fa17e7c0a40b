// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The settings of the local lake.
 *
 * @param folder where the catalog, the tables and the journal lie; created if it is missing
 * @param address where to listen; port 0 takes a free one
 * @param token the bearer token that requests must carry, if any
 * @param commitInterval how long a row waits in the journal at most before it is in its table; a
 *     second to an hour
 * @param invalidRows what happens to rows that break the schema
 * @param columns the columns of the events that are filled from properties
 * @param limits the bounds on memory and disk
 */
public record LakeConfig(
    Path folder,
    HostPort address,
    Optional<String> token,
    Duration commitInterval,
    InvalidRows invalidRows,
    List<PromotedColumn> columns,
    Limits limits) {

  /**
   * The bounds on memory and disk; all in bytes but the rows.
   *
   * @param maxBody largest request body; a larger one is answered 413
   * @param maxRow largest row; a larger one fails its request
   * @param maxQueued bodies in memory that are not in a Parquet file yet; past it requests wait,
   *     and are answered 503 if that takes long
   * @param maxBacklog journal that is not in the tables yet; past it requests are answered 503
   * @param segmentRows rows after which a commit does not wait for its time
   * @param segmentBytes journal after which a commit does not wait for its time
   */
  public record Limits(
      int maxBody,
      int maxRow,
      long maxQueued,
      long maxBacklog,
      long segmentRows,
      long segmentBytes) {

    /** What a stream of Cloudflare takes (5 MB a request, 1 MB a row), and bounds that suit it. */
    public static final Limits DEFAULT =
        new Limits(5 << 20, 1 << 20, 48L << 20, 1L << 30, 1_000_000, 256L << 20);

    /** Checks the bounds against each other. */
    public Limits {
      if (maxRow < 1 || maxBody < maxRow || maxQueued < maxBody || maxBacklog < maxQueued) {
        throw new IllegalArgumentException(
            "The limits must rise: 0 < maxRow <= maxBody <= maxQueued <= maxBacklog.");
      }
      if (segmentRows < 1 || segmentBytes < 1) {
        throw new IllegalArgumentException("A segment must have room for a row.");
      }
    }
  }

  /** Checks the interval. */
  public LakeConfig {
    columns = List.copyOf(columns);
    if (commitInterval.compareTo(Duration.ofMillis(10)) < 0
        || commitInterval.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("commitInterval must lie between 10 ms and an hour.");
    }
  }

  /** Reads the settings of a process that runs the lake. */
  public static LakeConfig from(Settings settings) {
    return new LakeConfig(
        Path.of(settings.required(Variable.HOGFLARE_LAKE_DIR)),
        new HostPort(
            settings.required(Variable.HOGFLARE_LAKE_HOST),
            settings.wholeNumber(Variable.HOGFLARE_LAKE_PORT, 0, 65_535)),
        settings.optional(Variable.HOGFLARE_LAKE_TOKEN),
        settings.seconds(Variable.HOGFLARE_LAKE_COMMIT_SECONDS, 1, 3_600),
        settings.choice(Variable.HOGFLARE_LAKE_INVALID_ROWS, InvalidRows.class),
        columns(settings),
        Limits.DEFAULT);
  }

  static List<PromotedColumn> columns(Settings settings) {
    Optional<String> further = settings.optional(Variable.HOGFLARE_LAKE_COLUMNS);
    try {
      return further.map(PromotedColumn::standardAnd).orElse(PromotedColumn.STANDARD);
    } catch (IllegalArgumentException e) {
      settings.reject(Variable.HOGFLARE_LAKE_COLUMNS, e.getMessage());
      return PromotedColumn.STANDARD;
    }
  }

  /** Returns a lake for one machine: on loopback, without a token, strict. */
  public static LakeConfig local(Path folder, int port, Duration commitInterval) {
    return local(folder, port, commitInterval, PromotedColumn.STANDARD);
  }

  /** Returns a lake for one machine that fills further columns. */
  static LakeConfig local(
      Path folder, int port, Duration commitInterval, List<PromotedColumn> columns) {
    return new LakeConfig(
        folder,
        new HostPort("127.0.0.1", port),
        Optional.empty(),
        commitInterval,
        InvalidRows.REJECT,
        columns,
        Limits.DEFAULT);
  }

  /** Leaves the token out. */
  @Override
  public String toString() {
    return "LakeConfig[folder="
        + folder
        + ", address="
        + address
        + ", token="
        + (token.isPresent() ? "set" : "none")
        + ", commitInterval="
        + commitInterval
        + ", invalidRows="
        + invalidRows
        + ", columns="
        + columns.stream().map(PromotedColumn::name).toList()
        + ", limits="
        + limits
        + "]";
  }
}
