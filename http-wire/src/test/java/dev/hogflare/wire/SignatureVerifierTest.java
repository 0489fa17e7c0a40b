// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.fixtures.Encodings;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class SignatureVerifierTest {
  private static final byte[] BODY = Encodings.utf8("{\"event\":\"e\"}");
  private static final String SECRET = "s3cret";
  private final SignatureVerifier verifier = new SignatureVerifier(SECRET);

  @Test
  void takesEitherHeaderInEitherAlgorithm() throws Exception {
    String sha256 = hmac("HmacSHA256", BODY);
    String sha1 = hmac("HmacSHA1", BODY);
    for (String header :
        List.of(sha256, "sha256=" + sha256, " sha256=sha256=" + sha256 + " ", "sha1=" + sha1)) {
      assertThatCode(() -> verify(List.of(header), List.of()))
          .as(header)
          .doesNotThrowAnyException();
    }
    for (String header : List.of(sha1, "sha1=" + sha1, "sha256=" + sha256)) {
      assertThatCode(() -> verify(List.of(), List.of(header)))
          .as(header)
          .doesNotThrowAnyException();
    }
    assertThatCode(() -> verify(List.of("wrong"), List.of(sha1))).doesNotThrowAnyException();
    assertThatCode(() -> verify(List.of("wrong", sha256), List.of())).doesNotThrowAnyException();
  }

  @Test
  void refusesEverythingElse() throws Exception {
    String sha256 = hmac("HmacSHA256", BODY);
    for (String header :
        List.of(
            "",
            "sha256=",
            sha256.toUpperCase(Locale.ROOT),
            "SHA256=" + sha256,
            "sha512=" + sha256,
            sha256 + "0",
            sha256.substring(1),
            hmac("HmacSHA1", BODY),
            hmac("HmacSHA256", Encodings.utf8("another body")))) {
      assertThatThrownBy(() -> verify(List.of(header), List.of()))
          .as(header)
          .isInstanceOf(RequestRefusedException.class)
          .hasMessage("signature verification failed");
    }
    assertThatThrownBy(() -> verify(List.of(), List.of(sha256)))
        .hasMessage("signature verification failed");
  }

  @Test
  void saysWhenThereIsNone() {
    assertThatThrownBy(() -> verify(List.of(), List.of())).hasMessage("missing signature header");
  }

  private void verify(List<String> posthog, List<String> hub) throws RequestRefusedException {
    verifier.verify(Octets.of(BODY), posthog, hub);
  }

  static String hmac(String algorithm, byte[] body) throws Exception {
    Mac mac = Mac.getInstance(algorithm);
    mac.init(new SecretKeySpec(Encodings.utf8(SECRET), algorithm));
    return HexFormat.of().formatHex(mac.doFinal(body));
  }
}
