// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stamp;

/**
 * The form of messages on the mail topic and while they are parked.
 *
 * <p>The first eight bytes are the append time of the raw event behind the message, so that mail
 * can be put in order among raw records without being read; a byte of version, the number of the
 * life that is addressed and a byte of kind follow. The highest bit of the version says that the
 * message is muted: that another generation writes what comes of the event behind it. Used by one
 * thread.
 */
final class MessageCodec {
  private static final int VERSION = GenerationRecord.CODE_VERSION;
  private static final int VERSION_AT = 8;
  private static final int MUTED = 0x80;
  private static final int OWN = 0;
  private static final int FORWARD = 1;
  private static final int ADOPT = 2;
  private static final int ADOPTED = 3;
  private static final int LINK_TO = 4;
  private static final int JOIN = 5;
  private static final int ABSORBED = 6;
  private static final int SHORTCUT = 7;
  private static final int FLUSH = 8;
  private static final int FLUSHED = 9;
  private static final int CLAIMED = 10;
  private static final int DELETED = 11;

  /** Addresses the life of a distinct id that reads the claim behind a question. */
  static final int WHOEVER_READS_THE_CLAIM = 0;

  /** What an event is beside itself. */
  private static final int PLAIN = 0;

  private static final int CLAIMS = 1;
  private static final int OVERFLOW = 2;

  private final BinaryWriter out = new BinaryWriter();
  private final EventReader events;

  /** Creates a codec that reads events with a reader of the same thread. */
  MessageCodec(EventReader events) {
    this.events = events;
  }

  /**
   * Returns the append time that leads every message, in milliseconds since the epoch, or -1 if
   * there is none.
   */
  static long appendedAt(byte[] message) {
    return message == null || message.length < 8 ? -1 : new BinaryReader(message).fixedLong();
  }

  /** Whether a message is muted; what is too short to say so is not. */
  static boolean isMuted(byte[] message) {
    return message != null && message.length > VERSION_AT && (message[VERSION_AT] & MUTED) != 0;
  }

  /**
   * Returns the life that a message is addressed to, counted from 1, or {@link
   * #WHOEVER_READS_THE_CLAIM}.
   *
   * @throws MalformedRecordException if the bytes are too short to say it
   */
  static int addressee(byte[] message) {
    BinaryReader in = new BinaryReader(message);
    in.fixedLong();
    in.next();
    return (int) in.number();
  }

  /** Returns the form that is parked of a message that is not muted. */
  byte[] encode(Message message) {
    return encode(message, false);
  }

  /** Returns the form that is parked. */
  byte[] encode(Message message, boolean muted) {
    return encode(message, muted, WHOEVER_READS_THE_CLAIM);
  }

  /**
   * Returns the form that travels.
   *
   * @param addressee the life that is meant, counted from 1, or {@link #WHOEVER_READS_THE_CLAIM}
   */
  byte[] encode(Message message, boolean muted, int addressee) {
    out.clear().fixedLong(message.stamp().appendedAt()).put(muted ? VERSION | MUTED : VERSION);
    out.number(addressee);
    switch (message) {
      case Message.Own own -> event(textOrNull(out.put(OWN), own.asked()), own.event());
      case Message.Claimed claimed ->
          out.put(CLAIMED).text(claimed.claimant()).number(claimed.offset()).stamp(claimed.stamp());
      case Message.Forward forward -> {
        textOrNull(out.put(FORWARD), forward.asked())
            .number(forward.demotion())
            .texts(forward.path());
        event(out, forward.event());
      }
      case Message.Adopt adopt -> {
        out.put(ADOPT).text(adopt.newcomer()).text(adopt.target()).texts(adopt.path());
        cause(StateCodec.claim(out, adopt.claim()), adopt.cause());
      }
      case Message.Adopted adopted -> {
        cause(out.put(ADOPTED).text(adopted.asked()), adopted.cause());
        StateCodec.person(out, adopted.person());
      }
      case Message.LinkTo linkTo ->
          cause(out.put(LINK_TO).text(linkTo.root()).text(linkTo.asked()), linkTo.cause());
      case Message.Join join -> {
        out.put(JOIN).text(join.root()).uuid(join.person());
        out.bool(join.rank().identified()).stamp(join.rank().created()).uuid(join.rank().uuid());
        out.put(join.mode().ordinal()).number(join.known() + 1);
        cause(StateCodec.claim(out, join.claim()), join.cause());
      }
      case Message.Absorbed absorbed -> {
        cause(out.put(ABSORBED).text(absorbed.absorbedId()), absorbed.cause());
        StateCodec.person(out, absorbed.person());
      }
      case Message.Deleted deleted -> cause(out.put(DELETED).text(deleted.id()), deleted.cause());
      case Message.Shortcut shortcut -> out.put(SHORTCUT).stamp(shortcut.stamp());
      case Message.Flush flush ->
          out.put(FLUSH).text(flush.id()).stamps(flush.sinces()).stamp(flush.stamp());
      case Message.Flushed flushed ->
          out.put(FLUSHED).text(flushed.root()).stamps(flushed.sinces()).stamp(flushed.stamp());
    }
    return out.toBytes();
  }

