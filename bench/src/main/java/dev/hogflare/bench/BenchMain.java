// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.standalone.EmbeddedBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.logging.LogManager;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the measurements and prints what came out. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description =
        "Measures the pipeline against bare engines, on this machine and in the same run.")
public final class BenchMain implements Callable<Integer> {
  private static final int PERSONS = 100_000;
  private static final int MISSED = 3;
  private static final double PIPELINE_GOAL = 25_000;
  private static final double FLAGS_GOAL = 1_000_000;
  private static final double GEOIP_GOAL = 300_000;
  private static final double VERIFY_GOAL_SECONDS = 60;
  private static final double LAKE_GOAL = 0.7;

  /** The parts that can be measured alone. */
  enum Part {
    GATEWAY,
    DECODING,
    PERSON,
    FLAGS,
    GEOIP,
    LAKE,
    FORWARDER,
    PIPELINE,
    REBUILD,
    VERIFY,
    RESTART,
    TRANSFORMATIONS,
    QUERIES
  }

  @Option(
      names = "--only",
      description =
          "Measure these parts: ${COMPLETION-CANDIDATES} (default: all but the last five).",
      split = ",")
  private Set<Part> only = EnumSet.range(Part.GATEWAY, Part.PIPELINE);

  @Option(
      names = "--seconds",
      description = "Seconds of each load on the gateway (default: ${DEFAULT-VALUE}).")
  private int seconds = 10;

  @Option(
      names = "--pipeline-seconds",
      description = "Seconds of the load on the whole pipeline (default: ${DEFAULT-VALUE}).")
  private int pipelineSeconds = 120;

  @Option(
      names = "--events",
      description = "Events of each run of the person-processor (default: ${DEFAULT-VALUE}).")
  private long events = 600_000;

  @Option(
      names = "--merges",
      description = "Merges before the run that measures their effect (default: ${DEFAULT-VALUE}).")
  private long merges = 1_000_000;

  @Option(
      names = "--runs",
      description = "Runs of which the middle one counts (default: ${DEFAULT-VALUE}).")
  private int runs = 3;

  @Option(
      names = "--forwarder-rows",
      description = "Rows of a backlog of the forwarder (default: ${DEFAULT-VALUE}).")
  private long forwarderRows = 300_000;

  @Option(
      names = "--rebuild-events",
      description = "Events of the log that is rebuilt (default: ${DEFAULT-VALUE}).")
  private long rebuildEvents = 2_000_000;

  @Option(
      names = "--rebuild-persons",
      description = "Persons of the log that is rebuilt (default: ${DEFAULT-VALUE}).")
  private int rebuildPersons = 200_000;

  @Option(
      names = "--verify-persons",
      description = "Persons of the two generations that are compared (default: ${DEFAULT-VALUE}).")
  private int verifyPersons = 1_000_000;

  @Option(
      names = "--restart-persons",
      description =
          "Persons of a person-processor that is killed and restarts (default: ${DEFAULT-VALUE}).")
  private int restartPersons = 1_000_000;

  @Option(
      names = "--query-events",
      description = "Events of the lake that is asked (default: ${DEFAULT-VALUE}).")
  private long queryEvents = 5_000_000;

  @Option(
      names = "--questions",
      description = "Page with the questions (default: ${DEFAULT-VALUE}).")
  private Path questions = Path.of("docs", "queries.md");

  @Option(names = "--json", description = "Print JSON instead of a table.")
  private boolean json;

  private final Report report = new Report();

  private BenchMain() {}

  /** Runs the command line. */
  public static void main(String[] args) {
    quietLogs();
    int code =
        new CommandLine(new BenchMain()).setCaseInsensitiveEnumValuesAllowed(true).execute(args);
    // Libraries leave threads behind that would keep the process alive.
    System.exit(code);
  }

