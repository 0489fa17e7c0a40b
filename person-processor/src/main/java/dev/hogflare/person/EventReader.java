// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.hogflare.contract.DistinctIds;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.EventClock;
import dev.hogflare.contract.EventKind;
import dev.hogflare.contract.GeoProperties;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.JsonSlices;
import dev.hogflare.contract.MergeTarget;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Utf8;
import dev.hogflare.contract.Uuids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Reads a raw event once: what it means to its person, and the columns of its row.
 *
 * <p>Values are copied as they were sent; nothing that is not needed becomes an object. Used by one
 * thread.
 */
final class EventReader {
  /** The most groups of one event; PostHog's number of group types of a project. */
  static final int MAX_GROUPS = 5;

  private static final int MAX_GROUP_KEY = 400;
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

  /** Marks the row of an event that was one too many of its sender. */
  private static final String OVERFLOW = "$overflow";

  private final JsonBuffer buffer = new JsonBuffer(4_096);

  /**
   * Reads an event.
   *
   * @throws InvalidEventException if no row can be made of it; the message names the field and what
   *     was expected
   */
  PersonEvent read(RawEvent raw, Stamp stamp) throws InvalidEventException {
    byte[] json = readable(raw.json());
    if (raw.defaults() != null) {
      json = withDefaults(json, readable(raw.defaults()));
    }
    Fields fields = new Fields(json);
    if (raw.enrichment() != null) {
      fields.enrichment = readable(raw.enrichment());
      fields.missingEnrichment = members(fields.enrichment, 0, fields.enrichment.length);
      if (fields.missingEnrichment.containsKey(GeoProperties.DATABASE_BUILT_AT)) {
        fields.place = Map.copyOf(fields.missingEnrichment);
      }
    }
    scan(fields);
    return raw.route() == Route.S ? recording(raw, stamp, fields) : event(raw, stamp, fields);
  }

  /** Returns a document that every reader of the row will be able to read, if it is JSON. */
  private static byte[] readable(byte[] json) throws InvalidEventException {
    if (!Utf8.isWellFormed(json, 0, json.length)) {
      throw new InvalidEventException(
          ErrorCode.MALFORMED_JSON, "The event is not UTF-8; send it in that encoding.");
    }
    return LoneSurrogates.replaced(json);
  }

  private PersonEvent event(RawEvent raw, Stamp stamp, Fields f) throws InvalidEventException {
    EventKind kind = kind(raw.route(), f);
    List<Warning> warnings = new ArrayList<>(0);
    boolean personless = f.personless(warnings);
    if (personless && kind.merges() && !raw.overflow()) {
      throw new InvalidEventException(
          ErrorCode.MERGE_WITHOUT_PERSON,
          "$process_person_profile is false on "
              + f.event
              + ", which is about a person; leave one of the two out.");
    }
    // One too many keeps its row and is not asked for more, whatever it is about.
    personless |= raw.overflow();
    String other = kind.merges() && !personless ? other(kind, raw, f, warnings) : null;
    boolean readsOnly = personless || !kind.writesPerson();
    List<GroupedEvent.Pending> groups = groups(kind, f, warnings);
    String name =
        switch (kind) {
          case IDENTIFY -> "$identify";
          case ALIAS -> "$merge_dangerously".equals(f.event) ? f.event : "$create_alias";
          case ENGAGE -> "$engage";
          case GROUP_IDENTIFY -> "$groupidentify";
          case CAPTURE, RECORDING -> f.event;
        };
    long time =
        EventClock.resolve(f.offset, f.timestamp, raw.sentAt(), f.ignoreSentAt, raw.arrivedAt());
    EventColumns row =
        new EventColumns(
            name,
            time,
            properties(f),
            f.slice(f.contextFrom, f.contextTo),
            extra(kind, name, raw, f));
    return new PersonEvent(
        raw,
        stamp,
        kind,
        other,
        "$merge_dangerously".equals(f.event) ? MergeMode.DANGEROUS : MergeMode.GUARDED,
        readsOnly,
        readsOnly ? PropertyUpdate.NONE : withPlace(update(kind, raw.route(), f), f.place),
        groups,
        warnings,
        row);
  }

