// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.GatewayFixture.Answer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Bad input alone is a 4xx with a sentence; beside good input it is a dead letter with a reason.
 */
class BadInputTest {
  private static final String GOOD =
      "{\"event\":\"good\",\"distinct_id\":\"neighbour\",\"properties\":{}}";
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() {
    gateway = new GatewayFixture();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void clear() {
    gateway.publisher.clear();
  }

  @AfterEach
  void nothingIsLost() {
    gateway.assertNothingIsLost();
    assertThat(gateway.post("/capture?token=t", GOOD).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hello|400|failed to parse JSON payload",
        "{\"event\":|400|failed to parse JSON payload",
        "{'event':'e'}|400|failed to parse JSON payload",
        "''|400|the request has no data",
        "null|400|expected JSON object or array",
        "[]|400|the request holds no event",
        "{\"api_key\":\"t\",\"batch\":[]}|400|the request holds no event",
        "{\"api_key\":\"t\",\"batch\":{}}|400|The field event is missing",
        "{}|400|The field event is missing",
        "[1,2,3]|400|no JSON object",
        "{\"event\":\"e\",\"api_key\":\"t\"}|400|The field distinct_id is missing",
        "{\"event\":\"e\",\"distinct_id\":\"\",\"api_key\":\"t\"}|400|The field distinct_id is missing",
        "{\"event\":7,\"distinct_id\":\"d\",\"api_key\":\"t\"}|400|The field event has the wrong JSON type",
        "{\"event\":\"e\",\"distinct_id\":\"d\",\"api_key\":\"t\",\"properties\":7}|400|The field properties has the wrong",
        "{\"event\":\"e\",\"distinct_id\":\"d\",\"api_key\":\"t\",\"uuid\":[]}|400|The field uuid has the wrong JSON type",
        "{\"event\":\"e\",\"distinct_id\":\"d\",\"api_key\":7}|400|The field api_key has the wrong JSON type",
        "{\"event\":\"e\",\"distinct_id\":\"d\"}|401|The project key is missing",
        "{\"event\":\"e\",\"distinct_id\":\"d\",\"api_key\":\"a\\u0000b\"}|401|contains NUL"
      })
  void isRefusedWithASentence(String body, int status, String sentence) {
    Answer answer = gateway.post("/capture", body);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json().path("status").asInt(-1)).isZero();
    assertThat(answer.error()).contains(sentence).endsWith(".");
    assertThat(gateway.publisher.size()).isZero();
  }

