// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.rest.CatalogHandlers;
import org.apache.iceberg.rest.RESTCatalogProperties;
import org.apache.iceberg.rest.RESTSerializers;
import org.apache.iceberg.rest.requests.CreateNamespaceRequest;
import org.apache.iceberg.rest.requests.CreateTableRequest;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.apache.iceberg.rest.responses.ConfigResponse;
import org.apache.iceberg.rest.responses.ErrorResponse;

/**
 * An Iceberg REST catalog over HTTP, with Iceberg's own handlers over a catalog in SQLite, which
 * fails as it is told to.
 */
final class FakeRestCatalog implements AutoCloseable {

  /** What happens to the next commits. */
  enum Fault {
    /** Too many commits. */
    TOO_MANY_REQUESTS(429, "TooManyRequestsException", false),
    /** Two commits raced, in the way in which Cloudflare's catalog says so. */
    CONCURRENT_UPDATE(400, "ConcurrentUpdateError", false),
    /** Refused before anything was done. */
    UNAVAILABLE(503, "ServiceUnavailableException", false),
    /** An error after the commit was done. */
    ERROR_AFTER_COMMIT(500, "InternalServerError", true),
    /** A gateway's answer after the commit was done. */
    TIMEOUT_AFTER_COMMIT(504, "GatewayTimeout", true),
    /** No answer after the commit was done. */
    CUT_AFTER_COMMIT(0, "", true);

    private final int status;
    private final String type;
    private final boolean afterCommit;

    Fault(int status, String type, boolean afterCommit) {
      this.status = status;
      this.type = type;
      this.afterCommit = afterCommit;
    }
  }

  private static final ObjectMapper JSON = mapper();

  private final JdbcCatalog catalog = new JdbcCatalog();
  private final HttpServer server;
  private final ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
  private final AtomicReference<Runnable> beforeCommit = new AtomicReference<>();
  private final List<String> tokens = new ArrayList<>();

  FakeRestCatalog(Path folder) throws IOException {
    catalog.initialize(
        "fake",
        Map.of(
            CatalogProperties.URI,
            "jdbc:sqlite:" + folder.resolve("rest.sqlite") + "?busy_timeout=30000",
            "jdbc.schema-version",
            "V1",
            CatalogProperties.WAREHOUSE_LOCATION,
            folder.resolve("warehouse").toString(),
            CatalogProperties.FILE_IO_IMPL,
            PlainFiles.class.getName()));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.setExecutor(pool);
    server.createContext("/v1/", this::handle);
    server.start();
  }

  private static ObjectMapper mapper() {
    ObjectMapper mapper = new ObjectMapper();
    mapper.setVisibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY);
    mapper.configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
    mapper.setPropertyNamingStrategy(PropertyNamingStrategies.KebabCaseStrategy.INSTANCE);
    RESTSerializers.registerAll(mapper);
    return mapper;
  }

  /** Returns settings that reach the catalog; each has a connection of its own. */
  IcebergSinkConfig.Rest place() {
    return new IcebergSinkConfig.Rest(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
        Optional.of("main"),
        Optional.of("catalog-token"),
        Map.of("io-impl", PlainFiles.class.getName(), "rest.client.max-retries", "1"));
  }

  /** Creates a table beside the ones of the sink. */
  void create(TableIdentifier table, Schema schema, PartitionSpec spec) {
    catalog.createTable(table, schema, spec);
  }

  /** Lets the next commits fail, one by each. */
  void fail(Fault... next) {
    faults.addAll(List.of(next));
  }

  int faultsLeft() {
    return faults.size();
  }

  /** Does something when the next commit has come in and before it is looked at. */
  void beforeNextCommit(Runnable action) {
    beforeCommit.set(action);
  }

  /** Returns the bearer tokens of all requests. */
  synchronized List<String> tokens() {
    return List.copyOf(tokens);
  }

  private void handle(HttpExchange exchange) throws IOException {
    synchronized (this) {
      tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    }
    byte[] body = exchange.getRequestBody().readAllBytes();
    try (exchange) {
      Object answer;
      try {
        answer = answer(exchange, body);
      } catch (NoSuchTableException | NoSuchNamespaceException e) {
        answer = error(404, e.getClass().getSimpleName(), e.getMessage());
      } catch (AlreadyExistsException | CommitFailedException e) {
        answer = error(409, e.getClass().getSimpleName(), e.getMessage());
      } catch (RuntimeException e) {
        answer = error(500, e.getClass().getSimpleName(), String.valueOf(e.getMessage()));
      }
      if (answer == null) {
        return; // Closed without a word.
      }
      int status = answer instanceof ErrorResponse error ? error.code() : 200;
      boolean head = exchange.getRequestMethod().equals("HEAD");
      byte[] json = head ? new byte[0] : JSON.writeValueAsBytes(answer);
      exchange.getResponseHeaders().add("content-type", "application/json");
      exchange.sendResponseHeaders(head && status == 200 ? 204 : status, head ? -1 : json.length);
      exchange.getResponseBody().write(json);
    }
  }

  private Object answer(HttpExchange exchange, byte[] body) throws IOException {
    String[] path = exchange.getRequestURI().getPath().split("/");
    String method = exchange.getRequestMethod();
    if (path[2].equals("config")) {
      return ConfigResponse.builder().build();
    }
    if (path.length == 3) {
      return CatalogHandlers.createNamespace(
          catalog, JSON.readValue(body, CreateNamespaceRequest.class));
    }
    Namespace namespace = Namespace.of(path[3].split("\u001f"));
    if (path.length == 4) {
      return CatalogHandlers.loadNamespace(catalog, namespace);
    }
    if (path.length == 5) {
      return CatalogHandlers.createTable(
          catalog, namespace, JSON.readValue(body, CreateTableRequest.class));
    }
    TableIdentifier table = TableIdentifier.of(namespace, path[5]);
    return method.equals("POST")
        ? commit(table, JSON.readValue(body, UpdateTableRequest.class))
        : CatalogHandlers.loadTable(catalog, table, RESTCatalogProperties.SnapshotMode.ALL);
  }

  private Object commit(TableIdentifier table, UpdateTableRequest request) {
    Runnable action = beforeCommit.getAndSet(null);
    if (action != null) {
      action.run();
    }
    Fault fault = faults.poll();
    if (fault == null) {
      return CatalogHandlers.updateTable(catalog, table, request);
    }
    if (fault.afterCommit) {
      CatalogHandlers.updateTable(catalog, table, request);
    }
    return fault.status == 0 ? null : error(fault.status, fault.type, "told to fail");
  }

  private static ErrorResponse error(int status, String type, String message) {
    return ErrorResponse.builder().responseCode(status).withType(type).withMessage(message).build();
  }

  @Override
  public void close() {
    server.stop(0);
    pool.shutdownNow();
    catalog.close();
  }
}
