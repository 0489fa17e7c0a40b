// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import dev.hogflare.contract.Topics;
import dev.hogflare.gateway.GatewayMain;
import dev.hogflare.group.GroupProcessorMain;
import dev.hogflare.person.PersonProcessorMain;
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
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Three brokers, two person-processors, a group-processor and a gateway, each a process of its own.
 *
 * <p>The brokers' clocks are five seconds apart.
 */
final class ChaosCluster implements AutoCloseable {
  static final int PARTITIONS = 6;

  /** Short, so that a test can outlast it. */
  static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);

  /** Seven JVMs start at once on whatever cores there are. */
  private static final Duration HEALTH_PATIENCE = Duration.ofMinutes(3);

  private static final int BROKERS = 3;
  private static final List<Integer> CLOCKS_FAST_BY = List.of(0, 2_500, -2_500);
  private static final String DISK_SIZE = "400m";

  private final Path folder;
  private final List<ChaosNode> brokers = new ArrayList<>();
  private final List<ChaosNode> persons = new ArrayList<>();
  private final List<ChaosNode> all = new ArrayList<>();
  private final Path smallDisk;
  private final boolean hasSmallDisk;
  private final String bootstrapServers;
  private final URI gatewayUri;
  private final List<URI> personAdmins = new ArrayList<>();
  private final URI groupAdmin;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final Set<Integer> ports = new HashSet<>();

  /** Prepares a cluster; nothing is started yet. */
  ChaosCluster(Path folder, Map<String, String> environment) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("logback.xml"),
        "<configuration><appender name='out' class='ch.qos.logback.core.ConsoleAppender'><encoder>"
            + "<pattern>%d{HH:mm:ss.SSS} %-5level %logger{20}: %msg%n%ex{6}</pattern></encoder>"
            + "</appender><root level='WARN'><appender-ref ref='out'/></root>"
            + "<logger name='dev.hogflare' level='INFO'/></configuration>");
    List<Integer> clients = IntStream.range(0, BROKERS).mapToObj(i -> freePort()).toList();
    List<Integer> controllers = IntStream.range(0, BROKERS).mapToObj(i -> freePort()).toList();
    bootstrapServers =
        clients.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    smallDisk = folder.resolve("disk-3");
    hasSmallDisk = mount(smallDisk);
    for (int i = 1; i <= BROKERS; i++) {
      Path disk = hasSmallDisk && i == BROKERS ? smallDisk : folder.resolve("disk-" + i);
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
    node(
        "gateway",
        GatewayMain.class,
        List.of(),
        service(environment, freePort(), Map.of("APP_ADDR", "127.0.0.1:" + gatewayPort)),
        256);
    for (int i = 1; i <= 2; i++) {
      int admin = freePort();
      personAdmins.add(URI.create("http://127.0.0.1:" + admin));
      persons.add(
          node(
              "person-processor-" + i,
              PersonProcessorMain.class,
              List.of(),
              service(environment, admin, instance("person", i, admin)),
              256));
    }
    int admin = freePort();
    groupAdmin = URI.create("http://127.0.0.1:" + admin);
    node(
        "group-processor",
        GroupProcessorMain.class,
        List.of(),
        service(environment, admin, instance("group", 1, admin)),
        256);
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

  private Map<String, String> instance(String kind, int number, int admin) {
    return Map.of(
        "HOGFLARE_INSTANCE_ID",
        Integer.toString(number),
        "HOGFLARE_ADVERTISED_ADDRESS",
        "127.0.0.1:" + admin,
        "HOGFLARE_STATE_DIR",
        folder.resolve("state-" + kind + '-' + number).toString(),
        "HOGFLARE_STORE_MEMORY_MB",
        "48",
        "STREAMS_CONSUMER_SESSION_TIMEOUT_MS",
        Long.toString(SESSION_TIMEOUT.toMillis()));
  }

  private Map<String, String> service(
      Map<String, String> environment, int admin, Map<String, String> own) {
    Map<String, String> variables = new HashMap<>();
    variables.put("KAFKA_BOOTSTRAP_SERVERS", bootstrapServers);
    variables.put("HOGFLARE_PARTITIONS", Integer.toString(PARTITIONS));
    variables.put("HOGFLARE_REPLICATION_FACTOR", Integer.toString(BROKERS));
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
    brokers.forEach(
        broker ->
            Await.until(
                broker.name() + " runs",
                () -> broker.lastLines().contains(broker.name().replace('-', ' ') + " runs")));
    all.stream().filter(node -> !node.isBroker()).forEach(ChaosNode::start);
    awaitHealth();
  }

  /** Waits until every process is alive and says that it is well. */
  void awaitHealth() {
    List<URI> health = new ArrayList<>(personAdmins);
    health.add(groupAdmin);
    health.add(gatewayUri);
    for (URI one : health) {
      long deadline = System.nanoTime() + HEALTH_PATIENCE.toNanos();
      boolean healthy = false;
      while (!healthy && System.nanoTime() < deadline) {
        healthy = Await.value(() -> isHealthy(one), ok -> ok);
      }
      if (!healthy) {
        throw new AssertionError(
            "Nobody is well at "
                + one
                + ":\n"
                + all.stream()
                    .map(n -> n.name() + " alive " + n.isAlive() + "\n" + n.lastLines())
                    .collect(Collectors.joining("\n\n")));
      }
    }
  }

  private boolean isHealthy(URI admin) {
    try {
      return http.send(
                  HttpRequest.newBuilder(admin.resolve("/healthz"))
                      .timeout(Duration.ofSeconds(5))
                      .build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns the base URL of the gateway. */
  URI gateway() {
    return gatewayUri;
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

  /** Whether broker 3 has a disk that can be filled. */
  boolean hasSmallDisk() {
    return hasSmallDisk;
  }

  /** Returns the broker whose disk can be filled. */
  ChaosNode brokerWithSmallDisk() {
    return brokers.get(BROKERS - 1);
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
    TopicLog log = new TopicLog(bootstrapServers);
    Topics topics = new Topics("hogflare.");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(patienceSeconds);
    try (Lookups lookups = new Lookups(personAdmins.get(0), groupAdmin)) {
      Oracle oracle = new Oracle(topics.eventsRaw().name(), log.all(topics.eventsRaw()));
      List<String> differences;
      do {
        Await.value(() -> log.ends(topics.events()), ends -> ends >= oracle.rowCount());
        Verdict verdict =
            new Verdict(oracle)
                .rows(log.all(topics.events()), log.all(topics.personOverrides()))
                .deadLetters(log.all(topics.deadLetters()))
                .snapshots(log.all(topics.persons()));
        if (verdict.differences().isEmpty()) {
          verdict.persons(lookups::person).groups(lookups::group);
        }
        differences = verdict.differences();
      } while (!differences.isEmpty() && System.nanoTime() < deadline);
      return differences.stream().limit(20).toList();
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
