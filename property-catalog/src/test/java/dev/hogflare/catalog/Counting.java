// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.ActorKey;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Counts rows of one project as a thread does. */
final class Counting {
  private static final byte[] KEY = new ActorKey("t", "d").toBytes();

  private final CountBook book = new CountBook();
  private final RowReader reader = new RowReader();

  CountBook.Outcome count(String row) {
    reader.read(row.getBytes(StandardCharsets.UTF_8));
    return book.count(KEY, reader);
  }

  List<Seen> take() {
    return book.take().getOrDefault("t", List.of());
  }
}
