// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.RowSchema;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills the lake's process in the middle of a load, again and again. */
class LakehouseKillIT {
  private static final int KILLS = 5;
  private static final int ROWS = 20;

  @TempDir private Path temporary;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final Set<Integer> acknowledged = new ConcurrentSkipListSet<>();
  private final AtomicInteger next = new AtomicInteger();
  private Process process;
  private URI endpoint;

  @AfterEach
  void stop() {
    client.close();
    if (process != null) {
      process.destroyForcibly();
    }
  }

  @Test
  void keepsEveryAcknowledgedRowOnceThroughKills() throws Exception {
    long seed = Long.getLong("kill.seed", new Random().nextLong());
    Random random = new Random(seed);
    Path folder = temporary.resolve("lake");
    int port = freePort();
    endpoint = URI.create("http://127.0.0.1:" + port + "/streams/hogflare_events");
    for (int kill = 0; kill < KILLS; kill++) {
      start(folder, port);
      int target = acknowledged.size() + ROWS + random.nextInt(10_000);
      List<Thread> senders = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        senders.add(Thread.ofVirtual().start(this::send));
      }
      Waiting.until(() -> acknowledged.size() >= target || !process.isAlive());
      process.destroyForcibly();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      for (Thread sender : senders) {
        sender.join();
      }
    }

    Lakehouse lake =
        new Lakehouse(LakeConfig.local(folder, 0, Duration.ofHours(1)), new SimpleMeterRegistry());
    lake.start();
    lake.close();

    Set<Integer> missing = new TreeSet<>(acknowledged);
    List<Integer> doubled = new ArrayList<>();
    Set<Integer> seen = new TreeSet<>();
    try (LakeQuery query = LakeQuery.open(folder);
        QueryResult result =
            query.query("SELECT (properties->>'n')::INT FROM hogflare_events_raw")) {
      result.forEachRemaining(
          row -> {
            Integer number = (Integer) row.getFirst();
            missing.remove(number);
            if (!seen.add(number)) {
              doubled.add(number);
            }
          });
    }
    assertThat(missing).as("acknowledged and lost, seed %d", seed).isEmpty();
    assertThat(doubled).as("twice in the table, seed %d", seed).isEmpty();
    assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(KILLS * ROWS);
  }

  /** Sends until the process is gone. */
  private void send() {
    try {
      while (process.isAlive()) {
        int from = next.getAndAdd(ROWS);
        HttpRequest request =
            HttpRequest.newBuilder(endpoint)
                .timeout(Duration.ofSeconds(10))
                .POST(HttpRequest.BodyPublishers.ofByteArray(TestRows.events(from, from + ROWS)))
                .build();
        if (client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
          for (int i = from; i < from + ROWS; i++) {
            acknowledged.add(i);
          }
        }
      }
    } catch (IOException e) {
      assertThat(process.onExit())
          .as("why there was no answer: the kill")
          .succeedsWithin(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void start(Path folder, int port) throws Exception {
    Path log = temporary.resolve("lake.log");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            LakehouseMain.class.getName());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .directory(new File(temporary.toString()));
    builder.environment().keySet().removeIf(name -> name.startsWith("HOGFLARE_"));
    builder
        .environment()
        .putAll(
            Map.of(
                "HOGFLARE_LAKE_DIR",
                folder.toString(),
                "HOGFLARE_LAKE_PORT",
                Integer.toString(port),
                "HOGFLARE_ADMIN_PORT",
                "0",
                "HOGFLARE_LAKE_COMMIT_SECONDS",
                "1"));
    process = builder.start();
    Waiting.until(
        () -> {
          assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
          return isUp();
        });
  }

  private boolean isUp() throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .timeout(Duration.ofSeconds(5))
            .POST(HttpRequest.BodyPublishers.ofString("[]"))
            .build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void commitsWhatIsPendingWhenItIsToldToEnd() throws Exception {
    Path folder = temporary.resolve("lake");
    int port = freePort();
    endpoint = URI.create("http://127.0.0.1:" + port + "/streams/" + RowSchema.EVENTS.name());
    start(folder, port);
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .POST(HttpRequest.BodyPublishers.ofByteArray(TestRows.events(0, 5)))
            .build();
    assertThat(client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode())
        .isEqualTo(200);
    process.destroy();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    try (LakeQuery query = LakeQuery.open(folder);
        QueryResult result = query.query("SELECT count(*) FROM hogflare_events")) {
      assertThat(result.next()).containsExactly(5L);
    }
  }
}
