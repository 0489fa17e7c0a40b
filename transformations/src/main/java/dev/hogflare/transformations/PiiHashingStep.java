// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Replaces values by their HMAC-SHA256 in hexadecimal: equal values stay equal, and nobody without
 * the salt can try out which value one was. Null and empty texts stay.
 */
final class PiiHashingStep implements Step {
  private static final String ALGORITHM = "HmacSHA256";

  private final List<String> names;

  /** Copied for each value, which costs less than the search for an algorithm. */
  private final Mac keyed;

  PiiHashingStep(List<String> names, String salt) {
    this.names = names;
    try {
      keyed = Mac.getInstance(ALGORITHM);
      keyed.init(new SecretKeySpec(salt.getBytes(StandardCharsets.UTF_8), ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has " + ALGORITHM + ".", e);
    }
  }

  @Override
  public void apply(Draft draft) {
    for (String name : names) {
      PropertyNames.change(draft.properties(), name, this::hash);
    }
  }

  private JsonNode hash(JsonNode value) {
    String text = value.isTextual() ? value.textValue() : value.isNull() ? "" : value.toString();
    if (text.isEmpty()) {
      return value;
    }
    try {
      Mac mac = (Mac) keyed.clone();
      return TextNode.valueOf(
          HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8))));
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("The platform's " + ALGORITHM + " can be copied.", e);
    }
  }
}
