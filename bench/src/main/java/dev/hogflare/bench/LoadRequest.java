// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One HTTP request that is sent again and again, each time with other uuids and distinct ids.
 *
 * <p>The bytes are changed in place, because making each request anew would cost more than serving
 * it. Used by one thread.
 */
final class LoadRequest {
  private static final String UUID_FIELD = "\"uuid\":\"";
  private static final String ID_FIELD = "\"distinct_id\":\"user-";
  private static final int UUID_DIGITS_FROM = 24;
  private static final int UUID_DIGITS = 12;
  private static final int ID_DIGITS = 6;
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final byte[] bytes;
  private final int[] uuids;
  private final int[] ids;
  private final EventTemplate template;
  private final SplittableRandom random;

  private LoadRequest(String path, String body, EventTemplate template, long seed) {
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
            + body.getBytes(StandardCharsets.US_ASCII).length
            + "\r\n\r\n";
    String request = head + body;
    this.bytes = request.getBytes(StandardCharsets.US_ASCII);
    this.template = template;
    this.random = new SplittableRandom(seed);
    List<Integer> uuidAt = new ArrayList<>();
    List<Integer> idAt = new ArrayList<>();
    for (int at = request.indexOf(UUID_FIELD); at >= 0; at = request.indexOf(UUID_FIELD, at + 1)) {
      uuidAt.add(at + UUID_FIELD.length() + UUID_DIGITS_FROM);
      idAt.add(request.indexOf(ID_FIELD, at) + ID_FIELD.length());
    }
    if (uuidAt.isEmpty()) {
      idAt.add(request.indexOf(ID_FIELD) + ID_FIELD.length());
    }
    uuids = uuidAt.stream().mapToInt(Integer::intValue).toArray();
    ids = idAt.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Returns a request of a batch, as server SDKs send it. */
  static LoadRequest batch(EventTemplate template, int events, long seed) {
    StringBuilder body =
        new StringBuilder("{\"api_key\":\"" + EventTemplate.TOKEN + "\",\"batch\":[");
    for (int i = 0; i < events; i++) {
      body.append(i == 0 ? "" : ",").append(template.json(seed * 1_000 + i));
    }
    body.append("],\"sent_at\":\"2026-11-21T04:43:25.123Z\"}");
    return new LoadRequest("/batch/", body.toString(), template, seed);
  }

  /** Returns a request of a single event. */
  static LoadRequest single(EventTemplate template, long seed) {
    String event = template.json(seed);
    String body = "{\"api_key\":\"" + EventTemplate.TOKEN + "\"," + event.substring(1);
    return new LoadRequest("/capture/", body, template, seed);
  }

  /** Returns a request for flags. */
  static LoadRequest flags(EventTemplate template, long seed) {
    String body =
        "{\"token\":\""
            + EventTemplate.TOKEN
            + "\","
            + ID_FIELD
            + "000000\",\"person_properties\":{\"$lib\":\"web\"},\"groups\":{}}";
    return new LoadRequest("/flags/?v=2", body, template, seed);
  }

  /** Returns how many events there are in a request; one for flags has one id. */
  int events() {
    return ids.length;
  }

  /** Returns the request whose events are numbered from so on. */
  byte[] numbered(long from) {
    for (int i = 0; i < uuids.length; i++) {
      long rest = from + i;
      for (int d = UUID_DIGITS - 1; d >= 0; d--) {
        bytes[uuids[i] + d] = HEX[(int) (rest & 0xF)];
        rest >>>= 4;
      }
    }
    for (int i = 0; i < ids.length; i++) {
      int person = random.nextInt(template.persons());
      for (int d = ID_DIGITS - 1; d >= 0; d--) {
        bytes[ids[i] + d] = (byte) ('0' + person % 10);
        person /= 10;
      }
    }
    return bytes;
  }
}
