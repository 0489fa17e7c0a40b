// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.FlagRecordKey;
import java.util.Map;

/** Reads and tries a document of flags before it is in force. */
public final class FlagCheck {
  private FlagCheck() {}

  /**
   * Returns the flags of a document; what is wrong with single flags is among them.
   *
   * @throws FlagDocumentException if it cannot be read at all
   */
  public static FlagSet read(byte[] document) throws FlagDocumentException {
    return new FlagSetParser().parse(document);
  }

  /** Evaluates flags with what the request brings, and nothing stored. */
  public static Evaluations evaluate(FlagSet flags, EvaluationRequest request) {
    return new FlagEvaluator().evaluate(flags, request, StateSource.empty());
  }

  /** Returns a flag's value in words: {@code true}, {@code false}, a variant or {@code failed}. */
  public static String value(FlagResult result) {
    return ExplanationJson.value(result);
  }

  /**
   * Returns the records that a document becomes on the topic of flags.
   *
   * @param token the project that the document is for, or an empty text for all
   * @throws FlagDocumentException if it cannot be taken apart
   */
  public static Map<FlagRecordKey, byte[]> records(byte[] document, String token)
      throws FlagDocumentException {
    return FlagDocument.records(document, token);
  }
}
