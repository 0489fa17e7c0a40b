// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.runtime.HostPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The settings of a test's gateway: a free port, no secrets, and the defaults of production. */
final class TestConfig {
  private int port;
  private String apiKey;
  private String signingSecret;
  private String debugToken;
  private int maxBodyBytes = 20 * 1024 * 1024;
  private int maxInflatedBytes = 64 * 1024 * 1024;
  private long maxInFlightBytes = 256L * 1024 * 1024;
  private Duration ackTimeout = Duration.ofSeconds(8);
  private SpoolConfig spool;
  private LimitsConfig limits = LimitsConfig.NONE;
  private String cookielessSecret;

  TestConfig port(int chosen) {
    port = chosen;
    return this;
  }

  TestConfig apiKey(String key) {
    apiKey = key;
    return this;
  }

  TestConfig signingSecret(String secret) {
    signingSecret = secret;
    return this;
  }

  TestConfig debugToken(String token) {
    debugToken = token;
    return this;
  }

  /** Sets the largest body on the wire and decompressed, and how much of bodies is held at once. */
  TestConfig bodies(int onTheWire, int inflated, long inFlight) {
    maxBodyBytes = onTheWire;
    maxInflatedBytes = inflated;
    maxInFlightBytes = inFlight;
    return this;
  }

  TestConfig ackTimeout(Duration timeout) {
    ackTimeout = timeout;
    return this;
  }

  TestConfig spool(Path folder, long maxBytes) {
    spool = new SpoolConfig(folder, maxBytes);
    return this;
  }

  TestConfig limits(LimitsConfig chosen) {
    limits = chosen;
    return this;
  }

  TestConfig cookielessSecret(String secret) {
    cookielessSecret = secret;
    return this;
  }

  GatewayConfig get() {
    return new GatewayConfig(
        new HostPort("127.0.0.1", port),
        Optional.ofNullable(apiKey),
        Optional.ofNullable(signingSecret),
        Optional.ofNullable(debugToken),
        Optional.empty(),
        maxBodyBytes,
        maxInflatedBytes,
        maxInFlightBytes,
        ackTimeout,
        Optional.ofNullable(spool),
        limits,
        Optional.ofNullable(cookielessSecret),
        GatewayConfig.HISTORICAL_PER_SECOND);
  }
}
