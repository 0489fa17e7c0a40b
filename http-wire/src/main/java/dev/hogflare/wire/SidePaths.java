// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** Answers paths that the server on which they are asked for does not know itself. */
public interface SidePaths {
  /** No paths. */
  SidePaths NONE =
      new SidePaths() {
        @Override
        public boolean serves(String rawPath) {
          return false;
        }

        @Override
        public void handle(ServerRequest request, ServerResponse response) {
          throw new IllegalStateException("There are no such paths.");
        }
      };

  /**
   * Whether a path is one of these.
   *
   * @param rawPath the path as it was sent, without the query
   */
  boolean serves(String rawPath);

  /** Answers a request of such a path, whatever its method is. */
  void handle(ServerRequest request, ServerResponse response);
}
