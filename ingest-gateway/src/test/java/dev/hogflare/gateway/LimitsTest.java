// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.gateway.GatewayFixture.Answer;
import dev.hogflare.runtime.Health;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose events a gateway takes, and how many. */
class LimitsTest {
  @TempDir Path folder;
  private GatewayFixture gateway;

  @AfterEach
  void stop() {
    gateway.assertNothingIsLost();
    gateway.close();
  }

  private void start(
      String projects, String dropped, int strangers, Integer ofProject, Integer ofSender) {
    gateway =
        new GatewayFixture(
            new TestConfig()
                .limits(
                    new LimitsConfig(
                        Optional.ofNullable(projects),
                        Optional.ofNullable(dropped),
                        strangers,
                        Optional.ofNullable(ofProject),
                        Optional.ofNullable(ofSender)))
                .get());
  }

  private static String event(String token, String id) {
    return event(token, id, "e", "");
  }

  private static String event(String token, String id, String name, String properties) {
    return "{\"api_key\":\"%s\",\"distinct_id\":\"%s\",\"event\":\"%s\",\"properties\":{%s}}"
        .formatted(token, id, name, properties);
  }

  @Test
  void takesEveryProjectUnlessTheyAreListed() {
    start(null, null, 10, null, null);
    assertThat(gateway.post("/e", event("phc_any", "d")).status()).isEqualTo(200);
  }

  @Test
  void takesOnlyProjectsOfTheList() {
    start("phc_a,phc_b", null, 10, null, null);
    assertThat(gateway.post("/e", event("phc_b", "d")).status()).isEqualTo(200);
    Answer refused = gateway.post("/e", event("phc_c", "d"));
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.error()).contains("project key");
    assertThat(gateway.publisher.events()).hasSize(1);
    assertThat(
            gateway
                .registry
                .get("hogflare_gateway_events_rejected_total")
                .tag("reason", "unknown_token")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void aStrangerBesideOursIsADeadLetter() {
    start("phc_a", null, 10, null, null);
    assertThat(
            gateway
                .post("/batch", "[" + event("phc_a", "d") + "," + event("phc_c", "d") + "]")
                .status())
        .isEqualTo(200);
    assertThat(gateway.publisher.events()).hasSize(1);
    assertThat(gateway.publisher.deadLetters().getFirst().reason().code())
        .isEqualTo(ErrorCode.UNKNOWN_TOKEN);
  }

  @Test
  void aListInAFileIsReadAgainWithoutARestart() throws IOException {
    Path file = Files.writeString(folder.resolve("projects"), "phc_a\n");
    start(file.toString(), null, 1_000_000, null, null);
    assertThat(gateway.post("/e", event("phc_b", "d")).status()).isEqualTo(401);
    Files.writeString(file, "phc_a\nphc_b\n");
    Await.until(
        "the new key is taken", () -> gateway.post("/e", event("phc_b", "d")).status() == 200);
    Files.writeString(file, "phx_secret\n");
    Await.until(
        "the broken file is told",
        () -> gateway.gateway().health().state() == Health.State.DEGRADED);
    assertThat(gateway.gateway().health().message()).contains("HOGFLARE_PROJECT_TOKENS");
    assertThat(gateway.post("/e", event("phc_b", "d")).status()).isEqualTo(200);
  }

  @Test
  void anAddressThatKeepsSendingForStrangersIsToldToWait() {
    start("phc_a", null, 1, null, null);
    Answer last = null;
    for (int i = 0; i < 11; i++) {
      last = gateway.post("/e", event("phc_c", "d"));
      assertThat(last.status()).isIn(401, 429);
    }
    for (int i = 0; i < 20 && last.status() != 429; i++) {
      last = gateway.post("/e", event("phc_c", "d"));
    }
    assertThat(last.status()).isEqualTo(429);
    assertThat(Integer.parseInt(last.header("retry-after"))).isBetween(1, 10);
    assertThat(gateway.post("/e", event("phc_a", "d")).status()).isEqualTo(200);
  }

  @Test
  void leavesOutWhatTheOperatorDrops() {
    start(null, "phc_a:bot,phc_b:*", 10, null, null);
    assertThat(
            gateway
                .post(
                    "/batch",
                    "["
                        + event("phc_a", "bot", "$identify", "\"$anon_distinct_id\":\"x\"")
                        + ","
                        + event("phc_a", "user")
                        + ","
                        + event("phc_b", "user")
                        + "]")
                .status())
        .isEqualTo(200);
    assertThat(gateway.onlyEvent().key().distinctId()).isEqualTo("user");
    assertThat(gateway.publisher.claims()).isEmpty();
    assertThat(gateway.count("events_filtered")).isEqualTo(2);
    assertThat(gateway.post("/e", event("phc_b", "any")).status()).isEqualTo(200);
  }

  @Test
  void marksWhatIsTooMuchOfOneSenderAndLeavesOthersAlone() {
    start(null, null, 10, null, 1);
    String bot =
        IntStream.range(0, 50)
            .mapToObj(i -> event("phc_a", "bot"))
            .collect(Collectors.joining(",", "[", ","));
    String batch =
        bot
            + event("phc_a", "bot", "$identify", "\"$anon_distinct_id\":\"x\"")
            + ","
            + event("phc_a", "user")
            + ","
            + event("phc_b", "bot")
            + "]";
    assertThat(gateway.post("/batch", batch).status()).isEqualTo(200);
    assertThat(gateway.publisher.events()).hasSize(53);
    assertThat(gateway.publisher.events().stream().filter(RawEvent::overflow))
        .hasSizeBetween(38, 41)
        .allMatch(e -> e.key().distinctId().equals("bot") && e.key().token().equals("phc_a"));
    assertThat(gateway.publisher.claims()).isEmpty();
    assertThat(gateway.publisher.events().stream().filter(RawEvent::overflow).count())
        .isEqualTo(gateway.count("events_overflowed"));
  }

  @Test
  void marksWhatIsTooMuchOfAProject() {
    start(null, null, 10, 1, null);
    String batch =
        IntStream.range(0, 30)
            .mapToObj(i -> event("phc_a", "user-" + i))
            .collect(Collectors.joining(",", "[", "," + event("phc_b", "user") + "]"));
    assertThat(gateway.post("/batch", batch).status()).isEqualTo(200);
    assertThat(gateway.publisher.events().stream().filter(RawEvent::overflow))
        .hasSizeBetween(19, 20)
        .allMatch(e -> e.key().token().equals("phc_a"));
  }
}
