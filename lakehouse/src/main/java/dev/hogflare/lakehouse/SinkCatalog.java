// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.iceberg.util.ThreadPools;

/** The catalog that the direct sink writes to: a REST catalog, or the local lake's own. */
final class SinkCatalog implements AutoCloseable {
  private final Catalog catalog;
  private final Namespace namespace;
  private final boolean remote;
  private final ExecutorService pool;
  private final Optional<LakeCatalog> local;
  private final Optional<LakeLock> lock;

  private SinkCatalog(
      Catalog catalog,
      Namespace namespace,
      boolean remote,
      ExecutorService pool,
      Optional<LakeCatalog> local,
      Optional<LakeLock> lock) {
    this.catalog = catalog;
    this.namespace = namespace;
    this.remote = remote;
    this.pool = pool;
    this.local = local;
    this.lock = lock;
  }

  /**
   * Opens the catalog of a configuration, and creates its namespace if need be.
   *
   * @throws IllegalStateException if another process writes to the local lake
   * @throws RuntimeException if the catalog does not answer, or refuses us
   */
  static SinkCatalog open(IcebergSinkConfig config) {
    return switch (config.catalog()) {
      case IcebergSinkConfig.Local folder -> local(folder);
      case IcebergSinkConfig.Rest rest -> rest(rest, config.namespace());
    };
  }

  private static SinkCatalog local(IcebergSinkConfig.Local place) {
    LakeLock lock;
    try {
      lock = LakeLock.take(place.folder());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The folder " + place.folder() + " cannot be used as a lake; check its permissions.", e);
    }
    try {
      LakeFiles.deleteInProgress(place.folder());
      LakeCatalog lake = LakeCatalog.openForWriting(place.folder());
      return new SinkCatalog(
          lake.catalog(),
          LakeTable.NAMESPACE,
          false,
          lake.pool(),
          Optional.of(lake),
          Optional.of(lock));
    } catch (IOException e) {
      lock.close();
      throw new UncheckedIOException(
          "Files of a writer that was killed cannot be removed from " + place.folder() + ".", e);
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static SinkCatalog rest(IcebergSinkConfig.Rest rest, String namespace) {
    Map<String, String> properties = new HashMap<>();
    properties.put(CatalogProperties.URI, rest.uri().toString());
    rest.warehouse().ifPresent(name -> properties.put(CatalogProperties.WAREHOUSE_LOCATION, name));
    rest.token()
        .ifPresent(
            token -> {
              properties.put("token", token);
              // A token that was given is not one that the catalog could renew.
              properties.put("token-refresh-enabled", "false");
            });
    properties.put("header.X-Iceberg-Access-Delegation", "vended-credentials");
    properties.put("rest-metrics-reporting-enabled", "false");
    // The client knows no bound of its own, and a commit that hangs would hang for ever.
    properties.put("rest.client.connection-timeout-ms", "10000");
    properties.put("rest.client.socket-timeout-ms", "60000");
    properties.put(CatalogProperties.METRICS_REPORTER_IMPL, QuietMetricsReporter.class.getName());
    properties.putAll(rest.properties());
    ThreadPools.getWorkerPool(); // As in LakeCatalog: it cannot be created during a shutdown.
    RESTCatalog catalog = new RESTCatalog();
    try {
      catalog.initialize("hogflare", properties);
      Namespace wanted = Namespace.of(namespace.split("\\.", -1));
      create(catalog, wanted);
      return new SinkCatalog(
          catalog,
          wanted,
          true,
          Executors.newFixedThreadPool(
              2, Thread.ofPlatform().daemon().name("iceberg-manifests-", 0).factory()),
          Optional.empty(),
          Optional.empty());
    } catch (RuntimeException e) {
      close(catalog);
      throw e;
    }
  }

  private static void create(SupportsNamespaces catalog, Namespace namespace) {
    if (!catalog.namespaceExists(namespace)) {
      try {
        // Iceberg asks the map for null, which those of Map.of refuse.
        catalog.createNamespace(namespace, new HashMap<>());
      } catch (AlreadyExistsException e) {
        return; // By a sink that starts at the same time.
      }
    }
  }

  /**
   * Returns a table, created or brought up to date.
   *
   * @throws IllegalStateException if the table cannot take such rows; the message says why
   */
  Table findOrCreate(LakeTable lakeTable, RowLayout layout) {
    Map<String, String> properties = lakeTable.properties();
    if (remote) {
      // Cloudflare's catalog refuses these, and the defaults only cost some bytes of metadata.
      properties
          .keySet()
          .removeIf(name -> name.startsWith(TableProperties.METRICS_MODE_COLUMN_CONF_PREFIX));
    }
    return TableShape.findOrCreate(
        catalog,
        TableIdentifier.of(namespace, lakeTable.tableName()),
        lakeTable,
        layout,
        properties);
  }

  ExecutorService pool() {
    return pool;
  }

  /** Returns the local lake, if that is what is written to. */
  Optional<LakeCatalog> local() {
    return local;
  }

  @Override
  public void close() {
    if (local.isPresent()) {
      local.get().close();
    } else {
      pool.shutdown();
      close((Closeable) catalog);
    }
    lock.ifPresent(LakeLock::close);
  }

  private static void close(Closeable catalog) {
    try {
      catalog.close();
    } catch (IOException e) {
      throw new UncheckedIOException("The catalog's connection does not close.", e);
    }
  }
}
