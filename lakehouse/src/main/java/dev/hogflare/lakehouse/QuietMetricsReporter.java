// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import org.apache.iceberg.metrics.MetricsReport;
import org.apache.iceberg.metrics.MetricsReporter;

/** Keeps Iceberg from logging a paragraph about each commit; Iceberg creates it by its name. */
public final class QuietMetricsReporter implements MetricsReporter {
  @Override
  public void report(MetricsReport report) {}
}
