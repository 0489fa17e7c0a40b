// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TCP address.
 *
 * @param host a name or address; one of IPv6 in brackets
 * @param port 0 to 65535
 */
public record HostPort(String host, int port) {
  private static final int MAX_PORT = 65_535;
  private static final Pattern FORM =
      Pattern.compile("([^\\s:/\\[\\]]+|\\[[0-9A-Fa-f:.]+\\]):([0-9]{1,5})");

  /** Reads {@code host:port}, or returns null if the text is anything else. */
  public static HostPort parseOrNull(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return null;
    }
    int port = Integer.parseInt(form.group(2));
    return port > MAX_PORT ? null : new HostPort(form.group(1), port);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
