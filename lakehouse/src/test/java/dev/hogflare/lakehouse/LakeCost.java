// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Uuids;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;

/** Prints what the steps of taking rows cost in CPU time; run by hand, for RATIONALE.md. */
final class LakeCost {
  private static final long NOW =
      LocalDate.of(2026, 11, 21).atStartOfDay(ZoneOffset.UTC).toEpochSecond() * 1_000_000L;

  private static final int BODIES = 200;
  private static final int ROWS = 500;

  private LakeCost() {}

  /**
   * Prints microseconds of CPU for each row, by step and for the whole lake over HTTP.
   *
   * @param arguments {@code plain}: the steps without columns that are filled from properties
   */
  public static void main(String[] arguments) throws Exception {
    RowLayout layout =
        arguments.length > 0 && arguments[0].equals("plain")
            ? RowLayout.of(LakeTable.EVENTS.rows())
            : LakeTable.EVENTS.layout(PromotedColumn.STANDARD);
    List<byte[]> bodies = bodies(BODIES, ROWS, 7);
    System.out.printf(
        "%d bytes a row%n", bodies.stream().mapToLong(b -> b.length).sum() / BODIES / ROWS);
    Path folder = Files.createTempDirectory("lake-cost");
    for (int round = 0; round < 5; round++) {
      steps(bodies, layout, folder.resolve("steps-" + round));
    }
    for (int round = 0; round < 5; round++) {
      whole(bodies, folder.resolve("whole-" + round));
    }
  }

  private static void steps(List<byte[]> bodies, RowLayout layout, Path folder) throws Exception {
    RowBatchParser parser = new RowBatchParser(layout, 1 << 20);
    try (LakeCatalog catalog = LakeCatalog.openForWriting(folder)) {
      Table table = catalog.findOrCreate(LakeTable.EVENTS, layout);
      long start = threadCpu();
      List<RowBatch> batches = new ArrayList<>();
      for (byte[] body : bodies) {
        batches.add(parser.parse(body));
      }
      long parsed = threadCpu();
      OpenDataFile file = new OpenDataFile(table, layout, NOW, "cost.parquet");
      for (RowBatch batch : batches) {
        batch.ingestMicros(NOW);
        file.add(batch);
      }
      DataFile done = file.finish();
      long written = threadCpu();
      double rows = (double) ROWS * BODIES;
      System.out.printf(
          "one thread: parse %.2f us, parquet %.2f us, %.0f bytes a row on disk%n",
          (parsed - start) / 1e3 / rows,
          (written - parsed) / 1e3 / rows,
          done.fileSizeInBytes() / rows);
    }
  }

  /** The sender runs in the same process, so that its share is in the figure as well. */
  private static void whole(List<byte[]> bodies, Path folder) throws Exception {
    Lakehouse lake =
        new Lakehouse(
            LakeConfig.local(folder, 0, Duration.ofSeconds(1)), new SimpleMeterRegistry());
    lake.start();
    URI endpoint = lake.endpoint(LakeTable.EVENTS.rows());
    long cpu = processCpu();
    long start = System.nanoTime();
    AtomicInteger next = new AtomicInteger();
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        answers.add(
            senders.submit(
                () -> {
                  int refused = 0;
                  for (int at = next.getAndIncrement();
                      at < 2 * BODIES;
                      at = next.getAndIncrement()) {
                    HttpRequest request =
                        HttpRequest.newBuilder(endpoint)
                            .POST(HttpRequest.BodyPublishers.ofByteArray(bodies.get(at % BODIES)))
                            .build();
                    int status =
                        client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
                    refused += status == 200 ? 0 : 1;
                  }
                  return refused;
                }));
      }
      for (Future<Integer> answer : answers) {
        if (answer.get() > 0) {
          throw new IllegalStateException(answer.get() + " requests were refused.");
        }
      }
    }
    long answered = System.nanoTime();
    lake.commitNow();
    long end = System.nanoTime();
    double rows = 2.0 * ROWS * BODIES;
    System.out.printf(
        "over HTTP: %.2f core-us a row with the sender, %.0f rows/s to the 200, %.0f rows/s to the commit%n",
        (processCpu() - cpu) / 1e3 / rows,
        rows / (answered - start) * 1e9,
        rows / (end - start) * 1e9);
    lake.close();
  }

  private static long threadCpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static long processCpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** Bodies of event rows of about a kilobyte with random ids and values. */
  static List<byte[]> bodies(int count, int rows, long seed) {
    Random random = new Random(seed);
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      JsonBuffer out = new JsonBuffer(1 << 20).openArray();
      for (int row = 0; row < rows; row++) {
        event(out, random);
      }
      bodies.add(out.closeArray().toBytes());
    }
    return bodies;
  }

  private static void event(JsonBuffer out, Random random) {
    long time = NOW + random.nextInt(1_000_000_000);
    String user = "user-" + random.nextInt(100_000);
    byte[] url =
        ("\"https://example.com/products/"
                + random.nextInt(1000)
                + "?ref="
                + Integer.toHexString(random.nextInt())
                + "\"")
            .getBytes(StandardCharsets.US_ASCII);
    out.separate().openObject();
    out.name("uuid").string(Uuids.v7(time / 1000, random.nextLong(), random.nextLong()).toString());
    out.name("source").string("posthog");
    out.name("event")
        .string(random.nextInt(3) == 0 ? "$pageview" : "button_clicked_" + random.nextInt(20));
    out.name("distinct_id").string(user);
    out.name("timestamp").time(time);
    out.name("created_at").time(time + 12345);
    out.name("properties").openObject();
    out.name("$current_url").raw(url);
    out.name("$session_id")
        .string(Uuids.v7(time / 1000, random.nextLong(), random.nextLong()).toString());
    out.name("$device_id").string(new UUID(random.nextLong(), random.nextLong()).toString());
    out.name("$lib").string("web").name("$lib_version").string("1.298.1");
    out.name("$browser").string("Chrome").name("$browser_version").number(140);
    out.name("$os")
        .string("Mac OS X")
        .name("$screen_height")
        .number(1080)
        .name("$screen_width")
        .number(1920);
    out.name("$insert_id").string(Long.toHexString(random.nextLong()));
    out.name("$time").number(time / 1000).name("amount").number(random.nextInt(100000));
    out.name("title").string("A product page \u2013 gr\u00fcn " + random.nextInt(1000));
    out.closeObject();
    out.name("context")
        .openObject()
        .name("ip")
        .string("203.0.113." + random.nextInt(255))
        .name("user_agent")
        .string("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36")
        .closeObject();
    out.name("person_id")
        .string(Uuids.v5(new UUID(0, 0), user.getBytes(StandardCharsets.UTF_8)).toString());
    out.name("person_created_at").time(time - 100_000_000);
    out.name("person_properties")
        .openObject()
        .name("email")
        .string(user + "@example.com")
        .name("plan")
        .string(random.nextBoolean() ? "free" : "pro")
        .closeObject();
    out.name("api_key").string("phc_0123456789abcdefghijklmnopqrstuvwxyz");
    out.closeObject();
  }
}
