// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;

/**
 * Reads the body of one request into memory, up to a limit.
 *
 * <p>Memory is reserved as the bytes arrive, so that a client that announces much and sends little
 * holds little. What is over the limit is read and thrown away, up to the limit once more: a client
 * that is still writing would not see the answer, and its connection would be lost.
 */
final class BodyReader {
  private static final int FIRST_CAPACITY = 64 * 1024;
  private static final Octets EMPTY = Octets.of(new byte[0]);

  private final ServerRequest request;
  private final int limit;
  private final MemoryBudget budget;
  private boolean abandoned;

  BodyReader(ServerRequest request, int limit, MemoryBudget budget) {
    this.request = request;
    this.limit = limit;
    this.budget = budget;
  }

  /** Whether part of the body was left on the connection, which then cannot be used again. */
  boolean abandoned() {
    return abandoned;
  }

  /**
   * Reads the body.
   *
   * @throws RequestRefusedException if it is over the limit (413) or the budget (503)
   */
  Octets read() throws RequestRefusedException {
    if (!request.content().hasEntity()) {
      return EMPTY;
    }
    long declared = request.headers().contentLength().orElse(-1);
    if (declared > limit && request.headers().contains(HeaderValues.EXPECT_100)) {
      throw tooLarge();
    }
    InputStream in = request.content().inputStream();
    try {
      if (declared > limit) {
        drain(in, limit + (long) limit);
        throw tooLarge();
      }
      return read(in, declared);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Octets read(InputStream in, long declared) throws IOException, RequestRefusedException {
    // One byte more than the limit tells whether there is more.
    int most = declared < 0 ? limit + 1 : (int) declared;
    byte[] bytes = take(in, new byte[0], Math.min(most, FIRST_CAPACITY));
    int length = 0;
    while (true) {
      if (length == bytes.length) {
        if (length == most) {
          break;
        }
        bytes = take(in, bytes, (int) Math.min(2L * length, most));
      }
      int count = in.read(bytes, length, bytes.length - length);
      if (count < 0) {
        return new Octets(bytes, 0, length);
      }
      length += count;
    }
    if (length > limit) {
      drain(in, limit);
      throw tooLarge();
    }
    // The server takes the body for finished when it was read to its end.
    if (in.read() >= 0) {
      throw new IOException("The body is longer than its announced length.");
    }
    return new Octets(bytes, 0, length);
  }

  private byte[] take(InputStream in, byte[] bytes, int capacity)
      throws IOException, RequestRefusedException {
    try {
      budget.reserve(capacity - bytes.length);
    } catch (RequestRefusedException e) {
      drain(in, limit);
      throw e;
    }
    return Arrays.copyOf(bytes, capacity);
  }

  private void drain(InputStream in, long most) throws IOException {
    byte[] scratch = new byte[8 * 1024];
    long drained = 0;
    while (drained <= most) {
      int count = in.read(scratch);
      if (count < 0) {
        return;
      }
      drained += count;
    }
    abandoned = true;
  }

  private RequestRefusedException tooLarge() {
    return new RequestRefusedException(
        Refusal.TOO_LARGE,
        "The body has more than " + limit + " bytes; send fewer events in one request.");
  }
}
