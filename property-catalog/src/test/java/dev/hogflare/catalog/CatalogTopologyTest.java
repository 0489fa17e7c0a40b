// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Definition;
import dev.hogflare.contract.DefinitionKey;
import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.Topics;
import dev.hogflare.contract.ValueCounts;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The topology without a broker: counts in, definitions and changes out. */
class CatalogTopologyTest {
  private static final Topics TOPICS = new Topics("h.");
  private static final String COUNTS = "h.counts";

  @TempDir Path folder;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final CountBook book = new CountBook();
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> rows;
  private TestInputTopic<byte[], byte[]> counts;
  private TestOutputTopic<byte[], byte[]> definitions;
  private TestOutputTopic<byte[], byte[]> changes;

  @BeforeEach
  void open() {
    Properties properties = new Properties();
    properties.put("application.id", "catalog");
    properties.put("bootstrap.servers", "unused:1");
    properties.put("state.dir", folder.toString());
    driver =
        new TopologyTestDriver(
            new CatalogTopology(
                    TOPICS,
                    COUNTS,
                    Duration.ofSeconds(60),
                    () -> book,
                    new CatalogMetrics(registry))
                .get(),
            properties);
    rows =
        driver.createInputTopic(
            TOPICS.events().name(), new ByteArraySerializer(), new ByteArraySerializer());
    counts = driver.createInputTopic(COUNTS, new ByteArraySerializer(), new ByteArraySerializer());
    definitions =
        driver.createOutputTopic(
            TOPICS.definitions().name(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    changes =
        driver.createOutputTopic(
            TOPICS.schemaChanges().name(),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private static Seen seen(String event, String name, ValueCounts values) {
    return new Seen(Kind.EVENTS_PROPERTY, event, name, values, 1_000_000, 2_000_000);
  }

  private void send(List<Seen> seen) {
    for (byte[] value : SeenCodec.write(seen)) {
      counts.pipeInput("t".getBytes(StandardCharsets.UTF_8), value);
    }
  }

  private Map<DefinitionKey, Definition> written() {
    Map<DefinitionKey, Definition> all = new LinkedHashMap<>();
    definitions
        .readRecordsToList()
        .forEach(
            record -> {
              Definition definition = Definition.fromRecord(record.key(), record.value());
              all.put(definition.key(), definition);
            });
    return all;
  }

  private List<String> told() {
    return changes.readRecordsToList().stream()
        .map(record -> new String(record.value(), StandardCharsets.UTF_8))
        .toList();
  }

  private double counter(String name) {
    return registry.get(name).counter().count();
  }

  @Test
  void whatIsNewIsWrittenAtOnceAndGrowthAtTheInterval() {
    send(List.of(seen("buy", "price", new ValueCounts(0, 0, 2, 0, 0))));
    DefinitionKey price = new DefinitionKey("t", Kind.EVENT_PROPERTY, "", "price");
    assertThat(written())
        .containsOnlyKeys(price, new DefinitionKey("t", Kind.EVENTS_PROPERTY, "buy", "price"));
    assertThat(told())
        .containsExactly(
            "{\"change\":\"added\",\"api_key\":\"t\",\"kind\":\"event_property\",\"parent\":\"\","
                + "\"name\":\"price\",\"type_after\":\"Numeric\","
                + "\"seen_at\":\"1970-01-01T00:00:02.000000Z\"}");

    send(List.of(seen("buy", "price", new ValueCounts(0, 0, 3, 0, 0))));
    send(List.of(seen("look", "price", new ValueCounts(0, 0, 4, 0, 0))));
    assertThat(written())
        .containsOnlyKeys(new DefinitionKey("t", Kind.EVENTS_PROPERTY, "look", "price"));

    driver.advanceWallClockTime(Duration.ofSeconds(60));
    assertThat(written().get(price).count()).isEqualTo(9);
    driver.advanceWallClockTime(Duration.ofSeconds(60));
    assertThat(written()).isEmpty();
    assertThat(told()).isEmpty();
  }

  @Test
  void aChangeOfTypeIsToldAndWrittenAtOnce() {
    send(List.of(seen("buy", "price", new ValueCounts(0, 0, 2, 0, 0))));
    written();
    told();

    send(List.of(seen("buy", "price", new ValueCounts(0, 5, 0, 0, 0))));

    DefinitionKey price = new DefinitionKey("t", Kind.EVENT_PROPERTY, "", "price");
    assertThat(written()).containsKey(price);
    assertThat(told())
        .satisfiesExactly(
            added ->
                assertThat(added)
                    .contains("\"change\":\"type_added\"")
                    .contains("\"type_before\":\"Numeric\",\"type_after\":\"String\""),
            changed ->
                assertThat(changed)
                    .contains("\"change\":\"type_changed\"")
                    .contains("\"type_before\":\"Numeric\",\"type_after\":\"String\""));
  }

  @Test
  void namesBeyondTheLimitAreRefusedCountedAndToldOnce() {
    List<Seen> many = new ArrayList<>();
    for (int i = 0; i < Merge.MAX_DEFINITIONS + 50; i++) {
      many.add(new Seen(Kind.PERSON_PROPERTY, "", "p" + i, new ValueCounts(0, 1, 0, 0, 0), 1, 2));
    }
    send(many);
    send(many.subList(Merge.MAX_DEFINITIONS, Merge.MAX_DEFINITIONS + 10));
    driver.advanceWallClockTime(Duration.ofSeconds(60));

    DefinitionKey refused = new DefinitionKey("t", Kind.REFUSED, "", "");
    Map<DefinitionKey, Definition> all = written();
    assertThat(all).hasSize(Merge.MAX_DEFINITIONS + 1);
    assertThat(all.get(refused).count()).isEqualTo(60);
    assertThat(told())
        .hasSize(Merge.MAX_DEFINITIONS + 1)
        .filteredOn(change -> change.contains("limit_reached"))
        .hasSize(1);
    assertThat(counter("hogflare_catalog_refused_total")).isEqualTo(60);

    // What has a definition is counted on.
    send(many.subList(0, 1));
    driver.advanceWallClockTime(Duration.ofSeconds(60));
    assertThat(written().values()).extracting(Definition::count).containsExactly(2L);
  }

  @Test
  void countsThatCannotBeReadAreLeftOutAlone() {
    counts.pipeInput(new byte[] {'t'}, new byte[] {9});
    send(List.of(seen("buy", "price", new ValueCounts(0, 0, 2, 0, 0))));
    assertThat(written()).hasSize(2);
    assertThat(counter("hogflare_catalog_damaged_total")).isEqualTo(1);
  }

  @Test
  void rowsAreCountedOrSkippedWithAReason() {
    byte[] key = {'t', 0, 'd'};
    String row = "{\"event\":\"%s\",\"created_at\":\"2026-03-01T12:00:00Z\"}";
    rows.pipeInput(key, row.formatted("e").getBytes(StandardCharsets.UTF_8));
    rows.pipeInput(key, row.formatted("$$plugin_metrics").getBytes(StandardCharsets.UTF_8));
    rows.pipeInput(key, row.formatted("e".repeat(201)).getBytes(StandardCharsets.UTF_8));
    rows.pipeInput(key, new byte[] {'x'});
    rows.pipeInput(new TestRecord<>(key, null));

    assertThat(book.take().get("t")).hasSize(1);
    assertThat(counter("hogflare_catalog_received_total")).isEqualTo(5);
    assertThat(counter("hogflare_catalog_counted_total")).isEqualTo(1);
    assertThat(
            registry
                .get("hogflare_catalog_skipped_total")
                .tag("reason", "malformed")
                .counter()
                .count())
        .isEqualTo(2);
    assertThat(
            registry.find("hogflare_catalog_skipped_total").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum())
        .isEqualTo(4);
  }
}
