// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
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
public final class BodyReader {
  private static final int FIRST_CAPACITY = 64 * 1024;

  /** What a client is told that stops sending. */
  public static final String STALLED = "The body did not arrive in time; send the request again.";

  private static final Octets EMPTY = Octets.of(new byte[0]);

  private final ServerRequest request;
  private final int limit;
  private final MemoryBudget budget;
  private final StallGuard guard;
  private final Runnable farewell;
  private StallGuard.Reading watch;
  private boolean abandoned;

  /**
   * Creates a reader of one request's body.
   *
   * @param farewell answers {@link Refusal#STALLED} to a client whose body does not arrive; called
   *     by another thread while the reading goes on, because its end closes the connection
   */
  public BodyReader(
      ServerRequest request, int limit, MemoryBudget budget, StallGuard guard, Runnable farewell) {
    this.request = request;
    this.limit = limit;
    this.budget = budget;
    this.guard = guard;
    this.farewell = farewell;
  }

  /** Whether the client was answered already, because its body did not arrive. */
  public boolean answered() {
    return watch != null && watch.stalled();
  }

  /** Whether part of the body was left on the connection, which then cannot be used again. */
  public boolean abandoned() {
    return abandoned || answered();
  }

  /**
   * Reads the body.
   *
   * @throws RequestRefusedException if it is over the limit (413) or the budget (503), its chunks
   *     are malformed (400), or it does not arrive (408, which is {@link #answered} already)
   */
  public Octets read() throws RequestRefusedException {
    if (!request.content().hasEntity()) {
      return EMPTY;
    }
    long declared = declaredLength();
    if (declared > limit && request.headers().contains(HeaderValues.EXPECT_100)) {
      throw tooLarge();
    }
    try {
      Octets body = watched(declared);
      if (answered()) {
        // The rest came while the client was being told that it came too late.
        throw stalled();
      }
      return body;
    } catch (IOException e) {
      if (answered()) {
        throw stalled();
      }
      throw new UncheckedIOException(e);
    } catch (CloseConnectionException
        | UncheckedIOException
        | DataReader.InsufficientDataAvailableException e) {
      if (answered()) {
        throw stalled();
      }
      throw e;
    } catch (RequestException e) {
      abandoned = true;
      throw e.status().equals(Status.REQUEST_ENTITY_TOO_LARGE_413) ? tooLarge() : malformed();
    } catch (RuntimeException e) {
      if (answered()) {
        throw stalled();
      }
      // Chunks that are none end in exceptions of many kinds inside the server.
      throw malformed();
    }
  }

  /** Behind it nobody tells the client any more, so that it is answered either there or here. */
  private Octets watched(long declared) throws IOException, RequestRefusedException {
    watch = guard.begin(farewell);
    try {
      return read(declared);
    } finally {
      watch.close();
    }
  }

  private RequestRefusedException stalled() {
    abandoned = true;
    return new RequestRefusedException(Refusal.STALLED, STALLED);
  }

  private RequestRefusedException malformed() {
    abandoned = true;
    return RequestRefusedException.unreadable("the length of a chunk is no number.");
  }

  /** Returns the announced length, or -1 without one. */
  private long declaredLength() {
    return request.headers().contains(HeaderNames.CONTENT_LENGTH)
        ? Long.parseLong(request.headers().get(HeaderNames.CONTENT_LENGTH).get())
        : -1;
  }

  private Octets read(long declared) throws IOException, RequestRefusedException {
    InputStream in = request.content().inputStream();
    if (declared > limit) {
      drain(in, limit + (long) limit);
      throw tooLarge();
    }
    return read(in, declared);
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
      watch.arrived(length);
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
      watch.arrived(drained);
    }
    abandoned = true;
  }

  private RequestRefusedException tooLarge() {
    return new RequestRefusedException(
        Refusal.TOO_LARGE,
        "The body has more than " + limit + " bytes; send fewer events in one request.");
  }
}
