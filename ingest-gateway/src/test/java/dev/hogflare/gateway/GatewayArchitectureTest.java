// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

class GatewayArchitectureTest {
  private static final Set<String> CORE =
      Set.of(
          "AiEvent",
          "AiSpan",
          "CookielessIds",
          "Credentials",
          "Enrichment",
          "EventFields",
          "EventRules",
          "Field",
          "Intake",
          "Item",
          "ItemRules",
          "JsonMembers",
          "JsonScanner",
          "JsonText",
          "MalformedJsonException",
          "MultipartBody",
          "OtlpBatch",
          "OtlpSignal",
          "OtlpValues",
          "ProjectKeys",
          "RecordingRules",
          "RequestReader",
          "Reshaping",
          "V1Batch");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.hogflare.gateway");

  @Test
  void theCoreKnowsNoKafkaAndNoHttp() {
    noClasses()
        .that(isCore())
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache.kafka..", "io.helidon..", "java.net..", "io.micrometer..", "org.slf4j..")
        .check(CLASSES);
  }

  @Test
  void theCoreKnowsNothingOfTheAdaptersAndTheWiring() {
    noClasses()
        .that(isCore())
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are not core",
                type ->
                    type.getPackageName().equals("dev.hogflare.gateway")
                        && !CORE.contains(outermost(type))))
        .check(CLASSES);
  }

  @Test
  void theCoreKnowsNoClockAndNoChance() {
    noClasses()
        .that(isCore())
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Clock.class, Instant.class, Random.class, ThreadLocalRandom.class)
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .check(CLASSES);
  }

  @Test
  void onlyThePublisherAndItsHealthKnowKafkasClients() {
    noClasses()
        .that()
        .haveSimpleNameNotContaining("Kafka")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.kafka.clients..")
        .check(CLASSES);
  }

  @Test
  void onlyWhatOtherModulesNeedIsPublic() {
    classes()
        .that()
        .arePublic()
        .and()
        .areTopLevelClasses()
        .should()
        .haveNameMatching(".*[.](BatchReading|Gateway|GatewayConfig|GatewayMain|PersonLookup)")
        .check(CLASSES);
  }

  private static DescribedPredicate<JavaClass> isCore() {
    return DescribedPredicate.describe("are core", type -> CORE.contains(outermost(type)));
  }

  private static String outermost(JavaClass type) {
    String full = type.getBaseComponentType().getName();
    String name = full.substring(full.lastIndexOf('.') + 1);
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }
}
