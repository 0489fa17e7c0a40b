// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

/** Waits for the end of threads that were told to end. */
final class Threads {
  private Threads() {}

  /** Returns when a thread has ended or was never started; an interrupt does not shorten this. */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
