// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.EvaluationResult;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.hogflare.runtime.HostPort;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The rules that keep the modules apart and a rebuild exact.
 *
 * <p>They read the compiled classes, so that a module which is added later is under them from its
 * first class on.
 */
class ArchitectureTest {
  private static final String ROOT = "dev.hogflare.";

  /** The packages that may see every other one. */
  private static final Set<String> WHOLES = Set.of("standalone", "systemtests", "bench");

  /** What a package may see of ours besides itself; any other one is a service. */
  private static final Map<String, Set<String>> SEES =
      Map.of(
          "contract",
          Set.of(),
          "runtime",
          Set.of("contract"),
          "wire",
          Set.of(),
          "geoip",
          Set.of(),
          "transformations",
          Set.of("contract", "geoip"),
          "metrics",
          Set.of(),
          "cloudflare",
          Set.of("contract", "runtime"),
          "operations",
          Set.of("contract", "runtime"),
          "rebuild",
          Set.of("contract", "runtime", "person", "group"));

  private static final Set<String> SERVICE_SEES =
      Set.of("contract", "runtime", "wire", "geoip", "transformations", "cloudflare");

  /** The only foreign packages of the contract. */
  private static final List<String> CONTRACT_LIBRARIES =
      List.of(
          "java.",
          "com.fasterxml.jackson.core",
          "org.apache.kafka.common.header",
          "org.apache.kafka.common.serialization");

  /** What is not core, told by the end of the name; the rest hears of neither Kafka nor HTTP. */
  private static final List<String> ADAPTERS =
      List.of(
          "Main",
          "Topology",
          "Routes",
          "Processor",
          "Handler",
          "Client",
          "Publisher",
          "Lookup",
          "Service",
          "Loop",
          "Serde",
          "Store");

  /** Adapters with names of their own. */
  private static final Set<String> NAMED_ADAPTERS =
      Set.of(
          "dev.hogflare.flags.FlagsServer",
          "dev.hogflare.flags.Replies",
          "dev.hogflare.forwarder.DeadLetterWriter",
          "dev.hogflare.forwarder.Forwarder",
          "dev.hogflare.forwarder.Positions",
          "dev.hogflare.forwarder.StreamForwarder",
          "dev.hogflare.gateway.AiEventProtocol",
          "dev.hogflare.gateway.Answers",
          "dev.hogflare.gateway.EventProtocol",
          "dev.hogflare.gateway.FlagsProxy",
          "dev.hogflare.gateway.Gateway",
          "dev.hogflare.gateway.IntakeLedger",
          "dev.hogflare.gateway.KafkaBacklog",
          "dev.hogflare.gateway.KafkaHealth",
          "dev.hogflare.gateway.KafkaHistoricalLane",
          "dev.hogflare.gateway.KafkaRecords",
          "dev.hogflare.gateway.KafkaSpoolDrain",
          "dev.hogflare.gateway.KafkaWindow",
          "dev.hogflare.gateway.OtlpProtocol",
          "dev.hogflare.gateway.Protocol",
          "dev.hogflare.gateway.SpoolCodec",
          "dev.hogflare.gateway.SpooledRecord",
          "dev.hogflare.gateway.V1Protocol",
          "dev.hogflare.group.StreamsGroupReads",
          "dev.hogflare.lakehouse.BearerToken",
          "dev.hogflare.lakehouse.Lakehouse",
          "dev.hogflare.person.DuplicateFilter",
          "dev.hogflare.wire.AsSentEncodings",
          "dev.hogflare.wire.BodyReader",
          "dev.hogflare.wire.Cors",
          "dev.hogflare.wire.SharedMappers",
          "dev.hogflare.wire.SidePaths");

  private static final List<String> TRANSPORTS =
      List.of("org.apache.kafka.", "io.helidon.", "java.net.http.");

  /** Packages whose whole output is a function of the log. */
  private static final Set<String> DETERMINISTIC =
      Set.of("contract", "person", "group", "transformations");

  /** Classes of those packages that serve an operator's question and decide nothing. */
  private static final Predicate<String> ASKS_FOR_OTHERS =
      name ->
          name.contains("Lookup")
              || Stream.of("Client", "Main", "Service", "Routes").anyMatch(name::endsWith);

