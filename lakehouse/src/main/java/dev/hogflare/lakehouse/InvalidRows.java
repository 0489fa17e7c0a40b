// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

/** What happens to rows that break their stream's schema. */
public enum InvalidRows {
  /** The request is answered 400 with the row and the column, and none of its rows is taken. */
  REJECT,
  /** The request is answered 200 and the rows are dropped and counted, as Cloudflare does. */
  DROP
}
