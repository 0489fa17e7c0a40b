// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.geoip.ClientAddresses;
import dev.hogflare.geoip.GeoIp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a database of places adds to events on their way in. */
class GeoIpEnrichmentTest {
  private static final Path FILES = Path.of("../geoip/src/test/resources");
  private static final String SWEDEN = "89.160.20.129";
  private static final String BRITAIN = "2.125.160.216";

  private final GeoIp geo =
      GeoIp.open(Optional.of(FILES.resolve("city.mmdb")), Optional.of(FILES.resolve("asn.mmdb")));
  private GatewayFixture gateway = new GatewayFixture(ClientAddresses.parse("127.0.0.1"), geo);

  @AfterEach
  void stop() {
    gateway.close();
    geo.close();
  }

  private static String event(String properties) {
    return "{\"api_key\":\"k\",\"event\":\"e\",\"distinct_id\":\"d\",\"properties\":{"
        + properties
        + "}}";
  }

  private List<ObjectNode> enrichments() {
    return gateway.publisher.events().stream()
        .map(
            event -> {
              try {
                return event.enrichment() == null
                    ? GatewayFixture.JSON.createObjectNode()
                    : (ObjectNode) GatewayFixture.JSON.readTree(event.enrichment());
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            })
        .toList();
  }

  private static JsonNode json(String text) throws IOException {
    return GatewayFixture.JSON.readTree(text.replace('\'', '"'));
  }

  @Test
  void addsAllThatIsKnownAboutTheClient() throws IOException {
    gateway.post("/e", event(""), "X-Forwarded-For", "6.6.6.6, " + SWEDEN);
    assertThat(enrichments())
        .containsExactly(
            (ObjectNode)
                json(
                    "{'$ip':'89.160.20.129','$geoip_country_name':'Sweden',"
                        + "'$geoip_country_code':'SE','$geoip_continent_name':'Europe',"
                        + "'$geoip_continent_code':'EU','$geoip_city_name':'Linköping',"
                        + "'$geoip_postal_code':'582 22','$geoip_latitude':58.4167,"
                        + "'$geoip_longitude':15.6167,'$geoip_accuracy_radius':76,"
                        + "'$geoip_time_zone':'Europe/Stockholm',"
                        + "'$geoip_subdivision_1_code':'E',"
                        + "'$geoip_subdivision_1_name':'Östergötland County',"
                        + "'$geoip_autonomous_system_number':29518,"
                        + "'$geoip_autonomous_system_organization':'Bredband2 AB',"
                        + "'$geoip_database_built_at':'2026-10-01T00:00:00Z'}"));
  }

  @Test
  void looksUpTheAddressThatTheEventItselfNames() {
    gateway.post(
        "/batch",
        "{\"api_key\":\"k\",\"batch\":["
            + event("\"$ip\":\"" + BRITAIN + "\"")
            + ","
            + event("")
            + ","
            + event("\"$ip\":\"garbage\"")
            + ","
            + event("\"$ip\":null")
            + "]}",
        "X-Forwarded-For",
        SWEDEN);
    assertThat(enrichments())
        .extracting(e -> e.path("$geoip_country_code").asText())
        .containsExactly("GB", "SE", "", "SE");
  }

  @Test
  void addsNoPlaceWhereItIsUnwanted() throws IOException {
    gateway.post(
        "/e", event("\"$geoip_disable\":true"), "X-Forwarded-For", SWEDEN, "CF-IPCity", "x");
    gateway.post("/e", event("\"$geoip_disable\":false"), "X-Forwarded-For", SWEDEN);
    gateway.post("/e?ip=0", event(""), "X-Forwarded-For", SWEDEN);
    gateway.post("/e?ip=0", event("\"$ip\":\"" + SWEDEN + "\""), "X-Forwarded-For", BRITAIN);
    assertThat(enrichments().get(0)).isEqualTo(json("{'$ip':'89.160.20.129'}"));
    assertThat(enrichments().get(1).path("$geoip_country_code").asText()).isEqualTo("SE");
    assertThat(enrichments().get(2)).isEmpty();
    assertThat(enrichments().get(3).path("$geoip_country_code").asText()).isEqualTo("SE");
  }

  @Test
  void aPrivateAddressHasNoPlace() throws IOException {
    gateway.post("/e", event(""), "X-Forwarded-For", "192.168.7.7");
    gateway.post("/e", event(""));
    assertThat(enrichments())
        .containsExactly(
            (ObjectNode) json("{'$ip':'192.168.7.7'}"), (ObjectNode) json("{'$ip':'127.0.0.1'}"));
  }

  @Test
  void believesNobodyWhoIsNotTrusted() {
    gateway.close();
    gateway = new GatewayFixture(ClientAddresses.parse("10.0.0.0/8"), geo);
    gateway.post("/e", event(""), "X-Forwarded-For", SWEDEN);
    assertThat(enrichments().getFirst().path("$ip").asText()).isEqualTo("127.0.0.1");
  }

  @Test
  void theHeadersOfCloudflareWin() throws IOException {
    gateway.post(
        "/e", event(""), "CF-Connecting-IP", SWEDEN, "CF-IPCountry", "SE", "CF-IPCity", "Motala");
    assertThat(enrichments().getFirst())
        .isEqualTo(
            json(
                "{'$ip':'89.160.20.129','$geoip_country_code':'SE','$geoip_city_name':'Motala',"
                    + "'$geoip_country_name':'Sweden','$geoip_continent_name':'Europe',"
                    + "'$geoip_continent_code':'EU','$geoip_autonomous_system_number':29518,"
                    + "'$geoip_autonomous_system_organization':'Bredband2 AB',"
                    + "'$geoip_database_built_at':'2026-10-01T00:00:00Z'}"));
  }

  @Test
  void theDatabaseAddsTheCityWhereCloudflareOnlyKnowsTheCountry() {
    gateway.post("/e", event(""), "CF-Connecting-IP", SWEDEN, "CF-IPCountry", "SE");
    assertThat(enrichments().getFirst().path("$geoip_city_name").asText()).isEqualTo("Linköping");
  }

  @Test
  void theDatabaseAddsNothingWhereCloudflareKnowsAnotherCountry() throws IOException {
    gateway.post("/e", event(""), "CF-Connecting-IP", SWEDEN, "CF-IPCountry", "NO");
    assertThat(enrichments().getFirst())
        .isEqualTo(json("{'$ip':'89.160.20.129','$geoip_country_code':'NO'}"));
  }

  @Test
  void theHeadersOfCloudflareAreNotAboutAnotherAddress() {
    gateway.post(
        "/e",
        event("\"$ip\":\"" + BRITAIN + "\""),
        "CF-Connecting-IP",
        SWEDEN,
        "CF-IPCountry",
        "SE",
        "CF-IPCity",
        "Motala");
    assertThat(enrichments().getFirst().path("$geoip_country_code").asText()).isEqualTo("GB");
    assertThat(enrichments().getFirst().has("$geoip_city_name")).isFalse();
  }

  @Test
  void isDegradedWithoutItsDatabaseAndTakesEventsAllTheSame() throws IOException {
    gateway.close();
    try (GeoIp missing = GeoIp.open(Optional.of(Path.of("no/such.mmdb")), Optional.empty())) {
      gateway = new GatewayFixture(ClientAddresses.parse("127.0.0.1"), missing);
      GatewayFixture.Answer health = gateway.get("/healthz");
      assertThat(health.status()).isEqualTo(200);
      assertThat(health.json())
          .isEqualTo(
              json(
                  "{'status':'degraded','warning':'There is no file no/such.mmdb. Addresses get no"
                      + " place from it; put a database there.'}"));
      assertThat(gateway.post("/e", event(""), "X-Forwarded-For", SWEDEN).status()).isEqualTo(200);
      assertThat(enrichments()).containsExactly((ObjectNode) json("{'$ip':'89.160.20.129'}"));
    }
  }
}
