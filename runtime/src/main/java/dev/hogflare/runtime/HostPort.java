// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

/**
 * A TCP address.
 *
 * @param host a name or address
 * @param port 0 to 65535
 */
public record HostPort(String host, int port) {

  /** Reads {@code host:port}, or returns null if the text is anything else. */
  public static HostPort parseOrNull(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      return null;
    }
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      return port < 0 || port > 65_535 ? null : new HostPort(text.substring(0, colon), port);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
