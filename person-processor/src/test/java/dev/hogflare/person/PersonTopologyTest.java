// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Uuids;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes out of one partition of the real topology. */
class PersonTopologyTest {
  private static final String SPECIAL =
      "{'event':'$identify','properties':{'$anon_distinct_id':'A','$set':{'plan':'pro'}}}";

  private Circuit circuit = new Circuit();

  @AfterEach
  void close() {
    circuit.close();
  }

  private void restartWith(PersonConfig.Snapshots snapshots) {
    circuit.close();
    circuit = new Circuit(snapshots);
  }

  private static String uuidOf(String id) {
    return Uuids.person(new ActorKey(Events.TOKEN, id)).toString();
  }

  @Test
  void isOneSubTopologySoThatMailAndEventsMeetTheSameStores() {
    PersonConfig config = Partition.config(Duration.ofHours(24), PersonConfig.Snapshots.ALL);
    TopologyDescription description =
        new PersonTopology(config, Partition.TOPICS, new PersonMetrics(new SimpleMeterRegistry()))
            .get()
            .describe();
    assertThat(description.globalStores()).isEmpty();
    assertThat(description.subtopologies()).hasSize(1);
    Set<String> stores = new HashSet<>();
    Set<String> sources = new HashSet<>();
    Set<String> sinks = new HashSet<>();
    for (TopologyDescription.Node node : description.subtopologies().iterator().next().nodes()) {
      switch (node) {
        case TopologyDescription.Processor processor -> stores.addAll(processor.stores());
        case TopologyDescription.Source source -> sources.addAll(source.topicSet());
        case TopologyDescription.Sink sink -> sinks.add(sink.topic());
        default -> throw new AssertionError(node);
      }
    }
    assertThat(stores)
        .containsExactlyInAnyOrder("actors", "parked", "claims", "seen-keys", "generation");
    assertThat(sources)
        .containsExactlyInAnyOrder(
            "hogflare.events.raw", "hogflare.recordings.raw", "simulation-mail");
    assertThat(sinks)
        .containsExactlyInAnyOrder(
            "simulation-mail",
            "hogflare.events",
            "hogflare.recordings",
            "hogflare.group.events",
            "hogflare.persons",
            "hogflare.person.overrides",
            "hogflare.dead.letters");
    assertThat(PersonTopology.topics(config, Partition.TOPICS))
        .extracting(Topic::name)
        .containsAll(sources)
        .containsAll(sinks)
        .doesNotHaveDuplicates();
  }

  @Test
  void withoutADedupWindowThereIsNoStoreForIt() {
    PersonConfig config = Partition.config(Duration.ZERO, PersonConfig.Snapshots.ALL);
    String description =
        new PersonTopology(config, Partition.TOPICS, new PersonMetrics(new SimpleMeterRegistry()))
            .get()
            .describe()
            .toString();
    assertThat(description)
        .contains("actors", "parked", "claims", "generation")
        .doesNotContain("seen-keys");
  }

  @Test
  void mailTakesTheTimeOfTheEventBehindIt() {
    PersonTopology.CausalTime time = new PersonTopology.CausalTime();
    byte[] mail = new MessageCodec(new EventReader()).encode(new Message.Shortcut(Sent.STAMP));
    assertThat(time.extract(mail(mail), 5)).isEqualTo(Sent.STAMP.appendedAt());
    ConsumerRecord<Object, Object> written =
        new ConsumerRecord<>(
            "mail",
            0,
            0,
            1_000,
            TimestampType.LOG_APPEND_TIME,
            0,
            0,
            null,
            mail,
            new RecordHeaders(),
            Optional.empty());
    assertThat(time.extract(written, 5)).isEqualTo(1_000);
    assertThat(time.extract(mail(null), 5)).isEqualTo(5);
    assertThat(time.extract(mail(new byte[3]), -1)).isZero();
    assertThat(time.extract(mail(new byte[] {-1, 0, 0, 0, 0, 0, 0, 0}), 7)).isEqualTo(7);
  }

