// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.Generation;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What came of comparing two generations.
 *
 * @param live the generation that writes the rows
 * @param other the one that was compared with it
 * @param persons persons of the live one
 * @param ids its distinct ids, whose links were followed
 * @param groups its groups; 0 if the other one has none of its own
 * @param overrides the overrides that it wrote, which were compared with its own links
 * @param differing how many of them differ for certain
 * @param atLeast whether there may be more, because the comparison ended early
 * @param undecided how many were never seen equal and changed until the end
 * @param differences the first that differ, then the first that are undecided
 * @param rawEnds the offset of each raw topic, by partition, up to which both knew everything
 * @param records records of state that were read
 * @param took how long it took
 */
public record VerificationReport(
    Generation live,
    Generation other,
    long persons,
    long ids,
    long groups,
    long overrides,
    long differing,
    boolean atLeast,
    long undecided,
    List<Difference> differences,
    Map<String, List<Long>> rawEnds,
    long records,
    Duration took) {

  /** Whether everything was proven equal. */
  public boolean equal() {
    return differing == 0 && undecided == 0;
  }
}