  private static EventKind kind(Route route, Fields f) throws InvalidEventException {
    EventKind kind = EventKind.ofOrNull(route, f.event, f.type, f.alias.isThere());
    if (kind == null) {
      throw new InvalidEventException(
          ErrorCode.MISSING_EVENT, "The event has no name; send it in event.");
    }
    return kind;
  }

  /** Returns the id that the event wants united with its own, in the form of a key, or null. */
  private static String other(EventKind kind, RawEvent raw, Fields f, List<Warning> warnings)
      throws InvalidEventException {
    Text asked;
    String field;
    if (kind == EventKind.IDENTIFY) {
      asked = f.propertyAnonymous.orElse(f.anonymous);
      field = "$anon_distinct_id";
    } else {
      asked = f.propertyAlias.orElse(f.alias);
      field = "alias";
    }
    if (!asked.isThere()) {
      return null;
    }
    if (asked.text() == null) {
      throw new InvalidEventException(
          ErrorCode.INVALID_ALIAS, field + " is not a string; send the distinct id as text.");
    }
    return switch (MergeTarget.of(asked.text(), raw.key().distinctId())) {
      case MergeTarget.Other target -> target.id();
      case MergeTarget.Itself itself -> null;
      case MergeTarget.Nobody nobody -> {
        warnings.add(Warning.CANNOT_MERGE_WITH_ILLEGAL_DISTINCT_ID);
        yield null;
      }
    };
  }

  private static PropertyUpdate update(EventKind kind, Route route, Fields f)
      throws InvalidEventException {
    boolean ownShape = kind == EventKind.IDENTIFY && (route == Route.IDENTIFY || f.event == null);
    if (ownShape && !f.saysSet && !f.rootSaysSet) {
      return new PropertyUpdate(plainProperties(f), Map.of(), f.unset);
    }
    if (f.set.isEmpty() && f.setOnce.isEmpty() && f.unset.isEmpty()) {
      return PropertyUpdate.NONE;
    }
    return new PropertyUpdate(f.set, f.setOnce, f.unset);
  }

  /**
   * Adds where the client was, if a database of places knew it, as PostHog's GeoIP transformation
   * does: the whole place, so that nothing of an earlier one is left, and the first one besides.
   * What the event itself sets wins.
   */
  private static PropertyUpdate withPlace(PropertyUpdate own, Map<String, byte[]> place) {
    if (place.isEmpty()) {
      return own;
    }
    Map<String, byte[]> set = new LinkedHashMap<>(own.set());
    Map<String, byte[]> setOnce = new LinkedHashMap<>(own.setOnce());
    for (String name : GeoProperties.OF_PERSONS) {
      byte[] value = place.getOrDefault(GeoProperties.PREFIX + name, NULL);
      set.putIfAbsent(GeoProperties.PREFIX + name, value);
      setOnce.putIfAbsent(GeoProperties.INITIAL_PREFIX + name, value);
    }
    return new PropertyUpdate(set, setOnce, own.unset());
  }

  /**
   * Returns all properties but PostHog's own: hogflare's identify and group shapes send them
   * without {@code $set}.
   */
  private static Map<String, byte[]> plainProperties(Fields f) throws InvalidEventException {
    if (f.propertiesFrom < 0) {
      return Map.of();
    }
    Map<String, byte[]> plain = new LinkedHashMap<>();
    members(f.json, f.propertiesFrom, f.propertiesTo)
        .forEach(
            (name, value) -> {
              if (!name.startsWith("$")) {
                plain.put(name, value);
              }
            });
    return plain;
  }

