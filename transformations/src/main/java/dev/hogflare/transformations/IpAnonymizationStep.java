// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import dev.hogflare.geoip.IpAddresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Makes IP addresses those of many: the last byte of IPv4 becomes 0, as PostHog does, and of IPv6
 * the last ten.
 *
 * @param names the properties that hold addresses
 */
record IpAnonymizationStep(List<String> names) implements Step {
  @Override
  public void apply(Draft draft) throws StepFailedException {
    for (String name : names) {
      String text = draft.properties().text(name);
      if (text != null && !text.isEmpty()) {
        InetAddress address = IpAddresses.parseOrNull(text);
        if (address == null) {
          throw new StepFailedException(name + " is no IP address");
        }
        draft.properties().put(name, anonymous(address));
      }
    }
  }

  private static String anonymous(InetAddress address) {
    byte[] bytes = address.getAddress();
    Arrays.fill(bytes, bytes.length == 4 ? 3 : 6, bytes.length, (byte) 0);
    try {
      return IpAddresses.text(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("An address of four or sixteen bytes is one.", e);
    }
  }
}
