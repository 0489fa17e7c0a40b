// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.Topic;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Hands a published SDK one event after another, numbered by their property {@code n}, and knows
 * what must come of them.
 */
final class SdkLoad implements AutoCloseable {
  private static final String EVENT = "worked";

  private final String projectKey;
  private final Duration pause;
  private final FaultProxy proxy;
  private final SdkClient client;
  private final AtomicInteger handed = new AtomicInteger();
  private final AtomicBoolean enough = new AtomicBoolean();
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  /**
   * Begins.
   *
   * @param pause the time between two events
   */
  SdkLoad(PublishedSdk published, Sdk sdk, URI gateway, Duration pause) {
    this.projectKey = "phc_load_" + published.name().toLowerCase(Locale.ROOT);
    this.pause = pause;
    this.proxy = new FaultProxy(gateway);
    this.client = sdk.open(proxy.uri(), projectKey, Set.of(Sdk.Setting.PATIENT));
    Thread.ofVirtual().start(this::run);
  }

  private void run() {
    try {
      while (!enough.get()) {
        client.capture(EVENT, Map.of("n", handed.get()));
        handed.incrementAndGet();
        LockSupport.parkNanos(pause.toNanos());
      }
      done.complete(null);
    } catch (RuntimeException | Error e) {
      done.completeExceptionally(e);
    }
  }

  /** Returns how many events the SDK was handed so far. */
  int handed() {
    if (done.isCompletedExceptionally()) {
      done.join();
    }
    return handed.get();
  }

  /** Returns how many of its requests were answered so far. */
  int answers() {
    return proxy.exchanges().size();
  }

  /** Hands it no more, and asks it to send what it has. */
  void stop() throws InterruptedException, ExecutionException, TimeoutException {
    enough.set(true);
    done.get(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    client.flush();
  }

  /** Waits until there is one row for each event that it was handed. */
  void everyEventIsInTheLakeOnce(PipelineFixture.LakeReader lake) {
    List<String> expected = IntStream.range(0, handed.get()).mapToObj(Integer::toString).toList();
    String rows =
        "select cast(properties->>'$.n' as int) as n from hogflare_events where api_key = '"
            + projectKey
            + "' and event = '"
            + EVENT
            + "' order by n";
    assertThat(Await.value(() -> lake.rows(rows), expected::equals))
        .as("the rows of %s", this)
        .isEqualTo(expected);
  }

  /** Checks that it never had to try again. */
  void everyRequestWasAnsweredWithSuccess() {
    assertThat(proxy.exchanges())
        .as("the answers to %s", this)
        .extracting(FaultProxy.Exchange::status)
        .containsOnly(200);
  }

  /**
   * Checks that on a topic no event stands before one whose request was answered before its own
   * began, nor before one that stands before it in the same request. Some SDKs have several
   * requests under way at once; between these there is no order, nor is there one within a request
   * that was on its way to Kafka when Kafka went.
   *
   * @param from when Kafka began to go, in the time of {@link System#nanoTime}
   * @param to when the gateway had noticed, likewise
   */
  void noEventIsBeforeAnEarlierOne(TopicLog log, Topic topic, long from, long to) {
    Map<Integer, Integer> places = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : log.ofProject(topic, projectKey)) {
      JsonNode event = Json.parse(new String(record.value(), StandardCharsets.UTF_8));
      // Of an event that is there twice, the first one counts.
      if (event.path("event").asText().equals(EVENT)) {
        places.putIfAbsent(numberOf(event), places.size());
      }
    }
    List<Sent> requests = proxy.exchanges().stream().map(Sent::of).toList();
    for (Sent request : requests) {
      List<Integer> there = request.numbers().stream().map(places::get).toList();
      boolean interrupted = request.began() <= to && request.ended() >= from;
      if (!interrupted) {
        assertThat(there).as("places of %s of %s", request.numbers(), this).isSorted();
      }
      for (Sent later : requests) {
        if (request.ended() < later.began()) {
          for (int number : later.numbers()) {
            assertThat(there)
                .as("places of %s of %s, answered before %d came", request.numbers(), this, number)
                .allMatch(place -> place <= places.get(number));
          }
        }
      }
    }
  }

  private static int numberOf(JsonNode event) {
    return event.path("properties").path("n").asInt(-1);
  }

  /** The numbers of the events of a request that was answered. */
  private record Sent(List<Integer> numbers, long began, long ended) {
    static Sent of(FaultProxy.Exchange exchange) {
      List<Integer> numbers = new ArrayList<>();
      for (JsonNode event : Recordings.itemsOf(Json.parse(plain(exchange.body())))) {
        if (event.path("event").asText().equals(EVENT)) {
          numbers.add(numberOf(event));
        }
      }
      return new Sent(numbers, exchange.began(), exchange.ended());
    }

    private static String plain(byte[] body) {
      boolean packed = body.length > 1 && body[0] == 0x1f && body[1] == (byte) 0x8b;
      try (InputStream in = new ByteArrayInputStream(body);
          InputStream plain = packed ? new GZIPInputStream(in) : in) {
        return new String(plain.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    enough.set(true);
    client.close();
    proxy.close();
  }

  @Override
  public String toString() {
    return projectKey;
  }
}
