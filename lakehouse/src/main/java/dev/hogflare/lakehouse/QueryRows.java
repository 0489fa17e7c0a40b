// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.util.Iterator;
import java.util.List;

/**
 * The rows of an answer, one after another.
 *
 * <p>A value is null, a {@link Boolean}, a {@link Number}, a {@link String}, a {@link
 * QueryResult.Json}, a {@link List} or a {@link java.util.Map} of values.
 */
public interface QueryRows extends Iterator<List<Object>> {
  /** Returns the columns in order. */
  List<QueryResult.Column> columns();
}
