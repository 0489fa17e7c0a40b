// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:8080, 127.0.0.1, 8080",
    "localhost:0, localhost, 0",
    "my_service-1.example.com:65535, my_service-1.example.com, 65535",
    "[::1]:8080, [::1], 8080"
  })
  void readsHostAndPort(String text, String host, int port) {
    assertThat(HostPort.parseOrNull(text)).isEqualTo(new HostPort(host, port));
    assertThat(HostPort.parseOrNull(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "8080",
        "localhost",
        "localhost:",
        ":8080",
        "localhost:65536",
        "localhost:-1",
        "localhost:+80",
        "localhost:8o",
        "localhost:8080 ",
        "local host:8080",
        "localhost:٨٠",
        "http://localhost:8080",
        "localhost/x:8080",
        "::1",
        "a:b:80",
        "[::1]",
        "[::1:80",
        "localhost:99999999999"
      })
  void refusesAnythingElse(String text) {
    assertThat(HostPort.parseOrNull(text)).isNull();
  }

  @Test
  void isEqualToTheSameAddress() {
    assertThat(new HostPort("a", 1)).isEqualTo(new HostPort("a", 1));
    assertThat(new HostPort("a", 1)).isNotEqualTo(new HostPort("a", 2));
  }
}
