// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Topics;
import dev.hogflare.contract.Uuids;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Reads a request of the OpenTelemetry protocol in JSON and writes each log record, span and data
 * point as an event.
 *
 * <p>The members of a record become properties under their names in snake case, its attributes one
 * object, and the resource and scope in which it stood two more. The uuid follows from the bytes,
 * so that an exporter that sends again doubles nothing.
 */
final class OtlpBatch {
  private static final UUID NAMESPACE = UUID.fromString("5b1c8f0e-6a0b-5d57-9f0a-7d0d1f4f9c31");

  /** The attributes that say whose a record is, in the order of preference. */
  private static final String[] DISTINCT_IDS = {
    "posthogDistinctId", "posthog.distinct_id", "posthog_distinct_id", "distinct_id", "user.id"
  };

  private static final String[] SESSIONS = {"sessionId", "session.id", "posthog.session_id"};

  /** The attributes of a resource that stand for a record that is nobody's. */
  private static final String[] SOURCES = {"service.instance.id", "service.name"};

  private static final String UNKNOWN_SOURCE = "unknown_service";
  private static final String[] TIMES = {
    "startTimeUnixNano", "timeUnixNano", "observedTimeUnixNano"
  };
  private static final String[] POINT_TIMES = {"timeUnixNano", "startTimeUnixNano"};
  private static final String[] METRIC_KINDS = {
    "gauge", "sum", "histogram", "exponentialHistogram", "summary"
  };

  /** The properties that are written first, which no member of a record replaces. */
  private static final Set<String> RESERVED = Set.of("resource", "scope");

  /** What a record needs beside its own bytes at most, without its resource and scope. */
  private static final int OVERHEAD = 1_024;

  private final byte[] json;
  private final OtlpSignal signal;
  private final int ceiling;
  private final MemoryBudget budget;
  private final JsonBuffer out;
  private final OtlpValues values;
  private final Map<UUID, Integer> repeats = new HashMap<>();
  private int count;
  private long copied;

  /**
   * What encloses records.
   *
   * @param uuid stands for it where the uuids of records are made
   * @param attributes those of the resource
   * @param properties the members of the properties that say it, without braces
   */
  private record Surroundings(UUID uuid, OtlpValues.Attributes attributes, byte[] properties) {}

  private OtlpBatch(Octets body, OtlpSignal signal, int ceiling, MemoryBudget budget) {
    this.json = body.bytes();
    this.signal = signal;
    this.ceiling = ceiling;
    this.budget = budget;
    this.out = new JsonBuffer(body.length() + OVERHEAD);
    this.values = new OtlpValues(json);
  }

  /**
   * Reads a request.
   *
   * @param ceiling the most bytes that its events may have
   * @return a JSON array of its events, perhaps an empty one
   * @throws RequestRefusedException if it is no JSON of this signal (400), or too deep or too much
   *     (413)
   */
  static Octets read(Octets body, OtlpSignal signal, int ceiling, MemoryBudget budget)
      throws RequestRefusedException {
    if (body.isEmpty()) {
      throw refused("The request has no body; send OTLP as JSON in it.");
    }
    budget.reserve(body.length() + OVERHEAD);
    OtlpBatch batch = new OtlpBatch(body, signal, ceiling, budget);
    try {
      batch.request(body);
    } catch (MalformedJsonException e) {
      throw e.tooDeep()
          ? new RequestRefusedException(
              Refusal.TOO_DEEP, "The JSON of the request is " + e.getMessage() + ".")
          : refused("The body is no OTLP in JSON: " + e.getMessage() + ".");
    }
    budget.reserve(batch.out.length());
    return Octets.of(batch.out.toBytes());
  }

  private void request(Octets body) throws MalformedJsonException, RequestRefusedException {
    JsonScanner whole = new JsonScanner(json, body.from(), body.to());
    if (whole.peek() != '{') {
      throw refused("The body is no JSON object; send " + signal.resources() + " in one.");
    }
    int from = whole.position();
    whole.beginItem();
    whole.skipValue(0);
    int to = whole.position();
    whole.expectEnd();
    // Values are followed by recursion.
    if (whole.deepest() > RequestReader.MAX_EVENT_LEVELS) {
      throw new RequestRefusedException(
          Refusal.TOO_DEEP,
          "The request is nested more deeply than "
              + RequestReader.MAX_EVENT_LEVELS
              + " levels; flatten it.");
    }
    out.openArray();
    each(JsonMembers.of(json, from, to), signal.resources(), this::resource);
    out.closeArray();
  }

  /** Does something with an object of an array. */
  private interface Visitor {
    void visit(int from, int to) throws MalformedJsonException, RequestRefusedException;
  }

  /** Visits the objects of a member that is an array, or missing. */
  private void each(JsonMembers members, String name, Visitor visitor)
      throws MalformedJsonException, RequestRefusedException {
    int member = members.find(name);
    if (member < 0) {
      return;
    }
    if (members.kind(member) != '[') {
      throw refused("The field " + name + " is no array; send one.");
    }
    JsonScanner elements = new JsonScanner(json, members.from(member), members.to(member));
    for (boolean more = elements.firstElement(0); more; more = elements.nextElement()) {
      if (elements.peek() != '{') {
        throw refused("An element of " + name + " is no object; send objects.");
      }
      int from = elements.position();
      elements.skipValue(1);
      visitor.visit(from, elements.position());
    }
  }

