// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.DistinctIds;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.IllegalIds;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Topics;
import dev.hogflare.contract.Uuids;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/**
 * Reads a body of the v1 protocol and writes its events anew in the form of the first protocol, so
 * that everything behind it knows one form only.
 *
 * <p>What the new protocol has beside the properties, options, session and window, becomes
 * properties again. Members that it does not know are left out.
 */
final class V1Batch {
  private static final int MAX_NAME = 200;
  private static final UUID NIL = new UUID(0, 0);
  private static final String WITHOUT_PERSON = "person_processing_disabled";
  private static final String UNREADABLE = "request_parsing_error";

  /** The options that are truth values, and the properties that they become. */
  private static final String[][] FLAGS = {
    {"cookieless_mode", "$cookieless_mode"},
    {"disable_skew_correction", "$ignore_sent_at"},
    {"process_person_profile", "$process_person_profile"},
  };

  private static final String PERSON_PROFILE = "$process_person_profile";
  private static final String TOUR = "product_tour_id";

  /** The events that are about persons and cannot do without. */
  private static final Set<String> MERGING =
      Set.of("$identify", "$create_alias", "$merge_dangerously");

  /** Those of PostHog's list of illegal ids that are not in {@link IllegalIds}. */
  private static final Set<String> NOBODIES =
      Set.of(
          "00000000-0000-0000-0000-000000000000",
          "[object object]",
          "anonymous-user",
          "backend",
          "nan",
          "system",
          "user");

  private final byte[] json;
  private final Sdk sdk;
  private final int ceiling;
  private final MemoryBudget budget;
  private final JsonBuffer out;
  private final List<Verdict> verdicts = new ArrayList<>();
  private final Set<UUID> uuids = new HashSet<>();
  private boolean internal;
  private boolean historical;

  /**
   * The SDK that sent the batch.
   *
   * @param name its name, or null if it is not known
   * @param version its version, or null if it is not known
   */
  record Sdk(String name, String version) {
    /** Reads the header {@code PostHog-Sdk-Info}: {@code name/version}. */
    static Sdk of(String info) {
      int slash = info.lastIndexOf('/');
      return slash <= 0 || slash == info.length() - 1 || info.length() > MAX_NAME
          ? new Sdk(null, null)
          : new Sdk(info.substring(0, slash), info.substring(slash + 1));
    }
  }

  /**
   * What the protocol says of one event.
   *
   * @param uuid the event's
   * @param problem why it is dropped, or null if it is taken
   * @param detail the protocol's word for it, or null
   * @param sentence what is wrong with it, or null
   */
  record Verdict(UUID uuid, ErrorCode problem, String detail, String sentence) {}

  /**
   * A batch in the form of the first protocol.
   *
   * @param events a JSON array of the events
   * @param verdicts what is said of each, in the same order
   * @param historical whether the batch says that it is from another time
   */
  record Read(Octets events, List<Verdict> verdicts, boolean historical) {}

  private V1Batch(Octets body, Sdk sdk, int ceiling, MemoryBudget budget) {
    this.json = body.bytes();
    this.sdk = sdk;
    this.ceiling = ceiling;
    this.budget = budget;
    this.out = new JsonBuffer(body.length() + 64);
  }

  /**
   * Reads a batch.
   *
   * @param ceiling the most bytes that the events may have when they are written anew
   * @throws RequestRefusedException if it cannot be read, has no event, or one without a uuid of
   *     its own; the tag is PostHog's
   */
  static Read read(Octets body, Sdk sdk, int ceiling, MemoryBudget budget)
      throws RequestRefusedException {
    if (body.isEmpty()) {
      throw refused("empty_body", "The request has no body; send a batch of events in it.");
    }
    budget.reserve(body.length() + 64);
    V1Batch batch = new V1Batch(body, sdk, ceiling, budget);
    try {
      batch.envelope(body);
    } catch (MalformedJsonException e) {
      throw e.tooDeep()
          ? new RequestRefusedException(
              Refusal.TOO_DEEP, UNREADABLE, "The JSON of the request is " + e.getMessage() + ".")
          : refused(UNREADABLE, "The body is no JSON: " + e.getMessage() + ".");
    }
    return new Read(Octets.of(batch.out.toBytes()), batch.verdicts, batch.historical);
  }

