// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Bounds what one table's requests hold in memory and in the journal. */
final class Backlog {
  private final long maxQueued;
  private final long maxJournal;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private long queued;
  private long journal;

  /**
   * Creates an empty backlog; both bounds are in bytes.
   *
   * @param maxQueued of requests that are not in a Parquet file yet
   * @param maxJournal of segments that are not in the table yet
   */
  Backlog(long maxQueued, long maxJournal) {
    this.maxQueued = maxQueued;
    this.maxJournal = maxJournal;
  }

  /**
   * Takes room for a request, and waits for it if there is none.
   *
   * @return false if there was none for so long, or the journal is full
   */
  boolean enter(long bytes, Duration patience) throws InterruptedException {
    long left = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (journal < maxJournal && queued > 0 && queued + bytes > maxQueued) {
        if (left <= 0) {
          return false;
        }
        left = room.awaitNanos(left);
      }
      if (journal >= maxJournal) {
        return false;
      }
      queued += bytes;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Changes the room of a request whose size is known now; a negative number gives room back. */
  void adjust(long bytes) {
    lock.lock();
    try {
      queued += bytes;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Changes the size of the journal. */
  void journal(long bytes) {
    lock.lock();
    try {
      journal += bytes;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Returns the bytes of the journal that are not in the table yet. */
  long journalBytes() {
    lock.lock();
    try {
      return journal;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the bytes that requests hold in memory. */
  long queuedBytes() {
    lock.lock();
    try {
      return queued;
    } finally {
      lock.unlock();
    }
  }
}
