// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StateLookupTest {
  private static final String PERSON =
      "{\"canonical_id\":\"a\",\"record\":{\"id\":7,\"uuid\":\"x\",\"created_at\":"
          + "\"2026-01-02T03:04:05.000006Z\",\"version\":3,\"distinct_ids\":[\"a\",\"b\"],"
          + "\"properties\":{\"plan\":\"old\"},\"merged_properties\":{\"plan\":\"pro\",\"n\":1.0}}}";

  @Test
  void readsAPersonAsTheProcessorAnswersIt() {
    StateReader.StoredPerson person = StateReader.person(found(PERSON));
    assertThat(person.distinctIds()).containsExactly("a", "b");
    assertThat(person.state())
        .isInstanceOfSatisfying(
            PersonState.Known.class,
            known -> {
              assertThat(known.properties().get("plan").asText()).isEqualTo("pro");
              assertThat(known.createdAt().orElseThrow()).isEqualTo("2026-01-02T03:04:05.000006Z");
            });
    assertThat(StateReader.person(found("{\"canonical_id\":\"a\",\"record\":null}")).state())
        .isInstanceOf(PersonState.Unknown.class);
    assertThat(StateReader.person(found("nonsense")).state())
        .isInstanceOf(PersonState.Unreachable.class);
    assertThat(StateReader.group(found("{\"version\":1,\"properties\":{\"seats\":5}}")))
        .isInstanceOfSatisfying(
            GroupState.Known.class,
            known -> assertThat(known.properties().get("seats").asInt()).isEqualTo(5));
  }

  private static StateLookup.Answer found(String json) {
    return new StateLookup.Answer.Found(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void asksProcessorsElsewhereWithinADeadline() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    WebServer server =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .shutdownHook(false)
            .addRouting(
                HttpRouting.builder()
                    .get(
                        "/persons/*",
                        (request, response) -> {
                          if (request.prologue().uriPath().rawPath().endsWith("slow")) {
                            try {
                              never.await();
                            } catch (InterruptedException e) {
                              Thread.currentThread().interrupt();
                            }
                          }
                          response.send(
                              request.prologue().uriPath().rawPath().equals("/persons/k/a%2Fb")
                                  ? PERSON
                                  : "{\"record\":null}");
                        })
                    .get(
                        "/groups/*",
                        (request, response) ->
                            response.status(Status.NOT_FOUND_404).send("{\"error\":\"none\"}")))
            .build()
            .start();
    URI url = URI.create("http://127.0.0.1:" + server.port());
    try (HttpStateLookup lookup =
        new HttpStateLookup(Optional.of(url), Optional.of(url), Duration.ofMillis(300))) {
      assertThat(StateReader.person(lookup.person("k", "a/b")).distinctIds()).contains("b");
      assertThat(lookup.group("k", "company", "x")).isInstanceOf(StateLookup.Answer.Unknown.class);
      long begin = System.nanoTime();
      assertThat(lookup.person("k", "slow")).isInstanceOf(StateLookup.Answer.Unavailable.class);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    } finally {
      never.countDown();
      server.stop();
    }
    try (HttpStateLookup nobody =
        new HttpStateLookup(Optional.of(url), Optional.empty(), Duration.ofMillis(300))) {
      assertThat(nobody.person("k", "a")).isInstanceOf(StateLookup.Answer.Unavailable.class);
      assertThat(nobody.group("k", "company", "x"))
          .isInstanceOfSatisfying(
              StateLookup.Answer.Unavailable.class,
              answer -> assertThat(answer.reason()).contains("group-processor"));
    }
  }

  @Test
  void keepsAnAnswerForAMomentAndNoMoreThanItMay() {
    AtomicInteger asked = new AtomicInteger();
    AtomicLong now = new AtomicLong();
    StateLookup source =
        new StateLookup() {
          @Override
          public Answer person(String token, String distinctId) {
            asked.incrementAndGet();
            return new Answer.Unknown();
          }

          @Override
          public Answer group(String token, String type, String key) {
            asked.incrementAndGet();
            return new Answer.Unknown();
          }
        };
    CachedStateLookup cache =
        new CachedStateLookup(
            source,
            Duration.ofMillis(250),
            2,
            now::get,
            new FlagsMetrics(new SimpleMeterRegistry()));
    cache.person("k", "a");
    cache.person("k", "a");
    assertThat(asked).hasValue(1);
    now.addAndGet(Duration.ofMillis(251).toNanos());
    cache.person("k", "a");
    assertThat(asked).hasValue(2);
    cache.group("k", "company", "a");
    cache.person("k", "b");
    cache.person("k", "a");
    assertThat(asked).hasValue(5);
  }
}
