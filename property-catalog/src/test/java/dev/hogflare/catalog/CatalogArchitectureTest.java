// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

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
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

class CatalogArchitectureTest {
  private static final Set<String> CORE =
      Set.of("CountBook", "Merge", "Name", "RowReader", "Seen", "SeenCodec", "Tally", "TypeRules");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.hogflare.catalog");

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
                    type.getPackageName().equals("dev.hogflare.catalog")
                        && !CORE.contains(outermost(type))))
        .check(CLASSES);
  }

  @Test
  void neitherCoreNorProcessorKnowsAClockOrChance() {
    noClasses()
        .that(isCoreOr("CountProcessor"))
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(
            Clock.class, Instant.class, Random.class, ThreadLocalRandom.class, UUID.class)
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .check(CLASSES);
  }

  private static DescribedPredicate<JavaClass> isCore() {
    return isCoreOr("");
  }

  private static DescribedPredicate<JavaClass> isCoreOr(String name) {
    return DescribedPredicate.describe(
        "are core", type -> CORE.contains(outermost(type)) || outermost(type).equals(name));
  }

  private static String outermost(JavaClass type) {
    String name = type.getName().substring(type.getName().lastIndexOf('.') + 1);
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }
}
