// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Route;
import dev.hogflare.gateway.GatewayReading;
import dev.hogflare.person.PersonReading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The gateway claims exactly the distinct ids that the person-processor unites: two readers of one
 * event, which share the rules but not the reading.
 */
class ClaimsAgreementTest {
  private static final long SEED = 20_261_121L;
  private static final int EVENTS = 60_000;

  private static final List<String> IDS =
      List.of(
          "'other'",
          "'user'",
          "'o\\u0074her'",
          "'null'",
          "'Anonymous'",
          "''",
          "' '",
          "'a\\u0000b'",
          "'a\\ud83e'",
          "'\\ud83e\\udd94'",
          "'" + "x".repeat(200) + "'",
          "'" + "x".repeat(201) + "'",
          "'" + "x".repeat(500) + "'",
          "7",
          "null",
          "true",
          "{}",
          "['a']");
  private static final List<String> NAMES =
      List.of(
          "'$identify'",
          "'$create_alias'",
          "'$merge_dangerously'",
          "'$groupidentify'",
          "'$set'",
          "'$ident\\u0069fy'",
          "''",
          "null");
  private static final List<String> TYPES =
      List.of("'identify'", "'ALIAS'", "'engage'", "'group_identify'", "'x'", "null");
  private static final List<String> PROFILES = List.of("true", "false", "null", "'false'", "0");

  private final Random random = new Random(SEED);

  @Test
  void bothReadTheSameOtherIdFromAnyEvent() {
    int claims = 0;
    int unreadable = 0;
    for (int i = 0; i < EVENTS; i++) {
      Route route = Route.values()[random.nextInt(Route.S.ordinal())];
      String body = body().replace('\'', '"');
      for (GatewayReading.Found found : GatewayReading.read(route, body.getBytes(UTF_8))) {
        if (!PersonReading.isReadable(found.event())) {
          unreadable++;
          continue;
        }
        Optional<String> claimed = Optional.ofNullable(found.claimedOrNull());
        assertThat(claimed)
            .as("seed %d, event %d: %s %s", SEED, i, route, body)
            .isEqualTo(PersonReading.other(found.event()));
        claims += claimed.isPresent() ? 1 : 0;
      }
    }
    assertThat(claims).as("events with claims").isGreaterThan(EVENTS / 50);
    assertThat(unreadable).as("events that are dead letters later").isLessThan(EVENTS / 2);
  }

  private String body() {
    String event = object(true);
    return switch (random.nextInt(4)) {
      case 0 -> "[" + event + "," + object(true) + "]";
      case 1 -> "{'batch':[" + event + "],'alias':" + pick(IDS) + "}";
      // Whether an envelope fills up a null is the one thing that the two see differently; then an
      // id may be claimed in vain, or united without a claim.
      case 2 -> ("{'data':" + event + "," + members(false) + "}").replace(":null", ":0");
      default -> event;
    };
  }

  private String object(boolean withId) {
    return "{" + members(withId) + "}";
  }

  private String members(boolean withId) {
    List<String> members = new ArrayList<>();
    members.add("'n':" + random.nextInt(9));
    maybe(members, "event", NAMES, 0.6);
    maybe(members, "type", TYPES, 0.2);
    maybe(members, "alias", IDS, 0.3);
    maybe(members, "alias", IDS, 0.05);
    maybe(members, "$anon_distinct_id", IDS, 0.2);
    int properties = random.nextInt(8);
    if (properties < 6) {
      members.add("'properties':" + properties());
    } else if (properties == 6) {
      members.add("'properties':null");
    }
    if (random.nextInt(10) == 0) {
      members.add("'properties':" + properties());
    }
    if (withId) {
      members.add("'distinct_id':'user'");
    }
    return String.join(",", members);
  }

  private String properties() {
    List<String> members = new ArrayList<>();
    maybe(members, "$anon_distinct_id", IDS, 0.5);
    maybe(members, "alias", IDS, 0.5);
    maybe(members, "alias", IDS, 0.05);
    maybe(members, "$process_person_profile", PROFILES, 0.15);
    maybe(members, "$group_type", List.of("'t'"), 0.5);
    maybe(members, "$group_key", List.of("'k'"), 0.5);
    return "{" + String.join(",", members) + "}";
  }

  private void maybe(List<String> members, String name, List<String> values, double chance) {
    if (random.nextDouble() < chance) {
      members.add("'" + name + "':" + pick(values));
    }
  }

  private String pick(List<String> values) {
    return values.get(random.nextInt(values.size()));
  }
}
