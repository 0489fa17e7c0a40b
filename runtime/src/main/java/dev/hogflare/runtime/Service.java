// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

/** A part of the pipeline that is started once and closed once. */
public interface Service extends AutoCloseable {

  /** Starts the service and returns when it is ready to be used. */
  void start();

  /** Says how the service is. */
  Health health();

  /** Finishes what is under way within a bounded time and frees everything; never throws. */
  @Override
  void close();
}
