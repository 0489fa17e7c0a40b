// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.RowSchema;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A lake that takes rows and answers queries, for each test a new one with a clock of its own. */
abstract class QueriedLake {
  @TempDir Path temporary;
  final AtomicReference<Instant> clock =
      new AtomicReference<>(Instant.parse("2026-11-21T10:00:00Z"));
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String name;
  Path folder;
  Lakehouse lake;
  LakeQuery query;

  /** Prepares a lake whose folder has this name. */
  QueriedLake(String name) {
    this.name = name;
  }

  @BeforeEach
  void open() {
    folder = temporary.resolve(name);
    start(folder);
  }

  /** Starts a lake in a folder and a session of queries on it. */
  void start(Path at) {
    lake =
        new Lakehouse(
            LakeConfig.local(at, 0, Duration.ofHours(1)), new SimpleMeterRegistry(), clock::get);
    lake.start();
    query = LakeQuery.open(at);
  }

  @AfterEach
  void close() {
    query.close();
    lake.close();
    client.close();
  }

  void commit(RowSchema table, String... rows) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(lake.endpoint(table))
            .POST(HttpRequest.BodyPublishers.ofByteArray(TestRows.body(rows)))
            .build();
    HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    lake.commitNow();
  }

  List<List<Object>> rows(String sql) {
    return rows(query, sql);
  }

  static List<List<Object>> rows(LakeQuery query, String sql) {
    try (QueryResult result = query.query(sql)) {
      List<List<Object>> rows = new ArrayList<>();
      result.forEachRemaining(rows::add);
      return rows;
    }
  }
}
