// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.ErrorCode;
import java.util.Arrays;
import java.util.UUID;

/**
 * One item of a request: the slice of the body that is stored, and what is decided about it.
 *
 * <p>Filled while the request is read, and read only afterwards.
 */
final class Item {
  /** What happens to an item. */
  enum Fate {
    /** It is stored. */
    USABLE,
    /** It is counted and left out, because nobody wants it. */
    FILTERED,
    /** It has a problem. */
    UNUSABLE
  }

  private final int from;
  private final int to;
  private Fate fate = Fate.USABLE;
  private ErrorCode problem;
  private String message;
  private String ownToken;
  private String weakToken;
  private String token;
  private String distinctId;
  private String mergedId;
  private UUID uuid;
  private Long sentAt;
  private String ownAddress;
  private boolean placeUnwanted;
  private boolean overflow;
  private String detail;
  private byte[] form;
  private boolean cookieless;
  private boolean internal;
  private boolean heatmap;

  Item(int from, int to) {
    this.from = from;
    this.to = to;
  }

  /** Returns the index of the item's first byte in the intake's bytes. */
  int from() {
    return from;
  }

  /** Returns the number of the item's bytes. */
  int length() {
    return to - from;
  }

  /** Returns the index behind the item's last byte. */
  int to() {
    return to;
  }

  /**
   * Returns the bytes that are stored for the item: those that were sent, unless it was given
   * another form.
   *
   * @param sent the intake's bytes
   */
  byte[] json(byte[] sent) {
    if (form != null) {
      return form;
    }
    return length() == sent.length ? sent : Arrays.copyOfRange(sent, from, to);
  }

  /** Gives the item another form than the one that was sent. */
  void form(byte[] json) {
    form = json;
  }

  /**
   * Returns an item that is taken out of this one and shares all that is decided about it.
   *
   * @param json its form
   */
  Item part(byte[] json, UUID itsUuid) {
    Item part = new Item(from, to);
    part.form = json;
    part.uuid = itsUuid;
    part.token = token;
    part.distinctId = distinctId;
    part.sentAt = sentAt;
    part.ownAddress = ownAddress;
    part.placeUnwanted = placeUnwanted;
    part.cookieless = cookieless;
    part.internal = internal;
    return part;
  }

  Fate fate() {
    return fate;
  }

  /** Says what is wrong; the first problem holds. */
  void refuse(ErrorCode code, String sentence) {
    if (fate == Fate.USABLE) {
      fate = Fate.UNUSABLE;
      problem = code;
      message = sentence;
    }
  }

  /** Leaves the item out. */
  void filter() {
    fate = Fate.FILTERED;
  }

  /** Returns what is wrong with an unusable item. */
  ErrorCode problem() {
    return problem;
  }

  /** Returns the sentence that says what is wrong and how to put it right. */
  String message() {
    return message;
  }

  /** Returns the word by which the client's protocol speaks of the item, or null. */
  String detail() {
    return detail;
  }

  void detail(String value) {
    detail = value;
  }

  /** Returns whether the item is of a visitor without cookies, who gets an id of a day. */
  boolean isCookieless() {
    return cookieless;
  }

  void cookieless() {
    cookieless = true;
  }

  /** Returns whether the item comes from the project's own servers, whose address says nothing. */
  boolean isInternal() {
    return internal;
  }

  void internal() {
    internal = true;
  }

  /** Returns whether the item carries a heatmap besides what it is about. */
  boolean hasHeatmap() {
    return heatmap;
  }

  void heatmap() {
    heatmap = true;
  }

  /** Returns the key that stands in the item itself, or null. */
  String ownToken() {
    return ownToken;
  }

  void ownToken(String value) {
    ownToken = value;
  }

  /** Returns the project key that holds for this item, or null if it is not known. */
  String token() {
    return token;
  }

  void token(String value) {
    token = value;
  }

  /**
   * Returns the key that stands in the properties, or null: it yields to any key that the request
   * names outside of them, because a property of that name may mean something else.
   */
  String weakToken() {
    return weakToken;
  }

  void weakToken(String value) {
    weakToken = value;
  }

  /** Returns the distinct id, or null if it is not known. */
  String distinctId() {
    return distinctId;
  }

  void distinctId(String value) {
    distinctId = value;
  }

  /** Returns the distinct id that the item wants united with its own, or null. */
  String mergedId() {
    return mergedId;
  }

  void mergedId(String value) {
    mergedId = value;
  }

  /** Returns whether the item is one too many of its sender, and touches no person. */
  boolean isOverflow() {
    return overflow;
  }

  /** Takes the item out of its person's life: it unites nobody then. */
  void overflow() {
    overflow = true;
    mergedId = null;
  }

  /** Returns the actor, as far as it is known: what is not is empty. */
  ActorKey key() {
    return new ActorKey(token == null ? "" : token, distinctId == null ? "" : distinctId);
  }

  /** Returns the client's uuid, or null if it sent no valid one. */
  UUID uuid() {
    return uuid;
  }

  void uuid(UUID value) {
    uuid = value;
  }

  /** Returns the client's clock at sending in microseconds, or null if nothing said it. */
  Long sentAt() {
    return sentAt;
  }

  void sentAt(Long value) {
    sentAt = value;
  }

  /** Returns the {@code $ip} that the item itself names, or null. */
  String ownAddress() {
    return ownAddress;
  }

  void ownAddress(String value) {
    ownAddress = value;
  }

  /** Whether the item asks that no place is added, by {@code $geoip_disable}. */
  boolean placeUnwanted() {
    return placeUnwanted;
  }

  void placeUnwanted(boolean value) {
    placeUnwanted = value;
  }
}
