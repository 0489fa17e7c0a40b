// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.JsonSlices;
import dev.hogflare.contract.Utf8;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Turns the items of a recording into plain rrweb events, and divides them into lists that fit into
 * a row each.
 *
 * <p>posthog-js marks an item that it compressed with {@code "cv": "2024-10"}: the {@code data} of
 * a full snapshot, or the lists within the {@code data} of a mutation, are then texts whose
 * characters stand for the bytes of a gzip file of the JSON. An item that cannot be made plain
 * stays as it was sent. The result is a function of the arguments alone.
 */
final class SnapshotItems {
  /**
   * The most bytes that the items of one recording are inflated to, so that a few megabytes of
   * well-made gzip cannot become gigabytes of rows.
   */
  static final int MAX_INFLATED_BYTES = 32 * 1024 * 1024;

  /** How deep a plain item may be; browsers build documents of 512 levels, two of JSON for each. */
  static final int MAX_LEVELS = 2_000;

  private static final String FORM = "2024-10";
  private static final Set<String> LISTS = Set.of("adds", "removes", "texts", "attributes");

  /** What became of an item. */
  enum Outcome {
    /** It was not compressed. */
    PLAIN,
    /** It was compressed and is plain now. */
    DECODED,
    /** It is compressed, and not as the SDK does it or not JSON inside. */
    DAMAGED,
    /** It would be too long for a row, or too deep, or its recording has too much of it. */
    TOO_LARGE,
    /** Its mark names no form that is known here. */
    UNKNOWN_FORM;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** Returns the outcome's name in metrics. */
    String text() {
      return text;
    }

    private boolean isUndecoded() {
      return this != PLAIN && this != DECODED;
    }
  }

  /**
   * A list of items that goes into one row.
   *
   * @param items a JSON list
   * @param undecoded how many of them are compressed still
   */
  record Part(byte[] items, int undecoded) {}

  /**
   * The items of a recording.
   *
   * @param parts one list or more, in the order of the items
   * @param outcomes how many items came to each outcome
   */
  record Divided(List<Part> parts, Map<Outcome, Integer> outcomes) {}

  private final byte[] json;
  private final int room;
  private final boolean divides;
  private final Gunzip gunzip;
  private final List<Part> parts = new ArrayList<>(1);
  private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
  private final JsonBuffer list;
  private int undecoded;

  private SnapshotItems(byte[] json, int length, int room, boolean divides, Gunzip gunzip) {
    this.json = json;
    this.room = room;
    this.divides = divides;
    this.gunzip = gunzip;
    list = new JsonBuffer(Math.min(length, room) + 2).openArray();
  }

  /**
   * Makes items plain and divides them. An item that is longer than a row has room for, even as it
   * was sent, is a part of its own.
   *
   * @param json holds a list that was found to be JSON
   * @param from where the list begins
   * @param to where it ends
   * @param room the most bytes of a list in a row
   */
  static Divided divided(byte[] json, int from, int to, int room) {
    return of(json, from, to, room, true);
  }

  /**
   * Leaves all items as they are, in one part.
   *
   * @param json holds a list that was found to be JSON
   * @param from where the list begins
   * @param to where it ends
   */
  static Divided asSent(byte[] json, int from, int to) {
    return of(json, from, to, 0, false);
  }

