// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every recorded request of every SDK gives exactly the rows of its golden file: each line is a
 * record's value as it is on the topic.
 *
 * <p>{@code -Dgolden.write=true} writes the files anew; what has changed is then to be read in the
 * difference.
 */
class GoldenRowsTest {
  private static final Path FOLDER = Path.of("src", "test", "golden");

  @TestFactory
  Stream<DynamicNode> recordedRequestsGiveTheseRows() {
    return flows().entrySet().stream()
        .map(
            sdk ->
                dynamicContainer(
                    sdk.getKey(),
                    sdk.getValue().stream()
                        .map(flow -> dynamicTest(flow.scenario(), () -> compare(flow)))));
  }

  private static Map<String, List<Recordings.Flow>> flows() {
    return Recordings.flows().stream()
        .collect(Collectors.groupingBy(Recordings.Flow::sdk, Collectors.toList()));
  }

  private static void compare(Recordings.Flow flow) throws IOException {
    Path file = fileOf(flow);
    byte[] rows = rowsOf(flow);
    if (Boolean.getBoolean("golden.write")) {
      Files.createDirectories(file.getParent());
      Files.write(file, rows);
    }
    byte[] golden = Files.readAllBytes(file);
    // Line by line first, because that is the difference which can be read.
    assertThat(new String(rows, UTF_8).lines())
        .as("the rows of %s, which -Dgolden.write=true writes anew", flow.name())
        .containsExactlyElementsOf(new String(golden, UTF_8).lines().toList());
    assertThat(rows).as("the bytes of %s", flow.name()).isEqualTo(golden);
  }

  private static byte[] rowsOf(Recordings.Flow flow) throws IOException {
    Path state = Files.createTempDirectory("hogflare-golden-");
    try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        PinnedPipeline pipeline = new PinnedPipeline(state)) {
      for (Recordings.Request request : flow.requests()) {
        assertThat(pipeline.send(http, request))
            .as("%s %s", request.method(), request.path())
            .isBetween(200, 204);
      }
      return pipeline.rows();
    } finally {
      try (Stream<Path> files = Files.walk(state)) {
        for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }

  private static Path fileOf(Recordings.Flow flow) {
    return FOLDER.resolve(flow.sdk()).resolve(flow.scenario() + ".jsonl");
  }

  @Test
  void thereIsNoGoldenFileOfAnythingElse() throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      assertThat(files.filter(Files::isRegularFile))
          .containsExactlyInAnyOrderElementsOf(
              Recordings.flows().stream().map(GoldenRowsTest::fileOf).toList());
    }
  }
}
