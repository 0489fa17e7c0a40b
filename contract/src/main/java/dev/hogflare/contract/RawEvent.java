// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.UUID;
import org.apache.kafka.common.header.Headers;

/**
 * One client event as it stands on the raw topic: the bytes that the client sent, and what the
 * gateway knew about them.
 *
 * <p>The record's key is the actor's key and its value is {@link #json}; everything else is in
 * record headers, as text: {@code uuid}, {@code route}, {@code arrived_at}, {@code sent_at}, {@code
 * enrichment}, {@code defaults}, {@code claim}, {@code overflow}.
 *
 * @param key whose event this is
 * @param json the event's JSON object, byte for byte as sent
 * @param uuid the row's identity: the client's if it sent a valid one, else made by the gateway
 * @param route the family of endpoints it came through
 * @param arrivedAt the gateway's arrival time in microseconds since the epoch, strictly rising
 *     within a request
 * @param sentAt the client's clock when it sent the request, in microseconds since the epoch, or
 *     null if it did not say
 * @param enrichment a JSON object of properties that the gateway adds where the client sent none,
 *     or null
 * @param defaults a JSON object of fields that the request's envelope gave for all its events, or
 *     null
 * @param claim the offset of the claim that the event makes, or null
 * @param overflow whether it is one too many of its sender: it has a row, and touches no person
 */
public record RawEvent(
    ActorKey key,
    byte[] json,
    UUID uuid,
    Route route,
    long arrivedAt,
    Long sentAt,
    byte[] enrichment,
    byte[] defaults,
    Long claim,
    boolean overflow) {
  private static final String UUID_HEADER = "uuid";
  private static final String ROUTE = "route";
  private static final String ARRIVED_AT = "arrived_at";
  private static final String SENT_AT = "sent_at";
  private static final String ENRICHMENT = "enrichment";
  private static final String DEFAULTS = "defaults";
  private static final String CLAIM = "claim";
  private static final String OVERFLOW = "overflow";

  /** Creates an event without a claim. */
  public RawEvent(
      ActorKey key,
      byte[] json,
      UUID uuid,
      Route route,
      long arrivedAt,
      Long sentAt,
      byte[] enrichment,
      byte[] defaults) {
    this(key, json, uuid, route, arrivedAt, sentAt, enrichment, defaults, null);
  }

  /** Creates an event that touches its person. */
  public RawEvent(
      ActorKey key,
      byte[] json,
      UUID uuid,
      Route route,
      long arrivedAt,
      Long sentAt,
      byte[] enrichment,
      byte[] defaults,
      Long claim) {
    this(key, json, uuid, route, arrivedAt, sentAt, enrichment, defaults, claim, false);
  }

  /** Adds the headers of this event to a record that is about to be sent. */
  public void writeHeaders(Headers headers) {
    RecordHeaders.put(headers, UUID_HEADER, uuid.toString());
    RecordHeaders.put(headers, ROUTE, route.text());
    RecordHeaders.put(headers, ARRIVED_AT, Long.toString(arrivedAt));
    if (sentAt != null) {
      RecordHeaders.put(headers, SENT_AT, sentAt.toString());
    }
    if (enrichment != null) {
      headers.add(ENRICHMENT, enrichment);
    }
    if (defaults != null) {
      headers.add(DEFAULTS, defaults);
    }
    if (claim != null) {
      writeClaim(headers, claim);
    }
    if (overflow) {
      RecordHeaders.put(headers, OVERFLOW, "true");
    }
  }

  /**
   * Adds the place of an event's claim to a record that is about to be sent.
   *
   * @param offset where the claim stands in its partition
   */
  public static void writeClaim(Headers headers, long offset) {
    RecordHeaders.put(headers, CLAIM, Long.toString(offset));
  }

  /** Returns the same event without the place of its claim. */
  public RawEvent withoutClaim() {
    return new RawEvent(
        key, json, uuid, route, arrivedAt, sentAt, enrichment, defaults, null, overflow);
  }

  /**
   * Returns the arrival time of a record that may be damaged.
   *
   * @param otherwise what is returned if the headers do not say it
   */
  public static long arrivedAt(Headers headers, long otherwise) {
    String text = RecordHeaders.textOrNull(headers, ARRIVED_AT);
    try {
      return text == null ? otherwise : RecordHeaders.number(ARRIVED_AT, text);
    } catch (MalformedRecordException e) {
      return otherwise;
    }
  }

  /**
   * Reads a record of the raw topic.
   *
   * @throws MalformedRecordException if the key or a required header is missing, or a header is
   *     unreadable
   */
  public static RawEvent read(byte[] key, byte[] value, Headers headers) {
    if (value == null) {
      throw new MalformedRecordException("The record has no value; expected the event's JSON.");
    }
    UUID uuid = Uuids.parseOrNull(RecordHeaders.text(headers, UUID_HEADER));
    if (uuid == null) {
      throw new MalformedRecordException("The header uuid holds no UUID.");
    }
    String sentAt = RecordHeaders.textOrNull(headers, SENT_AT);
    String claim = RecordHeaders.textOrNull(headers, CLAIM);
    return new RawEvent(
        ActorKey.fromBytes(key),
        value,
        uuid,
        Route.fromText(RecordHeaders.text(headers, ROUTE)),
        RecordHeaders.number(ARRIVED_AT, RecordHeaders.text(headers, ARRIVED_AT)),
        sentAt == null ? null : RecordHeaders.number(SENT_AT, sentAt),
        RecordHeaders.bytesOrNull(headers, ENRICHMENT),
        RecordHeaders.bytesOrNull(headers, DEFAULTS),
        claim == null ? null : offset(claim),
        "true".equals(RecordHeaders.textOrNull(headers, OVERFLOW)));
  }

  private static long offset(String claim) {
    long offset = RecordHeaders.number(CLAIM, claim);
    if (offset < 0) {
      throw new MalformedRecordException(
          "The header " + CLAIM + " holds \"" + claim + "\", which is no offset.");
    }
    return offset;
  }
}
