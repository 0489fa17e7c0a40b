// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Topics;
import dev.hogflare.gateway.Gateway;
import dev.hogflare.gateway.GatewayConfig;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import dev.hogflare.standalone.EmbeddedBroker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bot floods the partition of its distinct id.
 *
 * <p>The processors start when all of the flood stands before everybody else's events, so that what
 * comes first is decided by them and not by how fast the test sends.
 */
class FloodIT {
  private static final String TOKEN = "phc_flood";
  private static final String BOT = "bot";
  private static final int FLOOD = 20_000;
  private static final int AT_ONCE = 1_000;
  private static final int OTHERS = 80;
  private static final int RATE = 50;
  private static final long SEED = 20_261_201;

  /** Ten seconds' worth, and what is paid back while the flood is sent. */
  private static final int MOST_WITH_PERSON = 10 * RATE + 120 * RATE;

  private static final Topics TOPICS = new Topics("hogflare.");

  @TempDir Path data;

  @Test
  void standsBeforeNobodyOnOtherPartitionsAndTouchesNoPerson() throws Exception {
    sendWhileNobodyProcesses();
    try (PipelineFixture pipeline =
        PipelineFixture.start(data, Map.of("PERSON_SNAPSHOTS", "on_change"))) {
      pipeline.awaitEvents(TOKEN, FLOOD + OTHERS);
      List<ConsumerRecord<byte[], byte[]>> rows = pipeline.log().ofProject(TOPICS.events(), TOKEN);
      Map<Integer, Integer> others = new HashMap<>();
      int flooded = -1;
      for (ConsumerRecord<byte[], byte[]> row : rows) {
        if (TopicLog.actor(row).distinctId().equals(BOT)) {
          flooded = row.partition();
        } else {
          others.merge(row.partition(), 1, Integer::sum);
        }
      }
      assertThat(others).as("partitions with other senders").hasSize(4);
      // The brokers' order of writing: when the last row of another partition was written, how many
      // of the flood were there?
      long last = Long.MIN_VALUE;
      for (ConsumerRecord<byte[], byte[]> row : rows) {
        if (row.partition() != flooded) {
          last = Math.max(last, row.timestamp());
        }
      }
      int before = 0;
      for (ConsumerRecord<byte[], byte[]> row : rows) {
        before += row.partition() == flooded && row.timestamp() < last ? 1 : 0;
      }
      assertThat(before)
          .as("rows of the flood before others', seed %d", SEED)
          .isLessThan(FLOOD / 2);
      List<String> marked =
          pipeline.rows(
              "select count(*) from hogflare_events where api_key = '"
                  + TOKEN
                  + "' and extra->>'$.\"$overflow\"' = 'true'");
      assertThat(Integer.parseInt(marked.getFirst()))
          .isBetween(FLOOD - MOST_WITH_PERSON, FLOOD - 10 * RATE);
      assertThat(
              pipeline.rows(
                  "select distinct distinct_id from hogflare_events where api_key = '"
                      + TOKEN
                      + "' and extra->>'$.\"$overflow\"' = 'true'"))
          .containsExactly(BOT);
    }
  }

  /** A broker and a gateway alone: everything is stored, and nothing is processed. */
  private void sendWhileNobodyProcesses() throws Exception {
    try (EmbeddedBroker broker = new EmbeddedBroker(data.resolve("kafka"))) {
      broker.start();
      KafkaSettings kafka = KafkaSettings.plain(broker.bootstrapServers());
      TopicProvisioner provisioner = new TopicProvisioner(kafka, Duration.ofMinutes(1));
      provisioner.ensure(TOPICS.all(), 4, 1);
      provisioner.ensure(List.of(TOPICS.ledger()), 1, 1);
      Settings settings =
          new Settings(
              Map.of(
                  "APP_ADDR", "127.0.0.1:0", "HOGFLARE_OVERFLOW_KEY_RATE", Integer.toString(RATE)));
      try (Gateway gateway =
              new Gateway(
                  GatewayConfig.from(settings),
                  kafka,
                  TOPICS,
                  new SimpleMeterRegistry(),
                  Optional.empty());
          HttpClient http = HttpClient.newHttpClient()) {
        gateway.start();
        Random random = new Random(SEED);
        for (int sent = 0; sent < FLOOD; sent += AT_ONCE) {
          List<Map<String, Object>> flood = new ArrayList<>();
          for (int i = 0; i < AT_ONCE; i++) {
            flood.add(Json.event("crawl", BOT, "$set", Json.object("page", page(random))));
          }
          post(http, gateway, flood);
        }
        List<Map<String, Object>> others = new ArrayList<>();
        for (int i = 0; i < OTHERS; i++) {
          others.add(Json.event("visit", "visitor " + i));
        }
        post(http, gateway, others);
      }
    }
  }

  /**
   * Not two alike, so that compression does not make a flood small: what is fetched at once is
   * bytes.
   */
  private static String page(Random random) {
    byte[] page = new byte[300];
    random.nextBytes(page);
    return HexFormat.of().formatHex(page);
  }

  private static void post(HttpClient http, Gateway gateway, List<Map<String, Object>> events)
      throws Exception {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + "/batch/"))
                .POST(HttpRequest.BodyPublishers.ofString(Json.text(Json.batch(TOKEN, events))))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }
}