  /** Figures are read from the output, so that only what went wrong is logged. */
  private static void quietLogs() {
    LogManager.getLogManager().reset();
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.ERROR);
    // The embedded broker reports as errors what producers repeat by themselves under full load.
    ((Logger) LoggerFactory.getLogger("kafka")).setLevel(Level.OFF);
    ((Logger) LoggerFactory.getLogger("org.apache.kafka.controller")).setLevel(Level.OFF);
  }

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("hogflare-bench");
    try {
      measure(folder);
    } finally {
      delete(folder);
    }
    System.out.print(json ? report.json() + System.lineSeparator() : report.table());
    return report.allReached() ? 0 : MISSED;
  }

  private void measure(Path folder) throws Exception {
    EventTemplate template = new EventTemplate(PERSONS);
    double engineMicros = 0;
    if (only.contains(Part.GATEWAY)) {
      try (EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("kafka-gateway"))) {
        broker.start();
        measureGateway(KafkaSettings.plain(broker.bootstrapServers()), template);
      }
      delete(folder.resolve("kafka-gateway"));
    }
    if (only.contains(Part.DECODING)) {
      measureDecoding(template);
    }
    if (only.contains(Part.PERSON)) {
      try (EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("kafka-person"))) {
        broker.start();
        measurePerson(KafkaSettings.plain(broker.bootstrapServers()), folder, template);
      }
      delete(folder.resolve("kafka-person"));
    }
    if (only.contains(Part.FLAGS)) {
      measureFlagRequests(folder.resolve("flags"), template);
      delete(folder.resolve("flags"));
    }
    if (only.contains(Part.PIPELINE)) {
      try (EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("kafka-engines"))) {
        broker.start();
        engineMicros =
            measureEngines(KafkaSettings.plain(broker.bootstrapServers()), folder, template);
      }
      delete(folder.resolve("kafka-engines"));
      measurePipeline(folder.resolve("pipeline"), template, engineMicros);
    }
    if (only.contains(Part.FLAGS)) {
      measureEvaluation();
    }
    if (only.contains(Part.GEOIP)) {
      measureLookups(folder.resolve("geoip"));
    }
    if (only.contains(Part.FORWARDER)) {
      try (EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("kafka-forwarder"))) {
        broker.start();
        measureForwarder(KafkaSettings.plain(broker.bootstrapServers()));
      }
      delete(folder.resolve("kafka-forwarder"));
    }
    if (only.contains(Part.REBUILD)) {
      try (EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("kafka-rebuild"))) {
        broker.start();
        measureRebuild(KafkaSettings.plain(broker.bootstrapServers()), folder, template);
      }
      delete(folder.resolve("kafka-rebuild"));
    }
    if (only.contains(Part.TRANSFORMATIONS)) {
      try (EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("kafka-transformations"))) {
        broker.start();
        measureTransformations(KafkaSettings.plain(broker.bootstrapServers()), folder, template);
      }
      delete(folder.resolve("kafka-transformations"));
    }
    if (only.contains(Part.VERIFY)) {
      try (EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("kafka-verify"))) {
        broker.start();
        measureVerify(KafkaSettings.plain(broker.bootstrapServers()), folder.resolve("verify"));
      }
      delete(folder.resolve("kafka-verify"));
    }
    if (only.contains(Part.LAKE)) {
      measureLake(folder.resolve("lake"), template);
      delete(folder.resolve("lake"));
    }
    if (only.contains(Part.RESTART)) {
      measureRestart(folder.resolve("restart"));
    }
    if (only.contains(Part.QUERIES)) {
      measureQueries(folder.resolve("queries"));
    }
  }

  private void measureQueries(Path folder) throws IOException {
    QueriesBench bench = new QueriesBench(folder, questions, queryEvents);
    Map<QueriesBench.Shape, Map<String, Double>> seconds = new EnumMap<>(QueriesBench.Shape.class);
    for (QueriesBench.Shape shape : QueriesBench.Shape.values()) {
      progress("queries: " + shape.words());
      bench.make(shape);
      seconds.put(shape, bench.ask(shape, runs));
    }
    delete(folder);
    seconds
        .get(QueriesBench.Shape.COMPACTED)
        .forEach(
            (question, time) -> {
              report.note(question, time * 1_000, "ms");
              report.note(
                  "  many small files",
                  seconds.get(QueriesBench.Shape.SMALL_FILES).get(question) * 1_000,
                  "ms");
              report.note(
                  "  without promoted columns",
                  seconds.get(QueriesBench.Shape.JSON).get(question) * 1_000,
                  "ms");
            });
  }

  private void measureEvaluation() throws Exception {
    for (FlagsBench.Format format : FlagsBench.Format.values()) {
      progress("flags: evaluating " + format.words());
      FlagsBench bench = new FlagsBench(format, PERSONS);
      Duration time = Duration.ofSeconds(Math.max(1, seconds / 3));
      bench.run(time);
      List<Sample> samples = new ArrayList<>();
      for (int i = 0; i < runs; i++) {
        samples.add(bench.run(time));
      }
      Sample middle = Sample.median(samples);
      report.above(
          "flags, evaluated by one thread, " + format.words(),
          middle.perSecond(),
          "evaluations/s",
          FLAGS_GOAL);
      report.note(
          "flags, memory, " + format.words(), bench.bytesPerEvaluation(), "bytes/evaluation");
    }
  }

  private void measureTransformations(KafkaSettings kafka, Path folder, EventTemplate template)
      throws Exception {
    PersonBench bench = new PersonBench(kafka, folder, template.enriched(), events);
    List<PersonBench.Variant> variants =
        List.of(PersonBench.Variant.FULL, PersonBench.Variant.TRANSFORMED);
    progress("transformations: warming up");
    for (PersonBench.Variant variant : variants) {
      bench.run(variant, 0);
    }
    progress("transformations: " + runs + " runs with and without");
    List<Sample> medians = bench.medians(variants, runs);
    report.compare(
        "person-processor with every transformation",
        medians.get(1).perSecond(),
        medians.get(0).perSecond(),
        "events/s",
        0.80);
    report.note("without", medians.get(0).coreMicros(), "core-us/event");
    report.note("with every transformation", medians.get(1).coreMicros(), "core-us/event");
  }

  private void measureLookups(Path folder) throws Exception {
    progress("geoip: writing a database");
    try (GeoIpBench bench = new GeoIpBench(folder)) {
      Duration time = Duration.ofSeconds(Math.max(1, seconds / 3));
      progress("geoip: warming up");
      bench.lookups(time);
      bench.bare(time);
      progress("geoip: " + runs + " runs");
      List<Sample> lookups = new ArrayList<>();
      List<Sample> bare = new ArrayList<>();
      for (int i = 0; i < runs; i++) {
        lookups.add(bench.lookups(time));
        bare.add(bench.bare(time));
      }
      double reader = Sample.median(bare).perSecond();
      report.above(
          "geoip, lookups by one thread",
          Sample.median(lookups).perSecond(),
          "lookups/s",
          Math.min(GEOIP_GOAL, reader));
      report.note("geoip, the reader alone", reader, "lookups/s");
    }
  }

  private void measureGateway(KafkaSettings kafka, EventTemplate template) throws Exception {
    Duration time = Duration.ofSeconds(seconds);
    try (GatewayBench bench = new GatewayBench(kafka, template, time)) {
      progress("gateway: warming up");
      bench.batches();
      bench.producer();
      bench.bareSingles(256);
      bench.singles(256);
      List<Sample> producer = new ArrayList<>();
      List<HttpLoad.Result> batches = new ArrayList<>();
      for (int i = 0; i < runs; i++) {
        progress("gateway: batches, run " + (i + 1) + " of " + runs);
        producer.add(bench.producer());
        batches.add(bench.batches());
      }
      Sample bareProducer = Sample.median(producer);
      Sample gateway = Sample.median(batches.stream().map(HttpLoad.Result::sample).toList());
      report.compare(
          "gateway, batches of 50",
          gateway.perSecond(),
          bareProducer.perSecond(),
          "events/s",
          0.55);
      report.note("gateway, batches, with load and broker", gateway.coreMicros(), "core-us/event");
      progress("gateway: single events");
      List<HttpLoad.Result> singles =
          GatewayBench.medians(
              List.of(
                  () -> bench.singles(256), () -> bench.bareSingles(256), () -> bench.singles(16)),
              runs);
      report.compare(
          "gateway, single events, 256 connections",
          singles.get(0).requestsPerSecond(),
          singles.get(1).requestsPerSecond(),
          "requests/s",
          0.45);
      report.below(
          "gateway, single events, 16 connections, p50", singles.get(2).p50Millis(), "ms", 8);
      report.note("gateway, single events, 16 connections, p99", singles.get(2).p99Millis(), "ms");
      report.note(
          "gateway, single events, 16 connections",
          singles.get(2).requestsPerSecond(),
          "requests/s");
      long refused =
          batches.stream().mapToLong(HttpLoad.Result::refused).sum()
              + singles.stream().mapToLong(HttpLoad.Result::refused).sum();
      report.note("gateway, refused requests", refused, "requests");
    }
  }

  private void measureDecoding(EventTemplate template) throws Exception {
    DecodingBench bench = new DecodingBench(template);
    Duration time = Duration.ofSeconds(Math.max(1, seconds / 3));
    progress("decoding: warming up");
    // On a busy machine the compiler is slow to come to what has more code.
    bench.gateway(time.multipliedBy(2));
    bench.bare(time.multipliedBy(2));
    progress("decoding: " + runs + " runs");
    List<Sample> gateway = new ArrayList<>();
    List<Sample> bare = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      gateway.add(bench.gateway(time));
      bare.add(bench.bare(time));
    }
    report.compare(
        "decoding, gzip batches of 50, by one thread",
        Sample.median(gateway).perSecond() / 1e6,
        Sample.median(bare).perSecond() / 1e6,
        "MB/s",
        0.60);
  }

  private void measureFlagRequests(Path folder, EventTemplate template) throws Exception {
    progress("flags: storing persons");
    try (FlagsHttpBench bench = new FlagsHttpBench(folder, template, Duration.ofSeconds(seconds))) {
      progress("flags: warming up");
      for (Callable<HttpLoad.Result> load : bench.loads()) {
        load.call();
      }
      progress("flags: " + runs + " runs");
      List<HttpLoad.Result> medians = GatewayBench.medians(bench.loads(), runs);
      HttpLoad.Result flags = medians.get(0);
      report.compare(
          "flags, 50 flags of 100,000 persons, 64 connections",
          flags.requestsPerSecond(),
          medians.get(1).requestsPerSecond(),
          "requests/s",
          0.5);
      report.note("flags, p50", flags.p50Millis(), "ms");
      report.note("flags, p99", flags.p99Millis(), "ms");
      report.note("flags, with load", flags.sample().coreMicros(), "core-us/request");
      report.note("flags, refused requests", flags.refused(), "requests");
    }
  }

  private void measurePerson(KafkaSettings kafka, Path folder, EventTemplate template)
      throws Exception {
    PersonBench bench = new PersonBench(kafka, folder, template, events);
    progress("person-processor: warming up");
    List<PersonBench.Variant> variants =
        List.of(PersonBench.Variant.COPY, PersonBench.Variant.FULL, PersonBench.Variant.LEAN);
    for (PersonBench.Variant variant : variants) {
      bench.run(variant, 0);
    }
    progress("person-processor: " + runs + " runs of each variant");
    List<Sample> medians = bench.medians(variants, runs);
    Sample copy = medians.get(PersonBench.Variant.COPY.ordinal());
    Sample full = medians.get(PersonBench.Variant.FULL.ordinal());
    Sample lean = medians.get(PersonBench.Variant.LEAN.ordinal());
    report.compare(
        "person-processor, dedup and snapshots",
        full.perSecond(),
        copy.perSecond(),
        "events/s",
        0.50);
    report.compare(
        "person-processor, neither", lean.perSecond(), copy.perSecond(), "events/s", 0.70);
    report.note("person-processor, dedup and snapshots", full.coreMicros(), "core-us/event");
    report.note("copying topology", copy.coreMicros(), "core-us/event");
    if (merges > 0) {
      progress("person-processor: after " + merges + " merges");
      Sample after = bench.run(PersonBench.Variant.FULL, merges);
      Sample before = bench.run(PersonBench.Variant.FULL, 0);
      report.compare(
          "person-processor, after merges against before",
          after.perSecond(),
          before.perSecond(),
          "events/s",
          0.90);
    }
  }

  private double measureEngines(KafkaSettings kafka, Path folder, EventTemplate template)
      throws Exception {
    progress("bare engines: producer, copying topology, Parquet writer");
    PersonBench persons = new PersonBench(kafka, folder.resolve("engines"), template, events);
    ParquetBaseline parquet = new ParquetBaseline(folder, template);
    List<Sample> producers = new ArrayList<>();
    List<Sample> copies = new ArrayList<>();
    List<Sample> writers = new ArrayList<>();
    persons.run(PersonBench.Variant.COPY, 0);
    parquet.run(events / 4);
    for (int i = 0; i < runs; i++) {
      producers.add(persons.produce());
      copies.add(persons.run(PersonBench.Variant.COPY, 0));
      writers.add(parquet.run(events / 2));
    }
    double producer = Sample.median(producers).coreMicros();
    double copy = Sample.median(copies).coreMicros();
    double writer = Sample.median(writers).coreMicros();
    report.note("bare producer", producer, "core-us/event");
    report.note("bare stateful copy", copy, "core-us/event");
    report.note("bare Parquet writer", writer, "core-us/row");
    return producer + copy + writer;
  }

  private void measureLake(Path folder, EventTemplate template) throws Exception {
    progress("lake: rows over HTTP to committed Parquet, and Iceberg's own writer");
    try (LakeBench bench = new LakeBench(folder, template)) {
      bench.lake(events / 2);
      bench.writer(events / 2);
      List<Sample> lakes = new ArrayList<>();
      List<Sample> writers = new ArrayList<>();
      for (int i = 0; i < runs; i++) {
        lakes.add(bench.lake(events / 2));
        writers.add(bench.writer(events / 2));
      }
      Sample lake = Sample.median(lakes);
      Sample writer = Sample.median(writers);
      report.compare(
          "lake, rows to committed Parquet",
          lake.perSecond(),
          writer.perSecond(),
          "rows/s",
          LAKE_GOAL);
      report.note("lake, journal, HTTP and sender included", lake.coreMicros(), "core-us/row");
      report.note("Iceberg's own writer, same rows", writer.coreMicros(), "core-us/row");
    }
  }

  private void measurePipeline(Path folder, EventTemplate template, double engineMicros)
      throws Exception {
    progress("pipeline: " + pipelineSeconds + " seconds of load");
    PipelineBench.Result result =
        new PipelineBench(folder, template, Duration.ofSeconds(pipelineSeconds)).run();
    double engines = Machine.cores() * 1e6 / engineMicros;
    report.reach(
        "pipeline, HTTP to rows in the lake",
        result.perSecond(),
        "events/s",
        PIPELINE_GOAL,
        0.4 * engines);
    report.note("pipeline, latency to the topic events, p50", result.p50Millis(), "ms");
    report.note("pipeline, latency to the topic events, p99", result.p99Millis(), "ms");
    result
        .coreMicros()
        .forEach((stage, micros) -> report.note("pipeline, " + stage, micros, "core-us/event"));
    report.note("pipeline, peak memory of the process", result.peakMegabytes(), "MB");
  }

  private void measureForwarder(KafkaSettings kafka) throws Exception {
    ForwarderBench bench = new ForwarderBench(kafka, forwarderRows);
    progress("forwarder: warming up");
    bench.drain();
    bench.bareClient();
    List<Sample> drains = new ArrayList<>();
    List<Sample> bare = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      progress("forwarder: run " + (i + 1) + " of " + runs);
      drains.add(bench.drain());
      bare.add(bench.bareClient());
    }
    report.compare(
        "forwarder, a backlog into a sink that takes all, against a bare client",
        Sample.median(drains).perSecond() / 1e6,
        Sample.median(bare).perSecond() / 1e6,
        "MB/s",
        0.6);
    for (long rate : List.of(5_000_000L, 20_000_000L)) {
      progress("forwarder: a sink with a bound of " + rate / 1_000_000 + " MB/s");
      ForwarderBench.Paced paced = bench.paced(rate, Duration.ofSeconds(seconds));
      String of = "forwarder, a bound of " + rate / 1_000_000 + " MB/s, ";
      report.above(of + "used", paced.bytesPerSecond() / 1e3, "kB/s", 0.95 * rate / 1e3);
      report.below(of + "most in a second", paced.mostInASecond() / 1e3, "kB", rate / 1e3);
      report.below(of + "refused", paced.refused(), "requests", 1);
    }
  }

  private void measureRebuild(KafkaSettings kafka, Path folder, EventTemplate template)
      throws Exception {
    progress("rebuild: the live person-processor");
    PersonBench live = new PersonBench(kafka, folder, template, events);
    live.run(PersonBench.Variant.FULL, 0);
    progress("rebuild: writing a log of " + rebuildEvents + " events");
    RebuildBench log =
        new RebuildBench(
            kafka,
            folder,
            "rebuild",
            4,
            new EventTemplate(rebuildPersons),
            rebuildEvents - rebuildPersons / 10,
            rebuildPersons / 10);
    List<Sample> lives = new ArrayList<>();
    List<Sample> ones = new ArrayList<>();
    List<Sample> twos = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      progress("rebuild: run " + (i + 1) + " of " + runs);
      lives.add(live.run(PersonBench.Variant.FULL, 0));
      ones.add(log.run(1, 1));
      twos.add(log.run(1, 2));
    }
    Sample one = Sample.median(ones);
    report.compare(
        "rebuild against the live person-processor",
        one.perSecond(),
        Sample.median(lives).perSecond(),
        "events/s",
        0.80);
    report.compare(
        "rebuild, two threads against one",
        Sample.median(twos).perSecond(),
        one.perSecond(),
        "events/s",
        1.25);
    progress("rebuild: 32 partitions by one instance and by eight");
    RebuildBench wide =
        new RebuildBench(
            kafka, folder, "wide", 32, new EventTemplate(rebuildPersons), rebuildEvents / 2, 0);
    List<Sample> alone = new ArrayList<>();
    List<Sample> eights = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      // With a thread for each core, so that both keep the whole machine busy.
      alone.add(wide.run(1, Machine.cores()));
      eights.add(wide.run(8, 1));
    }
    report.atMost(
        "rebuild of 32 partitions, eight instances against one",
        Sample.median(eights).coreMicros(),
        Sample.median(alone).coreMicros(),
        "core-us/event",
        1.15);
    report.note("rebuild, peak memory of the process", Machine.peakMegabytes(), "MB");
  }

  private void measureVerify(KafkaSettings kafka, Path folder) {
    progress("verify: two generations of " + verifyPersons + " persons");
    VerifyBench.Result result = new VerifyBench(kafka, folder, verifyPersons).run();
    report.below(
        "verify of " + verifyPersons + " persons", result.seconds(), "s", VERIFY_GOAL_SECONDS);
    report.note("verify, persons compared", result.compared(), "persons");
    report.note("verify, differences", result.differing(), "differences");
    delete(folder);
  }

  private void measureRestart(Path folder) throws Exception {
    progress("restart: " + restartPersons + " persons, without a standby");
    RestartBench.Result without =
        new RestartBench(folder.resolve("alone"), restartPersons, 0).run();
    delete(folder);
    progress("restart: " + restartPersons + " persons, with a standby");
    RestartBench.Result with = new RestartBench(folder.resolve("standby"), restartPersons, 1).run();
    delete(folder);
    String of = " with " + restartPersons + " persons";
    report.note("kill -9 to processing again" + of + ", restarted", without.seconds(), "s");
    report.note("kill -9 to processing again" + of + ", a standby instead", with.seconds(), "s");
    report.note("person-processor" + of + ", memory of the process", without.megabytes(), "MB");
  }

  private static void progress(String what) {
    System.err.println("  " + what);
  }

  private static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
