// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.forwarder.FakePipeline.Reply;
import dev.hogflare.forwarder.ForwarderConfig.Target;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** Several streams of one table, and a stream with a bound. */
class DividedRowsTest {
  private static final int ROWS = 300;

  private static ForwarderConfig with(
      ForwarderConfig config, Target events, int batchRows, int inFlight, long rate) {
    return new ForwarderConfig(
        config.topicPrefix(),
        config.instanceId(),
        events,
        Optional.empty(),
        Optional.empty(),
        config.requestTimeout(),
        1_000_000,
        batchRows,
        Duration.ofMillis(5),
        inFlight,
        Optional.empty(),
        Optional.empty(),
        rate,
        Optional.empty());
  }

  private static LoopFixture divided(FakePipeline second) throws IOException {
    return new LoopFixture(
        config ->
            with(
                config,
                new Target(
                    config.events().endpoint(),
                    config.events().token(),
                    List.of(second.endpoint())),
                10,
                1,
                0),
        true);
  }

  private static void load(LoopFixture loop) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      String key = "user-" + i % 30;
      records.add(
          new ConsumerRecord<>(
              LoopFixture.TOPIC, 0, i, Rows.bytes(key), Rows.event(key + "/" + i)));
    }
    loop.consumer.records(records);
  }

  private static Set<String> keys(List<String> uuids) {
    Set<String> keys = new HashSet<>();
    uuids.forEach(uuid -> keys.add(uuid.substring(0, uuid.indexOf('/'))));
    return keys;
  }

  @Test
  void keepTheRowsOfAKeyTogetherAndInOrder() throws IOException {
    try (FakePipeline second = new FakePipeline();
        LoopFixture loop = divided(second)) {
      loop.start(0);
      load(loop);
      loop.awaitCommitted(0, ROWS);

      List<String> one = loop.sink.stored();
      List<String> other = second.stored();
      assertThat(one.size() + other.size()).isEqualTo(ROWS);
      assertThat(keys(one)).isNotEmpty().doesNotContainAnyElementsOf(keys(other));
      assertThat(keys(other)).isNotEmpty();
      for (String key : keys(one)) {
        assertThat(one.stream().filter(uuid -> uuid.startsWith(key + "/")))
            .isSortedAccordingTo((a, b) -> Integer.compare(number(a), number(b)));
      }
    }
  }

  private static int number(String uuid) {
    return Integer.parseInt(uuid.substring(uuid.indexOf('/') + 1));
  }

  @Test
  void goOnWhereOneOfThemIsDown() throws IOException {
    try (FakePipeline second = new FakePipeline();
        LoopFixture loop = divided(second)) {
      second.always(FakePipeline.answer(503));
      loop.start(0);
      load(loop);
      // Rows of the other one pass while a few batches wait for this one.
      Await.until("half of the rows", () -> loop.sink.stored().size() >= 50);
      assertThat(second.stored()).isEmpty();
      assertThat(loop.consumer.committed(0)).isLessThan(ROWS);
      second.always(new Reply.Judge());
      loop.awaitCommitted(0, ROWS);
      assertThat(new TreeSet<>(IntStream.range(0, ROWS).boxed().toList()))
          .isEqualTo(
              new TreeSet<>(
                  IntStream.concat(
                          loop.sink.stored().stream().mapToInt(DividedRowsTest::number),
                          second.stored().stream().mapToInt(DividedRowsTest::number))
                      .boxed()
                      .toList()));
    }
  }

  @Test
  void oneSinkThatIsDownDoesNotStopTheOther() throws IOException {
    try (LoopFixture down = new LoopFixture();
        LoopFixture up = new LoopFixture()) {
      down.sink.always(new Reply.Hang());
      down.start(0);
      down.rows(0, 0, 20);
      Await.until("the request hangs", () -> !down.sink.requests().isEmpty());
      up.start(0);
      up.rows(0, 0, 20);
      up.awaitCommitted(0, 20);
      assertThat(down.consumer.committed(0)).isLessThanOrEqualTo(0);
    }
  }

  @Test
  void aBoundIsKeptAtTheSinkAndNearlyUsed() throws IOException {
    long rate = 400_000;
    List<long[]> arrived = new CopyOnWriteArrayList<>();
    try (LoopFixture loop =
        new LoopFixture(config -> with(config, config.events(), 1_000, 4, rate), true)) {
      loop.start(0);
      int rows = 3_500;
      for (int i = 0; i < rows; i++) {
        loop.row(0, i, Rows.event("u-" + i, 250));
      }
      long bytes = 3_500L * (Rows.event("u-1000", 250).length + 1);
      loop.awaitCommitted(0, rows);

      loop.sink.requests().forEach(r -> arrived.add(new long[] {r.at(), r.body().length}));
      arrived.sort((a, b) -> Long.compare(a[0], b[0]));
      for (int first = 0; first < arrived.size(); first++) {
        long sum = 0;
        for (int i = first; i < arrived.size(); i++) {
          if (arrived.get(i)[0] - arrived.get(first)[0] >= 1_000_000_000) {
            break;
          }
          sum += arrived.get(i)[1];
        }
        assertThat(sum).as("bytes within a second").isLessThanOrEqualTo(rate);
      }
      double seconds = (arrived.getLast()[0] - arrived.getFirst()[0]) / 1e9;
      // How near it comes to the bound is for the simulation: this machine may be busy.
      assertThat(bytes / seconds).as("bytes a second").isGreaterThanOrEqualTo(0.7 * rate);
    }
  }

  @Test
  void aTargetOfSeveralNamesNoToken() {
    Target target =
        new Target(
            URI.create("https://a.example/x"),
            Optional.of("secret"),
            List.of(URI.create("https://b.example/y")));
    assertThat(target.toString()).isEqualTo("https://a.example/x and 1 more with a token");
    assertThat(target.each())
        .extracting(each -> each.endpoint().toString())
        .containsExactly("https://a.example/x", "https://b.example/y");
  }
}
