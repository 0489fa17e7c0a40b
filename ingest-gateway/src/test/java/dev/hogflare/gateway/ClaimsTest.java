// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which events claim another distinct id, and what then stands on the raw topic. */
class ClaimsTest {
  private GatewayFixture gateway;

  @BeforeEach
  void start() {
    gateway = new GatewayFixture();
  }

  @AfterEach
  void stop() {
    gateway.assertNothingIsLost();
    gateway.close();
  }

  private static String json(String singleQuoted) {
    return singleQuoted.replace('\'', '"');
  }

  private static String claimedBy(Route route, String event) throws Exception {
    Item item =
        Reading.at(route)
            .of(json("{'api_key':'k','distinct_id':'user'," + event + "}"))
            .items()
            .getFirst();
    assertThat(item.fate()).as(item.message()).isEqualTo(Item.Fate.USABLE);
    return item.mergedId();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "BATCH|'event':'$identify','properties':{'$anon_distinct_id':'other'}",
        "E|'event':'$identify','$anon_distinct_id':'other'",
        "E|'event':'$identify','$anon_distinct_id':'no','properties':{'$anon_distinct_id':'other'}",
        "E|'event':'$identify','alias':'no','properties':{'$anon_distinct_id':'other'}",
        "CAPTURE|'event':'$create_alias','properties':{'alias':'other'}",
        "CAPTURE|'event':'$merge_dangerously','properties':{'alias':'other'}",
        "CAPTURE|'event':'$create_alias','alias':'other'",
        "CAPTURE|'event':'$create_alias','alias':'no','properties':{'alias':'other'}",
        "IDENTIFY|'$anon_distinct_id':'other'",
        "IDENTIFY|'event':'any','properties':{'$anon_distinct_id':'other'}",
        "ALIAS|'alias':'other'",
        "BATCH|'alias':'other'",
        "BATCH|'type':'Alias','alias':'other'",
        "BATCH|'type':'identify','properties':{'$anon_distinct_id':'other'}",
        "E|'event':'$identify','properties':{'$anon_distinct_id':'other','$process_person_profile':true}",
        "E|'event':'$identify','properties':{'$anon_distinct_id':'other','$process_person_profile':'false'}"
      })
  void theseClaimTheOtherId(Route route, String event) throws Exception {
    assertThat(claimedBy(route, event)).isEqualTo("other");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "BATCH|'event':'e'",
        "BATCH|'event':'e','alias':'other'",
        "BATCH|'event':'e','properties':{'alias':'other','$anon_distinct_id':'other'}",
        "BATCH|'event':'$identify'",
        "BATCH|'event':'$identify','properties':{'$anon_distinct_id':null}",
        "BATCH|'event':'$identify','properties':{'$anon_distinct_id':7},'$anon_distinct_id':'other'",
        "BATCH|'event':'$identify','properties':{'$anon_distinct_id':'user'}",
        "BATCH|'event':'$identify','properties':{'$anon_distinct_id':'null'}",
        "BATCH|'event':'$identify','properties':{'$anon_distinct_id':'a\\u0000b'}",
        "BATCH|'event':'$identify','properties':{'$anon_distinct_id':'a\\ud800b'}",
        "BATCH|'event':'$identify','properties':{'$anon_distinct_id':'a','$process_person_profile':false}",
        "BATCH|'event':'$groupidentify','alias':'a','properties':{'$group_type':'t','$group_key':'k'}",
        "ENGAGE|'event':'$set','alias':'other'",
        "IDENTIFY|'alias':'other'"
      })
  void theseClaimNothing(Route route, String event) throws Exception {
    assertThat(claimedBy(route, event)).isNull();
  }

  @Test
  void aClaimStandsOnTheTopicBeforeItsEventWhichNamesItsPlace() {
    gateway.post("/batch", batch("{'event':'a','distinct_id':'user'}"));
    gateway.post(
        "/batch",
        batch(
            "{'event':'b','distinct_id':'anon'},"
                + identify("user", "anon")
                + ",{'event':'c','distinct_id':'anon'},"
                + identify("user", "anon-2")));
    assertThat(gateway.publisher.claims())
        .containsExactly(
            new InMemoryPublisher.Written(new ActorKey("k", "anon"), "user", 1),
            new InMemoryPublisher.Written(new ActorKey("k", "anon-2"), "user", 1));
    List<RawEvent> events = gateway.publisher.events();
    assertThat(events).extracting(RawEvent::claim).containsExactly(null, null, 0L, null, 1L);
    assertThat(events)
        .extracting(event -> event.key().distinctId())
        .as("the order stays")
        .containsExactly("user", "anon", "user", "anon", "user");
    assertThat(gateway.count("claims")).isEqualTo(2);
    assertThat(gateway.count("events_stored")).isEqualTo(5);
  }

  @Test
  void anEnvelopeMayNameTheOtherId() {
    gateway.post("/alias", json("{'api_key':'k','alias':'other','data':{'distinct_id':'user'}}"));
    assertThat(gateway.publisher.claims())
        .extracting(claim -> claim.claimed().distinctId())
        .containsExactly("other");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void withoutAnAcknowledgementNothingIsStored(boolean tooLarge) {
    gateway.publisher.failWith(
        tooLarge
            ? PublicationFailedException.tooLarge("x", null)
            : PublicationFailedException.unavailable("x", null));
    int status = gateway.post("/batch", batch(identify("user", "anon"))).status();
    assertThat(status).isEqualTo(tooLarge ? 413 : 503);
    assertThat(gateway.publisher.events()).isEmpty();
    assertThat(gateway.count("claims")).isZero();
  }

  private static String batch(String items) {
    return json("{'api_key':'k','batch':[" + items + "]}");
  }

  private static String identify(String user, String anonymous) {
    return "{'event':'$identify','distinct_id':'"
        + user
        + "','properties':{'$anon_distinct_id':'"
        + anonymous
        + "'}}";
  }
}
