// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the address of a client behind proxies.
 *
 * <p>Every proxy adds the address of whom it was asked by to the right of {@code X-Forwarded-For};
 * what stands left of that, a client may have written itself. So the list is read from the right,
 * and the first address that is not a trusted proxy is the client.
 */
public final class ClientAddresses {
  /** Trusts no proxy: the client is who is connected. */
  public static final ClientAddresses DIRECT = new ClientAddresses(List.of());

  private final List<IpRange> trusted;

  private ClientAddresses(List<IpRange> trusted) {
    this.trusted = trusted;
  }

  /**
   * Reads the trusted proxies: addresses and ranges with commas in between.
   *
   * @throws IllegalArgumentException if one of them cannot be read; the message says which
   */
  public static ClientAddresses parse(String proxies) {
    return new ClientAddresses(
        Arrays.stream(proxies.split(","))
            .map(String::strip)
            .filter(proxy -> !proxy.isEmpty())
            .map(IpRange::parse)
            .toList());
  }

  /** Whether there is any trusted proxy. */
  public boolean anyTrusted() {
    return !trusted.isEmpty();
  }

  /**
   * Returns the client's address as text, or null if none can be read.
   *
   * @param peer the address at the other end of the connection
   * @param forwardedFor the values of {@code X-Forwarded-For} in the order of the headers, each a
   *     list with commas in between
   */
  public String clientOrNull(String peer, List<String> forwardedFor) {
    InetAddress client = IpAddresses.parseOrNull(peer);
    if (client == null) {
      return null;
    }
    for (int i = forwardedFor.size() - 1; i >= 0 && isTrusted(client); i--) {
      String[] hops = forwardedFor.get(i).split(",", -1);
      for (int hop = hops.length - 1; hop >= 0 && isTrusted(client); hop--) {
        InetAddress before = IpAddresses.parseOrNull(withoutPort(hops[hop].strip()));
        if (before == null) {
          // What cannot be read came through a trusted proxy: nothing left of it is worth more.
          return IpAddresses.text(client);
        }
        client = before;
      }
    }
    return IpAddresses.text(client);
  }

  private boolean isTrusted(InetAddress address) {
    for (IpRange range : trusted) {
      if (range.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /** Some proxies write the port as well: {@code 203.0.113.7:4711}, {@code [2001:db8::1]:4711}. */
  private static String withoutPort(String text) {
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      return end < 0 ? text : text.substring(1, end);
    }
    int colon = text.indexOf(':');
    return colon >= 0 && colon == text.lastIndexOf(':') ? text.substring(0, colon) : text;
  }
}
