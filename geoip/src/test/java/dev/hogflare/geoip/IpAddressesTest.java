// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses may be somewhere in the world. */
class IpAddressesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.255",
        "192.0.2.1",
        "198.51.100.255",
        "203.0.113.7",
        "224.0.0.1",
        "::",
        "::1",
        "::ffff:203.0.113.7",
        "fe80::1",
        "fc00::1",
        "fdff::1",
        "ff02::1",
        "2001:db8::1",
        "2001:db8:ffff::",
        "3fff::1",
        "3fff:fff::1"
      })
  void addressesOfNetworksWithoutAPlaceAreNotPublic(String text) {
    assertThat(IpAddresses.isPublic(IpAddresses.parseOrNull(text))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.1",
        "172.32.0.1",
        "192.0.1.255",
        "192.0.3.0",
        "198.51.99.1",
        "198.51.101.1",
        "203.0.112.1",
        "203.0.114.1",
        "2001:db7::1",
        "2001:db9::1",
        "2a00::1",
        "3fff:1000::1",
        "::ffff:1.1.1.1"
      })
  void theirNeighboursArePublic(String text) {
    assertThat(IpAddresses.isPublic(IpAddresses.parseOrNull(text))).isTrue();
  }
}
