// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.GatewayFixture.Answer;
import dev.hogflare.gateway.Recordings.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damages recorded requests at random; whatever arrives, the answer is one that a client
 * understands.
 */
class DamagedRecordingsTest {
  private static final int REQUESTS = 700;
  private static final String[] PATHS = {
    "/capture",
    "/identify",
    "/alias",
    "/batch/",
    "/e/",
    "/i/v0/e/",
    "/engage/",
    "/groups",
    "/track",
    "/s/"
  };
  private static final String[] QUERIES = {
    "",
    "?compression=gzip-js",
    "?compression=base64",
    "?compression=lz64",
    "?compression=deflate",
    "?ip=0&_=1795234080422",
    "?beacon=1",
    "?token=phc_query",
    "?data=%7B%7D"
  };
  private static final String[] ENCODINGS = {null, null, "gzip", "deflate", "br", "identity"};
  private static final String[] TYPES = {
    null, "application/json", "text/plain", "application/x-www-form-urlencoded"
  };
  private static GatewayFixture gateway;
  private static List<Request> recorded;

  @BeforeAll
  static void start() {
    gateway = new GatewayFixture();
    recorded =
        Recordings.all().stream()
            .flatMap(recording -> recording.requests().stream())
            .filter(Request::isPost)
            .toList();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 20_261_121, 8_675_309})
  void getAnAnswerThatIsNoDefect(long seed) {
    Random random = new Random(seed);
    RandomJson json = new RandomJson(random);
    for (int i = 0; i < REQUESTS; i++) {
      Request request = recorded.get(random.nextInt(recorded.size()));
      byte[] body =
          random.nextInt(4) == 0 ? reencoded(request, json, random) : json.damage(request.body());
      String path =
          random.nextBoolean() ? request.path() : pick(PATHS, random) + pick(QUERIES, random);
      List<String> headers = new ArrayList<>();
      add(
          headers,
          "Content-Encoding",
          random.nextBoolean()
              ? request.headers().get("content-encoding")
              : pick(ENCODINGS, random));
      add(
          headers,
          "Content-Type",
          random.nextBoolean() ? request.headers().get("content-type") : pick(TYPES, random));
      Answer answer = gateway.post(path, body, headers.toArray(String[]::new));
      assertThat(answer.status())
          .as("seed %s, request %s: %s %s", seed, i, path, answer.body())
          .isIn(200, 204, 400, 401, 413);
      if (answer.status() >= 400) {
        assertThat(answer.error()).as("seed %s, request %s", seed, i).isNotBlank();
      }
    }
    gateway.assertNothingIsLost();
    assertThat(gateway.count("events_stored")).isPositive();
    assertThat(gateway.count("events_rejected")).isPositive();
  }

  /**
   * Damages the JSON and encodes it anew, so that the damage is met by the reader behind the
   * decoder.
   */
  private static byte[] reencoded(Request request, RandomJson json, Random random) {
    byte[] text =
        request.decoded().map(node -> Encodings.utf8(node.toString())).orElse(request.body());
    byte[] damaged = json.damage(text);
    return switch (random.nextInt(4)) {
      case 0 -> damaged;
      case 1 -> Encodings.gzip(damaged);
      case 2 -> Encodings.utf8(Encodings.base64(damaged));
      default -> Encodings.utf8("data=" + Encodings.url(Encodings.base64(Encodings.gzip(damaged))));
    };
  }

  private static void add(List<String> headers, String name, String value) {
    if (value != null) {
      headers.add(name);
      headers.add(value);
    }
  }

  private static String pick(String[] choices, Random random) {
    return choices[random.nextInt(choices.length)];
  }
}
