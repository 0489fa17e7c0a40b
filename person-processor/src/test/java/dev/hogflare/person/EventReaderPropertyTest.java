// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.Stamp;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;

/** What holds for every event, whatever is in it. */
class EventReaderPropertyTest {
  private static final long SEED = 20_260_718L;
  private static final int MUTANTS = 15_000;
  private static final String GRAMMAR = "{}[]\",:\\u0 \n-.eE17ntf";
  private static final Route[] ROUTES = Route.values();

  /** The fields that mean something, so that chance meets them. */
  private static final List<String> NAMES =
      List.of(
          "event",
          "type",
          "timestamp",
          "offset",
          "uuid",
          "context",
          "alias",
          "$anon_distinct_id",
          "$set",
          "$set_once",
          "$unset",
          "$groups",
          "$group_set",
          "group_type",
          "group_key",
          "$group_type",
          "$group_key",
          "$process_person_profile",
          "$ignore_sent_at",
          "$sent_at",
          "$session_id",
          "$snapshot_data",
          "$snapshot_items",
          "$ip",
          "distinct_id",
          "other",
          "caf\\u00e9",
          "\\ud83e\\udd94",
          "\\u0000",
          "");

  private final RowSchema.Validator rows = RowSchema.EVENTS.validator();
  private final RowSchema.Validator snapshots = RowSchema.PERSONS.validator();
  private final RowWriter writer = new RowWriter(Optional.of(7L));
  private final EventReader reader = new EventReader();

  @Property(tries = 1_500)
  void everyEventOfAnyFieldsGivesAValidRowOrAReason(
      @ForAll("events") String json, @ForAll Route route, @ForAll boolean withEnvelope) {
    Sent sent = Sent.on(route, json).enrichedWith("{'$ip':'1.2.3.4','$geo':'x'}");
    assertRowOrReason(withEnvelope ? sent.inEnvelope("{'event':'outer','x':1}").raw() : sent.raw());
  }

  @Property(tries = 1_000)
  void aRowHasThePropertiesAsTheyWereSent(@ForAll("objects") String properties)
      throws InvalidEventException {
    Sent sent = Sent.on(Route.CAPTURE, "{'event':'buy', 'properties' : " + properties + " }");
    byte[] row = writer.event(reader.read(sent.raw(), Sent.STAMP), null, Sent.ROW);
    assertThat(rows.violationOrNull(row)).isNull();
    assertThat(Json.tree(row).get("properties")).isEqualTo(Json.tree(properties));
  }

  @Property(tries = 1_000)
  void enrichmentIsAddedAndNothingElseChanges(@ForAll("objects") String properties)
      throws InvalidEventException {
    String enrichment = "{'$ip':'1.2.3.4','cf_ray':'r','$set':'e'}";
    Sent sent =
        Sent.on(Route.CAPTURE, "{'event':'buy','properties':" + properties + "}")
            .enrichedWith(enrichment);
    ObjectNode expected = (ObjectNode) Json.tree(enrichment);
    expected.setAll((ObjectNode) Json.tree(properties));
    assertThat(
            Json.tree(writer.event(reader.read(sent.raw(), Sent.STAMP), null, Sent.ROW))
                .get("properties"))
        .isEqualTo(expected);
  }

  @Property(tries = 300)
  void anyTextSurvivesAsNameAndValue(@ForAll String name, @ForAll String value)
      throws InvalidEventException {
    byte[] json =
        new JsonBuffer(64)
            .openObject()
            .name("event")
            .string("e" + value)
            .name("properties")
            .openObject()
            .name("$set")
            .openObject()
            .name(name)
            .string(value)
            .closeObject()
            .closeObject()
            .closeObject()
            .toBytes();
    PersonEvent event = Sent.bytes(json).read();
    Person person = Person.born(Actor.of(event.key(), 0), event.stamp(), 0);
    boolean changed = person.properties().apply(event.update(), event.stamp(), "U", 0);
    JsonNode row = Json.tree(writer.event(event, person, person.uuid()));
    String cleanName = clean(name);
    String cleanValue = clean(value);
    assertThat(changed).isTrue();
    assertThat(row.get("event").textValue()).isEqualTo("e" + cleanValue);
    assertThat(row.get("person_properties").get(cleanName).textValue()).isEqualTo(cleanValue);
  }

  private static String clean(String text) {
    return new String(
        text.codePoints().map(p -> p >= 0xD800 && p <= 0xDFFF ? 0xFFFD : p).toArray(),
        0,
        (int) text.codePoints().count());
  }

