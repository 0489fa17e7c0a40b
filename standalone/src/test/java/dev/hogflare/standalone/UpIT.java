// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code up} as a process of its own, with signals. */
class UpIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Pattern READY = Pattern.compile("(?m)^ready: (http://\\S+)$");

  @TempDir Path folder;

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<Up> processes = new ArrayList<>();

  /** A process with what it has written so far. */
  private record Up(Process process, Path outFile, Path errFile) {
    String out() {
      return read(outFile);
    }

    String err() {
      return read(errFile);
    }

    URI gateway() {
      Matcher ready = READY.matcher(out());
      assertThat(ready.find()).isTrue();
      return URI.create(ready.group(1));
    }

    private static String read(Path file) {
      try {
        return Files.readString(file);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }

  @AfterEach
  void endProcesses() throws Exception {
    for (Up up : processes) {
      up.process().destroyForcibly().waitFor();
    }
  }

  @Test
  void reportsServesAndStopsWhenItIsToldTo() throws Exception {
    Up up = ready();
    assertThat(up.out())
        .containsPattern("(?m)^ +gateway +http://127\\.0\\.0\\.1:\\d+$")
        .containsPattern("(?m)^ +kafka +127\\.0\\.0\\.1:\\d+$")
        .containsPattern("(?m)^ +lake +http://127\\.0\\.0\\.1:\\d+, tables in .*/data/lake$")
        .containsPattern("(?m)^ +curl http://127\\.0\\.0\\.1:\\d+/capture ");
    capture(up, "one");
    assertThat(command("status").status()).isZero();

    Up second = start();
    assertThat(second.process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(second.process().exitValue()).isEqualTo(1);
    assertThat(second.err())
        .contains("is in use by another hogflare up (process " + up.process().pid() + ")")
        .hasLineCount(1);

    up.process().destroy();
    assertThat(up.process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(up.process().exitValue()).isZero();
    assertThat(up.out()).containsPattern("Stopped after [0-9.]+ s\\.\n$");
    assertThat(up.err()).isEmpty();
    assertThat(command("status").status()).isEqualTo(3);
    assertThat(rows()).isEqualTo("1");
  }

  @Test
  void goesOnAfterItWasKilled() throws Exception {
    Up killed = ready();
    for (int i = 0; i < 20; i++) {
      capture(killed, "before-" + i);
    }
    killed.process().destroyForcibly().waitFor();
    assertThat(command("status").status()).isEqualTo(3);

    Up up = ready();
    capture(up, "after");
    await(() -> rows().equals("21"));
    up.process().destroy();
    assertThat(up.process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(rows()).isEqualTo("21");
  }

  private Up start() throws IOException {
    Path out = folder.resolve("out-" + processes.size());
    Path err = folder.resolve("err-" + processes.size());
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    if (Runtime.version().feature() >= 23) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(List.of("-Xmx512m", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(HogflareMain.class.getName(), "up", "--port", "0"));
    command.addAll(List.of("--data", folder.resolve("data").toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("HOGFLARE_ADMIN_PORT", "0");
    builder.environment().put("HOGFLARE_LAKE_PORT", "0");
    builder.environment().put("HOGFLARE_LAKE_COMMIT_SECONDS", "1");
    Up up = new Up(builder.start(), out, err);
    processes.add(up);
    return up;
  }

  private Up ready() throws IOException {
    Up up = start();
    await(
        () -> {
          assertThat(up.process().isAlive()).as(up.err()).isTrue();
          return READY.matcher(up.out()).find();
        });
    return up;
  }

  private void capture(Up up, String id) throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(up.gateway().resolve("/capture"))
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"api_key\":\"phc_t\",\"event\":\"e\",\"distinct_id\":\"" + id + "\"}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  /** What a command of the command line ended with. */
  private record Ended(int status, String out) {}

  private Ended command(String... words) {
    StringWriter out = new StringWriter();
    Console console = new Console(new PrintWriter(out), new PrintWriter(new StringWriter()), false);
    int status = Commands.of(new Shell(Map.of(), folder, console)).execute(words);
    return new Ended(status, out.toString());
  }

  private String rows() {
    return command("sql", "select count(*) from hogflare_events", "--format", "csv")
        .out()
        .lines()
        .reduce("", (first, last) -> last);
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("not within " + PATIENCE).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }
}
