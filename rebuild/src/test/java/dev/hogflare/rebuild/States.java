// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.Uuids;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/** Stored states as the processors write them, made by hand. */
final class States {
  static final String TOKEN = "phc_test";

  private static final int VERSION = GenerationRecord.CODE_VERSION;

  private States() {}

  static byte[] key(String id) {
    return new ActorKey(TOKEN, id).toBytes();
  }

  static byte[] groupKey(String key) {
    return new GroupKey(TOKEN, "company", key).toBytes();
  }

  static UUID uuid(String origin) {
    return Uuids.person(new ActorKey(TOKEN, origin));
  }

  /** Returns a person that has its UUID from the first id and a property {@code plan}. */
  static byte[] root(long version, String plan, List<String> ids) {
    Bytes out = new Bytes().put(VERSION).put(0).put(0);
    UUID uuid = uuid(ids.get(0));
    out.fixed(uuid.getMostSignificantBits()).fixed(uuid.getLeastSignificantBits());
    out.text(ids.get(0));
    out.stamp(1_000, 0, 1).fixed(1_000_000);
    out.put(0);
    out.number(version);
    out.number(ids.size());
    ids.stream().sorted().forEach(id -> out.text(id).put(0));
    out.number(1).text(ids.get(0));
    out.number(1).text("plan").number(0).stamp(1_000, 0, version).number(0);
    out.put(1).text('"' + plan + '"');
    out.number(0);
    return out.toArray();
  }

  static byte[] root(long version, String... ids) {
    return root(version, "free", List.of(ids));
  }

  static byte[] link(String parent) {
    return new Bytes().put(VERSION).put(1).text(parent).number(0).toArray();
  }

  static byte[] joining(String target) {
    return new Bytes().put(VERSION).put(2).text(target).put(0).number(0).number(1).toArray();
  }

  /** Returns a group without properties. */
  static byte[] group(long version) {
    return ByteBuffer.allocate(1 + 20 + 8 + 8 + 4 + 2)
        .put((byte) 1)
        .putLong(1_000)
        .putInt(0)
        .putLong(1)
        .putLong(1_000_000)
        .putLong(version)
        .putInt(2)
        .put("{}".getBytes(StandardCharsets.UTF_8))
        .array();
  }

  static byte[] override(UUID person) {
    return ("{\"api_key\":\"x\",\"person_id\":\"" + person + "\",\"merged_at\":\"t\"}")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Bytes put(int b) {
      out.write(b);
      return this;
    }

    Bytes number(long value) {
      long rest = value;
      while (rest > 0x7F) {
        put((int) (rest & 0x7F | 0x80));
        rest >>>= 7;
      }
      return put((int) rest);
    }

    Bytes fixed(long value) {
      out.writeBytes(ByteBuffer.allocate(8).putLong(value).array());
      return this;
    }

    Bytes stamp(long time, int partition, long offset) {
      return number(time).number(partition).number(offset);
    }

    Bytes text(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      number(bytes.length);
      out.writeBytes(bytes);
      return this;
    }

    byte[] toArray() {
      return out.toByteArray();
    }
  }
}
