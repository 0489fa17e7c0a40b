// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.hogflare.cloudflare.CloudflareApi;
import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.cloudflare.CloudflareTable;
import dev.hogflare.cloudflare.Provisioning;
import dev.hogflare.fixtures.FakeCloudflare;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.SettingsException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is compared before the first row is read; no broker is there, nor needed. */
class ForwarderStartTest {
  private FakeCloudflare cloudflare;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void provision() throws IOException {
    cloudflare = new FakeCloudflare();
    environment.putAll(cloudflare.environment());
    try (CloudflareApi api = new CloudflareApi(CloudflareConfig.from(new Settings(environment)))) {
      Provisioning provisioning = new Provisioning(api, 60);
      provisioning
          .apply(
              provisioning.plan(List.of(CloudflareTable.EVENTS, CloudflareTable.PERSONS)),
              step -> {})
          .forEach((table, url) -> environment.put(table.endpoint().name(), url));
    }
    cloudflare.forget();
  }

  @AfterEach
  void stop() {
    cloudflare.close();
  }

  private Forwarder forwarder() {
    Settings settings = new Settings(environment);
    ForwarderConfig config = ForwarderConfig.from(settings);
    settings.check();
    return new Forwarder(config, KafkaSettings.plain("127.0.0.1:1"), new SimpleMeterRegistry());
  }

  @Test
  void isRefusedWithTheDifferenceIfAStreamHasOtherColumns() {
    ((ArrayNode) cloudflare.thing("streams", "hogflare_persons").path("schema").path("fields"))
        .remove(2);
    try (Forwarder forwarder = forwarder()) {
      assertThatThrownBy(forwarder::start)
          .isInstanceOf(SettingsException.class)
          .hasMessageStartingWith(
              "CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT names the stream hogflare_persons, which would"
                  + " drop rows of hogflare_persons without a word: it lacks the column source");
    }
  }

  @Test
  void comparesEveryEndpointOfATable() {
    environment.merge(
        "CLOUDFLARE_PIPELINE_ENDPOINT",
        cloudflare.thing("streams", "hogflare_persons").path("endpoint").asText(),
        (one, other) -> one + "," + other);
    try (Forwarder forwarder = forwarder()) {
      assertThatThrownBy(forwarder::start)
          .isInstanceOf(SettingsException.class)
          .hasMessageStartingWith("CLOUDFLARE_PIPELINE_ENDPOINT names the stream hogflare_persons");
    }
  }

  @Test
  void goesOnIfTheColumnsAreRight() {
    try (Forwarder forwarder = forwarder()) {
      forwarder.start();
      assertThat(cloudflare.calls())
          .containsExactly(
              "GET streams", "GET streams hogflare_events", "GET streams hogflare_persons");
      assertThat(forwarder.health().message()).contains("has not joined its consumer group yet");
    }
  }

  @Test
  void goesOnIfTheAccountCannotBeAsked() {
    cloudflare.refuse("GET streams", 403, FakeCloudflare.errors(10000, "Authentication error"));
    try (Forwarder forwarder = forwarder()) {
      forwarder.start();
      assertThat(forwarder.health().message()).contains("has not joined its consumer group yet");
    }
  }

  @Test
  @Timeout(30)
  void goesOnAtOnceIfTheAccountIsBusy() {
    cloudflare.tooMany("GET streams", 300);
    try (Forwarder forwarder = forwarder()) {
      forwarder.start();
      assertThat(cloudflare.calls()).containsExactly("GET streams");
      assertThat(forwarder.health().message()).contains("has not joined its consumer group yet");
    }
  }

  @Test
  void asksNobodyWithoutAnAccount() {
    environment.remove("CLOUDFLARE_ACCOUNT_ID");
    try (Forwarder forwarder = forwarder()) {
      forwarder.start();
      assertThat(cloudflare.calls()).isEmpty();
    }
  }
}
