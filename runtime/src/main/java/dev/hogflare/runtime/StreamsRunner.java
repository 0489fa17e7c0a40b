// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a topology until it is closed.
 *
 * <p>A thread that dies of an exception is replaced, because what reaches this class is trouble
 * with Kafka or the disk: records that cannot be processed are dead-lettered by the processors.
 * When threads die too often the application stops and its health says so.
 */
public final class StreamsRunner implements Service {
  private static final Logger LOG = LoggerFactory.getLogger(StreamsRunner.class);
  private static final int MAX_DEATHS = 10;
  private static final Duration DEATH_WINDOW = Duration.ofMinutes(5);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(20);

  private final String name;
  private final String application;
  private final KafkaStreams streams;
  private final StandbyLag standbyLag = new StandbyLag();
  private final CloseOptions.GroupMembershipOperation onStop;
  private final Deque<Long> deaths = new ArrayDeque<>();
  private volatile String lastFailure = "";

  /** Creates a runner for a topology; nothing is started yet. */
  public StreamsRunner(
      String name, Topology topology, StreamsSettings settings, KafkaSettings kafka) {
    this(name, topology, settings, kafka, Gathered.NOTHING);
  }

  /**
   * Creates a runner for a topology whose processors gather something, such as counts in a {@link
   * Ledger}; nothing is started yet.
   */
  public StreamsRunner(
      String name,
      Topology topology,
      StreamsSettings settings,
      KafkaSettings kafka,
      Gathered gathered) {
    this.name = name;
    application = settings.applicationId();
    onStop =
        switch (settings.onStop()) {
          case LEAVE -> CloseOptions.GroupMembershipOperation.LEAVE_GROUP;
          case STAY -> CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP;
        };
    Properties properties = new Properties();
    Map<String, Object> all = settings.properties(kafka);
    properties.putAll(all);
    streams = new KafkaStreams(topology, properties, new GatheringClients(gathered));
    streams.setUncaughtExceptionHandler(this::onDeath);
    streams.setStandbyUpdateListener(standbyLag);
  }

  private synchronized StreamThreadExceptionResponse onDeath(Throwable cause) {
    long now = System.nanoTime();
    deaths.addLast(now);
    while (now - deaths.peekFirst() > DEATH_WINDOW.toNanos()) {
      deaths.removeFirst();
    }
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    lastFailure = root.toString();
    if (deaths.size() > MAX_DEATHS) {
      LOG.error(
          "{} stops: its threads died {} times within {}",
          name,
          deaths.size(),
          DEATH_WINDOW,
          cause);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    LOG.warn("{} replaces a thread that died ({} of {})", name, deaths.size(), MAX_DEATHS, cause);
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }

  /** Returns the running application, for lookups and metrics. */
  public KafkaStreams streams() {
    return streams;
  }

  /**
   * Registers {@code hogflare_standby_lag_records}: how far this instance's copies of other
   * instances' state are behind, in records.
   */
  public void bindTo(MeterRegistry registry) {
    standbyLag.bindTo(registry, application);
  }

  @Override
  public void start() {
    streams.start();
  }

  /** Whether all partitions that are this instance's are restored and worked on. */
  public boolean atWork() {
    return streams.state() == KafkaStreams.State.RUNNING;
  }

  @Override
  public Health health() {
    KafkaStreams.State state = streams.state();
    return switch (state) {
      case RUNNING -> Health.up("processing");
      case REBALANCING -> Health.up("taking over partitions");
      case CREATED -> Health.down("not started");
      case PENDING_SHUTDOWN, NOT_RUNNING -> Health.down("stopped");
      case PENDING_ERROR, ERROR ->
          Health.down("failed: " + lastFailure + "; see the log, then restart");
    };
  }

  @Override
  public void close() {
    boolean stopped =
        streams.close(CloseOptions.timeout(CLOSE_PATIENCE).withGroupMembershipOperation(onStop));
    if (!stopped) {
      LOG.warn(
          "{} did not stop within {}; what it had not committed is done again after the restart",
          name,
          CLOSE_PATIENCE);
    }
  }
}