  private static ConsumerRecord<Object, Object> mail(byte[] value) {
    return new ConsumerRecord<>("mail", 0, 0, null, value);
  }

  @Test
  void anAnonymousVisitorWhoIdentifiesIsOnePersonAllAlong() {
    circuit
        .take(
            "A", "{'event':'view','properties':{'$set':{'seen':1},'$set_once':{'first':'/home'}}}")
        .take("U", SPECIAL)
        .take("U", "{'event':'buy'}");

    assertThat(Circuit.all(circuit.rows, "event")).containsExactly("view", "$identify", "buy");
    assertThat(Circuit.all(circuit.rows, "distinct_id")).containsExactly("A", "U", "U");
    assertThat(new HashSet<>(Circuit.all(circuit.rows, "person_id")))
        .as("one person")
        .containsExactly(uuidOf("A"));
    assertThat(Circuit.all(circuit.snapshots, "operation"))
        .containsExactly("capture", "identify", "capture");
    assertThat(Circuit.all(circuit.snapshots, "source_event_uuid"))
        .isEqualTo(Circuit.all(circuit.rows, "uuid"));
    JsonNode last = circuit.snapshot();
    assertThat(last.get("distinct_ids")).isEqualTo(Json.tree("['A','U']"));
    assertThat(last.get("canonical_distinct_id").textValue()).isEqualTo("U");
    assertThat(last.get("properties")).isEqualTo(Json.tree("{'seen':1,'plan':'pro'}"));
    assertThat(last.get("properties_set_once")).isEqualTo(Json.tree("{'first':'/home'}"));
    assertThat(last.get("merged_properties"))
        .isEqualTo(Json.tree("{'seen':1,'plan':'pro','first':'/home'}"));
    assertThat(last.get("version").longValue()).isEqualTo(3);
    assertThat(circuit.row().get("person_properties")).isEqualTo(last.get("merged_properties"));
    assertThat(circuit.overrides).containsExactly(Map.entry("U", uuidOf("A")));
    assertThat(circuit.metrics().born()).isEqualTo(1);
  }

  @Test
  void createdAtAndNumberStayThoseOfTheFirstEvent() {
    circuit.take("A", "{'event':'view'}").take("U", SPECIAL).take("U", "{'event':'buy'}");
    assertThat(Set.copyOf(Circuit.all(circuit.snapshots, "created_at")))
        .containsExactly("2026-09-21T14:13:20.000000Z");
    assertThat(Set.copyOf(Circuit.all(circuit.snapshots, "person_int_id"))).containsExactly("0");
    assertThat(Circuit.all(circuit.snapshots, "updated_at"))
        .containsExactly(
            "2026-09-21T14:13:20.000000Z",
            "2026-09-21T14:13:21.000000Z",
            "2026-09-21T14:13:22.000000Z");
  }