  private void envelope(Octets body) throws MalformedJsonException, RequestRefusedException {
    JsonScanner whole = new JsonScanner(json, body.from(), body.to());
    if (whole.peek() != '{') {
      throw refused(UNREADABLE, "The body is no JSON object; send created_at and batch in one.");
    }
    int from = whole.position();
    whole.skipValue(0);
    int to = whole.position();
    whole.expectEnd();
    JsonMembers members = JsonMembers.of(json, from, to);
    String createdAt = members.textOrNull("created_at");
    if (createdAt == null || Rfc3339.parseOrNull(createdAt) == null) {
      throw refused("invalid_batch", "The field created_at is no time; send RFC 3339 text.");
    }
    internal = isTrue(members, members.find("capture_internal"));
    historical = isTrue(members, members.find("historical_migration"));
    int batch = members.find("batch");
    if (members.kind(batch) != '[') {
      throw refused(UNREADABLE, "The field batch is no array; send the events in it.");
    }
    JsonScanner events = new JsonScanner(json, members.from(batch), members.to(batch));
    out.openArray();
    for (boolean more = events.firstElement(0); more; more = events.nextElement()) {
      if (verdicts.size() == RequestReader.MAX_ITEMS) {
        throw new RequestRefusedException(
            Refusal.TOO_LARGE,
            null,
            "The batch has more than " + RequestReader.MAX_ITEMS + " events; send fewer at once.");
      }
      boolean object = events.peek() == '{';
      int start = events.position();
      events.skipValue(1);
      if (!object) {
        throw refused(UNREADABLE, "An item of batch is no JSON object; send events in it.");
      }
      event(start, events.position());
    }
    out.closeArray();
    if (verdicts.isEmpty()) {
      throw refused("empty_batch", "The field batch is empty; send at least one event in it.");
    }
  }

  private void event(int from, int to) throws MalformedJsonException, RequestRefusedException {
    JsonMembers members = JsonMembers.of(json, from, to);
    UUID uuid = uuid(members);
    int before = out.length();
    Problem problem =
        to - from > Topics.MAX_EVENT_BYTES
            ? drop(
                ErrorCode.EVENT_TOO_LARGE,
                "event_too_big",
                "The event has "
                    + (to - from)
                    + " bytes and at most "
                    + Topics.MAX_EVENT_BYTES
                    + " are taken; send less.")
            : problemOrNull(members);
    String detail = null;
    if (problem == null) {
      String distinctId = distinctIdOrNull(members);
      boolean nobody = isNobody(distinctId) && !MERGING.contains(members.textOrNull("event"));
      detail = nobody ? WITHOUT_PERSON : null;
      problem = writeOrProblem(members, uuid, distinctId, nobody);
    }
    if (problem == null) {
      verdicts.add(new Verdict(uuid, null, detail, null));
    } else {
      out.separate().raw(json, from, to);
      verdicts.add(new Verdict(uuid, problem.code(), problem.detail(), problem.sentence()));
    }
    if (out.length() > ceiling) {
      throw new RequestRefusedException(
          Refusal.TOO_LARGE,
          null,
          "The events have more than " + ceiling + " bytes; send fewer in one request.");
    }
    budget.reserve(out.length() - before);
  }

  private UUID uuid(JsonMembers members) throws RequestRefusedException {
    String text = members.textOrNull("uuid");
    if (text == null || text.isBlank()) {
      throw refused("missing_event_uuid", "An event has no uuid; send one with each event.");
    }
    UUID uuid = Uuids.parseOrNull(text.strip());
    if (uuid == null || uuid.equals(NIL)) {
      throw refused("invalid_event_uuid", "The uuid of an event is none; send a valid one.");
    }
    if (!uuids.add(uuid)) {
      throw refused(
          "duplicate_event_uuid",
          "The uuid " + uuid + " is in the batch twice; give each event its own.");
    }
    return uuid;
  }

  /** Why an event is dropped. */
  private record Problem(ErrorCode code, String detail, String sentence) {}

  private Problem problemOrNull(JsonMembers members) {
    String event = members.textOrNull("event");
    if (event == null || event.isBlank()) {
      return drop(
          ErrorCode.MISSING_EVENT,
          "missing_event_name",
          "The field event is missing; send the event's name in it.");
    }
    if (length(event) > MAX_NAME) {
      return drop(
          ErrorCode.INVALID_FIELD,
          "event_name_too_long",
          "The field event has more than " + MAX_NAME + " characters; send a shorter name.");
    }
    String distinctId = distinctIdOrNull(members);
    if (distinctId == null || distinctId.isBlank()) {
      return drop(
          ErrorCode.MISSING_DISTINCT_ID,
          "missing_distinct_id",
          "The field distinct_id is missing or blank; send it in the event.");
    }
    if (length(distinctId) > DistinctIds.MAX_CODE_POINTS) {
      return drop(
          ErrorCode.INVALID_FIELD,
          "distinct_id_too_large",
          "The field distinct_id has more than "
              + DistinctIds.MAX_CODE_POINTS
              + " characters; send a shorter one.");
    }
    String timestamp = members.textOrNull("timestamp");
    if (timestamp == null || Rfc3339.parseOrNull(timestamp) == null) {
      return drop(
          ErrorCode.INVALID_FIELD,
          "invalid_event_timestamp",
          "The field timestamp is no time; send RFC 3339 text.");
    }
    int properties = members.find("properties");
    if (properties >= 0 && members.kind(properties) != '{') {
      return drop(
          ErrorCode.INVALID_FIELD,
          "malformed_event_properties",
          "The field properties has the wrong JSON type; send an object.");
    }
    return null;
  }

