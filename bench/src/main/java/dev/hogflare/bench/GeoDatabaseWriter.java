// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.geoip.IpRange;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes databases in MaxMind's format, version 2.0: a search tree over the bits of addresses, and
 * behind it the records, of which equal maps are stored once.
 *
 * <p>Values are maps, lists, texts, doubles, and whole numbers: an {@code Integer} as one of 16
 * bits, a {@code Long} as one of 32.
 */
final class GeoDatabaseWriter {
  private static final byte[] METADATA_MARKER =
      "\u00AB\u00CD\u00EFMaxMind.com".getBytes(StandardCharsets.ISO_8859_1);
  private static final int EMPTY = -1;
  private static final int SEPARATOR = 16;

  private final String type;
  private final Instant builtAt;
  private final Buffer data = new Buffer();
  private final Map<Map<String, Object>, Integer> places = new HashMap<>();

  /**
   * For each node its two sides: a node's number, {@link #EMPTY}, or -2 - the place of a record.
   */
  private final List<int[]> nodes = new ArrayList<>(List.of(new int[] {EMPTY, EMPTY}));

  /** Begins a database. */
  GeoDatabaseWriter(String type, Instant builtAt) {
    this.type = type;
    this.builtAt = builtAt;
  }

  /** Gives a range of addresses a record; ranges must not lie within each other. */
  GeoDatabaseWriter put(String range, Map<String, Object> entry) {
    IpRange parsed = IpRange.parse(range);
    byte[] address = parsed.address().getAddress();
    // Addresses of IPv4 stand at the beginning of those of IPv6.
    int shift = address.length == 4 ? 96 : 0;
    int bits = shift + parsed.bits();
    int node = 0;
    for (int bit = 0; bit < bits; bit++) {
      int side = bit < shift ? 0 : address[(bit - shift) / 8] >> 7 - (bit - shift) % 8 & 1;
      if (bit == bits - 1) {
        nodes.get(node)[side] = -2 - place(entry);
      } else {
        int next = nodes.get(node)[side];
        if (next < 0) {
          next = nodes.size();
          nodes.add(new int[] {EMPTY, EMPTY});
          nodes.get(node)[side] = next;
        }
        node = next;
      }
    }
    return this;
  }

  private int place(Map<String, Object> entry) {
    Integer known = places.get(entry);
    if (known == null) {
      // What it refers to comes first.
      byte[] bytes = encoded(entry, true);
      known = data.size();
      data.writeBytes(bytes);
      places.put(entry, known);
    }
    return known;
  }

  private byte[] encoded(Map<String, Object> entry, boolean shared) {
    Buffer out = new Buffer();
    out.control(7, entry.size());
    entry.forEach(
        (name, value) -> {
          value(out, name, shared);
          value(out, value, shared);
        });
    return out.toByteArray();
  }

  @SuppressWarnings("unchecked")
  private void value(Buffer out, Object value, boolean shared) {
    switch (value) {
      case String text -> {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.control(2, bytes.length);
        out.writeBytes(bytes);
      }
      case Double number -> {
        out.control(3, 8);
        out.number(Double.doubleToRawLongBits(number), 8);
      }
      case Integer number -> {
        out.control(5, 2);
        out.number(number, 2);
      }
      case Long number -> {
        out.control(6, 4);
        out.number(number, 4);
      }
      case List<?> list -> {
        out.control(11, list.size());
        list.forEach(item -> value(out, item, shared));
      }
      case Map<?, ?> map -> {
        if (shared) {
          int place = place((Map<String, Object>) map);
          out.write(0b001_11_000);
          out.number(place, 4);
        } else {
          out.writeBytes(encoded((Map<String, Object>) map, false));
        }
      }
      default -> throw new IllegalArgumentException("No form for " + value.getClass());
    }
  }

  /** Returns the whole database. */
  byte[] toBytes() {
    Buffer out = new Buffer();
    for (int[] node : nodes) {
      for (int side : node) {
        out.number(
            side == EMPTY
                ? nodes.size()
                : side >= 0 ? side : nodes.size() + SEPARATOR + (-2 - side),
            4);
      }
    }
    out.writeBytes(new byte[SEPARATOR]);
    out.writeBytes(data.toByteArray());
    out.writeBytes(METADATA_MARKER);
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("binary_format_major_version", 2);
    metadata.put("binary_format_minor_version", 0);
    metadata.put("build_epoch", builtAt.getEpochSecond());
    metadata.put("database_type", type);
    metadata.put("description", Map.of("en", "Made up"));
    metadata.put("ip_version", 6);
    metadata.put("languages", List.of("en"));
    metadata.put("node_count", (long) nodes.size());
    metadata.put("record_size", 32);
    out.writeBytes(encoded(metadata, false));
    return out.toByteArray();
  }

  private static final class Buffer extends ByteArrayOutputStream {
    void number(long value, int bytes) {
      for (int i = bytes - 1; i >= 0; i--) {
        write((int) (value >>> 8 * i));
      }
    }

    /** Writes the byte, or bytes, that say what follows. */
    void control(int kind, int size) {
      int first = size < 29 ? size : size < 285 ? 29 : 30;
      write((kind < 8 ? kind << 5 : 0) | first);
      if (kind >= 8) {
        write(kind - 7);
      }
      if (first == 29) {
        write(size - 29);
      } else if (first == 30) {
        number(size - 285, 2);
      }
    }
  }
}