  @Test
  void theExampleOfTheHogflareManual() {
    RawEvent raw =
        new RawEvent(
            new ActorKey("phc_x", "u1"),
            Json.bytes(
                "{'event':'buy','distinct_id':'u1','api_key':'phc_x','properties':"
                    + "{'amount':5,'$set':{'plan':'pro'},'$groups':{'company':'acme'}}}"),
            Sent.ROW,
            Route.CAPTURE,
            Events.ARRIVED_AT,
            null,
            Json.bytes("{'$ip':'203.0.113.1'}"),
            null);
    circuit.partition.takeRaw(raw, Circuit.START);
    circuit.settle();

    GroupedEvent event = circuit.groupEvents.get(0);
    assertThat(event.visitKey()).isEqualTo(new GroupKey("phc_x", "company", "acme"));
    assertThat(event.rowKey()).isEqualTo(raw.key());
    assertThat(event.pending()).hasSize(1);
    assertThat(Json.tree(event.row()))
        .isEqualTo(
            Json.tree(
                "{'uuid':'"
                    + Sent.ROW
                    + "','source':'posthog','event':'buy','distinct_id':'u1',"
                    + "'created_at':'2026-09-21T14:13:20.000000Z',"
                    + "'timestamp':'2026-09-21T14:13:20.000000Z',"
                    + "'properties':{'amount':5,'$set':{'plan':'pro'},"
                    + "'$groups':{'company':'acme'},'$ip':'203.0.113.1'},"
                    + "'person_id':'"
                    + Uuids.person(raw.key())
                    + "','person_created_at':'2026-09-21T14:13:20.000000Z',"
                    + "'person_properties':{'plan':'pro'},'api_key':'phc_x'}"));
    JsonNode snapshot = circuit.snapshot();
    assertThat(snapshot.get("operation").textValue()).isEqualTo("capture");
    assertThat(snapshot.get("version").longValue()).isEqualTo(1);
    assertThat(snapshot.get("distinct_ids")).isEqualTo(Json.tree("['u1']"));
    assertThat(snapshot.get("properties")).isEqualTo(Json.tree("{'plan':'pro'}"));
    assertThat(snapshot.get("properties_set_once")).isEqualTo(Json.tree("{}"));
    assertThat(snapshot.get("merged_properties")).isEqualTo(Json.tree("{'plan':'pro'}"));
    assertThat(snapshot.get("source_event_uuid").textValue()).isEqualTo(Sent.ROW.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "BATCH | capture | {'event':'buy'}",
        "IDENTIFY | identify | {}",
        "ALIAS | alias | {'alias':'other'}",
        "ENGAGE | engage | {'$set':{'a':1}}",
        "BATCH | alias | {'event':'$merge_dangerously'}"
      })
  void theOperationOfASnapshotIsTheKindOfItsEvent(Route route, String operation, String json) {
    circuit.take(route, "U", json);
    assertThat(circuit.snapshots.get(0).get("operation").textValue()).isEqualTo(operation);
  }

  @Test
  void anEventWithoutPersonLeavesNothingButItsRow() {
    circuit.take(
        "U",
        "{'event':'view','properties':{'$process_person_profile':false,'$set':{'a':1},"
            + "'$groups':{'company':'acme'}}}");
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(uuidOf("U"));
    assertThat(circuit.row().has("person_created_at")).isFalse();
    assertThat(circuit.row().has("person_properties")).isFalse();
    assertThat(circuit.groupEvents).as("its groups stay").hasSize(1);
    assertThat(circuit.snapshots).isEmpty();
    assertThat(circuit.partition.actors()).isEmpty();
    assertThat(circuit.metrics().born()).isZero();
  }

  @Test
  void anEventWithoutPersonReadsTheOneThatIsThere() {
    circuit
        .take("U", "{'event':'buy','$set':{'a':1}}")
        .take(
            "U", "{'event':'view','properties':{'$process_person_profile':false,'$set':{'a':2}}}");
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(uuidOf("U"));
    assertThat(circuit.row().has("person_created_at")).isTrue();
    assertThat(circuit.row().has("person_properties")).isFalse();
    assertThat(circuit.snapshots).hasSize(1);
    assertThat(circuit.person("U").version()).isEqualTo(1);
    assertThat(circuit.person("U").properties()).hasToString(Json.text("{'a':1}"));
  }

  @Test
  void aLaterIdentifyFindsTheRowsWithoutPersonByThemselvesOrByAnOverride() {
    String personless = "{'event':'view','properties':{'$process_person_profile':false}}";
    circuit.take("A", personless).take("U", personless).take("U", SPECIAL);
    String person = circuit.row().get("person_id").textValue();
    assertThat(circuit.rows.get(0).get("person_id").textValue())
        .as("the anonymous id's rows carry the UUID already")
        .isEqualTo(person);
    assertThat(circuit.overrides).containsEntry("U", person);
  }

