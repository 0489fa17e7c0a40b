// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import static dev.hogflare.transformations.Trial.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each type of step does. */
class StepsTest {
  private static final String CHROME =
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
          + " Safari/537.36";
  private static final String IPHONE =
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
          + " Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
  private static final String IPAD =
      "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
          + " Version/16.6 Mobile/15E148 Safari/604.1";
  private static final String GOOGLEBOT =
      "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

  private static String web(String agent) {
    return "{'event':'e','properties':{'$lib':'web','$raw_user_agent':'" + agent + "'}}";
  }

  @Test
  void botDetectionDropsBotsOfWebPages() {
    Trial bots = Trial.of("  - {type: bot_detection}");
    assertThat(bots.drops(web(GOOGLEBOT))).isTrue();
    assertThat(bots.drops(web(CHROME))).isFalse();
    assertThat(bots.drops("{'event':'e','properties':{'$raw_user_agent':'" + GOOGLEBOT + "'}}"))
        .isTrue();
    assertThat(
            bots.drops(
                "{'event':'e','properties':{'$lib':'posthog-node','$raw_user_agent':'"
                    + GOOGLEBOT
                    + "'}}"))
        .isFalse();
    assertThat(bots.drops("{'event':'e','properties':{'$lib':'web'}}")).isFalse();
    assertThat(bots.drops("{'event':'e'}")).isFalse();
  }

  @Test
  void botDetectionKnowsTheListsOfTheFile() {
    Trial bots =
        Trial.of(
            "  - {type: bot_detection, patterns: [OurMonitor], addresses: [192.0.2.0/24, '2001:db8::/32'],"
                + " missing_user_agent: bot}");
    assertThat(bots.drops(web("x ourmonitor/1"))).isTrue();
    assertThat(bots.drops("{'event':'e','properties':{'$lib':'web'}}")).isTrue();
    assertThat(bots.drops("{'event':'e','properties':{'$lib':'ios'}}")).isFalse();
    assertThat(bots.drops("{'event':'e','properties':{'$lib':'ios','$ip':'192.0.2.7'}}")).isTrue();
    assertThat(bots.drops("{'event':'e','properties':{'$lib':'ios','$ip':'2001:db8::7'}}"))
        .isTrue();
    assertThat(bots.drops("{'event':'e','properties':{'$lib':'ios','$ip':'192.0.3.7'}}")).isFalse();
    assertThat(bots.enrichedWith("{'$ip':'192.0.2.7'}").drops(web(CHROME))).isTrue();
  }

  @Test
  void botDetectionMarksBotsIfWanted() {
    JsonNode event = Trial.of("  - {type: bot_detection, action: tag}").event(web(GOOGLEBOT));
    assertThat(event.path("properties").path("$is_bot").asBoolean()).isTrue();
  }

  @Test
  void dropEventDropsByName() {
    Trial drop = Trial.of("  - {type: drop_event, events: [a, b]}");
    assertThat(drop.drops("{'event':'a'}")).isTrue();
    assertThat(drop.drops("{'event':'c'}")).isFalse();
    assertThat(drop.drops("{}")).isFalse();
  }

  @Test
  void filterPropertiesRemovesNamesBeginningsAndInnerNames() {
    Trial filter =
        Trial.of(
            "  - {type: filter_properties, properties: [a, $set.email, b.c.d, secret_*, x.y]}");
    assertThat(
            filter.properties(
                "{'a':1,'aa':2,'$set':{'email':'e','plan':'p'},'b':{'c':{'d':1,'e':2.50}},"
                    + "'secret_1':1,'secret_':2,'x.y':3,'x':{'y':4}}"))
        .isEqualTo(json("{'aa':2,'$set':{'plan':'p'},'b':{'c':{'e':2.50}},'x':{'y':4}}"));
  }

