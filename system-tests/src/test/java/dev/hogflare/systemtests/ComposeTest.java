// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.catalog.CatalogConfig;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.Topics;
import dev.hogflare.flags.FlagsConfig;
import dev.hogflare.forwarder.ForwarderConfig;
import dev.hogflare.gateway.GatewayConfig;
import dev.hogflare.group.GroupConfig;
import dev.hogflare.lakehouse.LakeConfig;
import dev.hogflare.person.PersonConfig;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.junit.jupiter.api.Test;

/** The distributed deployment names only what exists, and fits together. */
class ComposeTest {
  private static final Path ROOT = Path.of("..");
  private static final ComposeFile COMPOSE = ComposeFile.read(ROOT.resolve("docker-compose.yml"));
  private static final String BROKER = "apache/kafka";
  private static final String OURS = "hogflare-streams";

  private static final Set<String> VARIABLES =
      Stream.of(Variable.values()).map(Enum::name).collect(Collectors.toSet());

  /** Reads a service's settings as its main class does. */
  private static final Map<String, Consumer<Settings>> CONFIGS =
      Map.of(
          "dev.hogflare.gateway.GatewayMain", GatewayConfig::from,
          "dev.hogflare.person.PersonProcessorMain", PersonConfig::from,
          "dev.hogflare.group.GroupProcessorMain", GroupConfig::from,
          "dev.hogflare.catalog.PropertyCatalogMain", CatalogConfig::from,
          "dev.hogflare.forwarder.ForwarderMain", ForwarderConfig::from,
          "dev.hogflare.flags.FlagsMain", FlagsConfig::from,
          "dev.hogflare.lakehouse.LakehouseMain", LakeConfig::from);

  private static List<ComposeFile.Service> brokers() {
    return COMPOSE.services().values().stream().filter(s -> s.image().startsWith(BROKER)).toList();
  }

  /** Apache Iceberg's sink, which only a profile starts. */
  private static ComposeFile.Service connect() {
    return COMPOSE.services().get("iceberg-connect");
  }

  private static List<ComposeFile.Service> ours() {
    return COMPOSE.services().values().stream().filter(s -> s.image().equals(OURS)).toList();
  }

  @Test
  void hasThreeBrokersAndEveryServiceOfThePipeline() {
    assertThat(brokers()).hasSize(3);
    assertThat(brokers().size() + ours().size() + 1).isEqualTo(COMPOSE.services().size());
    assertThat(ours())
        .extracting(service -> service.command().get(0))
        .containsExactlyInAnyOrder(
            "dev.hogflare.gateway.GatewayMain",
            "dev.hogflare.person.PersonProcessorMain",
            "dev.hogflare.person.PersonProcessorMain",
            "dev.hogflare.group.GroupProcessorMain",
            "dev.hogflare.catalog.PropertyCatalogMain",
            "dev.hogflare.forwarder.ForwarderMain",
            "dev.hogflare.flags.FlagsMain",
            "dev.hogflare.lakehouse.LakehouseMain");
  }

  @Test
  void callsEveryServiceByTheNameOfItsModule() {
    for (ComposeFile.Service service : ours()) {
      String module = service.name().replaceFirst("-\\d+$", "");
      assertThat(ROOT.resolve(module).resolve("pom.xml")).as(service.name()).isRegularFile();
      String main = service.command().get(0).replace('.', '/') + ".java";
      assertThat(ROOT.resolve(module).resolve("src/main/java").resolve(main)).isRegularFile();
    }
  }

  @Test
  void startsWhatTheManualSays() throws IOException {
    String manual = Files.readString(ROOT.resolve("docs").resolve("deployment.md"));
    for (ComposeFile.Service service : ours()) {
      String module = service.name().replaceFirst("-\\d+$", "");
      assertThat(manual).contains("| " + module + " | `" + service.command().get(0) + "` |");
    }
  }

  @Test
  void startsMainClassesThatExist() {
    for (ComposeFile.Service service : ours()) {
      assertThat(service.command()).hasSize(1);
      assertThatCode(() -> main(service.command().get(0))).doesNotThrowAnyException();
    }
  }

  private static void main(String name) throws ReflectiveOperationException {
    Class.forName(name, false, ComposeTest.class.getClassLoader())
        .getMethod("main", String[].class);
  }

