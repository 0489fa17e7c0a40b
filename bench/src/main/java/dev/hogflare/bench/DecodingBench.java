// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.hogflare.gateway.BatchReading;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Measures the decoding of batches by one thread, against the JDK's gzip and a scan over Jackson's
 * tokens, on the same bytes: batches of 50 browser events, compressed by gzip.
 */
final class DecodingBench {
  private static final int EVENTS = 50;
  private static final int BATCHES = 64;
  private static final int CEILING = 64 * 1024 * 1024;
  private static final int BUFFER = 8 * 1024;

  private final BatchReading reading = new BatchReading(CEILING);
  private final JsonFactory json = new JsonFactory();
  private final byte[][] bodies = new byte[BATCHES][];
  private final long bytes;

  DecodingBench(EventTemplate template) throws IOException {
    long sum = 0;
    for (int b = 0; b < BATCHES; b++) {
      StringBuilder batch = new StringBuilder("{\"api_key\":\"").append(EventTemplate.TOKEN);
      batch.append("\",\"sent_at\":\"2026-11-21T04:43:26.000Z\",\"batch\":[");
      for (int i = 0; i < EVENTS; i++) {
        batch.append(i == 0 ? "" : ",").append(template.json((long) b * EVENTS + i));
      }
      byte[] plain = batch.append("]}").toString().getBytes(StandardCharsets.UTF_8);
      sum += plain.length;
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      try (GZIPOutputStream out = new GZIPOutputStream(body)) {
        out.write(plain);
      }
      bodies[b] = body.toByteArray();
    }
    bytes = sum;
  }

  private interface Decoder {
    int events(byte[] body) throws IOException;
  }

  /** Decodes and splits as the gateway does; counts bytes of JSON. */
  Sample gateway(Duration time) throws Exception {
    return Sample.of(() -> rounds(time, reading::events));
  }

  /** Inflates and passes over the tokens; counts bytes of JSON. */
  Sample bare(Duration time) throws Exception {
    return Sample.of(
        () ->
            rounds(
                time,
                body -> {
                  try (InputStream in =
                          new GZIPInputStream(new ByteArrayInputStream(body), BUFFER);
                      JsonParser parser = json.createParser(in)) {
                    while (parser.nextToken() != null) {
                      // Only passed over.
                    }
                  }
                  return EVENTS;
                }));
  }

  private long rounds(Duration time, Decoder decoder) throws IOException {
    long deadline = System.nanoTime() + time.toNanos();
    long count = 0;
    while (System.nanoTime() < deadline) {
      for (byte[] body : bodies) {
        if (decoder.events(body) != EVENTS) {
          throw new IllegalStateException("A batch was not decoded as it was made.");
        }
      }
      count += bytes;
    }
    return count;
  }
}