  private void resource(int from, int to) throws MalformedJsonException, RequestRefusedException {
    JsonMembers members = JsonMembers.of(json, from, to);
    fits(members.length(members.find("resource")));
    JsonMembers resource = values.objectOrNull(members, "resource");
    OtlpValues.Attributes attributes =
        resource == null ? values.none() : values.attributes(resource, "attributes");
    JsonBuffer properties = new JsonBuffer(256);
    properties.name("resource");
    values.write(attributes, properties);
    byte[] written = properties.toBytes();
    each(members, signal.scopes(), (f, t) -> scope(attributes, written, f, t));
  }

  private void scope(OtlpValues.Attributes attributes, byte[] resource, int from, int to)
      throws MalformedJsonException, RequestRefusedException {
    copies(resource.length + (long) to - from);
    JsonMembers members = JsonMembers.of(json, from, to);
    fits(members.length(members.find("scope")));
    JsonBuffer properties = new JsonBuffer(resource.length + 128).raw(resource);
    JsonMembers scope = values.objectOrNull(members, "scope");
    if (scope != null) {
      properties.name("scope").openObject();
      members(scope, properties, new HashSet<>());
      properties.closeObject();
    }
    byte[] written = properties.toBytes();
    Surroundings around = new Surroundings(Uuids.v5(NAMESPACE, written), attributes, written);
    each(members, signal.records(), (f, t) -> record(around, f, t));
  }

  private void record(Surroundings around, int from, int to)
      throws MalformedJsonException, RequestRefusedException {
    JsonMembers members = JsonMembers.of(json, from, to);
    if (signal == OtlpSignal.METRICS) {
      metric(around, members);
    } else {
      event(around, members, from, to, TIMES);
    }
  }

  private void metric(Surroundings around, JsonMembers members)
      throws MalformedJsonException, RequestRefusedException {
    for (String kind : METRIC_KINDS) {
      JsonMembers data = values.objectOrNull(members, kind);
      if (data == null) {
        continue;
      }
      fits(lengthOf(members, METRIC_KINDS) + lengthOf(data, "dataPoints"));
      copies(around.properties().length);
      JsonBuffer properties =
          new JsonBuffer(around.properties().length + 256).raw(around.properties());
      Set<String> names = new HashSet<>(Set.of("data_points"));
      for (int i = 0; i < members.count(); i++) {
        if (!Arrays.asList(METRIC_KINDS).contains(members.name(i))) {
          member(members, i, properties, names);
        }
      }
      properties.name("type").string(OtlpValues.snakeCase(kind));
      names.add("type");
      members(data, properties, names);
      byte[] written = properties.toBytes();
      Surroundings inside =
          new Surroundings(Uuids.v5(NAMESPACE, written), around.attributes(), written);
      each(
          data,
          "dataPoints",
          (from, to) -> event(inside, JsonMembers.of(json, from, to), from, to, POINT_TIMES));
    }
  }

  private void event(
      Surroundings around, JsonMembers members, int from, int to, String[] timesByPreference)
      throws MalformedJsonException, RequestRefusedException {
    room(around, to - from);
    if (to - from > Topics.MAX_EVENT_BYTES) {
      tooLarge(around, from, to);
      return;
    }
    OtlpValues.Attributes attributes = values.attributes(members, "attributes");
    String owner = values.firstTextOrNull(attributes, DISTINCT_IDS);
    if (owner == null) {
      owner = values.firstTextOrNull(around.attributes(), DISTINCT_IDS);
    }
    AiSpan ai = signal == OtlpSignal.AI ? new AiSpan(values, members, attributes) : null;
    out.separate().openObject();
    out.name("event").string(ai == null ? signal.event() : ai.event());
    out.name("uuid").uuid(uuid(around, from, to));
    out.name("distinct_id").string(owner == null ? stranger(around, members) : owner);
    Long time = timeOrNull(members, timesByPreference);
    if (time != null) {
      out.name("timestamp").string(Rfc3339.format(time));
    }
    out.name("properties").openObject();
    Set<String> names = new HashSet<>();
    if (ai == null || owner == null) {
      out.name("$process_person_profile").bool(false);
      names.add("$process_person_profile");
    }
    String session = values.firstTextOrNull(attributes, SESSIONS);
    if (session != null) {
      out.name("$session_id").string(session);
      names.add("$session_id");
    }
    if (ai != null) {
      ai.write(out, names);
    }
    members(members, out, names);
    out.separate().raw(around.properties()).closeObject().closeObject();
    count++;
  }

  /**
   * Writes a record that is no event in any form as it was sent, so that it becomes a dead letter.
   */
  private void tooLarge(Surroundings around, int from, int to) throws MalformedJsonException {
    out.separate().openObject();
    out.name("event").string(signal.event());
    out.name("uuid").uuid(uuid(around, from, to));
    out.name("distinct_id").string(source(around));
    out.name("properties").openObject().name("record").raw(json, from, to);
    out.closeObject().closeObject();
    count++;
  }

