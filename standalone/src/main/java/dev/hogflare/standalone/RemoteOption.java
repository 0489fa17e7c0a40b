// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.lakehouse.PromotedColumn;
import dev.hogflare.metrics.R2Views;
import picocli.CommandLine.Option;

/** The option that asks Cloudflare's tables instead of the local lake. */
final class RemoteOption {
  @Option(
      names = "--remote",
      description = "Ask Cloudflare's tables, in R2 SQL or Basin SQL, instead of the local lake.")
  private boolean chosen;

  /** Whether Cloudflare is asked. */
  boolean chosen() {
    return chosen;
  }

  /** Returns where Cloudflare is. */
  static CloudflareConfig config(Shell shell) {
    CloudflareConfig config = CloudflareCommand.config(shell);
    config.requiredBucket();
    return config;
  }

  /** Returns the views as parts of a statement. */
  static R2Views views(String namespace) {
    return new R2Views(
        "\"" + namespace + "\"",
        PromotedColumn.STANDARD.stream()
            .map(
                column ->
                    new R2Views.JsonColumn(
                        column.name(),
                        column.properties(),
                        R2Views.JsonColumn.Kind.valueOf(column.kind().name())))
            .toList());
  }
}
