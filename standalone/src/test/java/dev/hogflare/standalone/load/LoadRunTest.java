// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoadRunTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final LoadPlan PLAN = new LoadPlan(3, 2_000, 4, "phc_test", true);

  private final Map<String, List<Long>> accepted = new ConcurrentHashMap<>();
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Status unwilling = Status.OK_200;
  private volatile int refuseUpTo;
  private volatile int enoughAfter;
  private volatile Runnable enough = () -> {};

  private final WebServer gateway =
      WebServer.builder()
          .address(InetAddress.getLoopbackAddress())
          .port(0)
          .routing(routing -> routing.post("/*", this::take))
          .build()
          .start();

  @AfterEach
  void stop() {
    gateway.stop();
  }

  private void take(ServerRequest request, ServerResponse response) throws IOException {
    byte[] body = request.content().as(byte[].class);
    int number = requests.incrementAndGet();
    if (number == enoughAfter) {
      enough.run();
    }
    if (number <= refuseUpTo) {
      response.status(unwilling).send("not now");
      return;
    }
    JsonNode json = JSON.readTree(body);
    Iterable<JsonNode> events = json.has("batch") ? json.path("batch") : List.of(json);
    for (JsonNode event : events) {
      accepted
          .computeIfAbsent(event.path("distinct_id").asText(), id -> new CopyOnWriteArrayList<>())
          .add(Long.parseLong(event.path("uuid").asText().substring(24), 16));
    }
    response.send("{\"status\":1}");
  }

  @Test
  void sendsEverythingAndKeepsTheOrderOfAnId() throws Exception {
    LoadRun run = run(0);
    run.run();
    assertThat(run.sent()).isEqualTo(PLAN.events());
    assertThat(run.repeats()).isPositive();
    assertThat(run.accepted()).isEqualTo(run.sent() + run.repeats());
    assertThat(accepted.values().stream().mapToInt(List::size).sum()).isEqualTo(run.accepted());
    accepted.forEach(
        (id, numbers) ->
            assertThat(numbers.stream().distinct().toList())
                .as("first sightings of the events of %s", id)
                .isSorted());
  }

  @Test
  void endsBeforeThePlanWhenItIsToldTo() throws Exception {
    LoadRun run = run(0);
    enoughAfter = 10;
    enough = run::finish;
    run.run();
    assertThat(run.sent()).isPositive().isLessThan(PLAN.events());
    assertThat(accepted.values().stream().mapToInt(List::size).sum()).isEqualTo(run.accepted());
  }

  @Test
  void sendsAgainWhatAGatewayInTroubleDoesNotTake() throws Exception {
    unwilling = Status.SERVICE_UNAVAILABLE_503;
    refuseUpTo = 10;
    LoadRun run = run(0);
    run.run();
    assertThat(run.sent()).isEqualTo(PLAN.events());
    assertThat(run.retries()).isEqualTo(10);
  }

  @Test
  void givesUpWhenTheGatewayStaysInTrouble() {
    unwilling = Status.SERVICE_UNAVAILABLE_503;
    refuseUpTo = Integer.MAX_VALUE;
    LoadRun run = new LoadRun(PLAN, url(), 0, Duration.ofMillis(300));
    assertThatThrownBy(run::run)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("did not accept a request within 0 s; it answers 503: not now");
    assertThat(run.accepted()).isZero();
  }

  @Test
  void stopsAtOnceWhenTheEventsAreRefusedAsWrong() {
    unwilling = Status.UNAUTHORIZED_401;
    refuseUpTo = Integer.MAX_VALUE;
    assertThatThrownBy(() -> run(0).run())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("refuses the load: it answers 401: not now");
    assertThat(requests.get()).isLessThanOrEqualTo(PLAN.clients());
  }

  @Test
  void keepsToARate() throws Exception {
    long start = System.nanoTime();
    run(4_000).run();
    // All but the last requests of each client wait for their turn.
    double last = PLAN.clients() * 50;
    assertThat((System.nanoTime() - start) / 1e9).isGreaterThan((PLAN.events() - last) / 4_000);
  }

  private LoadRun run(double rate) {
    return new LoadRun(PLAN, url(), rate, Duration.ofSeconds(30));
  }

  private URI url() {
    return URI.create("http://127.0.0.1:" + gateway.port());
  }
}