  /** Returns the bytes of the values of all members but those of these names. */
  private static int lengthOf(JsonMembers members, String... without) {
    int length = 0;
    for (int i = 0; i < members.count(); i++) {
      if (!Arrays.asList(without).contains(members.name(i))) {
        length += members.length(i);
      }
    }
    return length;
  }

  /** What stands around records has to leave room for one in an event. */
  private static void fits(int length) throws RequestRefusedException {
    if (length > Topics.MAX_EVENT_BYTES) {
      throw new RequestRefusedException(
          Refusal.TOO_LARGE,
          "A resource, scope or metric has "
              + length
              + " bytes and at most "
              + Topics.MAX_EVENT_BYTES
              + " are taken; send less.");
    }
  }

  /** Makes sure that there may be one more event; a large resource around many is a bomb. */
  private void room(Surroundings around, int length) throws RequestRefusedException {
    if (count == RequestReader.MAX_ITEMS) {
      throw new RequestRefusedException(
          Refusal.TOO_LARGE,
          "The request has more than " + RequestReader.MAX_ITEMS + " records; send fewer at once.");
    }
    long more = around.properties().length + 2L * length + OVERHEAD;
    if (out.length() + more > ceiling) {
      throw tooMuch();
    }
    budget.reserve(more);
  }

  /** Counts what is copied for scopes and metrics, which need not have any record. */
  private void copies(long bytes) throws RequestRefusedException {
    copied += bytes;
    if (copied > ceiling) {
      throw tooMuch();
    }
  }

  private RequestRefusedException tooMuch() {
    return new RequestRefusedException(
        Refusal.TOO_LARGE,
        "The records with their resources have more than "
            + ceiling
            + " bytes; send fewer in one request.");
  }

  /** Returns the uuid of a record; the same record twice in a request is two. */
  private UUID uuid(Surroundings around, int from, int to) {
    UUID uuid = Uuids.v5(around.uuid(), Arrays.copyOfRange(json, from, to));
    int number = repeats.merge(uuid, 1, Integer::sum);
    return number == 1
        ? uuid
        : Uuids.v5(uuid, Integer.toString(number).getBytes(StandardCharsets.US_ASCII));
  }

  /** Returns what stands for the sender of a record that is nobody's. */
  private String stranger(Surroundings around, JsonMembers members) throws MalformedJsonException {
    String trace = members.textOrNull("traceId");
    if (trace != null && !trace.isBlank()) {
      return trace;
    }
    return source(around);
  }

  private String source(Surroundings around) throws MalformedJsonException {
    String source = values.firstTextOrNull(around.attributes(), SOURCES);
    return source == null ? UNKNOWN_SOURCE : source;
  }

  /** Returns the first time that is there, in microseconds since the epoch, or null. */
  private Long timeOrNull(JsonMembers members, String[] names) {
    for (String name : names) {
      Long nanos = values.nanosOrNull(members, name);
      if (nanos != null) {
        return nanos / 1_000;
      }
    }
    return null;
  }

  /** Writes the members of an object, but those whose names are taken. */
  private void members(JsonMembers members, JsonBuffer to, Set<String> names)
      throws MalformedJsonException {
    for (int i = 0; i < members.count(); i++) {
      member(members, i, to, names);
    }
  }

  private void member(JsonMembers members, int i, JsonBuffer to, Set<String> names)
      throws MalformedJsonException {
    if (members.isNull(i)) {
      return;
    }
    String sent = members.name(i);
    boolean number = sent.equals("asDouble") || sent.equals("asInt");
    String name = number ? "value" : OtlpValues.snakeCase(sent);
    if (RESERVED.contains(name) || !names.add(name)) {
      return;
    }
    to.name(name);
    switch (sent) {
      case "attributes", "filteredAttributes" -> values.write(values.attributes(members, sent), to);
      case "body" -> values.writeAny(members.from(i), members.to(i), to);
      case "asInt" -> values.writeInteger(members.from(i), members.to(i), to);
      case "events", "links", "exemplars" -> objects(members, i, to);
      default -> to.raw(json, members.from(i), members.to(i));
    }
  }

  /** Writes an array whose objects have attributes of their own. */
  private void objects(JsonMembers members, int i, JsonBuffer to) throws MalformedJsonException {
    if (members.kind(i) != '[') {
      to.raw(json, members.from(i), members.to(i));
      return;
    }
    to.openArray();
    JsonScanner elements = new JsonScanner(json, members.from(i), members.to(i));
    for (boolean more = elements.firstElement(0); more; more = elements.nextElement()) {
      boolean object = elements.peek() == '{';
      int from = elements.position();
      elements.skipValue(1);
      to.separate();
      if (object) {
        to.openObject();
        members(JsonMembers.of(json, from, elements.position()), to, new HashSet<>());
        to.closeObject();
      } else {
        to.raw(json, from, elements.position());
      }
    }
    to.closeArray();
  }

  private static RequestRefusedException refused(String sentence) {
    return new RequestRefusedException(Refusal.UNREADABLE, sentence);
  }
}
