// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Divides the processor time of this process among the stages of the pipeline by the names of their
 * threads.
 *
 * <p>A thread that ends between two readings is counted only up to the first; what no thread
 * accounts for is the JVM's own: garbage collection, compilation, and the background threads of
 * RocksDB.
 */
final class StageClock {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Map<Long, Long> start = new TreeMap<>();
  private final Map<Long, String> names = new TreeMap<>();
  private final long processStart = Machine.cpuNanos();

  StageClock() {
    read(start);
  }

  private void read(Map<Long, Long> into) {
    for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
      if (thread != null) {
        long cpu = THREADS.getThreadCpuTime(thread.getThreadId());
        if (cpu >= 0) {
          into.put(thread.getThreadId(), cpu);
          names.put(thread.getThreadId(), thread.getThreadName());
        }
      }
    }
  }

  /** Returns the nanoseconds of each stage since this clock was made. */
  Map<String, Long> lap() {
    Map<Long, Long> now = new TreeMap<>();
    read(now);
    Map<String, Long> stages = new LinkedHashMap<>();
    long accounted = 0;
    for (Map.Entry<Long, Long> thread : now.entrySet()) {
      long spent = thread.getValue() - start.getOrDefault(thread.getKey(), 0L);
      stages.merge(stage(names.get(thread.getKey())), spent, Long::sum);
      accounted += spent;
    }
    stages.put("jvm and rocksdb", Math.max(0, Machine.cpuNanos() - processStart - accounted));
    return stages;
  }

  private static String stage(String thread) {
    if (thread.startsWith("ForkJoinPool")) {
      return "http: gateway, lake endpoint, load";
    }
    if (thread.contains("person-processor")) {
      return "person-processor";
    }
    if (thread.contains("group-processor")) {
      return "group-processor";
    }
    if (thread.contains("property-catalog")) {
      return "property-catalog";
    }
    if (thread.contains("hogflare-gateway")) {
      return "gateway producer";
    }
    if (thread.contains("forwarder") || thread.startsWith("HttpClient")) {
      return "forwarder";
    }
    if (thread.contains("lake")) {
      return "lake";
    }
    if (thread.startsWith("data-plane")
        || thread.contains("kafka")
        || thread.contains("group-coordinator")) {
      return "broker";
    }
    return "other";
  }
}
