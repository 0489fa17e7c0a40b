// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Topics;
import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.Compression;
import dev.hogflare.wire.FormFields;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Splits a decoded payload into its items in one pass over the bytes.
 *
 * <p>Known shapes: an array of events, {@code {"batch": […]}}, one event, and hogflare's envelope
 * {@code {"data": …}} around any of these. The path does not tell the shape.
 */
final class RequestReader {
  /** The levels of an event that JSON readers downstream follow. */
  static final int MAX_EVENT_LEVELS = 500;

  /** The most items of one request, so that a body of empty objects does not fill the memory. */
  static final int MAX_ITEMS = 100_000;

  /** The most bytes that an envelope may add to each of its items. */
  static final int MAX_DEFAULTS_BYTES = 16 * 1024;

  /**
   * The members of an envelope that are about the request and not about its events; and the uuid,
   * which would make all of them the same event.
   */
  private static final Set<Field> ABOUT_REQUEST =
      EnumSet.of(
          Field.API_KEY,
          Field.TOKEN,
          Field.DOLLAR_TOKEN,
          Field.BATCH,
          Field.DATA,
          Field.COMPRESSION,
          Field.COMPRESSION_METHOD,
          Field.SENT_AT,
          Field.HISTORICAL_MIGRATION,
          Field.UUID);

  /** The fields of a form that are about the request. */
  private static final Set<String> ABOUT_FORM =
      Stream.concat(
              ABOUT_REQUEST.stream().map(Field::text),
              Stream.of("_", "ip", "ver", "beacon", "lib_version", "retry_count"))
          .collect(Collectors.toUnmodifiableSet());

  private static final Field[] TOKENS = {Field.API_KEY, Field.TOKEN, Field.DOLLAR_TOKEN};

  private final BodyDecoder decoder;

  /** Creates a reader that unwraps envelopes with this decoder. */
  RequestReader(BodyDecoder decoder) {
    this.decoder = decoder;
  }

  /**
   * What is known about a request besides its payload.
   *
   * @param route the route
   * @param credentials the keys that the request names outside of its payload
   * @param sentAt the client's clock as headers or query say it, in microseconds, or null
   * @param addedBytes what will be stored with each item besides its own bytes
   */
  record Context(Route route, Credentials credentials, Long sentAt, int addedBytes) {}

  /**
   * Reads a payload.
   *
   * @throws RequestRefusedException if it is no JSON of a known shape (400), holds no item (400),
   *     is too deep (413), has too many items (413), or passes the budget (503)
   */
  Intake read(BodyDecoder.Payload payload, Context context, MemoryBudget budget)
      throws RequestRefusedException {
    return new Reading(context, budget).read(payload);
  }

  /** The reading of one request. */
  private final class Reading {
    private final Context context;
    private final MemoryBudget budget;
    private final ItemRules rules;
    private final boolean recordings;
    private final EventFields root = new EventFields();
    private final EventFields fields = new EventFields();
    private final List<Item> items = new ArrayList<>();
    private byte[] json;
    private JsonScanner scanner;
    private boolean batch;
    private boolean historical;
    private Long sentAt;
    private String enclosingToken;
    private byte[] defaults;
    private EventFields defaultFields;

    Reading(Context context, MemoryBudget budget) {
      this.context = context;
      this.budget = budget;
      this.recordings = context.route() == Route.S;
      this.rules = recordings ? new RecordingRules() : new EventRules(context.route());
    }

    Intake read(BodyDecoder.Payload payload) throws RequestRefusedException {
      if (payload.json().isEmpty()) {
        throw RequestRefusedException.unreadable(
            "the request has no data; send events as JSON in its body.");
      }
      try {
        if (payload.form() != null) {
          form(payload.form());
        }
        value(payload.json(), true);
      } catch (MalformedJsonException e) {
        throw refusal(e, payload.unknown());
      }
      if (items.isEmpty()) {
        throw RequestRefusedException.unreadable("the request holds no event; send at least one.");
      }
      Long outer = sentAt == null ? context.sentAt() : sentAt;
      for (Item item : items) {
        if (item.sentAt() == null) {
          item.sentAt(outer);
        }
      }
      new ProjectKeys(enclosingToken, context.credentials()).assign(items);
      return new Intake(json, items, batch ? null : defaults, historical);
    }

