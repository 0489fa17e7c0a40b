// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LayersTest {
  private static final Class<?>[] CORE = {
    Batch.class,
    BatchAccumulator.class,
    BatchBody.class,
    BatchState.class,
    BytePacer.class,
    Decision.class,
    OffsetTracker.class,
    Outcome.class,
    RetryPolicy.class,
    Row.class,
    Shards.class
  };

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.hogflare.forwarder");

  @Test
  void theCoreKnowsNeitherKafkaNorHttp() {
    noClasses()
        .that(belongToAnyOf(CORE))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.kafka..", "java.net..", "io.micrometer..", "org.slf4j..")
        .check(classes);
  }

  @Test
  void theCoreHasNoClockAndNoDice() {
    noClasses()
        .that(belongToAnyOf(CORE))
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Clock.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(java.util.Random.class)
        .check(classes);
  }

  @Test
  void theCoreDoesNotReachUp() {
    noClasses()
        .that(belongToAnyOf(CORE))
        .should()
        .dependOnClassesThat(
            belongToAnyOf(
                Deliveries.class,
                DeadLetterWriter.class,
                Forwarder.class,
                ForwarderLoop.class,
                HttpPipelineClient.class,
                StreamForwarder.class,
                StreamStatus.class))
        .check(classes);
  }
}
