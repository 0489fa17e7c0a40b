// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.GeoProperties;
import dev.hogflare.contract.Route;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Where a client was, as its person keeps it. */
class PersonPlaceTest {
  private static final String SWEDEN =
      "{'$ip':'89.160.20.129','$geoip_city_name':'Linköping','$geoip_country_code':'SE',"
          + "'$geoip_latitude':58.4,'$geoip_database_built_at':'2026-10-01T00:00:00Z'}";

  private static PropertyUpdate update(String json, String enrichment) throws Exception {
    return Sent.on(Route.E, json).enrichedWith(enrichment).read().update();
  }

  private static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }

  @Test
  void aPersonGetsTheWholePlaceWithWhatIsUnknownAsNull() throws Exception {
    PropertyUpdate update = update("{'event':'b'}", SWEDEN);
    assertThat(update.set()).hasSize(GeoProperties.OF_PERSONS.size());
    assertThat(update.setOnce()).hasSize(GeoProperties.OF_PERSONS.size());
    assertThat(text(update.set().get("$geoip_city_name"))).isEqualTo("\"Linköping\"");
    assertThat(text(update.set().get("$geoip_latitude"))).isEqualTo("58.4");
    assertThat(text(update.set().get("$geoip_postal_code"))).isEqualTo("null");
    assertThat(text(update.setOnce().get("$initial_geoip_country_code"))).isEqualTo("\"SE\"");
    assertThat(text(update.setOnce().get("$initial_geoip_city_confidence"))).isEqualTo("null");
  }

  @Test
  void whatTheEventItselfSetsWins() throws Exception {
    PropertyUpdate update =
        update(
            "{'event':'b','properties':{'$set':{'plan':'pro','$geoip_city_name':'Motala'},"
                + "'$set_once':{'$initial_geoip_city_name':'Vadstena'}}}",
            SWEDEN);
    assertThat(text(update.set().get("plan"))).isEqualTo("\"pro\"");
    assertThat(text(update.set().get("$geoip_city_name"))).isEqualTo("\"Motala\"");
    assertThat(text(update.setOnce().get("$initial_geoip_city_name"))).isEqualTo("\"Vadstena\"");
  }

  @Test
  void aPlaceThatOnlyTheProxyKnowsStaysOnTheEvent() throws Exception {
    assertThat(update("{'event':'b'}", "{'$geoip_country_code':'SE'}").set()).isEmpty();
  }

  @Test
  void anEventWithoutAPersonHasNone() throws Exception {
    assertThat(update("{'event':'b','properties':{'$process_person_profile':false}}", SWEDEN).set())
        .isEmpty();
    assertThat(
            update(
                    "{'event':'$groupidentify','properties':{'$group_type':'t','$group_key':'k'}}",
                    SWEDEN)
                .set())
        .isEmpty();
  }

  @Test
  void theRowShowsThePlaceAndWhichDatabaseItIsFrom() throws Exception {
    assertThat(Sent.on(Route.E, "{'event':'b'}").enrichedWith(SWEDEN).properties())
        .isEqualTo(Json.tree(SWEDEN));
  }
}
