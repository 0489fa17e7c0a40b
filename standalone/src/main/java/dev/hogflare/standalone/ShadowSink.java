// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.forwarder.Forwarder;
import dev.hogflare.forwarder.ForwarderConfig;
import dev.hogflare.lakehouse.Erasure;
import dev.hogflare.lakehouse.LakeConfig;
import dev.hogflare.lakehouse.Lakehouse;
import dev.hogflare.lakehouse.ShadowLakes;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Service;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Takes the rows of a shadow generation from its topics to a lake beside the live one.
 *
 * <p>It has a lake and a forwarder of its own, so that neither holds the live rows up, and numbers
 * of its own, so that the equations of the live ones hold. It may be started as soon as the
 * generation's topics exist, and closed at any time: started again, it goes on where it was.
 */
final class ShadowSink implements Service {
  private final Generation generation;
  private final ForwarderConfig live;
  private final KafkaSettings kafka;
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final Lakehouse lake;
  private final String token;
  private Forwarder forwarder;

  /**
   * Creates a sink that is not started yet.
   *
   * @param live how the live rows are forwarded
   * @param lakeFolder the folder of the live lake
   * @param commitInterval how long a row waits at most before it is in its table
   * @param token a secret that keeps others from posting to the lake
   */
  ShadowSink(
      Generation generation,
      ForwarderConfig live,
      KafkaSettings kafka,
      Path lakeFolder,
      Duration commitInterval,
      String token) {
    this.generation = generation;
    this.live = live;
    this.kafka = kafka;
    this.token = token;
    LakeConfig local =
        LakeConfig.local(ShadowLakes.folder(lakeFolder, generation), 0, commitInterval);
    lake =
        new Lakehouse(
            new LakeConfig(
                local.folder(),
                new HostPort("127.0.0.1", 0),
                Optional.of(token),
                commitInterval,
                local.invalidRows(),
                local.columns(),
                local.limits()),
            registry);
  }

  @Override
  public void start() {
    lake.start();
    forwarder =
        new Forwarder(
            live.of(
                generation,
                target(RowSchema.EVENTS),
                target(RowSchema.RECORDINGS),
                target(RowSchema.PERSONS),
                target(RowSchema.PERSON_OVERRIDES)),
            kafka,
            registry);
    forwarder.start();
  }

  private ForwarderConfig.Target target(RowSchema table) {
    return new ForwarderConfig.Target(lake.endpoint(table), Optional.of(token));
  }

  /** Removes a person's rows from its lake. */
  Erasure.Outcome erase(Erasure erasure) throws IOException {
    return lake.erase(erasure);
  }

  /** Returns the rows of a table that came in since the start. */
  long rows(RowSchema table) {
    return lake.rowsCommitted(table);
  }

  @Override
  public Health health() {
    if (forwarder == null) {
      return Health.down("not started");
    }
    Health forwarding = forwarder.health();
    return forwarding.up() ? lake.health() : forwarding;
  }

  @Override
  public void close() {
    if (forwarder != null) {
      forwarder.close();
    }
    lake.close();
  }
}
