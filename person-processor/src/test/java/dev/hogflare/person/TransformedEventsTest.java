// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.runtime.Settings;
import dev.hogflare.transformations.Transformations;
import dev.hogflare.transformations.TransformationsException;
import dev.hogflare.transformations.TransformationsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Raw events that go through transformations before their person is found. */
class TransformedEventsTest {
  private static final String STEPS =
      """
      transformations:
        - {type: drop_event, events: [noise]}
        - {type: filter_properties, properties: [$set.secret, $geoip_city_name]}
        - {type: ip_anonymization}
      """;

  private static Circuit circuit() {
    PersonConfig plain = Partition.config(Duration.ofHours(24), PersonConfig.Snapshots.ALL);
    try {
      Transformations steps = TransformationsFile.parse("test.yaml", STEPS.getBytes(UTF_8));
      return new Circuit(
          new Partition(
              new PersonConfig(
                  plain.streams(),
                  plain.teamId(),
                  plain.snapshots(),
                  plain.dedupWindow(),
                  Optional.of(steps)),
              new IdentityProtocol()));
    } catch (TransformationsException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void thePersonSeesWhatTheStepsLeft() {
    try (Circuit circuit = circuit()) {
      circuit.take("ann", "{'event':'e','properties':{'$set':{'plan':'pro','secret':1}}}");
      assertThat(circuit.rows.get(0).get("person_properties"))
          .isEqualTo(Json.tree("{'plan':'pro'}"));
      assertThat(circuit.rows.get(0).get("properties").get("$set"))
          .isEqualTo(Json.tree("{'plan':'pro'}"));
    }
  }

  @Test
  void aDroppedEventLeavesNoRowAndNoPersonAndIsCounted() {
    try (Circuit circuit = circuit()) {
      circuit.take("ann", "{'event':'noise'}").take("ann", "{'event':'noise'}");
      assertThat(circuit.rows).isEmpty();
      assertThat(circuit.snapshots).isEmpty();
      assertThat(circuit.metrics().filtered()).isEqualTo(2);
    }
  }

  @Test
  void whatTheGatewayAddedGoesThroughTheStepsAndToThePerson() {
    try (Circuit circuit = circuit()) {
      RawEvent raw =
          new RawEvent(
              new ActorKey(Events.TOKEN, "ann"),
              Json.bytes("{'event':'e'}"),
              Sent.ROW,
              Route.E,
              Events.ARRIVED_AT,
              null,
              Json.bytes(
                  "{'$ip':'89.160.20.129','$geoip_city_name':'Linköping','$geoip_country_code':'SE',"
                      + "'$geoip_database_built_at':'2026-10-01T00:00:00Z'}"),
              null);
      circuit.partition.takeRaw(raw, Circuit.START);
      circuit.settle();
      JsonNode row = circuit.rows.get(0);
      assertThat(row.get("properties").get("$ip").textValue()).isEqualTo("89.160.20.0");
      assertThat(row.get("properties").has("$geoip_city_name")).isFalse();
      assertThat(row.get("person_properties").get("$geoip_country_code").textValue())
          .isEqualTo("SE");
      assertThat(row.get("person_properties").get("$geoip_city_name").isNull()).isTrue();
    }
  }

  @Test
  void anEventThatIsNoJsonBecomesADeadLetterAsItWasSent() {
    try (Circuit circuit = circuit()) {
      circuit.take("ann", "{'event':");
      assertThat(circuit.deadLetters).hasSize(1);
      assertThat(circuit.deadLetters.get(0).value()).isEqualTo(Json.bytes("{'event':"));
    }
  }

  @Test
  void aBrokenFileStopsTheStart(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("t.yaml"), "transformations: [{type: nope}]");
    Settings settings = new Settings(Map.of("HOGFLARE_TRANSFORMATIONS", file.toString()));
    assertThat(PersonConfig.from(settings).transformations()).isEmpty();
    assertThatThrownBy(settings::check)
        .hasMessageStartingWith(
            "HOGFLARE_TRANSFORMATIONS cannot be used: "
                + file
                + ", step 1, field type: there is no type nope;");
  }
}
