// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The binary form of one request's records in the spool.
 *
 * <p>Each record is its topic, the place of its claim, its headers, key and value; lengths are four
 * bytes, and −1 stands for what is missing. The version is that of the file.
 */
final class SpoolCodec {
  private static final int MISSING = -1;

  private SpoolCodec() {}

  static byte[] encode(List<SpooledRecord> records) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(sizeOf(records));
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(records.size());
      for (SpooledRecord record : records) {
        out.writeUTF(record.topic());
        out.writeInt(record.claim());
        Header[] headers = record.headers().toArray();
        out.writeInt(headers.length);
        for (Header header : headers) {
          out.writeUTF(header.key());
          write(out, header.value());
        }
        write(out, record.key());
        write(out, record.value());
      }
    } catch (IOException e) {
      // Memory does not fail.
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static int sizeOf(List<SpooledRecord> records) {
    long size = 0;
    for (SpooledRecord record : records) {
      size += 512L + (record.value() == null ? 0 : record.value().length);
    }
    return (int) Math.min(size, Integer.MAX_VALUE - 8L);
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    if (bytes == null) {
      out.writeInt(MISSING);
    } else {
      out.writeInt(bytes.length);
      out.write(bytes);
    }
  }

  /**
   * Reads the records back.
   *
   * @param payload what {@link #encode} returned; its checksum is right
   */
  static List<SpooledRecord> decode(byte[] payload) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload))) {
      int count = in.readInt();
      List<SpooledRecord> records = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        String topic = in.readUTF();
        int claim = in.readInt();
        Headers headers = new RecordHeaders();
        int headerCount = in.readInt();
        for (int h = 0; h < headerCount; h++) {
          headers.add(in.readUTF(), readOrNull(in));
        }
        records.add(new SpooledRecord(topic, readOrNull(in), readOrNull(in), headers, claim));
      }
      return records;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] readOrNull(DataInputStream in) throws IOException {
    int length = in.readInt();
    return length == MISSING ? null : in.readNBytes(length);
  }
}