  @Test
  void setsOnlyVariablesThatExist() {
    for (ComposeFile.Service service : ours()) {
      assertThat(service.environment().keySet())
          .as(service.name())
          .allMatch(
              name ->
                  VARIABLES.contains(name)
                      || name.startsWith("KAFKA_")
                      || name.startsWith("STREAMS_"));
    }
    Set<String> known = new TreeSet<>(VARIABLES);
    known.addAll(connect().environment().keySet());
    assertThat(known).containsAll(COMPOSE.variables());
    Set<String> settings = AbstractKafkaConfig.CONFIG_DEF.names();
    for (ComposeFile.Service broker : brokers()) {
      assertThat(broker.environment().keySet())
          .as(broker.name())
          .allMatch(name -> name.equals("CLUSTER_ID") || settings.contains(property(name)));
    }
  }

  private static String property(String variable) {
    return variable.replaceFirst("^KAFKA_", "").toLowerCase(Locale.ROOT).replace('_', '.');
  }

  @Test
  void givesEveryServiceSettingsThatItAccepts() {
    for (ComposeFile.Service service : ours()) {
      Settings settings = new Settings(service.environment());
      CONFIGS.get(service.command().get(0)).accept(settings);
      assertThatCode(settings::check).as(service.name()).doesNotThrowAnyException();
    }
  }

  @Test
  void waitsOnlyForServicesThatTellTheirHealth() {
    for (ComposeFile.Service service : COMPOSE.services().values()) {
      assertThat(service.healthcheck()).as(service.name()).isNotEmpty();
      assertThat(COMPOSE.services().keySet()).containsAll(service.dependencies().keySet());
      assertThat(service.dependencies()).doesNotContainKey(service.name());
      assertThat(service.dependencies().values())
          .as(service.name())
          .allMatch("service_healthy"::equals);
    }
    // The lake needs no broker; every other one does.
    Set<String> brokers =
        brokers().stream().map(ComposeFile.Service::name).collect(Collectors.toSet());
    for (ComposeFile.Service service : ours()) {
      boolean usesKafka = service.environment().containsKey("KAFKA_BOOTSTRAP_SERVERS");
      assertThat(service.dependencies().keySet().containsAll(brokers))
          .as(service.name())
          .isEqualTo(usesKafka);
    }
  }

  @Test
  void publishesEveryPortOnceAndOnLoopbackAlone() {
    Set<String> taken = new HashSet<>();
    for (ComposeFile.Service service : COMPOSE.services().values()) {
      for (String port : service.ports()) {
        assertThat(port).as(service.name()).matches("127\\.0\\.0\\.1:\\d+:\\d+");
        String[] parts = port.split(":");
        assertThat(taken.add(parts[1])).as("%s is published once", port).isTrue();
        assertThat(listening(service)).as("%s of %s", port, service.name()).contains(parts[2]);
      }
    }
  }

  /** Returns the ports on which a service listens. */
  private static Set<String> listening(ComposeFile.Service service) {
    Map<String, String> environment = service.environment();
    Set<String> ports = new TreeSet<>();
    if (service.image().startsWith(BROKER)) {
      for (String listener : environment.get("KAFKA_LISTENERS").split(",")) {
        ports.add(listener.substring(listener.lastIndexOf(':') + 1));
      }
      return ports;
    }
    if (service.equals(connect())) {
      return Set.of("8083"); // As its worker's settings say.
    }
    ports.add(environment.get("HOGFLARE_ADMIN_PORT"));
    if (environment.containsKey("APP_ADDR")) {
      ports.add(Integer.toString(HostPort.parseOrNull(environment.get("APP_ADDR")).port()));
    }
    if (environment.containsKey("HOGFLARE_LAKE_PORT")) {
      ports.add(environment.get("HOGFLARE_LAKE_PORT"));
    }
    return ports;
  }

  @Test
  void pointsEveryAddressToAServiceThatListensThere() {
    for (ComposeFile.Service service : COMPOSE.services().values()) {
      for (HostPort address : addresses(service)) {
        ComposeFile.Service target = COMPOSE.services().get(address.host());
        assertThat(target).as("%s, to which %s points", address, service.name()).isNotNull();
        assertThat(listening(target))
            .as("the ports of %s, to which %s points", target.name(), service.name())
            .contains(Integer.toString(address.port()));
      }
    }
  }

  /** Returns all addresses in a service's variables that are not those of the machine itself. */
  private static List<HostPort> addresses(ComposeFile.Service service) {
    Pattern address = Pattern.compile("(?:^|[/@,])([a-z][a-z0-9-]*):(\\d+)");
    List<HostPort> addresses = new ArrayList<>();
    for (String value : service.environment().values()) {
      Matcher matcher = address.matcher(value);
      while (matcher.find()) {
        addresses.add(new HostPort(matcher.group(1), Integer.parseInt(matcher.group(2))));
      }
    }
    return addresses;
  }

