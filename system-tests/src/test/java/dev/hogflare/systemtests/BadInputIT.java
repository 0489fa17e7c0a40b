// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.hogflare.contract.DeadLetter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What must never be sent, through the whole pipeline: a refusal with a sentence or a dead letter
 * with a reason, and everything around it goes on.
 */
@ExtendWith(SharedPipeline.class)
class BadInputIT {
  private static PipelineFixture pipeline;

  /** Each bad item is sent with a project key of its own. */
  private static final Map<String, Answer> ANSWERS = new HashMap<>();

  private static final Map<String, List<TopicLog.Dead>> DEAD = new HashMap<>();

  /** All are sent before the first check, so that the lake is waited for once. */
  @BeforeAll
  static void sendTheBadItems(PipelineFixture shared) {
    pipeline = shared;
    badItems()
        .forEach(
            arguments -> {
              String name = (String) arguments.get()[0];
              String batch =
                  "{\"api_key\":\""
                      + token(name)
                      + "\",\"batch\":["
                      + "{\"event\":\"before\",\"distinct_id\":\"odd\"},"
                      + ((String) arguments.get()[1]).replace("ID", "odd")
                      + ",{\"event\":\"after\",\"distinct_id\":\"odd\"}]}";
              ANSWERS.put(name, pipeline.post("/batch/", bytes(batch), "application/json"));
            });
    long items = badItems().count();
    Await.value(
        () ->
            pipeline.rows(
                "select count(distinct api_key) from hogflare_events"
                    + " where api_key like 'phc_bad_%' and event = 'after'"),
        List.of(Long.toString(items))::equals);
    pipeline
        .log()
        .all(pipeline.topics().deadLetters())
        .forEach(
            letter ->
                DEAD.computeIfAbsent(TopicLog.actor(letter).token(), key -> new ArrayList<>())
                    .add(new TopicLog.Dead(letter, DeadLetter.read(letter.headers()))));
  }

  @AfterAll
  static void everythingGoesOn() {
    pipeline.storeBatch("phc_bad_end", List.of(Json.event("after", "odd")));
    pipeline.awaitEvents("phc_bad_end", 1);
    assertThat(pipeline.answersWithStatus(200)).isPositive();
    assertThat(pipeline.answersWithStatus(500)).isZero();
    CounterEquations.assertHold(pipeline);
  }

  private static String token(String name) {
    return "phc_bad_" + name.replaceAll("[^a-zA-Z0-9]", "_");
  }

  /** What becomes of a bad item whose neighbours are good. */
  private enum Fate {
    /** It is a row: odd, but usable. */
    ROW,
    /** It stands in the dead letters. */
    DEAD
  }

