// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads what this process has used of the machine. */
final class Machine {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final Path STATUS = Path.of("/proc/self/status");

  private Machine() {}

  /** Returns the processor time of the process so far, in nanoseconds. */
  static long cpuNanos() {
    return SYSTEM.getProcessCpuTime();
  }

  /** Returns the cores that the process may use. */
  static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  /**
   * Returns the most memory that the process has held at once, in megabytes, or -1 where the system
   * does not tell.
   */
  static long peakMegabytes() {
    if (!Files.isReadable(STATUS)) {
      return -1;
    }
    try (var lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1_024)
          .findFirst()
          .orElse(-1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
