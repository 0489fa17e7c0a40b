// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientAddressesTest {
  private static final ClientAddresses BEHIND =
      ClientAddresses.parse("10.0.0.0/8, 198.51.100.7,fd00::/8");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "203.0.113.9 | 1.2.3.4                       | 203.0.113.9",
        "10.0.0.1    | ''                            | 10.0.0.1",
        "10.0.0.1    | 1.2.3.4                       | 1.2.3.4",
        "10.0.0.1    | 6.6.6.6, 1.2.3.4              | 1.2.3.4",
        "10.0.0.1    | 1.2.3.4, 198.51.100.7         | 1.2.3.4",
        "10.0.0.1    | 1.2.3.4, 198.51.100.7, 10.9.9.9 | 1.2.3.4",
        "10.0.0.1    | 10.0.0.3, 10.0.0.2            | 10.0.0.3",
        "10.0.0.1    | 1.2.3.4:4711                  | 1.2.3.4",
        "10.0.0.1    | [2001:db8::1]:4711            | 2001:db8::1",
        "10.0.0.1    | 2001:DB8:0:0::1               | 2001:db8::1",
        "10.0.0.1    | 1.2.3.4, unknown              | 10.0.0.1",
        "10.0.0.1    | 1.2.3.4, unknown, 10.0.0.2    | 10.0.0.2",
        "fd00::5     | 1.2.3.4                       | 1.2.3.4",
        "::ffff:10.0.0.1 | 1.2.3.4                   | 1.2.3.4"
      })
  void theFirstFromTheRightThatIsNoTrustedProxyIsTheClient(
      String peer, String forwardedFor, String client) {
    assertThat(BEHIND.clientOrNull(peer, List.of(forwardedFor))).isEqualTo(client);
  }

  @Test
  void severalHeadersAreOneList() {
    assertThat(BEHIND.clientOrNull("10.0.0.1", List.of("6.6.6.6, 1.2.3.4", "10.0.0.2")))
        .isEqualTo("1.2.3.4");
    assertThat(BEHIND.clientOrNull("10.0.0.1", List.of())).isEqualTo("10.0.0.1");
  }

  @Test
  void withoutTrustedProxiesTheClientIsWhoIsConnected() {
    assertThat(ClientAddresses.DIRECT.clientOrNull("10.0.0.1", List.of("1.2.3.4")))
        .isEqualTo("10.0.0.1");
    assertThat(ClientAddresses.DIRECT.anyTrusted()).isFalse();
    assertThat(ClientAddresses.DIRECT.clientOrNull("a-name", List.of())).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0/33", "10.0.0/8", "localhost", "10.0.0.1/-1", "fd00::/129", "/8"})
  void refusesWhatIsNoRange(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ClientAddresses.parse("10.0.0.1, " + text))
        .withMessageContaining("\"" + text + "\"");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.1.2, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.128.0.0/9, 10.127.255.255, false",
    "10.128.0.0/9, 10.128.0.0, true",
    "0.0.0.0/0, 255.1.2.3, true",
    "0.0.0.0/0, ::1, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false"
  })
  void aRangeHoldsTheAddressesThatShareItsBits(String range, String address, boolean inside) {
    assertThat(IpRange.parse(range).contains(IpAddresses.parseOrNull(address))).isEqualTo(inside);
  }

  @ParameterizedTest
  @CsvSource({
    "2001:0db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "0:0:0:0:0:0:0:0, ::",
    "::1, ::1",
    "1::, 1::",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "203.0.113.7, 203.0.113.7"
  })
  void writesAddressesAsRfc5952Asks(String sent, String text) {
    assertThat(IpAddresses.text(IpAddresses.parseOrNull(sent))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "::g",
        "1:2",
        "fe80::1%eth0",
        "12345::",
        "1.2.3.4/8",
        "a.b.c.d",
        ":"
      })
  void takesNothingElseForAnAddress(String text) {
    assertThat(IpAddresses.parseOrNull(text)).isNull();
  }
}
