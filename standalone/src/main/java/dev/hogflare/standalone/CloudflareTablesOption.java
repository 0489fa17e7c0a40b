// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareTable;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The option that chooses the tables of a command about Cloudflare. */
final class CloudflareTablesOption {
  @Option(names = "--recordings", description = "Session recordings get a table of their own, too.")
  private boolean recordings;

  /** Returns the tables in the order in which they are dealt with. */
  List<CloudflareTable> tables() {
    List<CloudflareTable> tables =
        new ArrayList<>(
            List.of(CloudflareTable.EVENTS, CloudflareTable.PERSONS, CloudflareTable.OVERRIDES));
    if (recordings) {
      tables.add(CloudflareTable.RECORDINGS);
    }
    return tables;
  }
}
