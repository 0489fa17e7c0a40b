// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.wire.BodyDecoder;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.RequestRefusedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** What the gateway finds in a request, without HTTP and Kafka. */
public final class GatewayReading {
  private static final int CEILING = 1_000_000;

  private GatewayReading() {}

  /**
   * A usable event.
   *
   * @param event as it would be written, without its claim
   * @param claimedOrNull the distinct id that it claims
   */
  public record Found(RawEvent event, String claimedOrNull) {}

  /** Returns the usable events of a request; none if the gateway would refuse it as a whole. */
  public static List<Found> read(Route route, byte[] body) {
    BodyDecoder decoder = new BodyDecoder(CEILING);
    Credentials credentials = new Credentials("k", null, null, null);
    List<Found> found = new ArrayList<>();
    try {
      Intake intake =
          new RequestReader(decoder)
              .read(
                  decoder.decodeBody(Octets.of(body), null, null, null, MemoryBudget.UNBOUNDED),
                  new RequestReader.Context(route, credentials, null, 0),
                  MemoryBudget.UNBOUNDED);
      for (Item item : intake.items()) {
        if (item.fate() == Item.Fate.USABLE) {
          byte[] json = Arrays.copyOfRange(intake.json(), item.from(), item.to());
          RawEvent event =
              new RawEvent(
                  item.key(), json, new UUID(1, 1), route, 0, null, null, intake.defaults());
          found.add(new Found(event, item.mergedId()));
        }
      }
      return found;
    } catch (RequestRefusedException e) {
      return List.of();
    }
  }
}
