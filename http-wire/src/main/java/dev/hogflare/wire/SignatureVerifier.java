// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks that a request's body carries the HMAC that only a holder of the secret can make.
 *
 * <p>Taken are {@code X-POSTHOG-SIGNATURE} (SHA-256 unless it says otherwise) and {@code
 * X-HUB-SIGNATURE} (SHA-1 unless it says otherwise), each as {@code algorithm=hex} or as bare hex.
 * One valid signature is enough. The comparison takes the same time wherever the first difference
 * is.
 */
public final class SignatureVerifier {
  private static final String SHA_256 = "sha256";
  private static final String SHA_1 = "sha1";

  private static final List<String> ALGORITHMS = List.of(SHA_256, SHA_1);
  private static final List<String> MAC_NAMES = List.of("HmacSHA256", "HmacSHA1");

  private final byte[] secret;

  public SignatureVerifier(String secret) {
    this.secret = secret.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Checks a body.
   *
   * @param body the bytes as they came, before any decoding
   * @param posthog the values of {@code X-POSTHOG-SIGNATURE}
   * @param hub the values of {@code X-HUB-SIGNATURE}
   * @throws RequestRefusedException if there is no signature, or none that is right (401)
   */
  public void verify(Octets body, List<String> posthog, List<String> hub)
      throws RequestRefusedException {
    if (posthog.isEmpty() && hub.isEmpty()) {
      throw new RequestRefusedException(Refusal.UNSIGNED, "missing signature header");
    }
    // Each is computed once at most, however many headers a client sends.
    byte[][] expected = new byte[ALGORITHMS.size()][];
    for (String header : posthog) {
      if (matches(body, header, SHA_256, expected)) {
        return;
      }
    }
    for (String header : hub) {
      if (matches(body, header, SHA_1, expected)) {
        return;
      }
    }
    throw new RequestRefusedException(Refusal.UNSIGNED, "signature verification failed");
  }

  private boolean matches(Octets body, String header, String defaultAlgorithm, byte[][] expected) {
    String hex = header.strip();
    String algorithm = defaultAlgorithm;
    int equals = hex.indexOf('=');
    if (equals >= 0) {
      algorithm = hex.substring(0, equals).strip();
      hex = hex.substring(equals + 1).strip();
    }
    int index = ALGORITHMS.indexOf(algorithm);
    if (index < 0) {
      return false;
    }
    while (hex.startsWith(SHA_256 + "=") || hex.startsWith(SHA_1 + "=")) {
      hex = hex.substring(hex.indexOf('=') + 1).strip();
    }
    if (expected[index] == null) {
      byte[] mac = hmac(MAC_NAMES.get(index), body);
      expected[index] = HexFormat.of().formatHex(mac).getBytes(StandardCharsets.US_ASCII);
    }
    return MessageDigest.isEqual(expected[index], hex.getBytes(StandardCharsets.UTF_8));
  }

  private byte[] hmac(String name, Octets body) {
    try {
      Mac mac = Mac.getInstance(name);
      mac.init(new SecretKeySpec(secret, name));
      mac.update(body.bytes(), body.from(), body.length());
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java runtime has no " + name + ".", e);
    }
  }
}
