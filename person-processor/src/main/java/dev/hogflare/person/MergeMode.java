// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

/** How a merge was asked for, which decides whether it may be refused. */
enum MergeMode {
  /**
   * By {@code $identify}, {@code $create_alias} or hogflare's alias: never takes an identified
   * person over.
   */
  GUARDED,
  /** By {@code $merge_dangerously}: takes identified persons over as well. */
  DANGEROUS,
  /** The answer of a higher-ranking person that was asked to give way; never refused. */
  COUNTER,
  /** Guarded, and granted by the log of the id that was asked; takes identified persons over. */
  GRANTED
}
