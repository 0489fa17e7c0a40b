// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.SchemaChange;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Counts what becomes of the rows and of the names in them, for each instance:
 *
 * <pre>
 * hogflare_catalog_received_total
 *     = hogflare_catalog_counted_total            counted
 *     + hogflare_catalog_skipped_total{reason}    left out: malformed, ignored, name_too_long,
 *                                                 too_many_properties
 * </pre>
 *
 * <p>A row that is processed again because its transaction was not committed is counted again here,
 * and once in the definitions. Aside stand {@code hogflare_catalog_definitions_written_total},
 * {@code hogflare_catalog_changes_total{change}} and {@code hogflare_catalog_refused_total}, the
 * names that found no room, by batch.
 *
 * <p>{@code hogflare_catalog_damaged_total} counts records between the two halves of this service
 * that could not be read, whose counts are missing.
 *
 * <p>Alert when names are refused: somebody puts values into names; and on anything damaged.
 */
final class CatalogMetrics {
  /** Why a row was not counted. */
  enum Skipped {
    /** It is no event row. */
    MALFORMED,
    /** It is about the sender itself. */
    IGNORED,
    /** The event's name is longer than 200 bytes. */
    NAME_TOO_LONG,
    /** The event has more than 10,000 properties. */
    TOO_MANY_PROPERTIES
  }

  private final Counter received;
  private final Counter counted;
  private final Map<Skipped, Counter> skipped = new EnumMap<>(Skipped.class);
  private final Counter written;
  private final Map<SchemaChange.Change, Counter> changes =
      new EnumMap<>(SchemaChange.Change.class);
  private final Counter refused;
  private final Counter damaged;

  CatalogMetrics(MeterRegistry registry) {
    received =
        Counter.builder("hogflare_catalog_received_total")
            .description("Event rows that the property catalogue read.")
            .register(registry);
    counted =
        Counter.builder("hogflare_catalog_counted_total")
            .description("Event rows whose names were counted.")
            .register(registry);
    for (Skipped reason : Skipped.values()) {
      skipped.put(
          reason,
          Counter.builder("hogflare_catalog_skipped_total")
              .description("Event rows whose names were not counted, by reason.")
              .tag("reason", reason.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    written =
        Counter.builder("hogflare_catalog_definitions_written_total")
            .description("Definitions written to their topic.")
            .register(registry);
    for (var change : SchemaChange.Change.values()) {
      changes.put(
          change,
          Counter.builder("hogflare_catalog_changes_total")
              .description("Changes of what comes in, by kind.")
              .tag("change", change.text())
              .register(registry));
    }
    refused =
        Counter.builder("hogflare_catalog_refused_total")
            .description("Values of names for which a project has no room.")
            .register(registry);
    damaged =
        Counter.builder("hogflare_catalog_damaged_total")
            .description("Records of counts that could not be read.")
            .register(registry);
  }

  void received() {
    received.increment();
  }

  void counted() {
    counted.increment();
  }

  void skipped(Skipped reason) {
    skipped.get(reason).increment();
  }

  void wrote() {
    written.increment();
  }

  void changed(SchemaChange.Change change) {
    changes.get(change).increment();
  }

  void damaged() {
    damaged.increment();
  }

  void refused(long values) {
    refused.increment(values);
  }
}
