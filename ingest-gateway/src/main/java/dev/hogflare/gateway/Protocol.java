// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.wire.FormFields;
import dev.hogflare.wire.MemoryBudget;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import io.helidon.http.HeaderName;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** How a family of endpoints reads its requests and words its answers. */
interface Protocol {

  /**
   * A request and its answer.
   *
   * @param query the fields of its query
   */
  record Exchange(ServerRequest request, ServerResponse response, FormFields query) {
    /** Returns the text of one of the request's headers, or null. */
    String headerOrNull(HeaderName name) {
      ServerRequestHeaders headers = request.headers();
      return headers.contains(name) ? headers.get(name).get() : null;
    }
  }

  /**
   * What a request brings before it is read.
   *
   * @param body the bytes as they came; null if the payload stands in the query
   * @param context what is known besides
   * @param budget the memory that the request may take
   */
  record Incoming(
      Exchange exchange, Octets body, RequestReader.Context context, MemoryBudget budget) {}

  /** Whether a GET is taken, with its payload in the query. */
  boolean takesGet();

  /** Whether heatmaps that events carry become events of their own. */
  default boolean splitsHeatmaps() {
    return false;
  }

  /**
   * Reads the items of a request.
   *
   * @throws RequestRefusedException if there is nothing in it that could be read
   */
  Intake read(Incoming incoming) throws RequestRefusedException;

  /**
   * Whether a request is answered with success even if no item of it is usable, because the answer
   * says what becomes of each.
   */
  default boolean tellsOfEach(Intake intake) {
    return false;
  }

  /** Says that what is usable is safe. */
  void success(Exchange exchange, Intake intake);

  /** Says why no item of a request is usable. */
  void unusable(Exchange exchange, Item first);

  /**
   * Says why a request is refused as a whole.
   *
   * @param tag the protocol's word for it, or null
   * @param sentence what is wrong and how to put it right
   */
  void refusal(Exchange exchange, Refusal refusal, String tag, String sentence);

  /**
   * Says that an address sends too much that is none of ours.
   *
   * @param seconds when it may go on
   */
  void limited(Exchange exchange, long seconds);
}
