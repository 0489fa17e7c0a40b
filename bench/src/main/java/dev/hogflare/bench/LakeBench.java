// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.RowSchema;
import dev.hogflare.lakehouse.LakeConfig;
import dev.hogflare.lakehouse.Lakehouse;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.iceberg.Files;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.parquet.Parquet;

/**
 * Measures the lake, from event rows over HTTP to committed Parquet, and Iceberg's own writer with
 * the same rows, columns and compression and nothing else to do.
 */
final class LakeBench implements AutoCloseable {
  private static final int BODIES = 100;
  private static final int ROWS = 500;
  private static final int SENDERS = 4;

  private final Path folder;
  private final List<byte[]> bodies = new ArrayList<>();
  private final Lakehouse lake;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private List<Record> rows = List.of();
  private Schema schema;
  private int files;

  /** Starts a lake that commits once a second. */
  LakeBench(Path folder, EventTemplate template) {
    this.folder = folder;
    for (int body = 0; body < BODIES; body++) {
      StringBuilder text = new StringBuilder("[");
      for (int row = 0; row < ROWS; row++) {
        text.append(row == 0 ? "" : ",").append(row(template, (long) body * ROWS + row));
      }
      bodies.add(text.append(']').toString().getBytes(StandardCharsets.UTF_8));
    }
    lake =
        new Lakehouse(
            LakeConfig.local(folder.resolve("lake"), 0, Duration.ofSeconds(1)),
            new SimpleMeterRegistry());
    lake.start();
  }

  /** Makes the row that the processors make of an event. */
  private static String row(EventTemplate template, long n) {
    String event = template.json(n);
    int properties = event.indexOf("\"properties\":");
    return "{\"uuid\":\""
        + EventTemplate.uuid(n)
        + "\",\"source\":\"posthog\",\"event\":\"$pageview\",\"distinct_id\":\""
        + template.distinctId(n)
        + "\",\"timestamp\":\"2026-11-21T04:43:25.123456Z\",\"created_at\":\"2026-11-21T04:43:26.5Z\","
        + event.substring(properties, event.length() - 1)
        + ",\"person_id\":\""
        + EventTemplate.uuid(n % 100_000)
        + "\",\"person_properties\":{\"plan\":\"pro\"},\"api_key\":\""
        + EventTemplate.TOKEN
        + "\"}";
  }

  /** Measures rows from the sender to their commit. */
  Sample lake(long count) throws Exception {
    URI endpoint = lake.endpoint(RowSchema.EVENTS);
    return Sample.of(
        () -> {
          AtomicLong next = new AtomicLong();
          long requests = count / ROWS;
          try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
              done.add(senders.submit(() -> send(endpoint, next, requests)));
            }
            for (Future<?> sender : done) {
              sender.get();
            }
          }
          lake.commitNow();
          return requests * ROWS;
        });
  }

  private void send(URI endpoint, AtomicLong next, long requests) {
    try {
      for (long at = next.getAndIncrement(); at < requests; at = next.getAndIncrement()) {
        byte[] body = bodies.get((int) (at % BODIES));
        HttpRequest request =
            HttpRequest.newBuilder(endpoint)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status != 200) {
          throw new IllegalStateException("The lake answered " + status + ".");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Measures Iceberg's writer with rows that the lake has written, as records in memory. */
  Sample writer(long count) throws Exception {
    if (rows.isEmpty()) {
      readRows();
    }
    Path file = folder.resolve("baseline-" + ++files + ".parquet");
    return Sample.of(
        () -> {
          try (FileAppender<Record> appender =
              Parquet.write(Files.localOutput(file.toFile()))
                  .schema(schema)
                  .set("write.parquet.compression-codec", "zstd")
                  .set("write.parquet.compression-level", "1")
                  .createWriterFunc(type -> GenericParquetWriter.create(schema, type))
                  .build()) {
            for (long n = 0; n < count; n++) {
              appender.add(rows.get((int) (n % rows.size())));
            }
          }
          return count;
        });
  }

  private void readRows() throws IOException {
    Path table = folder.resolve("lake/warehouse/default/hogflare_events");
    Path newest = greatest(table.resolve("metadata"), ".metadata.json", Path::getFileName);
    schema = TableMetadataParser.read(Files.localInput(newest.toFile())).schema();
    Path largest = greatest(table.resolve("data"), ".parquet", file -> file.toFile().length());
    List<Record> read = new ArrayList<>();
    try (CloseableIterable<Record> records =
        Parquet.read(Files.localInput(largest.toFile()))
            .project(schema)
            .createReaderFunc(type -> GenericParquetReaders.buildReader(schema, type))
            .build()) {
      for (Record record : records) {
        read.add(record);
        if (read.size() == BODIES * ROWS) {
          break;
        }
      }
    }
    rows = read;
  }

  private static <T extends Comparable<? super T>> Path greatest(
      Path folder, String suffix, Function<Path, T> measure) throws IOException {
    try (Stream<Path> all = java.nio.file.Files.walk(folder)) {
      return all.filter(file -> file.toString().endsWith(suffix))
          .max(Comparator.comparing(measure))
          .orElseThrow();
    }
  }

  @Override
  public void close() {
    http.close();
    lake.close();
  }
}