  @Test
  void gzipThatIsNone() {
    byte[] damaged = Encodings.gzip(GOOD);
    damaged[damaged.length / 2] ^= 0x55;
    Answer answer = gateway.post("/e/", damaged);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).startsWith("invalid payload: failed to decode gzip payload");
    byte[] cut = Arrays.copyOf(Encodings.gzip(GOOD), 30);
    assertThat(gateway.post("/e/", cut, "Content-Encoding", "gzip").status()).isEqualTo(400);
    assertThat(gateway.post("/e/?compression=gzip", GOOD).status()).isEqualTo(400);
  }

  @Test
  void twoGzipMembersAreOneBody() {
    byte[] first = Encodings.gzip(GOOD.substring(0, 20));
    byte[] second = Encodings.gzip(GOOD.substring(20));
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    assertThat(gateway.post("/e/?token=t", both).status()).isEqualTo(200);
    assertThat(gateway.onlyEvent().json()).isEqualTo(Encodings.utf8(GOOD));
  }

  @Test
  void gzipInBase64InAForm() {
    String text = Encodings.base64(Encodings.gzip(GOOD));
    String type = "application/x-www-form-urlencoded";
    Answer taken = gateway.post("/e/?token=t", "data=" + Encodings.url(text), "Content-Type", type);
    assertThat(taken.status()).as(taken.body()).isEqualTo(200);
    assertThat(gateway.onlyEvent().json()).isEqualTo(Encodings.utf8(GOOD));
    String cut = text.substring(0, text.length() / 2);
    Answer refused =
        gateway.post("/e/?token=t", "data=" + Encodings.url(cut), "Content-Type", type);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.error()).isNotBlank();
  }

  @Test
  void oneOfTenThousand() {
    String body = "[" + (GOOD + ",").repeat(4_000) + "7" + ("," + GOOD).repeat(5_999) + "]";
    assertThat(gateway.post("/batch?token=t", Encodings.gzip(body)).status()).isEqualTo(200);
    assertThat(gateway.publisher.events()).hasSize(9_999);
    assertThat(gateway.publisher.deadLetters()).hasSize(1);
    assertThat(gateway.publisher.deadLetters().getFirst().reason().code())
        .isEqualTo(ErrorCode.NOT_AN_OBJECT);
  }

  @Test
  void bombs() {
    byte[] bomb = Encodings.gzip(new byte[200 * 1024 * 1024]);
    assertThat(bomb).hasSizeLessThan(300_000);
    for (String path : List.of("/e/", "/s/", "/batch")) {
      Answer answer = gateway.post(path, bomb);
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.error()).contains("after decompression");
    }
    byte[] inside = Encodings.gzip(bomb);
    assertThat(gateway.post("/e/", inside).status()).isEqualTo(413);
  }

  @Test
  void tenThousandLevels() {
    String arrays = "[".repeat(10_000) + "]".repeat(10_000);
    String event = "{\"event\":\"e\",\"distinct_id\":\"d\",\"properties\":{\"a\":" + arrays + "}}";
    for (String body :
        List.of(arrays, event, "{\"a\":".repeat(10_000), "[" + GOOD + "," + event + "]")) {
      Answer answer = gateway.post("/capture?token=t", body);
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.error()).contains("nested more deeply than 5000 levels");
    }
    assertThat(gateway.publisher.size()).isZero();
  }

  @Test
  void sixHundredLevels() {
    String arrays = "[".repeat(600) + "]".repeat(600);
    String event = "{\"event\":\"e\",\"distinct_id\":\"d\",\"properties\":{\"a\":" + arrays + "}}";
    Answer alone = gateway.post("/capture?token=t", event);
    assertThat(alone.status()).isEqualTo(413);
    assertThat(alone.error()).contains("nested more deeply than 500 levels");
    besideAGoodOne(event, ErrorCode.TOO_DEEP);
  }

  @Test
  void anIdOfTenMegabytes() {
    String event =
        "{\"event\":\"e\",\"distinct_id\":\""
            + "x".repeat(10 * 1024 * 1024)
            + "\",\"api_key\":\"t\"}";
    Answer alone = gateway.post("/capture", event);
    assertThat(alone.status()).isEqualTo(413);
    assertThat(alone.error()).contains("at most 1000000 are taken");
    besideAGoodOne(event, ErrorCode.EVENT_TOO_LARGE);
    assertThat(gateway.publisher.deadLetters().getFirst().item().key().distinctId()).hasSize(200);
  }

  @Test
  void nulAndHalvesOfSurrogatePairs() {
    String event =
        "{\"event\":\"e\\u0000\\ud800\",\"distinct_id\":\"a\\u0000b\\ud800c\\udc00\",\"properties\":{\"\\ud800\":\"\\udfff\"}}";
    assertThat(gateway.post("/capture?token=t", event).status()).isEqualTo(200);
    assertThat(gateway.onlyEvent().key().distinctId()).isEqualTo("a\uFFFDb\uFFFDc\uFFFD");
    assertThat(gateway.onlyEvent().json()).isEqualTo(Encodings.utf8(event));
    assertThat(gateway.post("/capture?token=t", "{\"event\":\"\0\"}").status()).isEqualTo(400);
  }

  @Test
  void textThatIsNotUtf8() {
    byte[] event = Encodings.utf8("{\"event\":\"e?\",\"distinct_id\":\"d\"}");
    for (int b : new int[] {0x80, 0xC3, 0xE2, 0xF0, 0xFF}) {
      event[11] = (byte) b;
      Answer answer = gateway.post("/capture?token=t", event);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.error()).contains("not UTF-8");
    }
  }

  @Test
  void aliasesThatAreNoStrings() {
    for (String path : List.of("/alias", "/alias/")) {
      Answer answer =
          gateway.post(path, "{\"api_key\":\"t\",\"distinct_id\":\"d\",\"alias\":{\"a\":1}}");
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.error()).startsWith("The field alias is missing or no string");
    }
    // What the person-processor has to judge is stored as it was sent.
    assertThat(
            gateway
                .post(
                    "/capture?token=t",
                    "{\"event\":\"$identify\",\"distinct_id\":\"d\",\"properties\":{\"$anon_distinct_id\":7}}")
                .status())
        .isEqualTo(200);
  }

  @Test
  void timesThatCannotBe() {
    for (String time :
        List.of(
            "\"timestamp\":\"99999-01-01T00:00:00Z\"",
            "\"timestamp\":\"-0001-01-01T00:00:00Z\"",
            "\"timestamp\":1e308",
            "\"offset\":-5000",
            "\"offset\":1e308",
            "\"sent_at\":\"99999-01-01T00:00:00Z\"",
            "\"sent_at\":-1")) {
      gateway.publisher.clear();
      Answer answer =
          gateway.post(
              "/e/?token=t&_=99999999999999",
              "{\"event\":\"e\",\"distinct_id\":\"d\"," + time + "}",
              "X-PostHog-Sent-At",
              "99999-01-01T00:00:00Z");
      assertThat(answer.status()).as(time).isEqualTo(200);
      assertThat(gateway.onlyEvent().sentAt()).isEqualTo(99_999_999_999_999_000L);
    }
  }

  @Test
  void hasAReasonBesideGoodInput() {
    besideAGoodOne("7", ErrorCode.NOT_AN_OBJECT);
    besideAGoodOne("{\"event\":\"e\"}", ErrorCode.MISSING_DISTINCT_ID);
    besideAGoodOne("{\"distinct_id\":\"d\"}", ErrorCode.MISSING_EVENT);
    besideAGoodOne("{\"event\":[],\"distinct_id\":\"d\"}", ErrorCode.INVALID_FIELD);
    besideAGoodOne(
        "{\"event\":\"e\",\"distinct_id\":\"d\",\"api_key\":\"phx_1\"}", ErrorCode.INVALID_TOKEN);
    besideAGoodOne("{\"event\":\"$groupidentify\",\"properties\":{}}", ErrorCode.INVALID_GROUP);
    besideAGoodOne(
        "{\"event\":\"e\",\"distinct_id\":\"d\",\"n\":" + "9".repeat(2_000) + "}",
        ErrorCode.INVALID_FIELD);
  }

  private static void besideAGoodOne(String bad, ErrorCode code) {
    gateway.publisher.clear();
    Answer answer =
        gateway.post("/batch?token=t", Encodings.gzip("[" + bad + "," + GOOD + "," + bad + "]"));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(gateway.publisher.events()).hasSize(1);
    assertThat(gateway.publisher.events().getFirst().json()).isEqualTo(Encodings.utf8(GOOD));
    assertThat(gateway.publisher.deadLetters())
        .hasSize(2)
        .allMatch(
            letter -> letter.reason().code() == code && letter.reason().message().endsWith("."));
  }
}