  @Test
  void letsInstancesBeFoundUnderTheirOwnNames() {
    Set<String> instances = new HashSet<>();
    for (ComposeFile.Service service : ours()) {
      Map<String, String> environment = service.environment();
      String advertised = environment.get("HOGFLARE_ADVERTISED_ADDRESS");
      if (advertised != null) {
        assertThat(advertised)
            .isEqualTo(service.name() + ":" + environment.get("HOGFLARE_ADMIN_PORT"));
        // Another container cannot reach a loopback address.
        assertThat(environment).containsEntry("HOGFLARE_ADMIN_HOST", "0.0.0.0");
      }
      String instance = environment.get("HOGFLARE_INSTANCE_ID");
      if (instance != null) {
        assertThat(instances.add(service.command().get(0) + " " + instance))
            .as("the instance of %s is the only one of its service", service.name())
            .isTrue();
      }
    }
  }

  @Test
  void sendsTheRowsToTheLakeWithTheTokenThatItDemands() {
    ComposeFile.Service forwarder = COMPOSE.services().get("pipeline-forwarder");
    ComposeFile.Service lake = COMPOSE.services().get("lakehouse");
    String base = "http://lakehouse:" + lake.environment().get("HOGFLARE_LAKE_PORT") + "/streams/";

    assertThat(forwarder.environment())
        .containsEntry("CLOUDFLARE_PIPELINE_ENDPOINT", base + RowSchema.EVENTS.name())
        .containsEntry("CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT", base + RowSchema.PERSONS.name())
        .containsEntry(
            "CLOUDFLARE_OVERRIDES_PIPELINE_ENDPOINT", base + RowSchema.PERSON_OVERRIDES.name())
        .containsEntry(
            "CLOUDFLARE_PIPELINE_AUTH_TOKEN", lake.environment().get("HOGFLARE_LAKE_TOKEN"));
    assertThat(URI.create(base).getHost()).isEqualTo(lake.name());
  }

  @Test
  void passesFlagsOnToTheServiceThatAnswersThem() {
    ComposeFile.Service flags = COMPOSE.services().get("flags-service");
    assertThat(COMPOSE.services().get("ingest-gateway").environment())
        .containsEntry(
            "FLAGS_SERVICE_URL",
            "http://flags-service:"
                + HostPort.parseOrNull(flags.environment().get("APP_ADDR")).port());
  }

  @Test
  void survivesTheLossOfABroker() {
    Set<String> nodes = new HashSet<>();
    Set<String> clusters = new HashSet<>();
    for (ComposeFile.Service broker : brokers()) {
      Map<String, String> environment = broker.environment();
      nodes.add(environment.get("KAFKA_NODE_ID"));
      clusters.add(environment.get("CLUSTER_ID"));
      assertThat(environment.get("KAFKA_CONTROLLER_QUORUM_VOTERS"))
          .contains(environment.get("KAFKA_NODE_ID") + "@" + broker.name() + ":");
      environment.forEach(
          (name, value) -> {
            if (name.endsWith("REPLICATION_FACTOR")) {
              assertThat(value).as("%s of %s", name, broker.name()).isEqualTo("3");
            } else if (name.endsWith("MIN_ISR") || name.endsWith("MIN_INSYNC_REPLICAS")) {
              assertThat(value).as("%s of %s", name, broker.name()).isEqualTo("2");
            }
          });
    }
    assertThat(nodes).hasSize(3);
    assertThat(clusters).hasSize(1);
    Set<String> partitions = new HashSet<>();
    for (ComposeFile.Service service : ours()) {
      if (service.environment().containsKey("KAFKA_BOOTSTRAP_SERVERS")) {
        assertThat(service.environment()).containsEntry("HOGFLARE_REPLICATION_FACTOR", "3");
        partitions.add(service.environment().get("HOGFLARE_PARTITIONS"));
        assertThat(KafkaSettings.from(new Settings(service.environment())).bootstrapServers())
            .as(service.name())
            .isEqualTo("kafka-1:9092,kafka-2:9092,kafka-3:9092");
      }
    }
    assertThat(partitions).as("all services agree on the partitions").hasSize(1);
  }

  @Test
  void keepsWhatMustSurviveInVolumesOfItsOwn() {
    Set<String> mounted = new TreeSet<>();
    for (ComposeFile.Service service : COMPOSE.services().values()) {
      for (String volume : service.volumes()) {
        assertThat(mounted.add(volume.substring(0, volume.indexOf(':'))))
            .as("%s is mounted once", volume)
            .isTrue();
      }
      service
          .environment()
          .forEach(
              (name, value) -> {
                if (name.endsWith("_DIR") || name.endsWith("_DIRS")) {
                  assertThat(service.volumes())
                      .as("%s of %s lies in a volume", name, service.name())
                      .anyMatch(
                          volume -> value.startsWith(volume.substring(volume.indexOf(':') + 1)));
                }
              });
    }
    assertThat(mounted).isEqualTo(new TreeSet<>(COMPOSE.volumes()));
  }

