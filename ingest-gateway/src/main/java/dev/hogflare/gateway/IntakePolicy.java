// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.gateway.Item.Fate;
import dev.hogflare.runtime.Variable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which items of a request are wanted: of which projects, from which senders, and how many
 * of one sender as a person's.
 */
final class IntakePolicy implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IntakePolicy.class);
  private static final long INTERVAL_MILLIS = 1_000;

  /** A sender may send so many seconds' worth at once, as PostHog's burst limit is ten seconds'. */
  private static final int BURST_SECONDS = 10;

  private static final int STRANGERS = 1 << 14;
  private static final int PROJECTS = 1 << 14;
  private static final int SENDERS = 1 << 18;

  private final ReloadedList<Set<String>> projects;
  private final ReloadedList<DropList> dropped;
  private final RateLimits strangers;
  private final RateLimits ofProject;
  private final RateLimits ofSender;
  private final GatewayMetrics metrics;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread watch =
      Thread.ofPlatform().daemon().name("gateway-lists").unstarted(this::watch);

  /**
   * Reads the lists for the first time.
   *
   * @param seed decides which keys share a place in the tables of limits
   * @throws IllegalArgumentException if a list cannot be used
   */
  IntakePolicy(LimitsConfig config, GatewayMetrics metrics, long seed) {
    this.metrics = metrics;
    projects =
        config
            .projects()
            .map(
                text ->
                    new ReloadedList<>(
                        Variable.HOGFLARE_PROJECT_TOKENS.name(), text, LimitsConfig::projects))
            .orElse(null);
    dropped =
        config
            .dropped()
            .map(
                text ->
                    new ReloadedList<>(Variable.HOGFLARE_DROP_EVENTS.name(), text, DropList::of))
            .orElse(null);
    strangers = projects == null ? null : limits(config.strangersPerSecond(), STRANGERS, seed);
    ofProject = config.projectPerSecond().map(n -> limits(n, PROJECTS, seed)).orElse(null);
    ofSender = config.senderPerSecond().map(n -> limits(n, SENDERS, seed)).orElse(null);
  }

  private static RateLimits limits(int perSecond, int places, long seed) {
    return new RateLimits(perSecond, BURST_SECONDS * perSecond, places, seed);
  }

  /** Begins to read files again that change. */
  void start() {
    watch.start();
  }

  private void watch() {
    try {
      while (!closing.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
        if (projects != null) {
          projects.look();
        }
        if (dropped != null) {
          dropped.look();
        }
      }
    } catch (InterruptedException e) {
      LOG.warn("The lists' thread was interrupted and reads nothing again", e);
    }
  }

  /**
   * Refuses or leaves out those of a request's items that are not wanted, and marks those that are
   * too many of their kind.
   *
   * @param unlimited whether none is too many: parts of recordings touch no person, and what is
   *     historical waits in a lane of its own
   * @param nanos the time, of any origin
   */
  void apply(List<Item> items, boolean unlimited, long nanos) {
    Set<String> known = projects == null ? null : projects.current();
    DropList drops = dropped == null ? null : dropped.current();
    boolean limited = !unlimited && (ofProject != null || ofSender != null);
    if (known == null && drops == null && !limited) {
      return;
    }
    for (Item item : items) {
      if (item.fate() != Fate.USABLE) {
        continue;
      }
      if (known != null && !known.contains(item.token())) {
        item.refuse(
            ErrorCode.UNKNOWN_TOKEN,
            "The project key is none of this installation's; send the key of a project that is.");
      } else if (drops != null && drops.contains(item.token(), item.key().distinctId())) {
        item.filter();
      } else if (limited && isTooMuch(item, nanos)) {
        item.overflow();
        metrics.overflowed();
      }
    }
  }

  private boolean isTooMuch(Item item, long nanos) {
    if (ofSender != null
        && ofSender.take(RateLimits.key(item.token(), item.key().distinctId()), nanos) > 0) {
      // Not counted for the project: the others of it shall not suffer from one sender.
      return true;
    }
    return ofProject != null && ofProject.take(RateLimits.key(item.token(), ""), nanos) > 0;
  }

  /**
   * Returns how long an address has to wait that sends nothing but events of unknown projects.
   *
   * @param nanos the time, of any origin
   * @return nanoseconds, or 0 if it may be answered
   */
  long strangerHasToWait(String address, List<Item> items, long nanos) {
    if (strangers == null) {
      return 0;
    }
    for (Item item : items) {
      if (item.problem() != ErrorCode.UNKNOWN_TOKEN) {
        return 0;
      }
    }
    return strangers.take(RateLimits.key(address, ""), nanos);
  }

  /** Returns what is wrong with a list, if anything is. */
  Optional<String> problem() {
    String problem = projects == null ? null : projects.problemOrNull();
    return Optional.ofNullable(
        problem == null && dropped != null ? dropped.problemOrNull() : problem);
  }

  @Override
  public void close() {
    closing.countDown();
  }
}