  private static final Members CLOCKS_AND_RANDOMNESS =
      new Members(
          "a clock or randomness",
          (owner, member) ->
              switch (owner) {
                case "java.lang.System" ->
                    member.equals("currentTimeMillis") || member.equals("nanoTime");
                case "java.lang.Math", "java.lang.StrictMath" -> member.equals("random");
                case "java.util.UUID" -> member.equals("randomUUID");
                case "java.util.Date", "java.util.GregorianCalendar" -> true;
                case "java.util.Collections" -> member.equals("shuffle");
                case "java.util.Random",
                    "java.util.SplittableRandom",
                    "java.util.concurrent.ThreadLocalRandom",
                    "java.security.SecureRandom",
                    "java.util.random.RandomGenerator" ->
                    true;
                case "org.apache.kafka.common.Uuid" -> member.equals("randomUuid");
                case "java.time.Clock", "java.time.InstantSource" ->
                    member.startsWith("system") || member.startsWith("tick");
                default ->
                    owner.startsWith("java.time.") && member.equals("now")
                        || owner.startsWith("org.apache.kafka.")
                            && member.equals("currentSystemTimeMs");
              });

  private static final Members SLEEPS =
      new Members(
          "a sleep",
          (owner, member) ->
              member.equals("sleep")
                  && (owner.equals("java.lang.Thread")
                      || owner.equals("java.util.concurrent.TimeUnit")));

  private static final Members ENDS_THE_PROCESS =
      new Members(
          "an end of the process",
          (owner, member) ->
              (owner.equals("java.lang.System") || owner.equals("java.lang.Runtime"))
                  && (member.equals("exit") || member.equals("halt")));

  private static final Members ENVIRONMENT =
      new Members(
          "the environment",
          (owner, member) -> owner.equals("java.lang.System") && member.equals("getenv"));

  private static final Members STANDARD_STREAMS =
      new Members(
          "a standard stream",
          (owner, member) ->
              owner.equals("java.lang.System") && (member.equals("out") || member.equals("err"))
                  || owner.equals("java.lang.Throwable") && member.equals("printStackTrace"));

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.hogflare");

  /** Members of classes that a rule is about. */
  private record Members(String description, Filter filter) {
    private interface Filter {
      boolean test(String owner, String member);
    }

    boolean include(JavaAccess<?> access) {
      return filter.test(access.getTargetOwner().getName(), access.getName());
    }
  }

  @Test
  void theRulesHaveSomethingToLookAt() {
    assertThat(MAIN.stream().map(ArchitectureTest::moduleOf)).contains("contract", "runtime");
  }

  @Test
  void noModuleSeesAnotherThatItMayNotDependOn() {
    check(classes().that(areNot(ArchitectureTest::isWhole)).should(seeOnlyWhatTheirModuleMay()));
  }

  @Test
  void theContractNeedsNoFrameworkButSerializersAndJson() {
    check(
        classes()
            .that(are(type -> moduleOf(type).equals("contract")))
            .should(dependOnNothingBut(CONTRACT_LIBRARIES)));
  }

  @Test
  void processorsAndContractKnowNoClockAndNoRandomness() {
    check(
        classes()
            .that(
                are(
                    type ->
                        DETERMINISTIC.contains(moduleOf(type))
                            && !ASKS_FOR_OTHERS.test(topLevelName(type))))
            .should(useNone(CLOCKS_AND_RANDOMNESS)));
  }

  @Test
  void theCoreOfAServiceHearsOfNeitherKafkaNorHttp() {
    check(
        classes()
            .that(are(type -> isService(type) && !isAdapter(type)))
            .should(dependOnNone(TRANSPORTS)));
  }

  @Test
  void everyAdapterWithANameOfItsOwnStillNeedsTheException() {
    for (String name : NAMED_ADAPTERS) {
      if (MAIN.contain(name)) {
        List<JavaClass> parts = MAIN.stream().filter(type -> topLevel(type).equals(name)).toList();
        assertThat(parts)
            .as("%s needs no exception any more", name)
            .anyMatch(
                type ->
                    type.getDirectDependenciesFromSelf().stream()
                        .anyMatch(d -> startsWithAny(d.getTargetClass(), TRANSPORTS)));
      }
    }
  }

