// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.GatewayFixture.Answer;
import dev.hogflare.gateway.Recordings.Request;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What SDKs send by v1, OTLP and as forms, damaged at random. */
class DamagedProtocolsTest {
  private static final int REQUESTS = 1_500;
  private static final String[] ENCODINGS = {"gzip", "deflate", "br", "zstd", "identity", "x"};
  private static GatewayFixture gateway;
  private static List<Request> recorded;

  @BeforeAll
  static void start() {
    gateway = new GatewayFixture();
    recorded = new ArrayList<>();
    Recordings.ofOtherProtocols().forEach(recording -> recorded.addAll(recording.requests()));
    String form =
        "--x\r\nContent-Disposition: form-data; name=\"event\"\r\n\r\n"
            + "{\"event\":\"$ai_generation\",\"distinct_id\":\"d\",\"uuid\":\"\"}\r\n"
            + "--x\r\nContent-Disposition: form-data; name=\"event.properties\"\r\n\r\n"
            + "{\"$ai_model\":\"m\"}\r\n"
            + "--x\r\nContent-Disposition: form-data; name=\"event.properties.$ai_input\"\r\n"
            + "Content-Type: application/json\r\n\r\n[{\"role\":\"user\"}]\r\n--x--\r\n";
    recorded.add(
        new Request(
            0,
            "POST",
            "/i/v0/ai?token=phc_test",
            Map.of("content-type", "multipart/form-data; boundary=x"),
            Encodings.utf8(form),
            Optional.empty()));
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
      Map<String, String> headers = new LinkedHashMap<>(request.headers());
      byte[] body = request.body();
      if (random.nextBoolean() && request.decoded().isPresent()) {
        // Met by what is behind the decoder.
        body = json.damage(Encodings.utf8(request.decoded().get().toString()));
        headers.remove("content-encoding");
        if (random.nextInt(4) == 0) {
          body = Encodings.gzip(body);
          headers.put("content-encoding", "gzip");
        }
      } else {
        body = json.damage(body);
      }
      if (random.nextInt(8) == 0) {
        headers.put("content-encoding", ENCODINGS[random.nextInt(ENCODINGS.length)]);
      }
      if (random.nextInt(8) == 0) {
        List<String> names = List.copyOf(headers.keySet());
        headers.remove(names.get(random.nextInt(names.size())));
      }
      List<String> flat = new ArrayList<>();
      headers.forEach(
          (name, value) -> {
            flat.add(name);
            flat.add(value);
          });
      Answer answer = gateway.post(request.path(), body, flat.toArray(String[]::new));
      assertThat(answer.status())
          .as("seed %s, request %s: %s %s", seed, i, request.path(), answer.body())
          .isIn(200, 400, 401, 413, 415);
      assertThat(answer.json().isObject()).as("seed %s, request %s", seed, i).isTrue();
    }
    gateway.assertNothingIsLost();
    assertThat(gateway.count("events_stored")).isPositive();
    assertThat(gateway.count("events_rejected")).isPositive();
    assertThat(gateway.count("events_dead_lettered")).isPositive();
  }
}
