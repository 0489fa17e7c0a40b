// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what another lookup answers; now and then the log says why one found nothing out. */
final class CountedStateLookup implements StateLookup {
  private static final Logger LOG = LoggerFactory.getLogger(CountedStateLookup.class);
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final StateLookup source;
  private final FlagsMetrics metrics;
  private final AtomicLong complainedAt = new AtomicLong(System.nanoTime() - PAUSE.toNanos());

  CountedStateLookup(StateLookup source, FlagsMetrics metrics) {
    this.source = source;
    this.metrics = metrics;
  }

  @Override
  public Answer person(String token, String distinctId) {
    return counted("person", source.person(token, distinctId));
  }

  @Override
  public Answer group(String token, String type, String key) {
    return counted("group", source.group(token, type, key));
  }

  private Answer counted(String kind, Answer answer) {
    switch (answer) {
      case Answer.Found found -> metrics.lookup(kind, "found");
      case Answer.Unknown unknown -> metrics.lookup(kind, "unknown");
      case Answer.Unavailable unavailable -> {
        metrics.lookup(kind, "unavailable");
        complain(kind, unavailable.reason());
      }
    }
    return answer;
  }

  private void complain(String kind, String reason) {
    long now = System.nanoTime();
    long last = complainedAt.get();
    if (now - last >= PAUSE.toNanos() && complainedAt.compareAndSet(last, now)) {
      LOG.warn("Flags on properties of a {} fail: {}", kind, reason);
    }
  }
}