  private static List<GroupedEvent.Pending> groups(EventKind kind, Fields f, List<Warning> warnings)
      throws InvalidEventException {
    if (kind != EventKind.GROUP_IDENTIFY && f.groups.isEmpty()) {
      return List.of();
    }
    Map<String, GroupedEvent.Pending> pending = new LinkedHashMap<>();
    if (kind == EventKind.GROUP_IDENTIFY) {
      GroupedEvent.Pending own = identifiedGroup(f);
      pending.put(own.type(), own);
    }
    Map<String, byte[]> sets =
        kind == EventKind.GROUP_IDENTIFY || f.groupSetFrom < 0
            ? Map.of()
            : members(f.json, f.groupSetFrom, f.groupSetTo);
    for (Map.Entry<String, String> group : f.groups.entrySet()) {
      String type = DistinctIds.normalize(group.getKey());
      String key = group.getValue() == null ? null : groupKeyOrNull(group.getValue());
      if (type.isBlank() || key == null) {
        warnings.add(Warning.INVALID_GROUP_KEY);
      } else if (pending.size() == MAX_GROUPS && !pending.containsKey(type)) {
        warnings.add(Warning.TOO_MANY_GROUPS);
      } else {
        byte[] set = sets.get(group.getKey());
        pending.putIfAbsent(
            type, new GroupedEvent.Pending(type, key, hasMembers(set) ? set : null));
      }
    }
    return List.copyOf(pending.values());
  }

  private static GroupedEvent.Pending identifiedGroup(Fields f) throws InvalidEventException {
    String type = f.groupType == null ? f.propertyGroupType : f.groupType;
    String sentKey = f.groupKey == null ? f.propertyGroupKey : f.groupKey;
    if (type == null || type.isBlank()) {
      throw new InvalidEventException(
          ErrorCode.INVALID_GROUP, "missing $group_type: send the kind of group as text.");
    }
    String key = sentKey == null ? null : groupKeyOrNull(sentKey);
    if (key == null) {
      throw new InvalidEventException(
          ErrorCode.INVALID_GROUP,
          "missing $group_key: send the group's id as text of 1 to "
              + MAX_GROUP_KEY
              + " characters.");
    }
    return new GroupedEvent.Pending(DistinctIds.normalize(type), key, identifiedGroupSet(f));
  }

  private static byte[] identifiedGroupSet(Fields f) throws InvalidEventException {
    if (f.groupSetFrom >= 0) {
      return f.slice(f.groupSetFrom, f.groupSetTo);
    }
    if (f.nestedFrom >= 0 && (f.groupType == null || f.groupKey == null)) {
      return f.slice(f.nestedFrom, f.nestedTo);
    }
    boolean ownShape = f.groupType != null && f.groupKey != null;
    Map<String, byte[]> plain = ownShape ? plainProperties(f) : Map.of();
    // Without any property the group is made all the same, as PostHog and hogflare do.
    JsonBuffer out = new JsonBuffer(256).openObject();
    plain.forEach((name, value) -> out.name(name).raw(value));
    return out.closeObject().toBytes();
  }

  private static String groupKeyOrNull(String sent) {
    String key = sent.indexOf('\0') < 0 ? sent : sent.replace('\0', '\uFFFD');
    return key.isBlank() || key.codePointCount(0, key.length()) > MAX_GROUP_KEY ? null : key;
  }

  /** Whether a value is an object with anything in it: an empty one says nothing about a group. */
  private static boolean hasMembers(byte[] value) throws InvalidEventException {
    return value != null && value[0] == '{' && !members(value, 0, value.length).isEmpty();
  }

  private byte[] properties(Fields f) {
    if (f.missingEnrichment.isEmpty()) {
      return f.slice(f.propertiesFrom, f.propertiesTo);
    }
    buffer.clear();
    if (f.hasProperties) {
      buffer.raw(f.json, f.propertiesFrom, f.propertiesTo - 1).put((byte) ',');
    } else {
      buffer.openObject();
    }
    boolean first = true;
    for (Map.Entry<String, byte[]> member : f.missingEnrichment.entrySet()) {
      if (!first) {
        buffer.put((byte) ',');
      }
      first = false;
      buffer.string(member.getKey()).put((byte) ':').raw(member.getValue());
    }
    return buffer.closeObject().toBytes();
  }

