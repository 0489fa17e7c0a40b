// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Topics;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A Kafka cluster of one node inside this JVM, reachable on the loopback address only.
 *
 * <p>Its folder outlives it: a broker that is started again on the same folder, on whatever ports,
 * has the same topics, records and offsets, also after the process was killed. Two brokers must not
 * run on one folder at the same time. An instance is started once and closed once.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final String HOST = "127.0.0.1";

  /** Where people expect a broker. */
  static final int USUAL_PORT = 9092;

  private static final int NODE_ID = 1;

  /** Each internal topic must be told that the node is alone. */
  private static final List<String> COPIES_OF_INTERNAL_TOPICS =
      List.of(
          "offsets.topic.replication.factor",
          "transaction.state.log.replication.factor",
          "transaction.state.log.min.isr",
          "share.coordinator.state.topic.replication.factor",
          "share.coordinator.state.topic.min.isr");

  private final Path folder;
  private final int port;
  private final int controllerPort;
  private KafkaRaftServer server;

  /** Creates a broker on a free port; nothing is started yet. */
  public EmbeddedBroker(Path folder) {
    this(folder, Ports.free());
  }

  /**
   * Creates a broker on a port; nothing is started yet.
   *
   * @param folder where it keeps everything; created if missing
   * @param port 1 to 65535, free on 127.0.0.1
   */
  public EmbeddedBroker(Path folder, int port) {
    this.folder = folder.toAbsolutePath();
    this.port = port;
    this.controllerPort = Ports.free();
  }

  /**
   * Starts the broker and returns when it serves clients.
   *
   * @throws UncheckedIOException if the folder cannot be written
   * @throws IllegalStateException if the broker does not start for another reason
   */
  public void start() {
    format();
    server = new KafkaRaftServer(KafkaConfig.fromProps(properties(), false), Time.SYSTEM);
    try {
      server.startup();
    } catch (RuntimeException e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      throw new IllegalStateException(
          "The embedded broker did not start on the ports "
              + port
              + " and "
              + controllerPort
              + " ("
              + root.getMessage()
              + "); if another program has one of them, start again.",
          e);
    }
  }

  /** Returns the address for clients, as {@code host:port}. */
  public String bootstrapServers() {
    return HOST + ":" + port;
  }

  /** Stops the broker; what it acknowledged is in its folder. */
  @Override
  public void close() {
    if (server != null) {
      server.shutdown();
      server.awaitShutdown();
      server = null;
    }
  }

  private void format() {
    if (Files.exists(folder.resolve("meta.properties"))) {
      return;
    }
    PrintStream silent =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    try {
      Files.createDirectories(folder);
      new Formatter()
          .setNodeId(NODE_ID)
          .setClusterId(Uuid.randomUuid().toString())
          .setControllerListenerName("CONTROLLER")
          .addDirectory(folder.toString())
          .setMetadataLogDirectory(folder.toString())
          .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
          .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
          .setIgnoreFormatted(true)
          .setPrintStream(silent)
          .run();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The broker's folder " + folder + " cannot be written; make it writable.", e);
    } catch (Exception e) {
      throw new IllegalStateException("The broker's folder " + folder + " was not prepared.", e);
    }
  }

  private Properties properties() {
    Properties p = new Properties();
    p.put("process.roles", "broker,controller");
    p.put("node.id", Integer.toString(NODE_ID));
    p.put("controller.quorum.voters", NODE_ID + "@" + HOST + ":" + controllerPort);
    p.put(
        "listeners",
        "PLAINTEXT://" + HOST + ":" + port + ",CONTROLLER://" + HOST + ":" + controllerPort);
    p.put("advertised.listeners", "PLAINTEXT://" + HOST + ":" + port);
    p.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.put("controller.listener.names", "CONTROLLER");
    p.put("inter.broker.listener.name", "PLAINTEXT");
    p.put("log.dirs", folder.toString());
    p.put("auto.create.topics.enable", "false");
    COPIES_OF_INTERNAL_TOPICS.forEach(name -> p.put(name, "1"));
    startsFast(p);
    comesBackFast(p);
    takesOurRecords(p);
    staysSmall(p);
    return p;
  }

  private static void startsFast(Properties p) {
    // 50 partitions each by default, all created by the first transaction.
    p.put("offsets.topic.num.partitions", "4");
    p.put("transaction.state.log.num.partitions", "4");
    // The members of our groups are all in this JVM: nobody else is worth waiting for.
    p.put("group.initial.rebalance.delay.ms", "0");
  }

  private static void comesBackFast(Properties p) {
    // After a kill the node's own registration must expire before it may register again: 9 s by
    // default. Too short a time would fence the broker whenever the machine is busy.
    p.put("broker.session.timeout.ms", "2000");
    p.put("broker.heartbeat.interval.ms", "250");
    // Transactions that a kill left are ended by the processors, which come back with their names.
    // Kafka's own search for old ones must not begin before the broker leads its partitions again:
    // a partition without a leader is taken for a deleted one, gets no mark of the end, and holds
    // back its readers for ever. The first search is after this time.
    p.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "20000");
    // A folder that rested for months must not come back without its groups' offsets: everything
    // would be processed and delivered a second time.
    p.put("offsets.retention.minutes", Integer.toString(Integer.MAX_VALUE));
  }

  private static void takesOurRecords(Properties p) {
    // Changelogs and internal topics have no limit of their own and follow the broker's.
    String largest = Integer.toString(Topics.MAX_RECORD_BYTES);
    p.put("message.max.bytes", largest);
    p.put("replica.fetch.max.bytes", largest);
    p.put("fetch.max.bytes", Integer.toString(4 * Topics.MAX_RECORD_BYTES));
    // Kafka Streams asks for 10 s; batch jobs of the operator may ask for more.
    p.put("transaction.max.timeout.ms", "900000");
    p.put("log.retention.check.interval.ms", "60000");
  }

  private static void staysSmall(Properties p) {
    p.put("log.cleaner.dedupe.buffer.size", "16777216"); // of heap; 128 MB by default
    p.put("num.network.threads", "2");
    p.put("num.io.threads", "4");
    p.put("background.threads", "4");
    p.put("group.coordinator.threads", "2");
    // An idle broker writes two records a second into its own metadata by default.
    p.put("metadata.max.idle.interval.ms", "5000");
  }
}
