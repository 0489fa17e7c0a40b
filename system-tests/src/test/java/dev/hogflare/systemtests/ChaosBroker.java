// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.function.Supplier;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * One broker of a cluster, as a process of its own, whose clock may be wrong.
 *
 * <p>Arguments: its number, its folder, the ports for clients of all brokers, those of their
 * controllers, both separated by commas, and the milliseconds by which its clock is fast.
 */
public final class ChaosBroker {
  private static final String CLUSTER_ID = "Ag9fJ0rVS2mVwHn0tK8lYA";
  private static final String HOST = "127.0.0.1";

  private ChaosBroker() {}

  /** Runs a broker until it is killed. */
  public static void main(String[] args) throws Exception {
    int number = Integer.parseInt(args[0]);
    Path folder = Path.of(args[1]);
    List<String> ports = List.of(args[2].split(","));
    List<String> controllers = List.of(args[3].split(","));
    if (!Files.exists(folder.resolve("meta.properties"))) {
      Files.createDirectories(folder);
      new Formatter()
          .setNodeId(number)
          .setClusterId(CLUSTER_ID)
          .setControllerListenerName("CONTROLLER")
          .addDirectory(folder.toString())
          .setMetadataLogDirectory(folder.toString())
          .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
          .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
          .setIgnoreFormatted(true)
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .run();
    }
    Properties p = new Properties();
    p.put("process.roles", "broker,controller");
    p.put("node.id", args[0]);
    StringBuilder voters = new StringBuilder();
    for (int i = 0; i < controllers.size(); i++) {
      voters.append(i == 0 ? "" : ",").append(i + 1).append('@').append(HOST).append(':');
      voters.append(controllers.get(i));
    }
    p.put("controller.quorum.voters", voters.toString());
    String clients = "PLAINTEXT://" + HOST + ':' + ports.get(number - 1);
    p.put("listeners", clients + ",CONTROLLER://" + HOST + ':' + controllers.get(number - 1));
    p.put("advertised.listeners", clients);
    p.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.put("controller.listener.names", "CONTROLLER");
    p.put("inter.broker.listener.name", "PLAINTEXT");
    p.put("log.dirs", folder.toString());
    p.put("auto.create.topics.enable", "false");
    String replicas = Integer.toString(ports.size());
    // Any one of several may be away.
    String inSync = Integer.toString(Math.max(1, ports.size() - 1));
    p.put("default.replication.factor", replicas);
    p.put("min.insync.replicas", inSync);
    for (String internal : List.of("offsets.topic", "transaction.state.log")) {
      p.put(internal + ".num.partitions", "4");
      p.put(internal + ".replication.factor", replicas);
    }
    p.put("transaction.state.log.min.isr", inSync);
    p.put("group.initial.rebalance.delay.ms", "500");
    p.put("broker.session.timeout.ms", "5000");
    p.put("broker.heartbeat.interval.ms", "500");
    p.put("replica.lag.time.max.ms", "8000");
    // Alone, a broker that comes back must lead its partitions before it ends old transactions.
    p.put(
        "transaction.abort.timed.out.transaction.cleanup.interval.ms",
        ports.size() == 1 ? "20000" : "1000");
    p.put("log.cleaner.dedupe.buffer.size", "4194304");
    // Small files, so that a small disk holds them and they are rolled.
    p.put("log.segment.bytes", "4194304");
    p.put("log.index.size.max.bytes", "65536");
    p.put("num.network.threads", "2");
    p.put("num.io.threads", "2");
    p.put("num.replica.fetchers", "1");
    p.put("message.max.bytes", "16777216");
    p.put("replica.fetch.max.bytes", "16777216");
    KafkaRaftServer server =
        new KafkaRaftServer(
            KafkaConfig.fromProps(p, false), new WrongTime(Long.parseLong(args[4])));
    server.startup();
    System.out.println("broker " + number + " runs");
    server.awaitShutdown();
    Runtime.getRuntime().halt(0);
  }

  /** A clock that is fast by a constant; what waits waits as long as it would. */
  private record WrongTime(long fastBy) implements Time {
    @Override
    public long milliseconds() {
      return Time.SYSTEM.milliseconds() + fastBy;
    }

    @Override
    public long hiResClockMs() {
      return Time.SYSTEM.hiResClockMs();
    }

    @Override
    public long nanoseconds() {
      return Time.SYSTEM.nanoseconds();
    }

    @Override
    public void sleep(long millis) {
      Time.SYSTEM.sleep(millis);
    }

    @Override
    public void waitObject(Object object, Supplier<Boolean> condition, long deadline)
        throws InterruptedException {
      Time.SYSTEM.waitObject(object, condition, deadline - fastBy);
    }
  }
}