  @Test
  void buildsAnImageOfWhatIsInTheRepository() throws IOException {
    List<String> lines = Files.readAllLines(ROOT.resolve("Dockerfile"));
    for (String script : List.of("run", "healthy", "hogflare")) {
      assertThat(ROOT.resolve("docker").resolve(script)).isExecutable();
    }
    assertThat(lines)
        .contains("COPY docker /opt/hogflare/bin", "ENTRYPOINT [\"/opt/hogflare/bin/run\"]");
    for (ComposeFile.Service service : ours()) {
      assertThat(service.healthcheck()).containsExactly("CMD", "/opt/hogflare/bin/healthy");
    }
    // The build stage starts the wrapper; the run-time flags need this JDK.
    assertThat(ROOT.resolve("mvnw")).isExecutable();
    assertThat(lines).anyMatch(line -> line.startsWith("FROM eclipse-temurin:25-jre"));
  }

  @Test
  void startsIcebergsSinkOnlyWhenAskedWithSettingsThatFitTheProduct() throws IOException {
    ComposeFile.Service connect = connect();
    assertThat(Files.readString(ROOT.resolve("docker-compose.yml")))
        .contains("  iceberg-connect:\n    profiles: [iceberg-connect]\n");
    assertThat(connect.dependencies().keySet())
        .isEqualTo(brokers().stream().map(ComposeFile.Service::name).collect(Collectors.toSet()));
    Path folder = ROOT.resolve("iceberg-connect");
    assertThat(folder.resolve("start")).isExecutable();
    Properties worker = new Properties();
    try (Reader reader = Files.newBufferedReader(folder.resolve("worker.properties"))) {
      worker.load(reader);
    }
    assertThat(worker.getProperty("bootstrap.servers"))
        .isEqualTo("kafka-1:9092,kafka-2:9092,kafka-3:9092");
    assertThat(worker.getProperty("listeners")).endsWith(":8083");
    assertThat(worker.getProperty("consumer.max.partition.fetch.bytes"))
        .isEqualTo(Integer.toString(Topics.MAX_RECORD_BYTES));

    Topics topics = new Topics("hogflare.");
    Map<String, List<String>> sources =
        Map.of(
            "default." + RowSchema.EVENTS.name(),
            List.of(topics.events().name(), topics.recordings().name()),
            "default." + RowSchema.PERSONS.name(),
            List.of(topics.persons().name()));
    Map<String, List<String>> found = new HashMap<>();
    Set<String> secrets = new TreeSet<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(folder.resolve("connectors"), "*.json")) {
      for (Path file : files) {
        JsonNode connector = Json.parse(Files.readString(file));
        found.put(
            connector.path("iceberg.tables").asText(),
            List.of(connector.path("topics").asText().split(",")));
        // Rows of transactions that were given up must not be read.
        assertThat(connector.path("consumer.override.isolation.level").asText())
            .isEqualTo("read_committed");
        assertThat(connector.path("iceberg.kafka.bootstrap.servers").asText())
            .isEqualTo(worker.getProperty("bootstrap.servers"));
        assertThat(Files.readString(folder.resolve("start")))
            .contains("--topic " + connector.path("iceberg.control.topic").asText() + " ");
        Matcher secret = Pattern.compile("\\$\\{env:(\\w+)}").matcher(connector.toString());
        while (secret.find()) {
          secrets.add(secret.group(1));
        }
      }
    }
    assertThat(found).isEqualTo(sources);
    assertThat(connect.environment().keySet()).containsAll(secrets);
  }

  @Test
  void describesItsTablesWithTheColumnsOfOurRows() throws IOException {
    String tables = Files.readString(ROOT.resolve("iceberg-connect").resolve("tables.sql"));
    for (RowSchema schema : List.of(RowSchema.EVENTS, RowSchema.PERSONS)) {
      String columns =
          schema.columns().stream()
              .map(
                  column ->
                      "  "
                          + column.name()
                          + switch (column.type()) {
                            case STRING, JSON -> " string";
                            case INT64 -> " bigint";
                            case TIMESTAMP -> " timestamp";
                            case STRING_LIST -> " array<string>";
                          }
                          + (column.required() ? " NOT NULL" : ""))
              .collect(Collectors.joining(",\n"));
      assertThat(tables)
          .contains("CREATE TABLE IF NOT EXISTS default." + schema.name() + " (\n" + columns);
    }
  }
}