  private static Divided of(byte[] json, int from, int to, int room, boolean divides) {
    try (Gunzip gunzip = new Gunzip(divides ? MAX_INFLATED_BYTES : 0);
        JsonParser parser = JsonSlices.open(json, from, to)) {
      SnapshotItems items = new SnapshotItems(json, to - from, room, divides, gunzip);
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        items.take(parser, from);
      }
      items.closePart();
      return new Divided(List.copyOf(items.parts), items.outcomes);
    } catch (IOException e) {
      throw new UncheckedIOException("The items were no JSON, though they had been read.", e);
    }
  }

  private void take(JsonParser parser, int base) throws IOException {
    int from = base + JsonSlices.start(parser);
    String form = null;
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        boolean mark = parser.currentName().equals("cv");
        JsonToken value = parser.nextToken();
        if (mark) {
          form = value == JsonToken.VALUE_NULL ? null : parser.getText();
        }
        parser.skipChildren();
      }
    }
    int to =
        parser.currentToken() == JsonToken.END_OBJECT
            ? base + (int) parser.currentLocation().getByteOffset()
            : base + JsonSlices.skip(parser);
    if (form == null) {
      add(json, from, to, Outcome.PLAIN);
    } else if (!form.equals(FORM)) {
      add(json, from, to, Outcome.UNKNOWN_FORM);
    } else {
      try {
        byte[] plain = plain(from, to);
        add(plain, 0, plain.length, Outcome.DECODED);
      } catch (UndecodedException e) {
        add(json, from, to, e.outcome());
      }
    }
  }

  private void add(byte[] source, int from, int to, Outcome outcome) {
    boolean first = list.length() == 1;
    if (divides && !first && list.length() + 1 + (to - from) + 1 > room) {
      closePart();
    }
    list.separate().raw(source, from, to);
    outcomes.merge(outcome, 1, Integer::sum);
    undecoded += outcome.isUndecoded() ? 1 : 0;
  }

  private void closePart() {
    parts.add(new Part(list.closeArray().toBytes(), undecoded));
    list.clear().openArray();
    undecoded = 0;
  }

  /** Returns a compressed item in its plain form, without the mark. */
  private byte[] plain(int from, int to) throws IOException, UndecodedException {
    JsonBuffer out = new JsonBuffer(4 * (to - from)).openObject();
    try (JsonParser parser = JsonSlices.open(json, from, to)) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (name.equals("cv")) {
          parser.skipChildren();
        } else if (name.equals("data") && value == JsonToken.VALUE_STRING) {
          inflate(parser, out.name(name));
        } else if (name.equals("data") && value == JsonToken.START_OBJECT) {
          lists(parser, from, out.name(name));
        } else {
          copy(parser, from, out.name(name));
        }
      }
    }
    out.closeObject();
    if (out.length() + 2 > room) {
      throw new UndecodedException(Outcome.TOO_LARGE);
    }
    return out.toBytes();
  }

  /** Copies the data of a mutation or of a change of style rules, with its lists in plain form. */
  private void lists(JsonParser parser, int base, JsonBuffer out)
      throws IOException, UndecodedException {
    out.openObject();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (value == JsonToken.VALUE_STRING && LISTS.contains(name)) {
        inflate(parser, out.name(name));
      } else {
        copy(parser, base, out.name(name));
      }
    }
    out.closeObject();
  }

  private void copy(JsonParser parser, int base, JsonBuffer out) throws IOException {
    int from = base + JsonSlices.start(parser);
    out.raw(json, from, base + JsonSlices.skip(parser));
  }

  private void inflate(JsonParser parser, JsonBuffer out) throws IOException, UndecodedException {
    byte[] plain = gunzip.of(bytes(parser.getText()), room - 2 - out.length());
    if (!Utf8.isWellFormed(plain, 0, plain.length)) {
      throw new UndecodedException(Outcome.DAMAGED);
    }
    plain = LoneSurrogates.replaced(plain);
    requireOneValue(plain);
    out.raw(plain);
  }

  /** Returns the bytes that the characters of a text stand for. */
  private static byte[] bytes(String text) throws UndecodedException {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = text.charAt(i);
      if (c > 0xFF) {
        throw new UndecodedException(Outcome.DAMAGED);
      }
      bytes[i] = (byte) c;
    }
    return bytes;
  }

  private static void requireOneValue(byte[] plain) throws IOException, UndecodedException {
    int level = 0;
    int values = 0;
    try (JsonParser parser = JsonSlices.open(plain, 0, plain.length)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        values += level == 0 ? 1 : 0;
        if (token.isStructStart()) {
          level++;
        } else if (token.isStructEnd()) {
          level--;
        }
        if (level > MAX_LEVELS) {
          throw new UndecodedException(Outcome.TOO_LARGE);
        }
      }
    } catch (JsonProcessingException e) {
      throw new UndecodedException(Outcome.DAMAGED);
    }
    if (values != 1) {
      throw new UndecodedException(Outcome.DAMAGED);
    }
  }
}
