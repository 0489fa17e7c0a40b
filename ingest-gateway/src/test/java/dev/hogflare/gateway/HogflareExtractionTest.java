// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static dev.hogflare.fixtures.Encodings.base64;
import static dev.hogflare.fixtures.Encodings.gzip;
import static dev.hogflare.fixtures.Encodings.url;
import static dev.hogflare.fixtures.Encodings.utf8;
import static dev.hogflare.fixtures.Encodings.zlib;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Route;
import dev.hogflare.geoip.GeoIp;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every way to send an event that Hogflare's own tests know. */
class HogflareExtractionTest {
  private static final String EVENT = "{\"event\":\"test\",\"distinct_id\":\"user-1\"}";
  private static final String FORM = "application/x-www-form-urlencoded";

  @Test
  void parsesAJsonPayload() throws Exception {
    Intake intake =
        new Reading().of("{\"api_key\":\"phc_a\",\"event\":\"test\",\"distinct_id\":\"user-1\"}");
    assertThat(intake.items()).hasSize(1);
    assertUsable(intake, "phc_a", "user-1");
  }

  @Test
  void parsesAFormPayloadWithItsKeyBesideIt() throws Exception {
    Intake intake =
        new Reading()
            .contentType(FORM)
            .of("data=" + url(base64(utf8(EVENT))) + "&api_key=phc_form");
    assertUsable(intake, "phc_form", "user-1");
    assertThat(intake.defaults()).isNull();
  }

  @Test
  void parsesAGzippedPayload() throws Exception {
    assertUsable(
        new Reading().with(key("phc_a")).contentEncoding("gzip").of(gzip(EVENT)),
        "phc_a",
        "user-1");
  }

  @Test
  void parsesAJsonEnvelopeWithItsKeyOutside() throws Exception {
    Intake intake =
        new Reading()
            .of(
                "{\"api_key\":\"phc_out\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"data\":"
                    + EVENT
                    + "}");
    assertUsable(intake, "phc_out", "user-1");
    assertThat(Reading.json(intake, 0)).isEqualTo(EVENT);
    assertThat(Reading.defaults(intake)).isEqualTo("{\"timestamp\":\"2026-01-01T00:00:00Z\"}");
  }

  @Test
  void parsesAFormPayloadThatNamesItsCompression() throws Exception {
    assertUsable(
        new Reading()
            .with(key("phc_a"))
            .contentType(FORM)
            .of("compression=gzip-js&data=" + url(base64(gzip(EVENT)))),
        "phc_a",
        "user-1");
  }

  @Test
  void parsesRawGzipThatTheQueryNames() throws Exception {
    assertUsable(
        new Reading()
            .with(key("phc_a"))
            .contentType("text/plain")
            .compression("gzip-js")
            .of(gzip(EVENT)),
        "phc_a",
        "user-1");
  }

  @Test
  void parsesABase64FormThatTheQueryNames() throws Exception {
    assertUsable(
        new Reading()
            .with(key("phc_a"))
            .contentType(FORM)
            .compression("base64")
            .of("data=" + url(base64(utf8(EVENT)))),
        "phc_a",
        "user-1");
  }

  @Test
  void parsesAnEnvelopeWhoseCompressionNobodyNames() throws Exception {
    assertUsable(
        new Reading().of("{\"api_key\":\"phc_a\",\"data\":\"" + base64(zlib(utf8(EVENT))) + "\"}"),
        "phc_a",
        "user-1");
  }

  @Test
  void parsesABatch() throws Exception {
    Intake intake =
        Reading.at(Route.BATCH)
            .of(
                "{\"api_key\":\"phc_b\",\"batch\":["
                    + EVENT
                    + "],\"sent_at\":\"2026-02-03T04:05:06Z\"}");
    assertThat(intake.items()).hasSize(1);
    assertUsable(intake, "phc_b", "user-1");
    assertThat(intake.items().getFirst().sentAt())
        .isEqualTo(Rfc3339.parseOrNull("2026-02-03T04:05:06Z"));
  }

