// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Reads and writes IP addresses without ever asking a name server. */
public final class IpAddresses {
  /** The longest text of an address: IPv6 with an IPv4 tail. */
  private static final int MAX_LENGTH = 45;

  private IpAddresses() {}

  /**
   * Returns the address that a text is, or null if it is none. An IPv4 address that is mapped into
   * IPv6 is the IPv4 address. Names, zones and ports are no part of an address.
   */
  public static InetAddress parseOrNull(String text) {
    if (text == null || text.isEmpty() || text.length() > MAX_LENGTH) {
      return null;
    }
    try {
      if (text.indexOf(':') < 0) {
        byte[] four = fourOrNull(text);
        return four == null ? null : InetAddress.getByAddress(four);
      }
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (Character.digit(c, 16) < 0 && c != ':' && c != '.' || c > 'f') {
          return null;
        }
      }
      // A text with a colon is never looked up as a name.
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      return null;
    }
  }

  /** Reads four decimal numbers; one with a zero in front may be octal elsewhere, so it is none. */
  private static byte[] fourOrNull(String text) {
    byte[] four = new byte[4];
    int part = 0;
    int value = -1;
    for (int i = 0; i <= text.length(); i++) {
      char c = i == text.length() ? '.' : text.charAt(i);
      if (c == '.') {
        if (value < 0 || part == 4) {
          return null;
        }
        four[part++] = (byte) value;
        value = -1;
      } else if (c < '0' || c > '9' || value == 0) {
        return null;
      } else {
        value = Math.max(value, 0) * 10 + c - '0';
        if (value > 255) {
          return null;
        }
      }
    }
    return part == 4 ? four : null;
  }

  /**
   * Returns the text of an address: IPv6 in lower case with its longest run of zeros left out, as
   * RFC 5952 asks.
   */
  public static String text(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return address.getHostAddress();
    }
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xFF) << 8 | bytes[2 * i + 1] & 0xFF;
    }
    int from = 0;
    int longest = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > longest) {
        from = i;
        longest = end - i;
      }
    }
    StringBuilder text = new StringBuilder(MAX_LENGTH);
    for (int i = 0; i < 8; i++) {
      if (longest > 1 && i == from) {
        text.append("::");
        i += longest - 1;
      } else {
        if (i > 0 && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }

  /**
   * Whether an address may be somewhere in the world: not one of a private or a local network, of
   * documentation (RFC 5737, 3849 and 9637), or of a group of hosts.
   */
  static boolean isPublic(InetAddress address) {
    if (address.isAnyLocalAddress()
        || address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()) {
      return false;
    }
    byte[] bytes = address.getAddress();
    int first = bytes[0] & 0xFF;
    int two = first << 8 | bytes[1] & 0xFF;
    if (bytes.length == 16) {
      // fc00::/7, the private networks of IPv6; 2001:db8::/32 and 3fff::/20 of documentation.
      boolean documentation =
          two == 0x2001 && bytes[2] == 0x0D && bytes[3] == (byte) 0xB8
              || two == 0x3FFF && (bytes[2] & 0xF0) == 0;
      return (first & 0xFE) != 0xFC && !documentation;
    }
    // 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24, which RFC 5737 keeps for documentation.
    int three = two << 8 | bytes[2] & 0xFF;
    boolean documentation = three == 0xC00002 || three == 0xC63364 || three == 0xCB0071;
    // 0.0.0.0/8, and 100.64.0.0/10 behind the carriers' translators.
    return first != 0 && (two & 0xFFC0) != 0x6440 && !documentation;
  }
}
