// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All generations of a deployment, by number.
 *
 * @param records one for each, the first generation's always among them
 * @param isNoted whether the control topic says something of the first one
 */
public record Generations(List<GenerationRecord> records, boolean isNoted) {
  /** Copies the records. */
  public Generations {
    records = List.copyOf(records);
  }

  /** Orders what the control topic says; a first generation of which it says nothing is live. */
  public Generations(List<GenerationRecord> said) {
    this(withFirst(said), saysFirst(said));
  }

  private static boolean saysFirst(List<GenerationRecord> said) {
    return said.stream().anyMatch(record -> record.generation().equals(Generation.FIRST));
  }

  private static List<GenerationRecord> withFirst(List<GenerationRecord> said) {
    return Stream.concat(
            saysFirst(said) ? Stream.empty() : Stream.of(GenerationRecord.first()), said.stream())
        .sorted(Comparator.comparing(GenerationRecord::generation))
        .toList();
  }

  /**
   * Returns the one that writes the rows; while one takes over from another, the record of the
   * later one counts.
   *
   * @throws IllegalStateException if none is live
   */
  public GenerationRecord live() {
    return records.stream()
        .filter(record -> record.state() == GenerationRecord.State.LIVE)
        .reduce((earlier, later) -> later)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "The control topic says of no generation that it is live."));
  }

  /** Returns the one that is being rebuilt or takes over, if there is one. */
  public Optional<GenerationRecord> underWay() {
    return in(GenerationRecord.State.REBUILDING, GenerationRecord.State.CUTTING);
  }

  /** Returns the one that finishes what came before it was taken over from, if there is one. */
  public Optional<GenerationRecord> retiring() {
    return in(GenerationRecord.State.RETIRING);
  }

  private Optional<GenerationRecord> in(GenerationRecord.State... states) {
    return records.stream()
        .filter(record -> List.of(states).contains(record.state()))
        .reduce((earlier, later) -> later);
  }

  /** Returns what is said about a generation. */
  public Optional<GenerationRecord> find(Generation generation) {
    return records.stream().filter(record -> record.generation().equals(generation)).findFirst();
  }

  /** Returns those that processors are to run for. */
  public List<GenerationRecord> running() {
    return records.stream().filter(GenerationRecord::runs).toList();
  }

  /** Returns a number that no generation has had. */
  public Generation next() {
    return records.get(records.size() - 1).generation().next();
  }
}