  @Test
  void anIdThatJoinsAPersonLaterIsOverriddenAsWell() {
    String personless = "{'event':'view','properties':{'$process_person_profile':false}}";
    circuit
        .take("U", "{'event':'buy'}")
        .take("B", personless)
        .take("U", "{'event':'$identify','properties':{'$anon_distinct_id':'B'}}");
    assertThat(circuit.rows.get(1).get("person_id").textValue()).isEqualTo(uuidOf("B"));
    assertThat(circuit.overrides).containsEntry("B", uuidOf("U"));
  }

  @Test
  void groupIdentifyReadsThePersonAndChangesNothing() {
    String group =
        "{'event':'$groupidentify','$set':{'a':1},'properties':{'$group_type':'company',"
            + "'$group_key':'acme','$group_set':{'tier':'gold'},'$set':{'b':1}}}";
    circuit.take("U", group);
    assertThat(circuit.partition.actors()).isEmpty();
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(uuidOf("U"));
    circuit.take("U", "{'event':'buy'}").take("U", group);
    assertThat(circuit.row().get("person_created_at").textValue())
        .isEqualTo("2026-09-21T14:13:21.000000Z");
    assertThat(circuit.row().has("person_properties")).isFalse();
    assertThat(circuit.person("U").version()).isEqualTo(1);
    assertThat(circuit.snapshots).hasSize(1);
    assertThat(circuit.groupEvents).hasSize(2);
    GroupedEvent.Pending pending = circuit.groupEvents.get(1).pending().get(0);
    assertThat(Json.tree(pending.set())).isEqualTo(Json.tree("{'tier':'gold'}"));
  }

  @Test
  void aRecordingReadsThePersonAndChangesNothing() {
    String recording = "{'properties':{'$session_id':'s1','$snapshot_data':[{'type':4}]}}";
    circuit.take(Route.S, "U", recording);
    assertThat(circuit.partition.actors()).isEmpty();
    assertThat(circuit.row().get("event").textValue()).isEqualTo("$snapshot_items");
    circuit.take("U", "{'event':'buy'}").take(Route.S, "U", recording);
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(uuidOf("U"));
    assertThat(circuit.row().has("person_created_at")).isTrue();
    assertThat(circuit.snapshots).hasSize(1);
  }

  @Test
  void aRecordingOfALinkedIdCarriesThePersonItLeadsTo() {
    circuit
        .take("A", "{'event':'view'}")
        .take("U", SPECIAL)
        .take(Route.S, "A", "{'properties':{'$session_id':'s1','$snapshot_data':[]}}");
    assertThat(circuit.row().get("distinct_id").textValue()).isEqualTo("A");
    assertThat(circuit.row().get("person_id").textValue()).isEqualTo(uuidOf("A"));
    assertThat(circuit.row().has("person_created_at")).isTrue();
  }

  private static Headers headers(RawEvent event) {
    RecordHeaders headers = new RecordHeaders();
    event.writeHeaders(headers);
    return headers;
  }

  private void assertDeadLetter(
      TestRecord<byte[], byte[]> record, ErrorCode code, String topic, int offset) {
    TestRecord<byte[], byte[]> dead = circuit.deadLetters.get(circuit.deadLetters.size() - 1);
    assertThat(dead.key()).isEqualTo(record.key());
    assertThat(dead.value()).isEqualTo(record.value());
    for (var header : record.headers()) {
      assertThat(dead.headers().headers(header.key())).as(header.key()).contains(header);
    }
    DeadLetter reason = circuit.deadLetter();
    assertThat(reason.stage()).isEqualTo(Stage.PERSON);
    assertThat(reason.code()).isEqualTo(code);
    assertThat(reason.message()).isNotBlank();
    assertThat(reason.source()).isEqualTo(new DeadLetter.Source(topic, 0, offset));
    assertThat(reason.at()).isEqualTo(record.timestamp());
  }

