// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import java.net.InetAddress;

/**
 * A range of IP addresses in CIDR form, such as {@code 10.0.0.0/8}; a single address is one too.
 *
 * @param address any address of the range
 * @param bits how many leading bits all its addresses share
 */
public record IpRange(InetAddress address, int bits) {
  /**
   * Reads a range.
   *
   * @throws IllegalArgumentException if the text is neither an address nor a range; the message
   *     says what is wrong and how to put it right
   */
  public static IpRange parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address = IpAddresses.parseOrNull(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      throw new IllegalArgumentException(
          "holds \""
              + text
              + "\", which is no IP address; write 10.0.0.1, 10.0.0.0/8 or fd00::/8.");
    }
    int most = address.getAddress().length * 8;
    if (slash < 0) {
      return new IpRange(address, most);
    }
    String length = text.substring(slash + 1);
    if (!length.matches("[0-9]{1,3}") || Integer.parseInt(length) > most) {
      throw new IllegalArgumentException(
          "holds \""
              + text
              + "\", whose length of the prefix is not a number from 0 to "
              + most
              + "; write one.");
    }
    return new IpRange(address, Integer.parseInt(length));
  }

  /** Whether an address is in the range. */
  public boolean contains(InetAddress other) {
    byte[] own = address.getAddress();
    byte[] theirs = other.getAddress();
    if (own.length != theirs.length) {
      return false;
    }
    int whole = bits / 8;
    for (int i = 0; i < whole; i++) {
      if (own[i] != theirs[i]) {
        return false;
      }
    }
    int rest = bits % 8;
    return rest == 0 || ((own[whole] ^ theirs[whole]) & 0xFF) >> 8 - rest == 0;
  }
}