  /** Bad items by name, as JSON in which ID is to be replaced. */
  static Stream<Arguments> badItems() {
    return Stream.of(
        arguments("no distinct id", "{\"event\":\"x\",\"properties\":{}}", Fate.DEAD),
        arguments("a blank distinct id", "{\"event\":\"x\",\"distinct_id\":\"  \"}", Fate.DEAD),
        arguments("no event", "{\"distinct_id\":\"ID\"}", Fate.DEAD),
        arguments("an empty event", "{\"event\":\"\",\"distinct_id\":\"ID\"}", Fate.DEAD),
        arguments("no object", "17", Fate.DEAD),
        arguments("null", "null", Fate.DEAD),
        arguments("an array", "[1,2]", Fate.DEAD),
        arguments("an event that is a number", "{\"event\":5,\"distinct_id\":\"ID\"}", Fate.DEAD),
        arguments(
            "properties that are a list",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"properties\":[1]}",
            Fate.DEAD),
        arguments(
            "a timestamp that is an object",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"timestamp\":{}}",
            Fate.DEAD),
        arguments(
            "an anonymous id that is a number",
            "{\"event\":\"$identify\",\"distinct_id\":\"ID\",\"properties\":{\"$anon_distinct_id\":7}}",
            Fate.DEAD),
        arguments(
            "an alias that is an object",
            "{\"event\":\"$create_alias\",\"distinct_id\":\"ID\",\"properties\":{\"alias\":{\"a\":1}}}",
            Fate.DEAD),
        arguments(
            "a merge without a person",
            "{\"event\":\"$identify\",\"distinct_id\":\"ID\",\"properties\":{\"$anon_distinct_id\":"
                + "\"a\",\"$process_person_profile\":false}}",
            Fate.DEAD),
        arguments(
            "a group without a key",
            "{\"event\":\"$groupidentify\",\"distinct_id\":\"ID\",\"properties\":{\"$group_type\":"
                + "\"company\"}}",
            Fate.DEAD),
        arguments(
            "600 levels",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"properties\":{\"deep\":"
                + "[".repeat(600)
                + "]".repeat(600)
                + "}}",
            Fate.DEAD),
        arguments(
            "2 MB",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"properties\":{\"much\":\""
                + "m".repeat(2 << 20)
                + "\"}}",
            Fate.DEAD),
        arguments(
            "an id of 10 MB",
            "{\"event\":\"x\",\"distinct_id\":\"ID" + "i".repeat(10 << 20) + "\"}",
            Fate.DEAD),
        arguments(
            "a long id",
            "{\"event\":\"x\",\"distinct_id\":\"ID" + "i".repeat(5_000) + "\"}",
            Fate.ROW),
        arguments(
            "NUL everywhere",
            "{\"event\":\"x\\u0000\",\"distinct_id\":\"ID\\u0000\",\"properties\":{\"\\u0000\":"
                + "\"\\u0000\",\"$set\":{\"a\\u0000\":\"\\u0000\"}}}",
            Fate.ROW),
        arguments(
            "half surrogate pairs",
            "{\"event\":\"x\\ud800\",\"distinct_id\":\"ID\\udc00\",\"properties\":{\"\\ud800\":"
                + "\"\\udfff\",\"$set\":{\"\\ud800\":\"\\ud800x\"}}}",
            Fate.ROW),
        arguments(
            "a negative offset",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"offset\":-5000}",
            Fate.ROW),
        arguments(
            "an enormous offset",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"offset\":1e300}",
            Fate.ROW),
        arguments(
            "the year 99999",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"timestamp\":\"99999-01-01T00:00:00Z\"}",
            Fate.ROW),
        arguments(
            "the year -5",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"timestamp\":\"-0005-01-01T00:00:00Z\"}",
            Fate.ROW),
        arguments(
            "no time at all",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"timestamp\":\"yesterday\"}",
            Fate.ROW),
        arguments(
            "a number that no double holds",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"properties\":{\"n\":1e999999,\"$set\":{\"n\":"
                + "-1e999999,\"long\":"
                + "9".repeat(400)
                + "}}}",
            Fate.ROW),
        arguments(
            "a name given twice",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"properties\":{\"a\":1,\"a\":2,\"$set\":{\"b\":1,"
                + "\"b\":2}}}",
            Fate.ROW),
        arguments(
            "property updates of wrong types",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"$set\":5,\"properties\":{\"$set\":[1],"
                + "\"$set_once\":\"a\",\"$unset\":{\"a\":[]},\"$groups\":\"company\",\"$group_set\":1}}",
            Fate.ROW),
        arguments(
            "groups of wrong types",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"properties\":{\"$groups\":{\"company\":{},"
                + "\"\":\"a\",\"project\":\"\",\"a\":null,\"b\":[1],\"c\":true}}}",
            Fate.ROW),
        arguments(
            "an id that never merges",
            "{\"event\":\"$identify\",\"distinct_id\":\"ID\",\"properties\":{\"$anon_distinct_id\":"
                + "\"undefined\"}}",
            Fate.ROW),
        arguments(
            "a uuid that is none",
            "{\"event\":\"x\",\"distinct_id\":\"ID\",\"uuid\":\"not-a-uuid\"}",
            Fate.ROW));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badItems")
  void leavesTheNeighboursOfABadItemAlone(String name, String item, Fate fate) {
    String token = token(name);
    assertThat(ANSWERS.get(name).status()).as(ANSWERS.get(name).body()).isEqualTo(200);
    pipeline.awaitRows(
        "select count(*) filter (event = 'before'), count(*) filter (event = 'after'), count(*)"
            + " from hogflare_events where api_key = '"
            + token
            + "'",
        fate == Fate.ROW ? "1 | 1 | 3" : "1 | 1 | 2");
    // They were written before the rows of the neighbour that came after.
    List<TopicLog.Dead> dead = DEAD.getOrDefault(token, List.of());
    assertThat(dead).hasSize(fate == Fate.ROW ? 0 : 1);
    assertThat(dead).allSatisfy(letter -> assertThat(letter.reason().message()).endsWith("."));
  }

  /** Bad bodies by name with the status that answers them as a batch. */
  static Stream<Arguments> badBodies() {
    String good = "{\"api_key\":\"phc_bad\",\"event\":\"x\",\"distinct_id\":\"odd\"}";
    return Stream.of(
        arguments("nothing", new byte[0], 400),
        arguments("words", bytes("hello"), 400),
        arguments("half an object", bytes(good.substring(0, good.length() - 3)), 400),
        arguments("two objects", bytes(good + good), 400),
        arguments("zeros", new byte[1_000], 400),
        arguments("the beginning of a gzip", Arrays.copyOf(gzip(bytes(good)), 20), 400),
        arguments("a gzip with a wrong byte", flipped(gzip(bytes(good))), 400),
        arguments("gzip of words", gzip(bytes("hello")), 400),
        arguments("a bomb", gzip(new byte[200 << 20]), 413),
        arguments("a bomb of spaces", gzip(bytes(" ".repeat(100 << 20))), 413),
        arguments("10,000 levels", bytes("[".repeat(10_000) + "]".repeat(10_000)), 413),
        arguments(
            "10,000 levels in an event",
            bytes(
                "{\"api_key\":\"phc_bad\",\"event\":\"x\",\"distinct_id\":\"odd\",\"properties\":"
                    + "{\"a\":".repeat(10_000)
                    + "1"
                    + "}".repeat(10_001)),
            413),
        arguments("an empty batch", bytes("{\"api_key\":\"phc_bad\",\"batch\":[]}"), 400),
        arguments("a batch that is a number", bytes("{\"api_key\":\"phc_bad\",\"batch\":7}"), 400),
        arguments("no key", bytes("{\"event\":\"x\",\"distinct_id\":\"odd\"}"), 401),
        arguments(
            "a key with NUL",
            bytes("{\"api_key\":\"a\\u0000b\",\"event\":\"x\",\"distinct_id\":\"odd\"}"),
            401),
        arguments(
            "a key that is a number",
            bytes("{\"api_key\":5,\"event\":\"x\",\"distinct_id\":\"odd\"}"),
            400),
        arguments("a form without data", bytes("data="), 400));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badBodies")
  void refusesABadBodyWithASentence(String name, byte[] body, int status) {
    long before = pipeline.count("hogflare_gateway_events_stored_total");
    for (String path : List.of("/batch/", "/capture", "/e/", "/i/v0/e/", "/s/", "/engage")) {
      Answer answer = pipeline.post(path, body, "text/plain");

      assertThat(answer.status()).as("%s: %s", path, answer.body()).isBetween(400, 499);
      if (path.equals("/batch/")) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
      }
      assertThat(answer.json().path("error").asText()).as(answer.body()).isNotBlank();
    }
    assertThat(pipeline.count("hogflare_gateway_events_stored_total")).isEqualTo(before);
  }

  @Test
  void takesBytesThatAreNoTextOrRefusesThem() {
    String token = "phc_bad_bytes";
    byte[] body = bytes("{\"api_key\":\"" + token + "\",\"event\":\"x?\",\"distinct_id\":\"odd\"}");
    body[new String(body, UTF_8).indexOf('?')] = (byte) 0xFF;

    Answer answer = pipeline.post("/capture", body, "application/json");

    assertThat(answer.status()).as(answer.body()).isIn(200, 400);
    pipeline.storeBatch(token, List.of(Json.event("after", "odd")));
    pipeline.awaitEvents(token, answer.status() == 200 ? 2 : 1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] flipped(byte[] gzip) {
    gzip[gzip.length / 2] ^= 0x55;
    return gzip;
  }
}