    private RequestRefusedException refusal(MalformedJsonException e, String unknownEncoding) {
      if (e.tooDeep()) {
        return new RequestRefusedException(
            Refusal.TOO_DEEP, "The JSON of the request is " + e.getMessage() + ".");
      }
      String hint =
          unknownEncoding == null
              ? ""
              : " (the encoding it names is not supported; send gzip, deflate, base64 or lz64)";
      return RequestRefusedException.unreadable(
          "failed to parse JSON payload: " + e.getMessage() + hint + ".");
    }

    /** Reads the payload, or what stood in an envelope. */
    private void value(Octets payload, boolean envelopeAllowed)
        throws MalformedJsonException, RequestRefusedException {
      json = payload.bytes();
      scanner = new JsonScanner(json, payload.from(), payload.to());
      switch (scanner.peek()) {
        case '[' -> elements(0);
        case '{' -> object(envelopeAllowed);
        default -> {
          scanner.skipValue(0);
          throw RequestRefusedException.unreadable(
              "expected JSON object or array in PostHog payload.");
        }
      }
    }

    private void elements(int level) throws MalformedJsonException, RequestRefusedException {
      for (boolean more = scanner.firstElement(level); more; more = scanner.nextElement()) {
        item(level + 1);
      }
      if (level == 0) {
        scanner.expectEnd();
      }
    }

    private void item(int level) throws MalformedJsonException, RequestRefusedException {
      boolean object = scanner.peek() == '{';
      int from = scanner.position();
      scanner.beginItem();
      if (object) {
        fields.clear();
        fields.read(scanner, json, level, recordings);
      } else {
        scanner.skipValue(level);
      }
      Item item = add(from);
      if (object) {
        judge(item, fields, level);
      } else {
        item.refuse(
            ErrorCode.NOT_AN_OBJECT, "An item of the request is no JSON object; send events.");
      }
    }

    private Item add(int from) throws RequestRefusedException {
      if (items.size() == MAX_ITEMS) {
        throw new RequestRefusedException(
            Refusal.TOO_LARGE,
            "The request has more than " + MAX_ITEMS + " events; send fewer at once.");
      }
      Item item = new Item(from, scanner.position());
      items.add(item);
      return item;
    }

    /** Reads an object whose members alone tell what it is. */
    private void object(boolean envelopeAllowed)
        throws MalformedJsonException, RequestRefusedException {
      int from = scanner.position();
      boolean batchFound = false;
      boolean batchWrong = false;
      root.clear();
      scanner.beginItem();
      for (boolean more = scanner.firstMember(0); more; more = scanner.nextMember()) {
        Field field = EventFields.rootField(scanner, json);
        if (field == Field.BATCH) {
          byte kind = scanner.peek();
          batchFound = kind == '[' || kind == '{';
          batchWrong = !batchFound && kind != 'n';
          batch(batchFound);
        } else {
          root.member(field, scanner, json, 1, recordings);
        }
      }
      int to = scanner.position();
      scanner.expectEnd();
      if (batchFound) {
        historical = root.isTrue(Field.HISTORICAL_MIGRATION);
        enclose();
      } else if (root.isString(Field.EVENT) || !(batchWrong || root.has(Field.DATA))) {
        single(from);
      } else if (batchWrong) {
        throw RequestRefusedException.unreadable("the field batch must be an array of events.");
      } else if (envelopeAllowed) {
        envelope(new Octets(json, from, to));
      } else {
        throw RequestRefusedException.unreadable("the envelope holds another envelope.");
      }
    }

    private void batch(boolean readable) throws MalformedJsonException, RequestRefusedException {
      // Of a member that is given twice the last one holds.
      items.clear();
      batch = readable;
      if (!readable) {
        scanner.skipValue(1);
      } else if (scanner.peek() == '{') {
        item(1);
      } else {
        elements(1);
      }
    }

    private void single(int from) throws RequestRefusedException {
      Item item = add(from);
      judge(item, root, 0);
    }