  @Test
  void aBeginningNeverMeansWhoseEventItIs() {
    assertThat(
            Trial.of("  - {type: filter_properties, properties: [$*, a*, d*]}")
                .properties("{'$anon_distinct_id':'x','alias':'y','distinct_id':'z','ab':1}"))
        .isEqualTo(json("{'$anon_distinct_id':'x','alias':'y','distinct_id':'z'}"));
  }

  @ParameterizedTest
  @CsvSource({
    "203.0.113.77, 203.0.113.0",
    "2001:db8:1:2:3:4:5:6, 2001:db8:1::",
    "::ffff:203.0.113.77, 203.0.113.0"
  })
  void ipAnonymizationKeepsTheNetwork(String ip, String anonymous) {
    assertThat(
            Trial.of("  - {type: ip_anonymization}")
                .properties("{'$ip':'" + ip + "'}")
                .path("$ip")
                .asText())
        .isEqualTo(anonymous);
  }

  @Test
  void ipAnonymizationReachesWhatTheGatewayAdded() {
    Outcome.Kept kept =
        (Outcome.Kept)
            Trial.of("  - {type: ip_anonymization}")
                .enrichedWith("{'$ip':'203.0.113.77','cf_ray':'r'}")
                .outcome("{'event':'e'}");
    assertThat(new String(kept.added().get("$ip"), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo("\"203.0.113.0\"");
    assertThat(kept.added()).containsOnlyKeys("$ip", "cf_ray");
  }

  @Test
  void ipAnonymizationFailsOnWhatIsNoAddress() {
    JsonNode properties =
        Trial.of("  - {type: ip_anonymization, name: anon}")
            .event("{'event':'e','properties':{'$ip':'somewhere'}}")
            .path("properties");
    assertThat(properties)
        .isEqualTo(json("{'$ip':'somewhere','$transformations_failed':['anon']}"));
  }

  @Test
  void piiHashingIsStableAndKeyed() {
    String steps =
        "  - {type: pii_hashing, properties: [email, $set.email, n, list, empty, none], salt: ";
    JsonNode hashed =
        Trial.of(steps + "pepper-and-salt}")
            .properties(
                "{'email':'ann@example.com','$set':{'email':'ann@example.com'},'n':7,"
                    + "'list':['a'],'empty':'','none':null,'other':'x'}");
    assertThat(hashed.path("email").asText())
        // printf ann@example.com | openssl dgst -sha256 -hmac pepper-and-salt
        .isEqualTo("24c529a64f9a3ed098cca6118c2d21a3e12d04ec6b39a85699e03dbc59b2a630")
        .isEqualTo(hashed.path("$set").path("email").asText());
    assertThat(hashed.path("n").asText()).hasSize(64);
    assertThat(hashed.path("list").asText()).hasSize(64);
    assertThat(hashed.path("empty").asText()).isEmpty();
    assertThat(hashed.path("none").isNull()).isTrue();
    assertThat(hashed.path("other").asText()).isEqualTo("x");
    assertThat(Trial.of(steps + "another-salt}").properties("{'email':'ann@example.com'}"))
        .isNotEqualTo(json("{'email':'" + hashed.path("email").asText() + "'}"));
  }

  @ParameterizedTest
  @CsvSource({
    "https://x.example/a?token=s3cret&b=1#c, https://x.example/a?token=[REDACTED]&b=1#c",
    "https://x.example/a?b=1&TOKEN=, https://x.example/a?b=1&TOKEN=[REDACTED]",
    "https://x.example/a?tok%65n=s&token, https://x.example/a?tok%65n=[REDACTED]&token",
    "https://x.example/#/r?token=s, https://x.example/#/r?token=[REDACTED]",
    "https://x.example/token=s, https://x.example/token=s",
    "https://x.example/a?&&token=a&token=b&, https://x.example/a?&&token=[REDACTED]&token=[REDACTED]&",
    "a?token=%zz, a?token=[REDACTED]"
  })
  void urlMaskingHidesTheValuesOfParameters(String url, String masked) {
    Trial masking = Trial.of("  - {type: url_masking, parameters: [token]}");
    assertThat(masking.properties("{'$current_url':'" + url + "'}").path("$current_url").asText())
        .isEqualTo(masked);
  }

  @ParameterizedTest
  @CsvSource({
    "HTTPS://Shop.Example:443/A/b/?Q=1#top, https://shop.example/A/b?Q=1",
    "http://x.example:80/, http://x.example",
    "http://x.example:8080/, http://x.example:8080",
    "https://Ann:Pw@X.example/a, https://Ann:Pw@x.example/a",
    "https://x.example/u/123/o/0192f0c1-7a5e-7f00-8000-0123456789ab, https://x.example/u/:id/o/:id",
    "/products/17/, /products/:id",
    "https://x.example, https://x.example",
    "https://x.example?a=b/c/, https://x.example?a=b/c/"
  })
  void urlNormalizationWritesOneForm(String url, String normal) {
    Trial normalization = Trial.of("  - {type: url_normalization, replace_ids: true}");
    assertThat(
            normalization
                .properties("{'$current_url':'" + url + "'}")
                .path("$current_url")
                .asText())
        .isEqualTo(normal);
  }

  @Test
  void urlParametersBecomeProperties() {
    String url = "'https://x.example/?utm_source=news+letter&x=%C3%A9&x=2&empty#?utm_source=no'";
    assertThat(
            Trial.of(
                    "  - {type: url_parameters, parameters: [utm_source, x, empty, none], prefix: p_, set: true, set_once: true}")
                .properties("{'$current_url':" + url + ",'$set':{'plan':'pro'}}"))
        .isEqualTo(
            json(
                ("{'$current_url':"
                    + url
                    + ",'p_utm_source':'news letter','p_x':'[\\\"é\\\",\\\"2\\\"]',"
                    + "'p_empty':'',"
                    + "'$set':{'plan':'pro','p_utm_source':'news letter','p_x':'[\\\"é\\\",\\\"2\\\"]','p_empty':''},"
                    + "'$set_once':{'initial_p_utm_source':'news letter',"
                    + "'initial_p_x':'[\\\"é\\\",\\\"2\\\"]','initial_p_empty':''}}")));
  }

  @Test
  void userAgentFillsBrowserAndDevice() {
    Trial agents = Trial.of("  - {type: user_agent}");
    JsonNode desktop = agents.properties("{'$raw_user_agent':'" + CHROME + "'}");
    assertThat(desktop.path("$browser").asText()).isEqualTo("Chrome");
    assertThat(desktop.path("$browser_version").asText()).isEqualTo("126.0.0");
    assertThat(desktop.path("$os").asText()).isEqualTo("Linux");
    assertThat(desktop.path("$device_type").asText()).isEqualTo("Desktop");
    assertThat(desktop.path("$browser_type").asText()).isEqualTo("browser");
    assertThat(desktop.path("$raw_user_agent").asText()).isEqualTo(CHROME);
    JsonNode phone = agents.properties("{'$user_agent':'" + IPHONE + "'}");
    assertThat(phone.path("$browser").asText()).isEqualTo("Mobile Safari");
    assertThat(phone.path("$os").asText()).isEqualTo("iOS");
    assertThat(phone.path("$device").asText()).isEqualTo("iPhone");
    assertThat(phone.path("$device_type").asText()).isEqualTo("Mobile");
    assertThat(phone.path("$user_agent").isNull()).isTrue();
    assertThat(
            agents.properties("{'$raw_user_agent':'" + IPAD + "'}").path("$device_type").asText())
        .isEqualTo("Tablet");
    assertThat(
            agents
                .properties("{'$raw_user_agent':'" + GOOGLEBOT + "'}")
                .path("$browser_type")
                .asText())
        .isEqualTo("bot");
  }

  @Test
  void userAgentLeavesWhatTheClientSent() {
    String sent = "{'$raw_user_agent':'" + CHROME + "','$os':'Plan 9'}";
    assertThat(Trial.of("  - {type: user_agent}").properties(sent)).isEqualTo(json(sent));
    assertThat(
            Trial.of("  - {type: user_agent, override: true}")
                .properties(sent)
                .path("$os")
                .asText())
        .isEqualTo("Linux");
    assertThat(Trial.of("  - {type: user_agent}").properties("{'a':1}")).isEqualTo(json("{'a':1}"));
  }

  @Test
  void timestampSplitsTheTime() {
    assertThat(Trial.of("  - {type: timestamp}").properties("{}"))
        .isEqualTo(
            json(
                "{'day_of_the_week':'Saturday','day':21,'month':11,'year':2026,'hour':4,'minute':43}"));
    assertThat(
            Trial.of("  - {type: timestamp, property: at, prefix: at_, zone: Asia/Kolkata}")
                .properties("{'at':1795236205}")
                .path("at_hour")
                .asInt())
        .isEqualTo(10);
    assertThat(
            Trial.of("  - {type: timestamp}")
                .event("{'event':'e','timestamp':'2020-02-29T23:59:00Z'}")
                .path("properties")
                .path("day")
                .asInt())
        .isEqualTo(29);
    assertThat(
            Trial.of("  - {type: timestamp, property: at}")
                .event("{'event':'e','properties':{'at':'soon'}}")
                .path("properties"))
        .isEqualTo(json("{'at':'soon','$transformations_failed':['timestamp']}"));
  }

  @Test
  void flattenAddsInnerValues() {
    assertThat(
            Trial.of("  - {type: flatten}")
                .properties("{'a':{'b':1.50,'c':{'d':[1]}},'$set':{'x':{'y':1}},'e':2}"))
        .isEqualTo(
            json(
                "{'a':{'b':1.50,'c':{'d':[1]}},'$set':{'x':{'y':1}},'e':2,'a__b':1.50,'a__c__d':[1]}"));
    assertThat(
            Trial.of("  - {type: flatten, properties: [a], separator: '.', keep: false}")
                .properties("{'a':{'b':1},'c':{'d':1}}"))
        .isEqualTo(json("{'c':{'d':1},'a.b':1}"));
  }

  @Test
  void flattenFailsOnAnEventWithoutAnEnd() {
    StringBuilder wide = new StringBuilder("{'a':{");
    for (int i = 0; i <= FlattenStep.MOST_ADDED; i++) {
      wide.append(i == 0 ? "" : ",").append("'k").append(i).append("':1");
    }
    JsonNode properties =
        Trial.of("  - {type: flatten}")
            .event("{'event':'e','properties':" + wide + "}}}")
            .path("properties");
    assertThat(properties.path("$transformations_failed").get(0).asText()).isEqualTo("flatten");
    assertThat(properties.size()).isEqualTo(2);
  }

  @Test
  void downsamplingKeepsTheSameShareOfPeople() {
    Trial sample = Trial.of("  - {type: downsampling, percentage: 10}");
    int kept = 0;
    for (int i = 0; i < 10_000; i++) {
      boolean dropped = sample.by("user-" + i).drops("{'event':'e'}");
      assertThat(sample.by("user-" + i).drops("{'event':'f','properties':{'a':1}}"))
          .isEqualTo(dropped);
      kept += dropped ? 0 : 1;
    }
    assertThat(kept).isBetween(900, 1_100);
    assertThat(Trial.of("  - {type: downsampling, percentage: 0}").drops("{'event':'e'}")).isTrue();
    assertThat(Trial.of("  - {type: downsampling, percentage: 100}").drops("{'event':'e'}"))
        .isFalse();
  }

  @Test
  void renameGivesOtherNames() {
    JsonNode event =
        Trial.of("  - {type: rename, events: {old: new}, properties: {a: b, x: y}}")
            .event("{'event':'old','properties':{'a':1.0,'b':2}}");
    assertThat(event.path("event").asText()).isEqualTo("new");
    assertThat(event.path("properties").path("b").asText()).isEqualTo("1.0");
    assertThat(event.path("properties").has("a")).isFalse();
    assertThat(event.path("properties").has("y")).isFalse();
  }
}
