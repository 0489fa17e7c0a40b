// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes of request bodies that are held at once, so that overload is answered 503 and
 * memory does not run out.
 */
public final class AdmissionControl {
  private final long capacity;
  private final AtomicLong held = new AtomicLong();

  /**
   * Creates a control.
   *
   * @param capacity the most bytes; more than one request may take, or such a request could never
   *     be admitted
   */
  public AdmissionControl(long capacity) {
    this.capacity = capacity;
  }

  /** Returns the bytes that are held now. */
  public long held() {
    return held.get();
  }

  /** Opens the account of one request, to be closed when it is answered. */
  public Permit open() {
    return new Permit();
  }

  /** What one request holds; used by one thread. */
  public final class Permit implements MemoryBudget, AutoCloseable {
    private long mine;

    private Permit() {}

    @Override
    public void reserve(long bytes) throws RequestRefusedException {
      if (held.addAndGet(bytes) > capacity) {
        held.addAndGet(-bytes);
        throw new RequestRefusedException(
            Refusal.OVERLOADED, "The gateway is overloaded; send the request again later.");
      }
      mine += bytes;
    }

    @Override
    public void close() {
      if (mine > 0) {
        held.addAndGet(-mine);
        mine = 0;
      }
    }
  }
}