  @Test
  void onlyTheProcessItselfEndsTheProcess() {
    check(classes().that(areNot(ArchitectureTest::isAProcess)).should(useNone(ENDS_THE_PROCESS)));
  }

  @Test
  void onlyMainMethodsReadTheEnvironment() {
    check(
        classes()
            .that(areNot(type -> isAProcess(type) || topLevelName(type).endsWith("Main")))
            .should(useNone(ENVIRONMENT)));
  }

  @Test
  void onlyTheProcessItselfWritesToStandardStreams() {
    check(classes().that(areNot(ArchitectureTest::isAProcess)).should(useNone(STANDARD_STREAMS)));
  }

  @Test
  void changesOfCaseNameALocale() {
    check(classes().should(changeCaseOnlyWithALocale()));
  }

  @Test
  void nobodySleepsNeitherInTheProductNorInTests() throws IOException {
    ArchRule rule = classes().should(useNone(SLEEPS));
    check(rule);
    List<Path> folders = new ArrayList<>();
    // The tests of a module run in its folder.
    try (DirectoryStream<Path> modules = Files.newDirectoryStream(Path.of(".."))) {
      for (Path module : modules) {
        for (String kind : List.of("classes", "test-classes")) {
          Path folder = module.resolve("target").resolve(kind);
          if (Files.isDirectory(folder)) {
            folders.add(folder);
          }
        }
      }
    }
    assertThat(folders).isNotEmpty();
    rule.check(new ClassFileImporter().importPaths(folders));
  }

  // The conditions themselves, tried on classes that break them.

  /** Breaks the rule of determinism once a line. */
  private static final class ReadsClocks {
    private final Instant now = Instant.now();
    private final long time = System.currentTimeMillis();
    private final LongSupplier nanos = System::nanoTime;
    private final Random random = new Random();
    private final UUID id = UUID.randomUUID();
    private final Supplier<LocalDate> later = () -> LocalDate.now(ZoneOffset.UTC);

    @Override
    public String toString() {
      return "" + now + time + nanos + random + id + later;
    }
  }

  /** Is deterministic. */
  private static final class ReadsNoClock {
    private final Instant then = Instant.ofEpochMilli(7);
    private final UUID id = new UUID(1, 2);

    @Override
    public String toString() {
      return then.plusMillis(1).toString() + id + Math.max(1, 2) + "I".toLowerCase(Locale.ROOT);
    }
  }

  /** Sees the runtime. */
  private record SeesRuntime(HostPort address) {}

  @Test
  void theRuleAboutClocksFindsEveryWayToReadOne() {
    assertThat(violations(useNone(CLOCKS_AND_RANDOMNESS), ReadsClocks.class)).hasSize(6);
    assertThat(violations(useNone(CLOCKS_AND_RANDOMNESS), ReadsNoClock.class)).isEmpty();
  }

  @Test
  void theRulesAboutDependenciesFindOne() {
    assertThat(violations(dependOnNone(List.of("dev.hogflare.runtime.")), SeesRuntime.class))
        .isNotEmpty();
    assertThat(violations(dependOnNothingBut(List.of("java.")), SeesRuntime.class))
        .isNotEmpty()
        .allMatch(violation -> violation.contains("HostPort"));
    assertThat(violations(dependOnNone(TRANSPORTS), SeesRuntime.class)).isEmpty();
    assertThat(violations(seeOnlyWhatTheirModuleMay(), SeesRuntime.class)).isEmpty();
  }

  @Test
  void aServiceMaySeeContractRuntimeAndItself() {
    assertThat(maySee("gateway", "contract")).isTrue();
    assertThat(maySee("gateway", "runtime")).isTrue();
    assertThat(maySee("gateway", "wire")).isTrue();
    assertThat(maySee("gateway", "gateway")).isTrue();
    assertThat(maySee("gateway", "person")).isFalse();
    assertThat(maySee("person", "standalone")).isFalse();
    assertThat(maySee("runtime", "contract")).isTrue();
    assertThat(maySee("runtime", "gateway")).isFalse();
    assertThat(maySee("wire", "gateway")).isFalse();
    assertThat(maySee("contract", "runtime")).isFalse();
  }

  private static List<String> violations(ArchCondition<JavaClass> condition, Class<?> type) {
    EvaluationResult result =
        classes().should(condition).evaluate(new ClassFileImporter().importClasses(type));
    return result.getFailureReport().getDetails();
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(MAIN);
  }

