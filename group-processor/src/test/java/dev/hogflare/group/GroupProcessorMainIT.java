// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.fixtures.TestBroker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process, from the environment to the signal. */
class GroupProcessorMainIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path folder;

  @Test
  void startsFromTheEnvironmentAnswersAndStopsOnASignal() throws Exception {
    int port = TestBroker.freePort();
    try (TestBroker broker = new TestBroker(folder.resolve("broker"));
        HttpClient http = HttpClient.newHttpClient()) {
      Process process =
          start(
              Map.of(
                  "KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers(),
                  "HOGFLARE_STATE_DIR", folder.resolve("state").toString(),
                  "HOGFLARE_ADMIN_PORT", Integer.toString(port),
                  "POSTHOG_GROUP_TYPE_0", "company"));
      try {
        String base = "http://127.0.0.1:" + port;
        await(process, http, base + "/groups/phc_a/company/acme", 404);
        await(process, http, base + "/healthz", 200);
        String metrics =
            http.send(
                    HttpRequest.newBuilder(URI.create(base + "/metrics")).build(),
                    BodyHandlers.ofString())
                .body();
        assertThat(metrics)
            .contains("hogflare_group_received_total{generation=\"1\"} 0.0")
            .contains("hogflare_group_dead_letters_total{code=\"internal\",generation=\"1\"} 0.0");

        process.destroy();

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(output()).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void namesEveryMistakeInTheEnvironmentAndEndsWithStatusTwo() throws Exception {
    Process process = start(Map.of("HOGFLARE_PARTITIONS", "many", "HOGFLARE_STORE_MEMORY_MB", "0"));

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(2);
    assertThat(output()).contains("HOGFLARE_PARTITIONS").contains("HOGFLARE_STORE_MEMORY_MB");
  }

  private Process start(Map<String, String> environment) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "-Xmx256m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            GroupProcessorMain.class.getName());
    builder.environment().keySet().removeIf(name -> name.startsWith("HOGFLARE_"));
    builder.environment().putAll(environment);
    return builder
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("output").toFile())
        .start();
  }

  private void await(Process process, HttpClient http, String url, int status)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (statusOf(http, url) != status) {
      assertThat(process.isAlive()).as(output()).isTrue();
      assertThat(System.nanoTime()).as(output()).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }

  /** Returns 0 while nobody listens. */
  private static int statusOf(HttpClient http, String url) throws InterruptedException {
    try {
      return http.send(
              HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(5)).build(),
              BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("output"), UTF_8);
  }
}
