// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.hogflare.systemtests.Sdk.Expectation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.opentest4j.TestAbortedException;

/** Every scenario with every published SDK: what counts is the rows in the lake. */
@ExtendWith(SharedPipeline.class)
class ConformanceIT {
  private static final String KEYS = "phc_sdk_";
  private static final Path PAGE = Path.of("..", "docs", "compatibility.md");

  /** Scenarios mostly wait: for an SDK's retry, and for the lake's next commit. */
  private static final int AT_ONCE_PER_SDK = 6;

  private static final List<AutoCloseable> OPEN = new ArrayList<>();

  @AfterAll
  static void stop() throws Exception {
    for (AutoCloseable resource : OPEN) {
      resource.close();
    }
  }

  @TestFactory
  List<DynamicNode> givesTheSameRowsAsPostHogWouldHave(PipelineFixture pipeline) {
    LakeRows rows = new LakeRows(pipeline, KEYS);
    List<DynamicNode> nodes = new ArrayList<>();
    Map<PublishedSdk, Map<Scenario, CompletableFuture<Void>>> played = new LinkedHashMap<>();
    for (PublishedSdk published : PublishedSdk.values()) {
      Map<Scenario, CompletableFuture<Void>> cells = play(published, pipeline, rows);
      played.put(published, cells);
      nodes.add(
          dynamicContainer(
              published.title(),
              cells.entrySet().stream().map(cell -> test(cell.getKey(), cell.getValue()))));
    }
    OPEN.add(rows);
    nodes.add(dynamicTest("the page says what came of it", () -> comparePage(played)));
    nodes.add(dynamicTest("the counters add up", () -> CounterEquations.assertHold(pipeline)));
    return nodes;
  }

  private static DynamicTest test(Scenario scenario, CompletableFuture<Void> cell) {
    return dynamicTest(
        scenario.title(),
        () -> {
          try {
            cell.join();
          } catch (CompletionException e) {
            throw e.getCause();
          }
        });
  }

  /** Begins to play what an SDK offers; nothing is played if what the SDK runs in is missing. */
  private static Map<Scenario, CompletableFuture<Void>> play(
      PublishedSdk published, PipelineFixture pipeline, LakeRows rows) {
    Map<Scenario, CompletableFuture<Void>> cells = new EnumMap<>(Scenario.class);
    Sdk sdk;
    try {
      sdk = published.start();
    } catch (TestAbortedException e) {
      // It has said what is missing.
      return cells;
    }
    OPEN.add(sdk);
    Semaphore room = new Semaphore(AT_ONCE_PER_SDK, true);
    Executor threads = task -> Thread.ofVirtual().start(task);
    // The last ones take longest.
    for (Scenario scenario : Arrays.asList(Scenario.values()).reversed()) {
      if (published.expectation(scenario) != Expectation.NOT_OFFERED) {
        cells.put(
            scenario,
            CompletableFuture.runAsync(
                () -> {
                  room.acquireUninterruptibly();
                  try {
                    play(published, sdk, scenario, pipeline, rows);
                  } finally {
                    room.release();
                  }
                },
                threads));
      }
    }
    return cells;
  }

  private static void play(
      PublishedSdk published, Sdk sdk, Scenario scenario, PipelineFixture pipeline, LakeRows rows) {
    String projectKey =
        KEYS
            + published.name().toLowerCase(Locale.ROOT)
            + "_"
            + scenario.name().toLowerCase(Locale.ROOT);
    try (FaultProxy proxy = new FaultProxy(pipeline.gateway());
        SdkClient client = sdk.open(proxy.uri(), projectKey, scenario.settings())) {
      scenario.play(client, new Stage(projectKey, proxy, rows, published, scenario));
    }
  }

  private static void comparePage(Map<PublishedSdk, Map<Scenario, CompletableFuture<Void>>> played)
      throws IOException {
    Map<Scenario, List<String>> cells = new EnumMap<>(Scenario.class);
    for (Scenario scenario : Scenario.values()) {
      List<String> line = new ArrayList<>();
      played.forEach(
          (published, futures) -> {
            CompletableFuture<Void> future = futures.get(scenario);
            // What could not be played here was played where the page was written.
            line.add(
                future != null && future.isCompletedExceptionally()
                    ? "FAILS"
                    : CompatibilityTable.cell(published.expectation(scenario)));
          });
      cells.put(scenario, line);
    }
    String page =
        CompatibilityTable.page(
            Arrays.stream(PublishedSdk.values()).map(PublishedSdk::title).toList(), cells);
    if (Boolean.getBoolean("compatibility.write")) {
      assertThat(played)
          .as("SDKs that ran, or the page would claim more")
          .noneSatisfy((published, futures) -> assertThat(futures).isEmpty());
      Files.writeString(PAGE, page, StandardCharsets.UTF_8);
    }
    assertThat(page)
        .as("%s, which -Dcompatibility.write=true writes anew", PAGE)
        .isEqualTo(Files.readString(PAGE, StandardCharsets.UTF_8));
  }
}
