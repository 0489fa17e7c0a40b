// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.FlagRecordKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DefinitionsFileLoopTest {
  @TempDir private Path folder;
  private FlagDefinitions definitions;
  private Path file;

  @BeforeEach
  void create() throws Exception {
    definitions =
        new FlagDefinitions(new FlagSetParser(), new FlagsMetrics(new SimpleMeterRegistry()));
    file = folder.resolve("flags.json");
  }

  @Test
  void takesANewFileAndKeepsTheOldFlagsWhenItIsBroken() throws Exception {
    Files.writeString(file, "[{\"key\":\"one\"}]");
    try (DefinitionsFileLoop loop =
        new DefinitionsFileLoop(file, definitions, Duration.ofMillis(10))) {
      loop.start();
      assertThat(keys()).containsExactly("one");
      replace("[{\"key\":\"one\"},{\"key\":\"two\"}]");
      await(() -> keys().contains("two"));
      replace("[{\"key\":\"three\"},\n  nonsense]");
      await(() -> definitions.problemOrNull() != null);
      assertThat(keys()).containsExactly("one", "two");
      assertThat(definitions.problemOrNull()).contains("flags.json").contains("line 2");
      replace("[{\"key\":\"three\"}]");
      await(() -> keys().contains("three"));
      assertThat(definitions.problemOrNull()).isNull();
      Files.delete(file);
      await(() -> definitions.problemOrNull() != null);
      assertThat(keys()).containsExactly("three");
      replace("[{\"key\":\"four\"}]");
      await(() -> keys().contains("four"));
    }
  }

  @Test
  void refusesToStartWithoutAReadableFile() throws Exception {
    try (DefinitionsFileLoop loop =
        new DefinitionsFileLoop(file, definitions, Duration.ofMillis(10))) {
      assertThatThrownBy(loop::start)
          .isInstanceOf(FlagDocumentException.class)
          .hasMessageContaining("flags.json");
      Files.writeString(file, "7");
      assertThatThrownBy(loop::start).isInstanceOf(FlagDocumentException.class);
    }
  }

  @Test
  void storedFlagsLieOverTheDocument() throws Exception {
    definitions.base(
        "the test", utf8("{\"flags\":[{\"key\":\"one\",\"active\":false},{\"key\":\"two\"}]}"));
    Map<FlagRecordKey, byte[]> changes = new LinkedHashMap<>();
    changes.put(new FlagRecordKey("", "one"), utf8("{\"key\":\"one\",\"active\":true}"));
    changes.put(new FlagRecordKey("k", "three"), utf8("{\"key\":\"three\"}"));
    changes.put(new FlagRecordKey("", "broken"), utf8("{"));
    definitions.records(changes);
    assertThat(keys()).containsExactly("one", "two");
    assertThat(definitions.current().flags().project("").flag("one").orElseThrow().active())
        .isTrue();
    assertThat(definitions.current().flags().project("k").flag("three")).isPresent();
    assertThat(definitions.problemOrNull()).contains("broken");
    changes.clear();
    changes.put(new FlagRecordKey("", "one"), null);
    definitions.records(changes);
    assertThat(definitions.current().flags().project("").flag("one").orElseThrow().active())
        .isFalse();
    assertThat(definitions.problemOrNull()).isNull();
  }

  @Test
  void aDocumentBecomesRecordsAndComesBack() throws Exception {
    byte[] document =
        utf8(
            "{\"group_type_mapping\":{\"0\":\"company\"},\"flags\":[{\"key\":\"a\"}],"
                + "\"projects\":{\"k\":[{\"key\":\"b\"}]}}");
    Map<FlagRecordKey, byte[]> records = FlagDocument.records(document, "");
    assertThat(records.keySet())
        .containsExactly(
            new FlagRecordKey("", "a"), FlagRecordKey.settings(""), new FlagRecordKey("k", "b"));
    definitions.records(records);
    assertThat(definitions.current().flags().project("").groupTypes()).containsEntry(0, "company");
    assertThat(definitions.current().flags().project("k").flag("b")).isPresent();
    assertThatThrownBy(() -> FlagDocument.records(utf8("[{\"active\":true}]"), ""))
        .isInstanceOf(FlagDocumentException.class)
        .hasMessageContaining("flags[0] has no key");
  }

  private List<String> keys() {
    return definitions.current().flags().project("").flags().stream()
        .map(FlagDefinition::key)
        .toList();
  }

  private void replace(String text) throws Exception {
    Path next = folder.resolve("next");
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