    private void judge(Item item, EventFields found, int level) {
      if (defaultFields != null && !batch) {
        found.fillFrom(defaultFields);
      }
      int size = item.length() + context.addedBytes() + (defaults == null ? 0 : defaults.length);
      int most = recordings ? Topics.MAX_RECORDING_BYTES : Topics.MAX_EVENT_BYTES;
      if (size > most) {
        item.refuse(
            ErrorCode.EVENT_TOO_LARGE,
            "The event has " + size + " bytes and at most " + most + " are taken; send less.");
      }
      if (scanner.deepest() - level > MAX_EVENT_LEVELS) {
        item.refuse(
            ErrorCode.TOO_DEEP,
            "The event is nested more deeply than " + MAX_EVENT_LEVELS + " levels; flatten it.");
      }
      if (scanner.unreadable() != null) {
        item.refuse(
            ErrorCode.INVALID_FIELD, "In the event " + scanner.unreadable() + "; change it.");
      }
      if (!batch && (recordings || found == root)) {
        item.sentAt(timeOrNull(found));
      }
      rules.judge(item, found);
    }

    /** Takes over what encloses the items; the outermost of two values holds. */
    private void enclose() throws RequestRefusedException {
      for (Field field : TOKENS) {
        if (root.has(field) && !root.isString(field)) {
          throw RequestRefusedException.unreadable(
              "the field " + field.text() + " must be a string.");
        }
        if (enclosingToken == null && root.isString(field) && !root.isEmptyString(field)) {
          enclosingToken = root.text(field);
        }
      }
      if (sentAt == null) {
        sentAt = timeOrNull(root);
      }
    }

    private void envelope(Octets whole) throws MalformedJsonException, RequestRefusedException {
      enclose();
      if (!root.isString(Field.DATA) && !root.isObject(Field.DATA) && !root.isArray(Field.DATA)) {
        throw RequestRefusedException.unreadable(
            "the field data must be a string, an object or an array.");
      }
      defaults(envelopeDefaults(whole));
      Octets data = new Octets(json, root.from(Field.DATA), root.to(Field.DATA));
      if (root.isString(Field.DATA)) {
        budget.reserve(data.length());
        String compression = textOrNull(Field.COMPRESSION);
        if (compression == null) {
          compression = textOrNull(Field.COMPRESSION_METHOD);
        }
        data =
            decoder.unwrap(
                Octets.of(JsonText.utf8(json, data.from(), data.to())),
                Compression.named(compression),
                false,
                budget);
      }
      value(data, false);
    }

    private String textOrNull(Field field) {
      return root.isString(field) ? root.text(field) : null;
    }

    private JsonBuffer envelopeDefaults(Octets whole) throws MalformedJsonException {
      JsonBuffer out = new JsonBuffer(128).openObject();
      JsonScanner again = new JsonScanner(json, whole.from(), whole.to());
      for (boolean more = again.firstMember(0); more; more = again.nextMember()) {
        Field field = EventFields.rootField(again, json);
        int nameFrom = again.nameFrom() - 1;
        int nameTo = again.nameTo() + 1;
        int from = again.position();
        again.skipValue(1);
        if ((field == null || !ABOUT_REQUEST.contains(field))
            && out.length() <= MAX_DEFAULTS_BYTES) {
          out.separate().raw(json, nameFrom, nameTo).put((byte) ':');
          out.raw(json, from, again.position());
        }
      }
      return out.closeObject();
    }

    private void form(FormFields form) throws MalformedJsonException, RequestRefusedException {
      for (Field field : TOKENS) {
        if (enclosingToken == null) {
          enclosingToken = form.text(field.text());
        }
      }
      String time = form.text(Field.SENT_AT.text());
      sentAt = time == null ? null : Rfc3339.parseOrNull(time);
      JsonBuffer out = new JsonBuffer(128).openObject();
      for (String name : form.names()) {
        if (!ABOUT_FORM.contains(name) && out.length() <= MAX_DEFAULTS_BYTES) {
          String value = form.text(name);
          out.name(name).string(value == null ? "" : value);
        }
      }
      defaults(out.closeObject());
    }

    private void defaults(JsonBuffer object)
        throws MalformedJsonException, RequestRefusedException {
      if (object.length() <= "{}".length()) {
        return;
      }
      if (object.length() > MAX_DEFAULTS_BYTES) {
        throw new RequestRefusedException(
            Refusal.TOO_LARGE,
            "The fields beside data have more than "
                + MAX_DEFAULTS_BYTES
                + " bytes; send them in the events.");
      }
      defaults = object.toBytes();
      defaultFields = new EventFields();
      defaultFields.read(new JsonScanner(defaults, 0, defaults.length), defaults, 0, recordings);
    }
  }

  private static Long timeOrNull(EventFields fields) {
    return fields.isString(Field.SENT_AT) ? Rfc3339.parseOrNull(fields.text(Field.SENT_AT)) : null;
  }
}
