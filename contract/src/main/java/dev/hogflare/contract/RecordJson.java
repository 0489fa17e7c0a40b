// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;

/**
 * The reader of JSON that is on our topics already.
 *
 * <p>The gateway sets the limits for what clients send; here they are so wide that nothing which it
 * let through, nor what grew from that, meets a second and different limit. Property names are
 * chosen by strangers, so that they are not interned.
 */
final class RecordJson {
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(10_000)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxNumberLength(Topics.MAX_RECORD_BYTES)
                  .build())
          .build();

  private RecordJson() {}
}