  @Test
  void damagedEventsGiveAValidRowOrAReason() {
    Random random = new Random(SEED);
    List<String> originals =
        List.of(
            "{'event':'$identify','distinct_id':'u','properties':{'$anon_distinct_id':'a',"
                + "'$set':{'email':'a@b.c','n':-1.5e3},'$set_once':{'first':null},'$unset':['x']}}",
            "{'event':'caf\u00e9 \uD83E\uDD94','properties':{'$groups':{'company':'acme','team':7},"
                + "'$group_set':{'company':{'tier':'gold'}},'deep':[[[{'a':[]}]]]},'offset':12}",
            "{'type':'alias','alias':'a','timestamp':'2026-01-01T00:00:00.123+03:00','uuid':'x'}",
            "{'group_type':'company','group_key':'acme','properties':{'a':'\\ud83e\\u0000\\n'}}",
            "{'properties':{'$session_id':'s1','$snapshot_data':[{'type':4,'data':{}}]},"
                + "'context':{'a':true},'extra':[false,null]}");
    int refused = 0;
    for (int i = 0; i < MUTANTS; i++) {
      byte[] json = Json.bytes(originals.get(random.nextInt(originals.size())));
      json = damaged(json, random);
      Route route = ROUTES[random.nextInt(ROUTES.length)];
      RawEvent raw =
          new RawEvent(
              new ActorKey(Events.TOKEN, "user"),
              json,
              Sent.ROW,
              route,
              Events.ARRIVED_AT,
              random.nextBoolean() ? Events.ARRIVED_AT - 5 : null,
              random.nextBoolean() ? Json.bytes("{'$ip':'1.2.3.4'}") : null,
              random.nextInt(4) == 0 ? Json.bytes("{'event':'outer'}") : null);
      try {
        refused += assertRowOrReason(raw) ? 0 : 1;
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "seed " + SEED + ", mutant " + i + ", " + route + ": " + new String(json, UTF_8), e);
      }
    }
    assertThat(refused).as("mutants refused").isBetween(MUTANTS / 4, MUTANTS * 19 / 20);
  }

  private static byte[] damaged(byte[] json, Random random) {
    byte[] out = json;
    for (int times = 1 + random.nextInt(3); times > 0 && out.length > 0; times--) {
      int at = random.nextInt(out.length);
      switch (random.nextInt(5)) {
        case 0 -> {
          out = out.clone();
          out[at] = (byte) random.nextInt(256);
        }
        case 1 -> {
          out = out.clone();
          out[at] = (byte) GRAMMAR.charAt(random.nextInt(GRAMMAR.length()));
        }
        case 2 -> out = Arrays.copyOf(out, at);
        case 3 -> {
          int to = at + random.nextInt(out.length - at);
          byte[] shorter = Arrays.copyOf(out, out.length - (to - at));
          System.arraycopy(out, to, shorter, at, out.length - to);
          out = shorter;
        }
        default -> {
          int to = at + random.nextInt(Math.min(40, out.length - at));
          byte[] longer = Arrays.copyOf(out, out.length + to - at);
          System.arraycopy(out, at, longer, to, out.length - at);
          out = longer;
        }
      }
    }
    return out;
  }

  /** Asserts that an event becomes rows that the sinks take, or is refused with a sentence. */
  private boolean assertRowOrReason(RawEvent raw) {
    PersonEvent event;
    try {
      event = reader.read(raw, Sent.STAMP);
    } catch (InvalidEventException e) {
      assertThat(e.code()).isNotNull();
      assertThat(e.getMessage()).isNotBlank();
      return false;
    }
    Person person = Person.born(Actor.of(event.key(), 0), event.stamp(), raw.arrivedAt());
    boolean changed = person.properties().apply(event.update(), event.stamp(), "U", 0);
    assertThat(changed && event.update().isEmpty()).isFalse();
    assertThat(rows.violationOrNull(writer.event(event, null, Actor.of(event.key(), 0).uuid())))
        .isNull();
    assertThat(rows.violationOrNull(writer.event(event, person, person.uuid()))).isNull();
    assertThat(
            snapshots.violationOrNull(
                writer.snapshot(Events.TOKEN, person, event.cause(), "absorbed")))
        .isNull();
    assertThat(event.groups()).hasSizeLessThanOrEqualTo(EventReader.MAX_GROUPS);
    Stamp stamp = event.stamp();
    assertThat(event.cause().stamp()).isEqualTo(stamp);
    return true;
  }

  @Provide
  Arbitrary<String> events() {
    Arbitrary<String> properties =
        Arbitraries.frequencyOf(Tuple.of(6, objects()), Tuple.of(1, values(1)));
    Arbitrary<String> names =
        Arbitraries.of("$identify", "$create_alias", "$groupidentify", "$set", "buy", "");
    return Combinators.combine(objects(), properties, names)
        .as(
            (fields, inside, name) -> {
              String begin = "{'event':'" + name + "','properties':" + inside;
              return fields.equals("{}") ? begin + "}" : begin + "," + fields.substring(1);
            });
  }

  @Provide
  Arbitrary<String> objects() {
    return members(2).map(EventReaderPropertyTest::object);
  }

  private static Arbitrary<Map<String, String>> members(int depth) {
    return Combinators.combine(Arbitraries.of(NAMES), values(depth))
        .as(Map::entry)
        .list()
        .ofMaxSize(6)
        .map(
            entries -> {
              Map<String, String> members = new LinkedHashMap<>();
              entries.forEach(e -> members.put(e.getKey(), e.getValue()));
              return members;
            });
  }

  private static String object(Map<String, String> members) {
    StringBuilder out = new StringBuilder("{");
    members.forEach(
        (name, value) ->
            out.append(out.length() > 1 ? "," : "")
                .append('\'')
                .append(name)
                .append("':")
                .append(value));
    return out.append('}').toString();
  }

  private static Arbitrary<String> values(int depth) {
    Arbitrary<String> scalars =
        Arbitraries.of(
            "null",
            "true",
            "false",
            "0",
            "-1.50",
            "1E+3",
            "123456789012345678901234567890",
            "''",
            "'  '",
            "'x'",
            "'null'",
            "'a\\u0000b'",
            "'\uD83E\uDD94'",
            "'\\\\\\\"\\n'",
            "'2026-01-01'",
            "'-1'");
    if (depth == 0) {
      return scalars;
    }
    return Arbitraries.frequencyOf(
        Tuple.of(3, scalars),
        Tuple.of(2, members(depth - 1).map(EventReaderPropertyTest::object)),
        Tuple.of(
            1,
            values(depth - 1)
                .list()
                .ofMaxSize(4)
                .map(items -> "[" + String.join(" , ", items) + "]")));
  }
}
