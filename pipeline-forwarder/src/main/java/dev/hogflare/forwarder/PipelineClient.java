// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

/** Sends rows to one stream of a sink. */
interface PipelineClient {

  /**
   * Makes one request and waits for its outcome; safe for concurrent use.
   *
   * @param batch the rows, which are sent as one JSON array
   * @throws InterruptedException if the thread is interrupted; the rows may have been stored
   */
  Outcome send(Batch batch) throws InterruptedException;
}
