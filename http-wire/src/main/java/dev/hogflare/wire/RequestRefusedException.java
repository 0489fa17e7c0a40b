// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

/** Ends the handling of a request with an answer that tells the client why. */
public final class RequestRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Refusal refusal;
  private final String tag;

  /**
   * Creates the refusal.
   *
   * @param sentence what the client is told; it names what is wrong and how to put it right
   */
  public RequestRefusedException(Refusal refusal, String sentence) {
    this(refusal, null, sentence);
  }

  /**
   * Creates the refusal of a protocol that has words of its own for its errors.
   *
   * @param tag the protocol's word for what is wrong, or null if it has none
   * @param sentence as above
   */
  public RequestRefusedException(Refusal refusal, String tag, String sentence) {
    // It is an answer and no defect: where it was made says nothing, and a trace costs more than
    // the answer.
    super(sentence, null, false, false);
    this.refusal = refusal;
    this.tag = tag;
  }

  /** Returns a refusal of a body that cannot be decoded. */
  public static RequestRefusedException unreadable(String detail) {
    return new RequestRefusedException(Refusal.UNREADABLE, "invalid payload: " + detail);
  }

  public Refusal refusal() {
    return refusal;
  }

  /** Returns the protocol's word for what is wrong, or null. */
  public String tagOrNull() {
    return tag;
  }
}