  private static ArchCondition<JavaClass> seeOnlyWhatTheirModuleMay() {
    return dependencies(
        "see only what their module may depend on",
        dependency -> {
          String from = moduleOf(dependency.getOriginClass());
          JavaClass target = dependency.getTargetClass().getBaseComponentType();
          return target.getName().startsWith(ROOT)
              && !WHOLES.contains(from)
              && !maySee(from, moduleOf(target));
        });
  }

  private static boolean maySee(String from, String to) {
    return from.equals(to) || SEES.getOrDefault(from, SERVICE_SEES).contains(to);
  }

  private static ArchCondition<JavaClass> dependOnNone(List<String> prefixes) {
    return dependencies(
        "depend on none of " + prefixes, d -> startsWithAny(d.getTargetClass(), prefixes));
  }

  private static ArchCondition<JavaClass> dependOnNothingBut(List<String> prefixes) {
    return dependencies(
        "depend on nothing but their own package and " + prefixes,
        d ->
            !d.getTargetClass().getBaseComponentType().isPrimitive()
                && !d.getTargetClass().getPackageName().equals(d.getOriginClass().getPackageName())
                && !startsWithAny(d.getTargetClass(), prefixes));
  }

  private static ArchCondition<JavaClass> dependencies(
      String description, Predicate<Dependency> forbidden) {
    return new ArchCondition<>(description) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        type.getDirectDependenciesFromSelf().stream()
            .filter(forbidden)
            .forEach(d -> events.add(SimpleConditionEvent.violated(type, d.getDescription())));
      }
    };
  }

  private static ArchCondition<JavaClass> useNone(Members members) {
    return accesses("make no use of " + members.description(), members::include);
  }

  private static ArchCondition<JavaClass> changeCaseOnlyWithALocale() {
    return accesses(
        "change case only with a locale",
        access ->
            access.getTargetOwner().isEquivalentTo(String.class)
                && (access.getName().equals("toLowerCase")
                    || access.getName().equals("toUpperCase"))
                && access.getTarget().getFullName().endsWith("()"));
  }

  private static ArchCondition<JavaClass> accesses(
      String description, Predicate<JavaAccess<?>> forbidden) {
    return new ArchCondition<>(description) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        type.getAccessesFromSelf().stream()
            .filter(forbidden)
            .forEach(a -> events.add(SimpleConditionEvent.violated(type, a.getDescription())));
      }
    };
  }

  private static boolean isWhole(JavaClass type) {
    return WHOLES.contains(moduleOf(type));
  }

  private static boolean isService(JavaClass type) {
    return !isWhole(type) && (!SEES.containsKey(moduleOf(type)) || moduleOf(type).equals("wire"));
  }

  private static boolean isAdapter(JavaClass type) {
    return ADAPTERS.stream().anyMatch(topLevelName(type)::endsWith)
        || NAMED_ADAPTERS.contains(topLevel(type));
  }

  /** Whether this is where a process begins and ends. */
  private static boolean isAProcess(JavaClass type) {
    return isWhole(type) || topLevel(type).equals("dev.hogflare.runtime.ServiceProcess");
  }

  private static boolean startsWithAny(JavaClass type, List<String> prefixes) {
    String name = type.getBaseComponentType().getName();
    return prefixes.stream().anyMatch(name::startsWith);
  }

  /** Returns the package's name behind that of the product: {@code contract}, {@code person}. */
  private static String moduleOf(JavaClass type) {
    String name = type.getPackageName();
    if (!name.startsWith(ROOT)) {
      return name;
    }
    int dot = name.indexOf('.', ROOT.length());
    return name.substring(ROOT.length(), dot < 0 ? name.length() : dot);
  }

  /** Returns the full name of the class of whose source file this is a part. */
  private static String topLevel(JavaClass type) {
    String name = type.getName();
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  private static String topLevelName(JavaClass type) {
    String name = topLevel(type);
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static DescribedPredicate<JavaClass> are(Predicate<JavaClass> predicate) {
    return describe("are under this rule", predicate);
  }

  private static DescribedPredicate<JavaClass> areNot(Predicate<JavaClass> predicate) {
    return describe("are not exempt", predicate.negate());
  }
}