  private byte[] extra(EventKind kind, String name, RawEvent raw, Fields f) {
    buffer.clear().openObject();
    for (Slice slice : f.extra) {
      buffer.name(slice.name()).raw(f.json, slice.from(), slice.to());
    }
    if (kind == EventKind.ALIAS) {
      addToExtra(f, "alias", f.propertyAlias.text());
    }
    if (kind == EventKind.GROUP_IDENTIFY) {
      addToExtra(f, "group_type", f.propertyGroupType);
      addToExtra(f, "group_key", f.propertyGroupKey);
    }
    if (f.event != null && !f.event.equals(name)) {
      addToExtra(f, "event", f.event);
    }
    if (raw.overflow() && !f.hasExtra(OVERFLOW)) {
      buffer.name(OVERFLOW).bool(true);
    }
    if (raw.sentAt() != null && !f.saysSentAt) {
      buffer.name("$sent_at").string(Rfc3339.format(raw.sentAt()));
    }
    return buffer.length() == 1 ? null : buffer.closeObject().toBytes();
  }

  private void addToExtra(Fields f, String name, String text) {
    if (text != null && !f.hasExtra(name)) {
      buffer.name(name).string(text);
    }
  }

  /**
   * hogflare's reading of recordings: one row of {@code $snapshot_items}, or of {@code $snapshot}
   * for its legacy form.
   */
  private PersonEvent recording(RawEvent raw, Stamp stamp, Fields f) throws InvalidEventException {
    long time =
        EventClock.resolve(f.offset, f.timestamp, raw.sentAt(), f.ignoreSentAt, raw.arrivedAt());
    EventColumns row =
        f.propertiesFrom < 0
            ? new EventColumns("$snapshot", time, legacyRecording(f), null, null)
            : recordingColumns(raw, time, f);
    return new PersonEvent(
        raw,
        stamp,
        EventKind.RECORDING,
        null,
        MergeMode.GUARDED,
        true,
        PropertyUpdate.NONE,
        List.of(),
        List.of(),
        row);
  }

  private byte[] legacyRecording(Fields f) throws InvalidEventException {
    buffer.clear().openObject().name("data").openObject();
    members(f.json, 0, f.json.length)
        .forEach(
            (name, value) -> {
              if (!name.equals("api_key") && !name.equals("token") && !name.equals("$token")) {
                buffer.name(name).raw(value);
              }
            });
    return buffer.closeObject().closeObject().toBytes();
  }

  private EventColumns recordingColumns(RawEvent raw, long time, Fields f)
      throws InvalidEventException {
    Map<String, byte[]> members = members(f.json, f.propertiesFrom, f.propertiesTo);
    byte[] data = members.remove("$snapshot_data");
    byte[] items = members.get("$snapshot_items");
    if (items == null || items[0] == 'n') {
      items = data;
    }
    byte[] session = members.get("$session_id");
    if (items == null
        || (items[0] != '[' && items[0] != '{')
        || session == null
        || session[0] != '"') {
      throw new InvalidEventException(
          ErrorCode.INVALID_RECORDING,
          "The recording needs $session_id, a text, and $snapshot_data, a list or an object, in its"
              + " properties.");
    }
    if (items[0] == '{') {
      items = new JsonBuffer(items.length + 2).openArray().raw(items).closeArray().toBytes();
    }
    JsonBuffer text = new JsonBuffer(64);
    members.put("distinct_id", text.string(raw.key().distinctId()).toBytes());
    members.putIfAbsent("$window_id", session);
    members.putIfAbsent("$snapshot_source", text.clear().string("web").toBytes());
    members.putIfAbsent("$lib", text.clear().string("web").toBytes());
    // The row says itself whether it is a part, and of which items it is that they are not plain.
    RecordingRows.MARKS.forEach(members::remove);
    f.missingEnrichment.forEach(members::putIfAbsent);
    members.remove("$snapshot_items");
    buffer.clear().openObject();
    members.forEach((name, value) -> buffer.name(name).raw(value));
    int from = buffer.name("$snapshot_items").length();
    int to = buffer.raw(items).length();
    byte[] properties = buffer.closeObject().toBytes();
    return new EventColumns(
        "$snapshot_items",
        time,
        properties,
        null,
        extra(EventKind.RECORDING, f.event, raw, f),
        new EventColumns.Items(from, to));
  }