  @Test
  void aRecordThatIsNoRawEventIsDeadLetteredAsItIsAndTheNextOneGoesOn() {
    RawEvent good = Sent.on(Route.BATCH, "{'event':'b'}").raw();
    byte[] key = good.key().toBytes();
    Headers without = headers(good).remove("uuid").add("mine", "kept".getBytes(UTF_8));
    List<TestRecord<byte[], byte[]>> records =
        List.of(
            record("user".getBytes(UTF_8), good.json(), headers(good)),
            record(null, good.json(), headers(good)),
            record("a\0b\0c".getBytes(UTF_8), good.json(), headers(good)),
            record(new byte[] {'t', 0, (byte) 0xFF}, good.json(), headers(good)),
            record(key, null, headers(good)),
            record(key, good.json(), without),
            record(key, good.json(), new RecordHeaders()),
            record(
                key, good.json(), headers(good).remove("route").add("route", "x".getBytes(UTF_8))));
    int offset = 0;
    for (TestRecord<byte[], byte[]> record : records) {
      circuit.partition.takeRaw(record);
      circuit.settle();
      assertDeadLetter(record, ErrorCode.MALFORMED_RECORD, "hogflare.events.raw", offset++);
    }
    circuit.take("U", "{'event':'buy'}");
    assertThat(circuit.rows).hasSize(1);
    assertThat(circuit.metrics().deadLettered()).isEqualTo(records.size());
    assertThat(circuit.metrics().received()).isEqualTo(records.size() + 1);
  }

  private static TestRecord<byte[], byte[]> record(byte[] key, byte[] value, Headers headers) {
    return new TestRecord<>(key, value, headers, Instant.ofEpochMilli(Circuit.START));
  }

