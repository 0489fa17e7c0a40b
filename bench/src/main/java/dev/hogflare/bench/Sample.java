// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import java.util.List;

/**
 * One measurement.
 *
 * @param count what was done
 * @param nanos the time that it took
 * @param cpuNanos the processor time that the whole process took meanwhile, broker and load
 *     generator included
 */
record Sample(long count, long nanos, long cpuNanos) {

  /** Work that is measured. */
  interface Work {
    /** Does the work and returns how much it was. */
    long run() throws Exception;
  }

  static Sample of(Work work) throws Exception {
    long cpu = Machine.cpuNanos();
    long start = System.nanoTime();
    long count = work.run();
    return new Sample(count, System.nanoTime() - start, Machine.cpuNanos() - cpu);
  }

  double perSecond() {
    return count * 1e9 / nanos;
  }

  /** Returns microseconds of one core for each. */
  double coreMicros() {
    return cpuNanos / 1e3 / count;
  }

  /** Returns the sample with the middle rate. */
  static Sample median(List<Sample> samples) {
    return samples.stream()
        .sorted((a, b) -> Double.compare(a.perSecond(), b.perSecond()))
        .toList()
        .get(samples.size() / 2);
  }
}