  /**
   * Fills an event up with the fields that its request's envelope gave for all events; its own
   * fields win.
   */
  private byte[] withDefaults(byte[] json, byte[] defaults) throws InvalidEventException {
    Map<String, byte[]> own = members(json, 0, json.length);
    members(defaults, 0, defaults.length).forEach(own::putIfAbsent);
    buffer.clear().openObject();
    own.forEach((name, value) -> buffer.name(name).raw(value));
    return buffer.closeObject().toBytes();
  }

  private static Map<String, byte[]> members(byte[] json, int from, int to)
      throws InvalidEventException {
    Map<String, byte[]> members = new LinkedHashMap<>();
    try (JsonParser parser = JsonSlices.open(json, from, to)) {
      begin(parser);
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        members.put(name, value(parser, json, from));
      }
      end(parser);
      return members;
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (IOException e) {
      throw new UncheckedIOException("Reading from an array failed.", e);
    }
  }

  private static void begin(JsonParser parser) throws IOException, InvalidEventException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new InvalidEventException(ErrorCode.NOT_AN_OBJECT, "The event is not a JSON object.");
    }
  }

  private static void end(JsonParser parser) throws IOException, InvalidEventException {
    if (parser.nextToken() != null) {
      throw new InvalidEventException(
          ErrorCode.MALFORMED_JSON, "The event is not JSON: there is something behind the object.");
    }
  }

  private static InvalidEventException malformed(JsonProcessingException e) {
    if (e instanceof StreamConstraintsException) {
      return new InvalidEventException(
          ErrorCode.TOO_DEEP,
          "The event is nested too deeply or has an endless number: " + e.getOriginalMessage());
    }
    return new InvalidEventException(
        ErrorCode.MALFORMED_JSON, "The event is not JSON: " + e.getOriginalMessage() + ".");
  }

  private static byte[] value(JsonParser parser, byte[] json, int base) throws IOException {
    int from = base + JsonSlices.start(parser);
    return Arrays.copyOfRange(json, from, base + JsonSlices.skip(parser));
  }

  private static void scan(Fields f) throws InvalidEventException {
    try (JsonParser parser = JsonSlices.open(f.json, 0, f.json.length)) {
      begin(parser);
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        topLevel(parser, name, f);
      }
      end(parser);
      f.mergeRoot();
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (IOException e) {
      throw new UncheckedIOException("Reading from an array failed.", e);
    }
  }

  private static void topLevel(JsonParser parser, String name, Fields f)
      throws IOException, InvalidEventException {
    switch (name) {
      case "event" -> {
        Text event = text(parser);
        f.event = event.text() == null || event.text().isEmpty() ? null : event.text();
        JsonSlices.skip(parser);
      }
      case "api_key", "token", "$token", "distinct_id", "$distinct_id" -> JsonSlices.skip(parser);
      case "uuid" -> {
        Text uuid = text(parser);
        UUID valid = uuid.text() == null ? null : Uuids.parseOrNull(uuid.text());
        f.keep(parser, name, valid == null);
      }
      case "properties" -> {
        f.forgetProperties();
        if (parser.currentToken() == JsonToken.START_OBJECT) {
          f.propertiesFrom = JsonSlices.start(parser);
          properties(parser, f);
          f.propertiesTo = (int) parser.currentLocation().getByteOffset();
        } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
          throw new InvalidEventException(
              ErrorCode.INVALID_FIELD, "properties is not a JSON object.");
        }
      }
      case "context" -> {
        int from = JsonSlices.start(parser);
        boolean object = parser.currentToken() == JsonToken.START_OBJECT;
        if (object) {
          f.contextFrom = from;
          f.contextTo = JsonSlices.skip(parser);
        } else {
          f.keep(parser, name, parser.currentToken() != JsonToken.VALUE_NULL);
        }
      }
      case "timestamp" -> {
        if (parser.currentToken().isScalarValue()
            && parser.currentToken() != JsonToken.VALUE_NULL) {
          f.timestamp = parser.getText();
        }
        f.keep(parser, name, true);
      }
      case "offset" -> {
        if (parser.currentToken().isNumeric()) {
          double offset = parser.getDoubleValue();
          f.offset = Math.abs(offset) < Long.MAX_VALUE / 2.0 ? Math.round(offset) : null;
        }
        f.keep(parser, name, true);
      }
      case "$sent_at" -> {
        f.saysSentAt = true;
        f.keep(parser, name, true);
      }
      case "type" -> {
        f.type = text(parser).text();
        f.keep(parser, name, true);
      }
      case "alias" -> {
        f.alias = text(parser);
        f.keep(parser, name, true);
      }
      case "$anon_distinct_id" -> {
        f.anonymous = text(parser);
        f.keep(parser, name, true);
      }
      case "group_type", "$group_type" -> {
        f.groupType = filledOrNull(parser);
        f.keep(parser, name, true);
      }
      case "group_key", "$group_key" -> {
        f.groupKey = filledOrNull(parser);
        f.keep(parser, name, true);
      }
      case "$set" -> {
        f.rootSaysSet = true;
        f.rootSet = f.keepRead(parser, name, p -> values(p, f.json));
      }
      case "$set_once" -> {
        f.rootSaysSet = true;
        f.rootSetOnce = f.keepRead(parser, name, p -> values(p, f.json));
      }
      case "$unset" -> f.rootUnset = f.keepRead(parser, name, EventReader::names);
      case "$groups" -> f.rootGroups = f.keepRead(parser, name, EventReader::groups);
      case "$group_set" -> {
        int from = JsonSlices.start(parser);
        boolean object = parser.currentToken() == JsonToken.START_OBJECT;
        int to = f.keep(parser, name, true);
        if (object) {
          f.rootGroupSetFrom = from;
          f.rootGroupSetTo = to;
        }
      }
      default -> f.keep(parser, name, true);
    }
  }

  private static void properties(JsonParser parser, Fields f) throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      f.hasProperties = true;
      if (!f.missingEnrichment.isEmpty()) {
        f.missingEnrichment.remove(name);
      }
      switch (name) {
        case "$set" -> {
          f.saysSet = true;
          f.set = values(parser, f.json);
        }
        case "$set_once" -> {
          f.saysSet = true;
          f.setOnce = values(parser, f.json);
        }
        case "$unset" -> f.unset = names(parser);
        case "$anon_distinct_id" -> f.propertyAnonymous = text(parser);
        case "alias" -> f.propertyAlias = text(parser);
        case "$groups" -> f.groups = groups(parser);
        case "$group_set" -> {
          int from = JsonSlices.start(parser);
          boolean object = parser.currentToken() == JsonToken.START_OBJECT;
          int to = JsonSlices.skip(parser);
          if (object) {
            f.groupSetFrom = from;
            f.groupSetTo = to;
          }
        }
        case "properties" -> {
          int from = JsonSlices.start(parser);
          boolean object = parser.currentToken() == JsonToken.START_OBJECT;
          int to = JsonSlices.skip(parser);
          if (object) {
            f.nestedFrom = from;
            f.nestedTo = to;
          }
        }
        case "$group_type" -> f.propertyGroupType = scalarOrNull(parser);
        case "$group_key" -> f.propertyGroupKey = scalarOrNull(parser);
        case "group_type" ->
            f.propertyGroupType =
                f.propertyGroupType == null ? scalarOrNull(parser) : f.propertyGroupType;
        case "group_key" ->
            f.propertyGroupKey =
                f.propertyGroupKey == null ? scalarOrNull(parser) : f.propertyGroupKey;
        case "$process_person_profile" -> f.personProfile = parser.currentToken();
        case "$ignore_sent_at" -> f.ignoreSentAt = parser.currentToken() == JsonToken.VALUE_TRUE;
        default -> {
          // Not needed here; it stays in the copied properties.
        }
      }
      if (parser.currentToken().isStructStart()) {
        parser.skipChildren();
      }
    }
  }

  /** Reads an object of property values; anything else says nothing. */
  private static Map<String, byte[]> values(JsonParser parser, byte[] json) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      return Map.of();
    }
    Map<String, byte[]> values = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      values.put(name, value(parser, json, 0));
    }
    return values;
  }

  /**
   * Reads the forms of {@code $unset}: a list of names, an object whose keys they are, or one name.
   */
  private static Set<String> names(JsonParser parser) throws IOException {
    Set<String> names = new LinkedHashSet<>();
    switch (parser.currentToken()) {
      case VALUE_STRING -> names.add(parser.getText());
      case START_ARRAY -> {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          if (parser.currentToken() == JsonToken.VALUE_STRING) {
            names.add(parser.getText());
          } else {
            parser.skipChildren();
          }
        }
      }
      case START_OBJECT -> {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          names.add(parser.currentName());
          parser.nextToken();
          parser.skipChildren();
        }
      }
      default -> {
        // Any other form names nothing.
      }
    }
    return names;
  }

  /**
   * Reads {@code $groups}, an object of type to key; a key of another type than text or number is
   * kept as null.
   */
  private static Map<String, String> groups(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      return Map.of();
    }
    Map<String, String> groups = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String type = parser.currentName();
      parser.nextToken();
      groups.put(type, scalarOrNull(parser));
      parser.skipChildren();
    }
    return groups;
  }

  private static String scalarOrNull(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    return token == JsonToken.VALUE_STRING || token.isNumeric() ? parser.getText() : null;
  }

  private static String filledOrNull(JsonParser parser) throws IOException {
    String text = scalarOrNull(parser);
    return text == null || text.isBlank() ? null : text;
  }

  private static Text text(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_NULL -> Text.ABSENT;
      case VALUE_STRING -> new Text(true, parser.getText());
      default -> new Text(true, null);
    };
  }

  /**
   * A field that should hold text.
   *
   * @param isThere whether it was sent and is not null
   * @param text its text, or null if it holds something else
   */
  private record Text(boolean isThere, String text) {
    static final Text ABSENT = new Text(false, null);

    Text orElse(Text other) {
      return isThere ? this : other;
    }
  }

  private record Slice(String name, int from, int to) {}

  private interface Reading<T> {
    T read(JsonParser parser) throws IOException;
  }

  /** What one pass over an event finds. */
  private static final class Fields {
    final byte[] json;
    final List<Slice> extra = new ArrayList<>(4);
    byte[] enrichment;
    Map<String, byte[]> missingEnrichment = Map.of();
    Map<String, byte[]> place = Map.of();
    Map<String, byte[]> set = Map.of();
    Map<String, byte[]> setOnce = Map.of();
    Set<String> unset = Set.of();
    Map<String, String> groups = Map.of();
    Map<String, byte[]> rootSet = Map.of();
    Map<String, byte[]> rootSetOnce = Map.of();
    Set<String> rootUnset = Set.of();
    Map<String, String> rootGroups = Map.of();
    Text anonymous = Text.ABSENT;
    Text propertyAnonymous = Text.ABSENT;
    Text alias = Text.ABSENT;
    Text propertyAlias = Text.ABSENT;
    JsonToken personProfile;
    String event;
    String type;
    String timestamp;
    String groupType;
    String groupKey;
    String propertyGroupType;
    String propertyGroupKey;
    Long offset;
    boolean ignoreSentAt;
    boolean saysSet;
    boolean rootSaysSet;
    boolean saysSentAt;
    boolean hasProperties;
    int propertiesFrom = -1;
    int propertiesTo = -1;
    int contextFrom = -1;
    int contextTo = -1;
    int groupSetFrom = -1;
    int groupSetTo = -1;
    int rootGroupSetFrom = -1;
    int rootGroupSetTo = -1;
    int nestedFrom = -1;
    int nestedTo = -1;

    Fields(byte[] json) {
      this.json = json;
    }

    byte[] slice(int from, int to) {
      return from < 0 ? null : Arrays.copyOfRange(json, from, to);
    }

    /** Moves over the current value, and keeps it for the column extra if it belongs there. */
    int keep(JsonParser parser, String name, boolean inExtra) throws IOException {
      int from = JsonSlices.start(parser);
      int to = JsonSlices.skip(parser);
      if (inExtra) {
        extra.add(new Slice(name, from, to));
      }
      return to;
    }

    /**
     * Keeps the current value for the column extra after it was read, which moves the parser over
     * an object or list.
     */
    <T> T keepRead(JsonParser parser, String name, Reading<T> reading) throws IOException {
      int from = JsonSlices.start(parser);
      boolean struct = parser.currentToken().isStructStart();
      T read = reading.read(parser);
      if (struct && parser.currentToken().isStructStart()) {
        parser.skipChildren();
      }
      int to = struct ? (int) parser.currentLocation().getByteOffset() : JsonSlices.skip(parser);
      extra.add(new Slice(name, from, to));
      return read;
    }

    boolean hasExtra(String name) {
      for (Slice slice : extra) {
        if (slice.name().equals(name)) {
          return true;
        }
      }
      return false;
    }

    /**
     * Forgets what earlier properties said, because of two members of one name the last one counts.
     */
    void forgetProperties() throws InvalidEventException {
      if (propertiesFrom < 0) {
        return;
      }
      if (enrichment != null) {
        missingEnrichment = members(enrichment, 0, enrichment.length);
      }
      set = Map.of();
      setOnce = Map.of();
      unset = Set.of();
      groups = Map.of();
      propertyAnonymous = Text.ABSENT;
      propertyAlias = Text.ABSENT;
      personProfile = null;
      propertyGroupType = null;
      propertyGroupKey = null;
      ignoreSentAt = false;
      saysSet = false;
      hasProperties = false;
      propertiesFrom = -1;
      propertiesTo = -1;
      groupSetFrom = -1;
      groupSetTo = -1;
      nestedFrom = -1;
      nestedTo = -1;
    }

    /** Merges what the root says over what the properties say, as PostHog does. */
    void mergeRoot() {
      set = over(set, rootSet);
      setOnce = over(setOnce, rootSetOnce);
      groups = over(groups, rootGroups);
      if (!rootUnset.isEmpty()) {
        rootUnset.addAll(unset);
        unset = rootUnset;
      }
      if (rootGroupSetFrom >= 0) {
        groupSetFrom = rootGroupSetFrom;
        groupSetTo = rootGroupSetTo;
      }
    }

    private static <V> Map<String, V> over(Map<String, V> base, Map<String, V> top) {
      if (top.isEmpty()) {
        return base;
      }
      if (base.isEmpty()) {
        return top;
      }
      base.putAll(top);
      return base;
    }

    boolean personless(List<Warning> warnings) {
      if (personProfile == null
          || personProfile == JsonToken.VALUE_NULL
          || personProfile == JsonToken.VALUE_TRUE) {
        return false;
      }
      if (personProfile != JsonToken.VALUE_FALSE) {
        warnings.add(Warning.INVALID_PROCESS_PERSON_PROFILE);
        return false;
      }
      return true;
    }
  }
}
