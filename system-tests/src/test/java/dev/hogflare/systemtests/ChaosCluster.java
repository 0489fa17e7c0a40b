// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import dev.hogflare.contract.Topics;
import dev.hogflare.forwarder.ForwarderMain;
import dev.hogflare.gateway.GatewayMain;
import dev.hogflare.group.GroupProcessorMain;
import dev.hogflare.lakehouse.LakehouseMain;
import dev.hogflare.person.PersonProcessorMain;
import dev.hogflare.rebuild.Deployment;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.systemtests.oracle.Oracle;
import dev.hogflare.systemtests.oracle.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Brokers, a gateway, person-processors and a group-processor, if wanted a forwarder and a lake,
 * each a process of its own.
 *
 * <p>The brokers' clocks are up to five seconds apart.
 */
final class ChaosCluster implements AutoCloseable {
  static final int PARTITIONS = 6;

  /** Short, so that a test can outlast it. */
  static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);

  /** Up to nine JVMs start at once on whatever cores there are. */
  private static final Duration HEALTH_PATIENCE = Duration.ofMinutes(3);

  /** What the lake demands of the forwarder. */
  private static final String LAKE_TOKEN = "chaos";

  private static final List<Integer> CLOCKS_FAST_BY = List.of(0, 2_500, -2_500);
  private static final String DISK_SIZE = "800m";

  private final Path folder;
  private final int brokerCount;
  private final Map<String, String> environment;
  private final List<ChaosNode> brokers = new ArrayList<>();
  private final List<ChaosNode> persons = new ArrayList<>();
  private final List<ChaosNode> all = new ArrayList<>();
  private final Path smallDisk;
  private final boolean hasSmallDisk;
  private final String bootstrapServers;
  private final URI gatewayUri;
  private final ChaosNode gateway;
  private final List<URI> personAdmins = new ArrayList<>();
  private final URI groupAdmin;
  private final List<URI> otherAdmins = new ArrayList<>();
  private Path lake;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final Set<Integer> ports = new HashSet<>();

  /** Prepares a cluster of three brokers and two person-processors; nothing is started yet. */
  ChaosCluster(Path folder, Map<String, String> environment) throws IOException {
    this(folder, 3, 2, environment);
  }

  /** Prepares a cluster; nothing is started yet. */
  ChaosCluster(Path folder, int brokerCount, int personCount, Map<String, String> environment)
      throws IOException {
    this.folder = folder;
    this.brokerCount = brokerCount;
    this.environment = environment;
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("logback.xml"),
        "<configuration><appender name='out' class='ch.qos.logback.core.ConsoleAppender'><encoder>"
            + "<pattern>%d{HH:mm:ss.SSS} %-5level %logger{20}: %msg%n%ex{6}</pattern></encoder>"
            + "</appender><root level='WARN'><appender-ref ref='out'/></root>"
            + "<logger name='dev.hogflare' level='INFO'/></configuration>");
    List<Integer> clients = IntStream.range(0, brokerCount).mapToObj(i -> freePort()).toList();
    List<Integer> controllers = IntStream.range(0, brokerCount).mapToObj(i -> freePort()).toList();
    bootstrapServers =
        clients.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    smallDisk = folder.resolve("disk-" + brokerCount);
    hasSmallDisk = brokerCount > 1 && mount(smallDisk);
    for (int i = 1; i <= brokerCount; i++) {
      Path disk = folder.resolve("disk-" + i);
      brokers.add(
          node(
              "broker-" + i,
              ChaosBroker.class,
              List.of(
                  Integer.toString(i),
                  disk.resolve("kafka").toString(),
                  join(clients),
                  join(controllers),
                  CLOCKS_FAST_BY.get(i - 1).toString()),
              Map.of(),
              320));
    }
    int gatewayPort = freePort();
    gatewayUri = URI.create("http://127.0.0.1:" + gatewayPort);
    gateway =
        node(
            "gateway",
            GatewayMain.class,
            List.of(),
            service(freePort(), Map.of("APP_ADDR", "127.0.0.1:" + gatewayPort)),
            256);
    for (int i = 1; i <= personCount; i++) {
      Processor persons = personProcessor(i, Map.of());
      this.persons.add(persons.node());
      personAdmins.add(persons.admin());
    }
    groupAdmin = groupProcessor(1, Map.of()).admin();
  }

  /**
   * A processor of the cluster.
   *
   * @param admin the base URL of its admin endpoint
   */
  record Processor(ChaosNode node, URI admin) {}

  /** Adds a person-processor, which is not started yet, with further variables. */
  Processor personProcessor(int number, Map<String, String> more) {
    return processor("person-processor", number, PersonProcessorMain.class, more);
  }

  /** Adds a group-processor, which is not started yet, with further variables. */
  Processor groupProcessor(int number, Map<String, String> more) {
    return processor("group-processor", number, GroupProcessorMain.class, more);
  }

  private Processor processor(
      String kind, int number, Class<?> mainClass, Map<String, String> more) {
    int admin = freePort();
    Map<String, String> own = new HashMap<>();
    own.put("HOGFLARE_INSTANCE_ID", Integer.toString(number));
    own.put("HOGFLARE_ADVERTISED_ADDRESS", "127.0.0.1:" + admin);
    own.put("HOGFLARE_STATE_DIR", folder.resolve("state-" + kind + '-' + number).toString());
    own.put("HOGFLARE_STORE_MEMORY_MB", "48");
    own.put("STREAMS_CONSUMER_SESSION_TIMEOUT_MS", Long.toString(SESSION_TIMEOUT.toMillis()));
    own.putAll(more);
    return new Processor(
        node(kind + '-' + number, mainClass, List.of(), service(admin, own), 256),
        URI.create("http://127.0.0.1:" + admin));
  }

  /** Adds a lake and the forwarder that fills it, which are not started yet. */
  ChaosCluster withLake() {
    lake = folder.resolve("lake");
    int port = freePort();
    other(
        "lakehouse",
        LakehouseMain.class,
        Map.of(
            "HOGFLARE_LAKE_DIR",
            lake.toString(),
            "HOGFLARE_LAKE_PORT",
            Integer.toString(port),
            "HOGFLARE_LAKE_TOKEN",
            LAKE_TOKEN,
            "HOGFLARE_LAKE_COMMIT_SECONDS",
            "2"),
        384);
    String streams = "http://127.0.0.1:" + port + "/streams/";
    other(
        "pipeline-forwarder",
        ForwarderMain.class,
        Map.of(
            "CLOUDFLARE_PIPELINE_ENDPOINT",
            streams + "hogflare_events",
            "CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT",
            streams + "hogflare_persons",
            "CLOUDFLARE_PIPELINE_AUTH_TOKEN",
            LAKE_TOKEN),
        256);
    return this;
  }

  private void other(String name, Class<?> mainClass, Map<String, String> own, int heap) {
    int admin = freePort();
    node(name, mainClass, List.of(), service(admin, own), heap);
    otherAdmins.add(URI.create("http://127.0.0.1:" + admin));
  }

  private ChaosNode node(
      String name,
      Class<?> mainClass,
      List<String> arguments,
      Map<String, String> environment,
      int heap) {
    ChaosNode node = new ChaosNode(name, mainClass.getName(), arguments, environment, heap, folder);
    all.add(node);
    return node;
  }

  private Map<String, String> service(int admin, Map<String, String> own) {
    Map<String, String> variables = new HashMap<>();
    variables.put("KAFKA_BOOTSTRAP_SERVERS", bootstrapServers);
    variables.put("HOGFLARE_PARTITIONS", Integer.toString(PARTITIONS));
    variables.put("HOGFLARE_REPLICATION_FACTOR", Integer.toString(brokerCount));
    variables.put("HOGFLARE_ADMIN_PORT", Integer.toString(admin));
    variables.put("POSTHOG_GROUP_TYPE_0", "company");
    variables.put("POSTHOG_GROUP_TYPE_1", "team");
    variables.putAll(environment);
    variables.putAll(own);
    return variables;
  }

  private static String join(List<Integer> ports) {
    return ports.stream().map(port -> Integer.toString(port)).collect(Collectors.joining(","));
  }

  private int freePort() {
    while (true) {
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        if (ports.add(socket.getLocalPort())) {
          return socket.getLocalPort();
        }
      } catch (IOException e) {
        throw new AssertionError("The system gave no free port.", e);
      }
    }
  }

  /** Starts everything and returns when the gateway takes events and every processor runs. */
  void start() {
    brokers.forEach(ChaosNode::start);
    for (ChaosNode broker : brokers) {
      String sentence = broker.name().replace('-', ' ') + " runs";
      String last =
          Await.value(broker::lastLines, lines -> lines.contains(sentence), HEALTH_PATIENCE);
      if (!last.contains(sentence)) {
        throw new AssertionError(broker.name() + " does not run:\n" + last);
      }
    }
    all.stream().filter(node -> !node.isBroker()).forEach(ChaosNode::start);
    awaitHealth();
  }

  /** Waits until every process is alive and says that it is well. */
  void awaitHealth() {
    personAdmins.forEach(this::awaitHealth);
    awaitHealth(groupAdmin);
    awaitHealth(gatewayUri);
    otherAdmins.forEach(this::awaitHealth);
  }

  /** Waits until whoever answers at an address says that it is well. */
  void awaitHealth(URI one) {
    if (!Await.value(() -> isHealthy(one), healthy -> healthy, HEALTH_PATIENCE)) {
      throw new AssertionError(
          "Nobody is well at "
              + one
              + ":\n"
              + all.stream()
                  .map(n -> n.name() + " alive " + n.isAlive() + "\n" + n.lastLines())
                  .collect(Collectors.joining("\n\n")));
    }
  }

  private boolean isHealthy(URI admin) {
    return health(admin).map(answer -> answer.status() == 200).orElse(false);
  }

  /** Returns what the gateway says of its health; nothing while nobody listens there. */
  Optional<Answer> gatewayHealth() {
    return health(gatewayUri);
  }

  private Optional<Answer> health(URI admin) {
    try {
      return Optional.of(
          Answer.of(
              http.send(
                  HttpRequest.newBuilder(admin.resolve("/healthz"))
                      .timeout(Duration.ofSeconds(5))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns the base URL of the gateway. */
  URI gateway() {
    return gatewayUri;
  }

  /** Returns the gateway's process. */
  ChaosNode gatewayNode() {
    return gateway;
  }

  /** Returns a reader of the topics. */
  TopicLog log() {
    return new TopicLog(bootstrapServers);
  }

  /** Returns a reader of the lake, for which {@link #withLake} has to be called before. */
  PipelineFixture.LakeReader lakeReader() {
    return new PipelineFixture.LakeReader(lake);
  }

  /** Returns how to reach the brokers. */
  KafkaSettings kafka() {
    return KafkaSettings.plain(bootstrapServers);
  }

  /** Returns the base URL of the first person-processor's admin endpoint. */
  URI personAdmin() {
    return personAdmins.get(0);
  }

  List<ChaosNode> all() {
    return all;
  }

  List<ChaosNode> brokers() {
    return brokers;
  }

  List<ChaosNode> persons() {
    return persons;
  }

  /** Returns the process of a name. */
  ChaosNode node(String name) {
    return all.stream().filter(node -> node.name().equals(name)).findFirst().orElseThrow();
  }

  /** Asks the lake. */
  List<String> lakeRows(String sql) {
    try (PipelineFixture.LakeReader reader = new PipelineFixture.LakeReader(lake)) {
      return reader.rows(sql);
    }
  }

  /** Whether broker 3 has a disk that can be filled. */
  boolean hasSmallDisk() {
    return hasSmallDisk;
  }

  /** Returns the broker whose disk can be filled. */
  ChaosNode brokerWithSmallDisk() {
    return brokers.get(brokers.size() - 1);
  }

  /** Fills the disk of one broker to its last byte. */
  void fillDisk() throws IOException {
    byte[] block = new byte[64 * 1_024];
    try (var out = Files.newOutputStream(ballast())) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      if (smallDisk.toFile().getUsableSpace() > block.length) {
        throw e;
      }
    }
  }

  /** Makes room on that disk again. */
  void emptyDisk() throws IOException {
    Files.deleteIfExists(ballast());
  }

  private Path ballast() {
    return smallDisk.resolve("ballast");
  }

  /**
   * Compares everything that is there with what the raw topic says, until nothing differs.
   *
   * @return the differences that stay
   */
  List<String> differences(int patienceSeconds) {
    return differences(patienceSeconds, personAdmin(), groupAdmin);
  }

  /**
   * Compares likewise, with the answers of other processors.
   *
   * @param personsAt the admin endpoint that knows persons
   * @param groupsAt the admin endpoint that knows groups
   */
  List<String> differences(int patienceSeconds, URI personsAt, URI groupsAt) {
    TopicLog log = log();
    Topics topics = new Topics("hogflare.");
    Drained.await(new Deployment(kafka(), topics, PARTITIONS, false));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(patienceSeconds);
    try (Lookups lookups = new Lookups(personsAt, groupsAt)) {
      Oracle oracle = new Oracle(topics.eventsRaw().name(), log.all(topics.eventsRaw()));
      List<String> differences;
      do {
        Await.value(() -> log.ends(topics.events()), ends -> ends >= oracle.rowCount());
        List<ConsumerRecord<byte[], byte[]>> snapshots = log.all(topics.persons());
        Verdict verdict =
            new Verdict(oracle)
                .rows(log.all(topics.events()), log.all(topics.personOverrides()))
                .deadLetters(log.all(topics.deadLetters()))
                .snapshots(snapshots);
        if (verdict.differences().isEmpty()) {
          verdict.persons(lookups::person).groups(lookups::group);
        }
        if (verdict.differences().isEmpty() && lake != null) {
          compareLake(verdict, snapshots);
        }
        differences = verdict.differences();
      } while (!differences.isEmpty() && System.nanoTime() < deadline);
      return differences.stream().limit(20).toList();
    }
  }

  private void compareLake(Verdict verdict, List<ConsumerRecord<byte[], byte[]>> snapshots) {
    try (PipelineFixture.LakeReader reader = lakeReader()) {
      verdict.lakeOfEvents(
          reader.rows("select uuid from hogflare_events"),
          reader.rows("select uuid from hogflare_events_raw"));
      verdict.lakeOfSnapshots(
          snapshots,
          reader.rows("select uuid from hogflare_persons"),
          reader.rows("select uuid from hogflare_persons_raw"));
    }
  }

  private static boolean mount(Path disk) {
    try {
      Files.createDirectories(disk);
      Process mount =
          new ProcessBuilder(
                  "mount", "-t", "tmpfs", "-o", "size=" + DISK_SIZE, "tmpfs", disk.toString())
              .redirectErrorStream(true)
              .start();
      mount.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
      return mount.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    all.forEach(ChaosNode::close);
    http.close();
    if (hasSmallDisk) {
      Await.value(ChaosCluster.this::unmount, done -> done);
    }
  }

  private boolean unmount() {
    try {
      Process umount = new ProcessBuilder("umount", smallDisk.toString()).start();
      return umount.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