  @Test
  void parsesACompressedBatchWithAWrongNameAndTakesItsOwnSendingTime() throws Exception {
    String batch = "{\"batch\":[" + EVENT + "],\"sent_at\":\"2026-02-03T04:05:06Z\"}";
    Intake intake =
        Reading.at(Route.BATCH)
            .sentAt(1)
            .of(
                "{\"api_key\":\"phc_b\",\"compression\":\"gzip-js\",\"data\":\""
                    + base64(zlib(utf8(batch)))
                    + "\"}");
    assertUsable(intake, "phc_b", "user-1");
    assertThat(intake.items().getFirst().sentAt())
        .isEqualTo(Rfc3339.parseOrNull("2026-02-03T04:05:06Z"));
    assertThat(intake.defaults()).isNull();
  }

  @Test
  void enrichesFromTheHeadersOfTheProxy() {
    assertThat(enrichment(Map.of("cf-connecting-ip", " 203.0.113.7 ", "cf-ray", "8a1b-AMS"), true))
        .isEqualTo("{\"$ip\":\"203.0.113.7\",\"cf_ray\":\"8a1b-AMS\"}");
  }

  @Test
  void ignoresBlankHeadersOfTheProxy() {
    assertThat(enrichment(Map.of("cf-connecting-ip", " ", "cf-ray", ""), true)).isNull();
    assertThat(enrichment(Map.of(), true)).isNull();
  }

  @Test
  void namesEveryLocationAsHogflareDoes() {
    Map<String, String> headers =
        Map.ofEntries(
            Map.entry("cf-connecting-ip", "2001:db8::1"),
            Map.entry("cf-ray", "r"),
            Map.entry("cf-ipcountry", "IE"),
            Map.entry("cf-ipcity", "Dublin"),
            Map.entry("cf-ipcontinent", "EU"),
            Map.entry("cf-iplatitude", "53.33306"),
            Map.entry("cf-iplongitude", "-6.24889"),
            Map.entry("cf-postal-code", "D02"),
            Map.entry("cf-region-code", "L"),
            Map.entry("cf-region", "Leinster"),
            Map.entry("cf-timezone", "Europe/Dublin"),
            Map.entry("cf-metro-code", "501"));
    assertThat(enrichment(headers, true))
        .isEqualTo(
            "{\"$ip\":\"2001:db8::1\",\"cf_ray\":\"r\",\"$geoip_country_code\":\"IE\","
                + "\"$geoip_city_name\":\"Dublin\",\"$geoip_continent_code\":\"EU\","
                + "\"$geoip_latitude\":53.33306,\"$geoip_longitude\":-6.24889,"
                + "\"$geoip_postal_code\":\"D02\",\"$geoip_subdivision_1_code\":\"L\","
                + "\"$geoip_subdivision_1_name\":\"Leinster\","
                + "\"$geoip_time_zone\":\"Europe/Dublin\",\"cf_metro_code\":\"501\"}");
    assertThat(enrichment(headers, false)).isEqualTo("{\"cf_ray\":\"r\"}");
  }

  @Test
  void believesNoLocationThatCannotBeOne() {
    assertThat(
            enrichment(
                Map.of(
                    "cf-ipcountry", "XX",
                    "cf-ipcity", "S\uFFFDo Paulo",
                    "cf-iplatitude", "north",
                    "cf-iplongitude", "1e999",
                    "cf-region", "r".repeat(300)),
                true))
        .isNull();
  }

  private static String enrichment(Map<String, String> headers, boolean useAddress) {
    byte[] json =
        new Enrichment(source -> headers.get(source.header()), useAddress, null, GeoIp.off())
            .ofOrNull(new Item(0, 0));
    return json == null ? null : new String(json, StandardCharsets.UTF_8);
  }

  private static Credentials key(String header) {
    return new Credentials(header, null, null, null);
  }

  private static void assertUsable(Intake intake, String token, String distinctId) {
    Item item = intake.items().getFirst();
    assertThat(item.fate()).as(item.message()).isEqualTo(Item.Fate.USABLE);
    assertThat(item.token()).isEqualTo(token);
    assertThat(item.distinctId()).isEqualTo(distinctId);
  }
}