  @Test
  void garbageInAnyEncodingIsDeadLetteredAsItIs() {
    RawEvent good = Sent.on(Route.BATCH, "{'event':'b'}").raw();
    int offset = 0;
    for (byte[] garbage :
        new byte[][] {
          {},
          {0},
          {0, 0, 0, '{'},
          {0, 0, (byte) 0xFE, (byte) 0xFF, 0, 0, 0, '{'},
          {(byte) 0xFE, (byte) 0xFF, 0, '{'},
          {(byte) 0xFF, (byte) 0xFE, '{', 0},
          {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF, '{', '}'},
          {'{', 0, '}', 0},
          {'{', 0, 0, 0, '}', 0, 0, 0},
          "not json".getBytes(UTF_8),
          "{\"event\":\"b\"".getBytes(UTF_8)
        }) {
      TestRecord<byte[], byte[]> record = record(good.key().toBytes(), garbage, headers(good));
      circuit.partition.takeRaw(record);
      circuit.settle();
      ErrorCode code = circuit.deadLetter().code();
      assertThat(code).isIn(ErrorCode.MALFORMED_JSON, ErrorCode.NOT_AN_OBJECT);
      assertDeadLetter(record, code, "hogflare.events.raw", offset++);
    }
    circuit.take("U", "{'event':'buy'}");
    assertThat(circuit.rows).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'$anon_distinct_id':{'toString':'x','length':1}}",
        "{'$anon_distinct_id':['A']}",
        "{'$anon_distinct_id':7}",
        "{'$anon_distinct_id':true}"
      })
  void hostileTypesDoNotWedgeThePartition(String properties) {
    circuit
        .take("U", "{'event':'$identify','properties':" + properties + "}")
        .take("U", "{'event':'buy'}");
    assertThat(circuit.deadLetter().code()).isEqualTo(ErrorCode.INVALID_ALIAS);
    assertThat(circuit.rows).hasSize(1);
    assertThat(circuit.metrics().deadLettered()).isEqualTo(1);
  }

  @Test
  void everyFieldMayHaveAnyTypeWithoutHarm() {
    String[] fields = {
      "event",
      "type",
      "timestamp",
      "offset",
      "uuid",
      "context",
      "alias",
      "$set",
      "$set_once",
      "$unset",
      "$groups",
      "$group_set",
      "group_type",
      "$sent_at",
      "properties"
    };
    String[] values = {"null", "7", "-1e400", "true", "'\\u0000'", "[[]]", "{'a':{'b':[]}}"};
    int taken = 0;
    for (String field : fields) {
      for (String value : values) {
        circuit
            .take("U", "{'event':'b','" + field + "':" + value + "}")
            .take("U", "{'event':'b','properties':{'" + field + "':" + value + "}}");
        taken += 2;
      }
    }
    circuit.take("U", "{'event':'last'}");
    assertThat(circuit.row().get("event").textValue()).isEqualTo("last");
    assertThat(circuit.metrics().received()).isEqualTo(taken + 1);
    assertThat(circuit.deadLetters)
        .allSatisfy(
            dead ->
                assertThat(DeadLetter.read(dead.headers()).code())
                    .isIn(ErrorCode.MISSING_EVENT, ErrorCode.INVALID_FIELD));
  }

  @Test
  void aMergeWithoutPersonIsDeadLettered() {
    circuit.take(
        "U",
        "{'event':'$identify','properties':{'$anon_distinct_id':'A',"
            + "'$process_person_profile':false}}");
    assertThat(circuit.deadLetter().code()).isEqualTo(ErrorCode.MERGE_WITHOUT_PERSON);
    assertThat(circuit.rows).isEmpty();
    assertThat(circuit.partition.actors()).isEmpty();
  }

  @Test
  void mailThatCannotBeReadIsDeadLetteredAndCountedApart() {
    byte[] key = new ActorKey(Events.TOKEN, "U").toBytes();
    byte[] adopted =
        new MessageCodec(new EventReader())
            .encode(
                new Message.Adopted(
                    StateCodecTest.person(),
                    "A",
                    new Cause(Sent.STAMP, 0, new UUID(0, 0), "identify")));
    circuit.take("U", "{'event':'buy'}");
    for (byte[] poison : new byte[][] {null, {}, {1, 2, 3}, new byte[40], adopted}) {
      circuit.partition.takeMail(new TestRecord<>(key, poison));
      circuit.settle();
      assertThat(circuit.deadLetters.get(circuit.deadLetters.size() - 1).value()).isEqualTo(poison);
      assertThat(circuit.deadLetter().source().topic()).isEqualTo("mail-in");
    }
    circuit.partition.takeMail(new TestRecord<>(null, adopted));
    circuit.settle();
    assertThat(circuit.deadLetters).hasSize(6);
    assertThat(circuit.deadLetters)
        .extracting(dead -> DeadLetter.read(dead.headers()).code())
        .containsExactly(
            ErrorCode.MALFORMED_RECORD,
            ErrorCode.MALFORMED_RECORD,
            ErrorCode.MALFORMED_RECORD,
            ErrorCode.MALFORMED_RECORD,
            ErrorCode.INTERNAL,
            ErrorCode.MALFORMED_RECORD);
    assertThat(circuit.metrics().deadLettered()).as("of raw records").isZero();
    circuit.take("U", "{'event':'buy'}");
    assertThat(circuit.rows).hasSize(2);
    assertThat(circuit.person("U").version()).isEqualTo(2);
  }

  /** A protocol that fails at the events of ids that lead elsewhere. */
  private static IdentityProtocol failingWith(RuntimeException failure) {
    return new IdentityProtocol() {
      @Override
      int demotions(List<Stamp> sinces, Stamp stamp) {
        throw failure;
      }
    };
  }

  private void restartWith(IdentityProtocol protocol) {
    circuit.close();
    circuit =
        new Circuit(
            new Partition(Partition.config(Duration.ZERO, PersonConfig.Snapshots.ALL), protocol));
    circuit.take("A", "{'event':'view'}").take("U", SPECIAL);
  }

  @Test
  void aDefectOfOursCostsOneRecordAndLeavesNoTrace() {
    for (RuntimeException defect :
        List.of(
            new IllegalStateException("a defect"),
            new NullPointerException("a defect"),
            new ArithmeticException("a defect"),
            new NegativeArraySizeException("a defect"),
            new UncheckedIOException(new IOException("a defect")),
            new UnsupportedOperationException("a defect"))) {
      restartWith(failingWith(defect));
      circuit.take("A", "{'event':'lost'}").take("U", "{'event':'next'}");
      assertThat(circuit.deadLetter().code()).isEqualTo(ErrorCode.INTERNAL);
      assertThat(circuit.deadLetter().message()).contains("a defect");
      assertThat(Circuit.all(circuit.rows, "event")).containsExactly("view", "$identify", "next");
      assertThat(circuit.person("U").version()).isEqualTo(3);
    }
  }

  @Test
  void troubleWithKafkaIsNotTakenForADefectOfTheRecord() {
    restartWith(failingWith(new KafkaException("the broker is gone")));
    assertThatThrownBy(() -> circuit.take("A", "{'event':'view'}"))
        .hasRootCauseMessage("the broker is gone");
    assertThat(circuit.deadLetters).isEmpty();
    circuit.partition.close();
    circuit = new Circuit();
  }

  @Test
  void aDamagedStateCostsItsOwnEventsAndNoOthers() {
    circuit.take("U", "{'event':'buy'}");
    circuit.partition.damage("U");
    circuit.take("U", "{'event':'buy'}").take("V", "{'event':'buy'}");
    assertThat(circuit.deadLetter().code()).isEqualTo(ErrorCode.MALFORMED_RECORD);
    assertThat(circuit.rows).hasSize(2);
  }

  @Test
  void onChangeOnlyChangesGiveSnapshots() {
    restartWith(PersonConfig.Snapshots.ON_CHANGE);
    circuit
        .take("U", "{'event':'born'}")
        .take("U", "{'event':'nothing'}")
        .take("U", "{'event':'set','$set':{'a':1}}")
        .take("U", "{'event':'the same','$set':{'a':1}}")
        .take("U", "{'event':'once','$set_once':{'b':1}}")
        .take("U", "{'event':'not again','$set_once':{'b':2}}")
        .take("U", "{'event':'unset','$unset':['a']}")
        .take("U", "{'event':'gone already','$unset':['a']}");
    assertThat(Circuit.all(circuit.snapshots, "source_event_uuid"))
        .containsExactly(
            Circuit.uuid(1).toString(),
            Circuit.uuid(3).toString(),
            Circuit.uuid(5).toString(),
            Circuit.uuid(7).toString());
    assertThat(circuit.rows).hasSize(8);
    assertThat(circuit.person("U").version()).as("every update counts").isEqualTo(8);
  }

  @Test
  void offNoSnapshotsAreWritten() {
    restartWith(PersonConfig.Snapshots.OFF);
    circuit.take("A", "{'event':'view'}").take("U", SPECIAL);
    assertThat(circuit.snapshots).isEmpty();
    assertThat(circuit.rows).hasSize(2);
    assertThat(circuit.person("U").ids()).containsExactly("A", "U");
  }

  @Test
  void twoProjectsShareNothing() {
    ActorKey other = new ActorKey("phc_other", "U");
    circuit
        .take("A", "{'event':'view'}")
        .take("U", SPECIAL)
        .take(other, Route.BATCH, "{'event':'buy'}");
    assertThat(circuit.row().get("person_id").textValue())
        .isEqualTo(Uuids.person(other).toString())
        .isNotEqualTo(uuidOf("U"));
    assertThat(circuit.row().get("person_properties")).isEqualTo(Json.tree("{}"));
    assertThat(circuit.row().get("api_key").textValue()).isEqualTo("phc_other");
  }
}
