// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.RowSchema;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Puts a lake's folder into the states that a crash leaves, and starts on it. */
class RecoveryTest {
  private static final Duration NEVER = Duration.ofHours(1);

  @TempDir private Path temporary;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Lakehouse> started = new ArrayList<>();
  private SimpleMeterRegistry registry;
  private Path folder;

  @BeforeEach
  void createFolder() {
    folder = temporary.resolve("lake");
  }

  @AfterEach
  void close() {
    client.close();
    started.forEach(Lakehouse::close);
  }

  private Lakehouse start(Path at) {
    return start(LakeConfig.local(at, 0, NEVER));
  }

  private Lakehouse start(LakeConfig config) {
    registry = new SimpleMeterRegistry();
    Lakehouse lake = new Lakehouse(config, registry);
    started.add(lake);
    lake.start();
    return lake;
  }

  private void post(Lakehouse lake, int from, int to) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(lake.endpoint(RowSchema.EVENTS))
            .POST(HttpRequest.BodyPublishers.ofByteArray(TestRows.events(from, to)))
            .build();
    HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  /** What the disk holds at this moment, as a kill would leave it. */
  private Path crashed() throws IOException {
    Path copy = temporary.resolve("crashed-" + started.size());
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        Files.copy(
            file,
            copy.resolve(folder.relativize(file).toString()),
            StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return copy;
  }

  @Test
  void anErasureAtRestFillsTheColumnsOfTheProcessThatCrashed() throws Exception {
    List<PromotedColumn> columns = PromotedColumn.standardAnd("number:number=n,agent=Browser Name");
    Lakehouse lake = start(LakeConfig.local(folder, 0, NEVER, columns));
    post(lake, 0, 3);
    Path crashed = crashed();
    assertThat(segments(crashed)).as("journal that is in no table").hasSize(1);
    lake.close();

    Lakehouse.erase(crashed, new Erasure("phc_of_nobody", Set.of("nobody"), Set.of()));

    assertThat(segments(crashed)).isEmpty();
    try (LakeQuery query = LakeQuery.open(crashed);
        QueryResult result =
            query.query("SELECT sum(number), max(number) FROM hogflare_events_raw")) {
      assertThat(result.next()).containsExactly(3.0, 2.0);
    }
    // Settings that leave them out are those of the next one.
    start(LakeConfig.local(crashed, 0, NEVER)).close();
    try (LakeCatalog catalog = LakeCatalog.openForReading(crashed).orElseThrow()) {
      assertThat(catalog.remembered()).isEqualTo(PromotedColumn.STANDARD);
    }
  }

  @Test
  void careAtRestFillsTheColumnsOfTheProcessThatCrashedAndKeepsThem() throws Exception {
    List<PromotedColumn> columns = PromotedColumn.standardAnd("number:number=n");
    Lakehouse lake = start(LakeConfig.local(folder, 0, NEVER, columns));
    post(lake, 0, 3);
    Path crashed = crashed();
    assertThat(segments(crashed)).as("journal that is in no table").hasSize(1);
    lake.close();

    Lakehouse.maintain(crashed, Duration.ofDays(1));

    assertThat(segments(crashed)).isEmpty();
    try (LakeQuery query = LakeQuery.open(crashed);
        QueryResult result =
            query.query("SELECT sum(number), max(number) FROM hogflare_events_raw")) {
      assertThat(result.next()).containsExactly(3.0, 2.0);
    }
    try (LakeCatalog catalog = LakeCatalog.openForReading(crashed).orElseThrow()) {
      assertThat(catalog.remembered()).isEqualTo(columns);
    }
  }

  private static List<Path> segments(Path lake) throws IOException {
    try (Stream<Path> files = Files.list(lake.resolve("journal/hogflare_events"))) {
      return files.sorted().toList();
    }
  }

  private static List<Path> dataFiles(Path lake) throws IOException {
    try (Stream<Path> files = Files.walk(lake.resolve("warehouse/default/hogflare_events"))) {
      return files
          .filter(file -> file.toString().contains(".parquet"))
          .filter(Files::isRegularFile)
          .toList();
    }
  }

  private static void assertThatEachEventIsThereOnce(Path lake, int count) {
    try (LakeQuery query = LakeQuery.open(lake);
        QueryResult result =
            query.query(
                "SELECT count(*), count(DISTINCT uuid), coalesce(max((properties->>'n')::INT), -1)"
                    + " FROM hogflare_events_raw")) {
      assertThat(result.next()).containsExactly((long) count, (long) count, count - 1);
    }
  }

  private long recovered() {
    return (long)
        registry
            .get("hogflare_lake_rows_recovered_total")
            .tag("table", "hogflare_events")
            .counter()
            .count();
  }

  @Test
  void bringsAcknowledgedRowsOfACrashIntoTheTable() throws Exception {
    Lakehouse lake = start(folder);
    post(lake, 0, 5);
    lake.commitNow();
    post(lake, 5, 8);
    post(lake, 8, 10);
    Path crashed = crashed();
    assertThat(segments(crashed)).hasSize(1);

    Lakehouse again = start(crashed);

    assertThat(recovered()).isEqualTo(5);
    assertThat(again.rowsCommitted(RowSchema.EVENTS)).isEqualTo(5);
    assertThat(again.backlogRows()).isZero();
    assertThat(segments(crashed)).isEmpty();
    assertThatEachEventIsThereOnce(crashed, 10);
    post(again, 10, 12);
    again.commitNow();
    assertThatEachEventIsThereOnce(crashed, 12);
  }

  @Test
  void keepsTheIngestTimeOfRecoveredRows() throws Exception {
    Lakehouse lake = start(folder);
    post(lake, 0, 1);
    Path crashed = crashed();
    lake.commitNow();
    start(crashed);
    assertThat(ingestTime(crashed)).isEqualTo(ingestTime(folder));
  }

  private static Object ingestTime(Path lake) {
    try (LakeQuery query = LakeQuery.open(lake);
        QueryResult result = query.query("SELECT __ingest_ts FROM hogflare_events_raw")) {
      return result.next().getFirst();
    }
  }

  @Test
  void doesNotDoubleASegmentWhoseCommitWasTheLastThingThatHappened() throws Exception {
    Lakehouse lake = start(folder);
    post(lake, 0, 5);
    Path segment = segments(folder).getFirst();
    byte[] content = Files.readAllBytes(segment);
    lake.close();
    assertThat(segment).doesNotExist();
    Files.write(segment, content);

    start(folder);

    assertThat(recovered()).isZero();
    assertThat(segment).doesNotExist();
    assertThatEachEventIsThereOnce(folder, 5);
  }

  @Test
  void cutsARowThatWasNeverAcknowledged() throws Exception {
    Lakehouse lake = start(folder);
    post(lake, 0, 4);
    Path crashed = crashed();
    Path segment = segments(crashed).getFirst();
    byte[] frame = Files.readAllBytes(segment);
    Files.write(segment, Arrays.copyOf(frame, frame.length / 2), StandardOpenOption.APPEND);

    start(crashed);

    assertThat(recovered()).isEqualTo(4);
    assertThatEachEventIsThereOnce(crashed, 4);
  }

  @Test
  void deletesAnEmptySegment() throws Exception {
    start(folder).close();
    Path empty = folder.resolve("journal/hogflare_events/00000000000000000009.journal");
    Files.createFile(empty);
    Lakehouse lake = start(folder);
    assertThat(empty).doesNotExist();
    post(lake, 0, 1);
    assertThat(segments(folder).getFirst().getFileName())
        .hasToString("00000000000000000010.journal");
  }

  @Test
  void bringsSeveralSegmentsInTheirOrder() throws Exception {
    start(folder).close();
    writeSegments();
    start(folder);
    assertThat(recovered()).isEqualTo(3);
    assertThatEachEventIsThereOnce(folder, 3);
    assertThat(segments(folder)).isEmpty();
  }

  @Test
  void refusesToStartWithoutRowsThatWereAcknowledged() throws Exception {
    start(folder).close();
    writeSegments();
    Path middle = segments(folder).get(1);
    byte[] content = Files.readAllBytes(middle);
    content[content.length - 2] ^= 1;
    Files.write(middle, content);

    assertThatThrownBy(() -> start(folder))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(middle.toString())
        .hasMessageContaining("move it away");

    Files.delete(middle);
    start(folder);
    try (LakeQuery query = LakeQuery.open(folder);
        QueryResult result =
            query.query("SELECT distinct_id FROM hogflare_events_raw ORDER BY 1")) {
      List<Object> ids = new ArrayList<>();
      result.forEachRemaining(ids::addAll);
      assertThat(ids).containsExactly("user-0", "user-2");
    }
  }

  /** Three segments of one event each, as a writer that never committed would leave them. */
  private void writeSegments() throws Exception {
    Path journalFolder = folder.resolve("journal/hogflare_events");
    Journal.Sink nowhere =
        new Journal.Sink() {
          @Override
          public void rows(RowBatch batch, long bytes) {}

          @Override
          public void segmentEnd(Journal.SegmentEnd end) {}
        };
    Journal.Bounds oneRow = new Journal.Bounds(NEVER, 1, 1L << 20);
    RowBatchParser parser =
        new RowBatchParser(new RowLayout(RowSchema.EVENTS, PromotedColumn.STANDARD), 1 << 20);
    try (Journal journal = new Journal("test", journalFolder, 1, oneRow, () -> 1_000, nowhere)) {
      journal.start();
      for (int i = 0; i < 3; i++) {
        journal.append(parser.parse(TestRows.events(i, i + 1))).get(10, TimeUnit.SECONDS);
      }
    }
    assertThat(segments(folder)).hasSize(3);
  }

  @Test
  void deletesDataFilesThatNoCommitContains() throws Exception {
    Lakehouse lake = start(folder);
    post(lake, 0, 5);
    lake.commitNow();
    post(lake, 5, 6);
    Path crashed = crashed();
    Path day = dataFiles(crashed).getFirst().getParent();
    Files.writeString(day.resolve("00000000000000000002-y.parquet.inprogress"), "half a file");
    Path uncommitted = day.resolve("00000000000000000077-x.parquet");
    Files.writeString(uncommitted, "half a file");

    start(crashed);

    assertThat(uncommitted).doesNotExist();
    assertThat(dataFiles(crashed)).noneMatch(LakeFiles::isInProgress).hasSize(2);
    assertThatEachEventIsThereOnce(crashed, 6);
  }

  @Test
  void repeatsWhatCouldNotBeWrittenUntilItCan() throws Exception {
    Lakehouse lake = start(folder);
    Path data = folder.resolve("warehouse/default/hogflare_events/data");
    Files.createFile(data);
    post(lake, 0, 5);
    post(lake, 5, 7);
    Thread commit = Thread.ofVirtual().start(lake::commitNow);
    Waiting.until(() -> !lake.health().up());
    assertThat(lake.health().message()).contains("cannot be committed");
    assertThat(lake.backlogRows()).isEqualTo(7);
    post(lake, 7, 8);

    Files.delete(data);
    commit.join();
    lake.commitNow();

    assertThat(lake.health().up()).isTrue();
    assertThat(lake.backlogRows()).isZero();
    assertThatEachEventIsThereOnce(folder, 8);
    assertThat(
            registry
                .get("hogflare_lake_commit_failures_total")
                .tag("table", "hogflare_events")
                .counter()
                .count())
        .isPositive();
  }

  @Test
  void leavesWhatItCannotCommitAtItsEndToTheNextStart() throws Exception {
    Lakehouse lake = start(folder);
    Path data = folder.resolve("warehouse/default/hogflare_events/data");
    Files.createFile(data);
    post(lake, 0, 5);
    Thread commit = Thread.ofVirtual().start(lake::commitNow);
    Waiting.until(() -> !lake.health().up());
    post(lake, 5, 9);

    lake.close();
    commit.join();

    assertThat(segments(folder)).hasSize(2);
    Files.delete(data);
    start(folder);
    assertThat(recovered()).isEqualTo(9);
    assertThatEachEventIsThereOnce(folder, 9);
  }
}