  /**
   * Reads a message.
   *
   * @throws MalformedRecordException if the bytes are anything else
   */
  Message decode(byte[] bytes) {
    if (bytes == null) {
      throw new MalformedRecordException("The mail has no value.");
    }
    BinaryReader in = new BinaryReader(bytes);
    in.fixedLong();
    int version = in.next() & ~MUTED;
    if (version != VERSION) {
      throw new MalformedRecordException(
          "The mail has version " + version + "; this program reads " + VERSION + ".");
    }
    in.number();
    int kind = in.next();
    Message message =
        switch (kind) {
          case OWN -> own(in);
          case CLAIMED -> new Message.Claimed(in.text(), in.number(), in.stamp());
          case FORWARD -> forward(in);
          case ADOPT ->
              new Message.Adopt(in.text(), in.text(), in.texts(), StateCodec.claim(in), cause(in));
          case ADOPTED -> adopted(in);
          case LINK_TO -> new Message.LinkTo(in.text(), in.text(), cause(in));
          case JOIN -> join(in);
          case ABSORBED -> absorbed(in);
          case DELETED -> new Message.Deleted(in.text(), cause(in));
          case SHORTCUT -> new Message.Shortcut(in.stamp());
          case FLUSH -> new Message.Flush(in.text(), in.stamps(), in.stamp());
          case FLUSHED -> new Message.Flushed(in.text(), in.stamps(), in.stamp());
          default ->
              throw new MalformedRecordException("The mail has the unknown kind " + kind + ".");
        };
    in.end();
    return message;
  }

  private Message own(BinaryReader in) {
    String asked = textOrNull(in);
    return new Message.Own(event(in), asked);
  }

  private Message forward(BinaryReader in) {
    String asked = textOrNull(in);
    int demotion = (int) in.number();
    var path = in.texts();
    return new Message.Forward(event(in), asked, demotion, path);
  }

  private static Message adopted(BinaryReader in) {
    String asked = in.text();
    Cause cause = cause(in);
    return new Message.Adopted(StateCodec.person(in), asked, cause);
  }

  private static Message join(BinaryReader in) {
    String root = in.text();
    var person = in.uuid();
    Rank rank = new Rank(in.bool(), in.stamp(), in.uuid());
    int mode = in.next();
    if (mode >= MergeMode.values().length) {
      throw new MalformedRecordException("The mail has the unknown merge mode " + mode + ".");
    }
    return new Message.Join(
        root,
        person,
        rank,
        MergeMode.values()[mode],
        (int) in.number() - 1,
        StateCodec.claim(in),
        cause(in));
  }

  private static BinaryWriter textOrNull(BinaryWriter out, String text) {
    out.bool(text != null);
    return text == null ? out : out.text(text);
  }

  private static String textOrNull(BinaryReader in) {
    return in.bool() ? in.text() : null;
  }

  private static Message absorbed(BinaryReader in) {
    String id = in.text();
    Cause cause = cause(in);
    return new Message.Absorbed(StateCodec.person(in), id, cause);
  }

  private static void cause(BinaryWriter out, Cause cause) {
    out.stamp(cause.stamp()).fixedLong(cause.arrivedAt()).uuid(cause.row()).text(cause.operation());
  }

  private static Cause cause(BinaryReader in) {
    return new Cause(in.stamp(), in.fixedLong(), in.uuid(), in.text());
  }

  private static void event(BinaryWriter out, PersonEvent event) {
    RawEvent raw = event.raw();
    out.stamp(event.stamp()).text(raw.key().token()).text(raw.key().distinctId());
    out.uuid(raw.uuid()).put(raw.route().ordinal()).fixedLong(raw.arrivedAt());
    out.bool(raw.sentAt() != null);
    if (raw.sentAt() != null) {
      out.fixedLong(raw.sentAt());
    }
    out.array(raw.json()).optional(raw.enrichment()).optional(raw.defaults());
    // One too many unites nobody, so that a claim would mean nothing.
    int kind = raw.overflow() ? OVERFLOW : raw.claim() != null ? CLAIMS : PLAIN;
    out.put(kind);
    if (kind == CLAIMS) {
      out.number(raw.claim());
    }
  }

  private static ActorKey key(String token, String distinctId) {
    try {
      return new ActorKey(token, distinctId);
    } catch (IllegalArgumentException e) {
      throw new MalformedRecordException("The mail carries an event without a token.", e);
    }
  }

  private PersonEvent event(BinaryReader in) {
    Stamp stamp = in.stamp();
    ActorKey key = key(in.text(), in.text());
    var uuid = in.uuid();
    int route = in.next();
    if (route >= Route.values().length) {
      throw new MalformedRecordException("The mail has the unknown route " + route + ".");
    }
    long arrivedAt = in.fixedLong();
    Long sentAt = in.bool() ? in.fixedLong() : null;
    byte[] json = in.array();
    byte[] enrichment = in.optional();
    byte[] defaults = in.optional();
    int kind = in.next();
    if (kind > OVERFLOW) {
      throw new MalformedRecordException("The mail has an event of the unknown kind " + kind + ".");
    }
    RawEvent raw =
        new RawEvent(
            key,
            json,
            uuid,
            Route.values()[route],
            arrivedAt,
            sentAt,
            enrichment,
            defaults,
            kind == CLAIMS ? in.number() : null,
            kind == OVERFLOW);
    try {
      return events.read(raw, stamp);
    } catch (InvalidEventException e) {
      throw new MalformedRecordException(
          "The mail carries an event that cannot be read: " + e.getMessage(), e);
    }
  }
}
