// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

/** Reads a document of flags. */
interface FlagSetParser {
  /**
   * Returns the flags of a document.
   *
   * <p>A flag with an error is among them: it is answered as failed, and {@link FlagSet#problems}
   * says why.
   *
   * @param document UTF-8 JSON: a list of flags, or an object with {@code flags} and, optionally,
   *     {@code group_type_mapping}, {@code cohorts}, {@code bucketing}, {@code timezone}, {@code
   *     property_matching_version}, and {@code projects} (token to such an object or list)
   * @throws FlagDocumentException if this is no JSON, or neither list nor object; the sentence says
   *     where
   */
  FlagSet parse(byte[] document) throws FlagDocumentException;
}