  /** Returns the distinct id without blanks around it; any JSON type is taken. */
  private String distinctIdOrNull(JsonMembers members) {
    int member = members.find("distinct_id");
    return member < 0
        ? null
        : JsonText.identifier(
                json, members.from(member), members.to(member), DistinctIds.MAX_CODE_POINTS + 1)
            .strip();
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** Writes an event as the first protocol has it, unless its options mean nothing. */
  private Problem writeOrProblem(JsonMembers members, UUID uuid, String distinctId, boolean nobody)
      throws MalformedJsonException {
    JsonBuffer added = new JsonBuffer(256).openObject();
    String wrong = optionsWithoutMeaning(members, nobody, added);
    if (wrong != null) {
      return drop(
          ErrorCode.INVALID_FIELD,
          "invalid_options",
          "The field " + wrong + " of the options means nothing; send true or false.");
    }
    out.separate().openObject();
    copy(members, "event");
    out.name("uuid").uuid(uuid);
    out.name("distinct_id").string(distinctId);
    copy(members, "timestamp");
    properties(members, added);
    out.closeObject();
    return null;
  }

  /** The ids that PostHog's new protocol takes for nobody's, whatever their case. */
  private static boolean isNobody(String distinctId) {
    String lower = distinctId.toLowerCase(Locale.ROOT);
    return IllegalIds.contains(lower) || NOBODIES.contains(lower);
  }

  /**
   * Writes what stands beside the properties as properties.
   *
   * @param nobody whether the event is nobody's, whatever its options say
   * @return the option that means nothing, or null
   */
  private String optionsWithoutMeaning(JsonMembers members, boolean nobody, JsonBuffer added)
      throws MalformedJsonException {
    text(members, "session_id", "$session_id", added);
    text(members, "window_id", "$window_id", added);
    int options = members.find("options");
    if (options >= 0) {
      if (members.kind(options) != '{') {
        return "options";
      }
      JsonMembers found = JsonMembers.of(json, members.from(options), members.to(options));
      for (String[] flag : FLAGS) {
        int member = found.find(flag[0]);
        if (member >= 0) {
          Boolean value = truthOrNull(found, member);
          if (value == null) {
            return flag[0];
          }
          if (!nobody || !flag[1].equals(PERSON_PROFILE)) {
            added.name(flag[1]).bool(value);
          }
        }
      }
      int tour = found.find(TOUR);
      if (tour >= 0) {
        byte kind = found.kind(tour);
        if (kind != '"' && kind != '-' && (kind < '0' || kind > '9')) {
          return TOUR;
        }
        added
            .name("$product_tour_id")
            .string(JsonText.identifier(json, found.from(tour), found.to(tour), MAX_NAME));
      }
    }
    if (sdk.name() != null) {
      added.name("$lib").string(sdk.name()).name("$lib_version").string(sdk.version());
    }
    if (nobody) {
      added.name(PERSON_PROFILE).bool(false);
    }
    if (internal) {
      added.name("capture_internal").bool(true);
    }
    return null;
  }

  private void text(JsonMembers members, String name, String property, JsonBuffer added) {
    int member = members.find(name);
    if (member >= 0) {
      added.name(property).raw(json, members.from(member), members.to(member));
    }
  }

  private void copy(JsonMembers members, String name) {
    int member = members.find(name);
    out.name(name).raw(json, members.from(member), members.to(member));
  }

  /** Writes the sent properties and the added ones, which win over those of their name. */
  private void properties(JsonMembers members, JsonBuffer added) throws MalformedJsonException {
    byte[] more = added.closeObject().toBytes();
    int member = members.find("properties");
    out.name("properties").openObject();
    if (member >= 0) {
      JsonMembers sent = JsonMembers.of(json, members.from(member), members.to(member));
      JsonMembers own = JsonMembers.of(more, 0, more.length);
      for (int i = 0; i < sent.count(); i++) {
        if (own.find(sent.name(i)) < 0) {
          out.name(sent.name(i)).raw(json, sent.from(i), sent.to(i));
        }
      }
    }
    if (more.length > "{}".length()) {
      out.separate().raw(more, 1, more.length - 1);
    }
    out.closeObject();
  }

  private boolean isTrue(JsonMembers members, int member) {
    return member >= 0 && Boolean.TRUE.equals(truthOrNull(members, member));
  }

  /** Returns what a member means as a truth value: true, false, a number, or either as text. */
  private Boolean truthOrNull(JsonMembers members, int member) {
    String text =
        JsonText.identifier(json, members.from(member), members.to(member), MAX_NAME)
            .toLowerCase(Locale.ROOT);
    return switch (text) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> isNumber(members.kind(member)) ? !isZero(text) : null;
    };
  }

  private static boolean isNumber(byte kind) {
    return kind == '-' || (kind >= '0' && kind <= '9');
  }

  /** Whether a number of JSON has no digit but zeros before its exponent. */
  private static boolean isZero(String number) {
    for (int i = 0; i < number.length() && number.charAt(i) != 'e'; i++) {
      char c = number.charAt(i);
      if (c >= '1' && c <= '9') {
        return false;
      }
    }
    return true;
  }

  private static Problem drop(ErrorCode code, String detail, String sentence) {
    return new Problem(code, detail, sentence);
  }

  private static RequestRefusedException refused(String tag, String sentence) {
    return new RequestRefusedException(Refusal.UNREADABLE, tag, sentence);
  }
}
