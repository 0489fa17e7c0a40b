// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.Route;
import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.RequestRefusedException;

/** Decodes and splits bodies as {@code /batch} does, without HTTP: for whoever measures that. */
public final class BatchReading {
  private final BodyDecoder decoder;
  private final RequestReader reader;

  /** Creates a reading of bodies that have at most so many bytes when they are inflated. */
  public BatchReading(int ceiling) {
    decoder = new BodyDecoder(ceiling);
    reader = new RequestReader(decoder);
  }

  /**
   * Reads a body and returns how many events of it can be stored.
   *
   * @throws IllegalArgumentException if the body is refused
   */
  public int events(byte[] body) {
    try {
      BodyDecoder.Payload payload =
          decoder.decodeBody(Octets.of(body), null, null, null, MemoryBudget.UNBOUNDED);
      Intake intake =
          reader.read(
              payload,
              new RequestReader.Context(Route.BATCH, Credentials.NONE, null, 0),
              MemoryBudget.UNBOUNDED);
      return intake.count(Item.Fate.USABLE);
    } catch (RequestRefusedException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
