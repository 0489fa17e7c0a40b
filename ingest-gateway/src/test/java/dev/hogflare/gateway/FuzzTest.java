// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.hogflare.contract.Route;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.FuzzedCapture.Way;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The corpus of {@link FuzzedCapture}, and ten minutes of Jazzer with {@code --long}.
 *
 * <p>The corpus is what SDKs send, a list of hostile bodies, and what Jazzer found to reach
 * something new ({@code fuzz-corpus.zip}).
 */
class FuzzTest {
  /** What an input may take on a busy machine; a thousand times what one takes. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private static final int SECONDS = 600;

  @TempDir Path folder;

  private static List<byte[]> recorded() {
    List<byte[]> inputs = new ArrayList<>();
    Recordings.all().stream()
        .flatMap(recording -> recording.requests().stream())
        .filter(Recordings.Request::isPost)
        .forEach(
            request -> {
              int route = request.path().startsWith("/s") ? Route.S.ordinal() : Route.E.ordinal();
              inputs.add(
                  FuzzedCapture.input(
                      Way.EVENTS,
                      route,
                      request.headers().get("content-encoding"),
                      request.headers().get("content-type"),
                      false,
                      request.body()));
              request
                  .decoded()
                  .ifPresent(
                      json ->
                          inputs.add(
                              FuzzedCapture.input(
                                  Way.EVENTS,
                                  route,
                                  null,
                                  null,
                                  false,
                                  Encodings.utf8(json.toString()))));
            });
    Recordings.ofOtherProtocols().stream()
        .flatMap(recording -> recording.requests().stream())
        .forEach(
            request -> {
              Way way =
                  request.path().startsWith("/i/v1/analytics")
                      ? Way.V1
                      : request.path().matches("/i/v0/ai(\\?.*)?") ? Way.AI : Way.OTLP;
              for (int of = 0; of < OtlpSignal.values().length; of++) {
                inputs.add(
                    FuzzedCapture.input(
                        way,
                        of,
                        request.headers().get("content-encoding"),
                        request.headers().get("content-type"),
                        false,
                        request.body()));
              }
            });
    return inputs;
  }

  private static List<byte[]> hostile() {
    String event = "{\"event\":\"e\",\"distinct_id\":\"d\",\"properties\":{\"a\":1}}";
    byte[] gzip = Encodings.gzip(event);
    byte[] twice = Arrays.copyOf(gzip, 2 * gzip.length);
    System.arraycopy(gzip, 0, twice, gzip.length, gzip.length);
    List<byte[]> bodies =
        List.of(
            new byte[0],
            Arrays.copyOf(gzip, gzip.length / 2),
            Arrays.copyOf(gzip, gzip.length - 1),
            twice,
            Encodings.gzip(new byte[100 * FuzzedCapture.CEILING]),
            Encodings.gzip(Encodings.gzip(Encodings.gzip(event))),
            Encodings.utf8("data=" + Encodings.url(Encodings.base64(gzip))),
            Encodings.utf8("data=" + Encodings.base64(gzip) + "&data=%"),
            Encodings.utf8("[".repeat(100_000)),
            Encodings.utf8("{\"a\":".repeat(5_000) + "1" + "}".repeat(5_000)),
            Encodings.utf8("{\"data\":{\"data\":{\"data\":" + event + "}}}"),
            Encodings.utf8("[" + "{},".repeat(99_999) + "{}]"),
            Encodings.utf8("{\"event\":\"" + "\\ud800".repeat(9_000) + "\",\"distinct_id\":1}"),
            Encodings.utf8(
                "{\"event\":\"e\",\"distinct_id\":\"d\",\"n\":" + "9".repeat(2_000) + "}"),
            Encodings.utf8("{\"batch\":[" + event + "],\"batch\":{}}"),
            Encodings.utf8(
                "--x\r\nContent-Disposition: form-data; name=\"event\"\r\n\r\n"
                    + "{\"event\":\"$ai_trace\",\"distinct_id\":\"d\"}\r\n--x--"),
            new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF, '{', '}'},
            new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'});
    List<byte[]> inputs = new ArrayList<>(List.of(new byte[0], new byte[1]));
    for (byte[] body : bodies) {
      for (Way way : Way.values()) {
        for (int of = 0; of < Route.values().length; of++) {
          for (String name : new String[] {null, "gzip", "deflate", "base64", "lz64"}) {
            inputs.add(FuzzedCapture.input(way, of, name, null, false, body));
          }
          inputs.add(FuzzedCapture.input(way, of, null, null, true, body));
        }
      }
      inputs.add(
          FuzzedCapture.input(
              Way.EVENTS, 0, null, "application/x-www-form-urlencoded", false, body));
    }
    return inputs;
  }

  private static List<byte[]> found() throws IOException {
    List<byte[]> inputs = new ArrayList<>();
    try (InputStream in = FuzzTest.class.getResourceAsStream("/fuzz-corpus.zip");
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        inputs.add(zip.readAllBytes());
      }
    }
    return inputs;
  }

  @Test
  void whatSdksSendIsTaken() {
    run(recorded());
  }

  @Test
  void whatIsHostileEndsInARefusalInTime() {
    run(hostile());
  }

  @Test
  void whatJazzerFoundDoesNoHarm() throws IOException {
    List<byte[]> found = found();
    assertThat(found).isNotEmpty();
    run(found);
  }

  private static void run(List<byte[]> inputs) {
    for (int i = 0; i < inputs.size(); i++) {
      byte[] input = inputs.get(i);
      assertTimeoutPreemptively(
          LONGEST, () -> FuzzedCapture.fuzzerTestOneInput(input), "input " + i);
    }
  }

  /**
   * Another JVM with little memory looks for inputs that break a promise. A finding is kept in the
   * folder that the failure names; put it into the corpus.
   */
  @Test
  @Tag("long")
  void jazzerFindsNothing() throws IOException, InterruptedException {
    Path seeds = Files.createDirectories(folder.resolve("seeds"));
    List<byte[]> inputs = new ArrayList<>(recorded());
    inputs.addAll(hostile());
    inputs.addAll(found());
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i).length <= 20_000) {
        Files.write(seeds.resolve("seed-" + i), inputs.get(i));
      }
    }
    Path findings = Files.createDirectories(Path.of("target", "fuzz").toAbsolutePath());
    Path log = findings.resolve("jazzer.log");
    Process jazzer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + FuzzedCapture.class.getName(),
                "--instrumentation_includes=dev.hogflare.**",
                "--reproducer_path=" + findings,
                "-artifact_prefix=" + findings + File.separator,
                "-max_total_time=" + Integer.getInteger("hogflare.fuzz.seconds", SECONDS),
                "-timeout=" + LONGEST.toSeconds(),
                "-rss_limit_mb=2048",
                "-max_len=20000",
                Files.createDirectories(findings.resolve("corpus")).toString(),
                seeds.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(jazzer.waitFor()).as("Jazzer's exit code; see %s", log).isZero();
    } finally {
      jazzer.destroyForcibly();
    }
    assertThat(Files.readString(log)).contains("DONE");
  }
}
