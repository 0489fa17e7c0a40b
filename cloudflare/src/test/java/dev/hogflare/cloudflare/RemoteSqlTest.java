// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.fixtures.FakeCloudflare;
import dev.hogflare.runtime.Settings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RemoteSqlTest {
  private final List<Duration> waits = new ArrayList<>();
  private FakeCloudflare cloudflare;

  @BeforeEach
  void start() throws IOException {
    cloudflare = new FakeCloudflare();
  }

  @AfterEach
  void stop() {
    cloudflare.close();
  }

  private RemoteSql.Answer ask(String sql, Map<String, String> changed) {
    Map<String, String> environment = new HashMap<>(cloudflare.environment());
    environment.putAll(changed);
    Settings settings = new Settings(environment);
    CloudflareConfig config = CloudflareConfig.from(settings);
    settings.check();
    try (CloudflareApi api = new CloudflareApi(config, waits::add)) {
      return new RemoteSql(api).query(sql);
    }
  }

  @Test
  void readsRowsInTheOrderOfTheirColumns() {
    cloudflare.sql(
        query ->
            FakeCloudflare.rows(
                "[{\"name\":\"n\",\"type\":\"Int64\"},{\"name\":\"s\",\"type\":\"Utf8\"},"
                    + "{\"name\":\"l\",\"type\":{\"List\":\"Utf8\"}}]",
                "[{\"s\":\"a\",\"n\":12345678901,\"l\":[\"x\",null]},{\"n\":null,\"s\":\"b\"}]"));

    RemoteSql.Answer answer = ask("SELECT 'it''s'", Map.of());
    assertThat(answer.columns())
        .extracting(RemoteSql.Column::name, RemoteSql.Column::type)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("n", "Int64"),
            org.assertj.core.groups.Tuple.tuple("s", "Utf8"),
            org.assertj.core.groups.Tuple.tuple("l", "{\"List\":\"Utf8\"}"));
    assertThat(answer.rows())
        .containsExactly(
            List.of(12345678901L, "a", Arrays.asList("x", null)), Arrays.asList(null, "b", null));
    assertThat(answer.bytesScanned()).isEqualTo(4096);
    assertThat(cloudflare.queries()).containsExactly("SELECT 'it''s'");
    assertThat(cloudflare.calls()).containsExactly("SQL r2-sql/query/analytics");
  }

  @Test
  void asksUnderTheNewNameIfTold() {
    ask("SELECT 1", Map.of("HOGFLARE_CLOUDFLARE_PRODUCT", "basin"));
    assertThat(cloudflare.calls()).containsExactly("SQL basin-sql/query/analytics");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "40003 | Expected: end of statement | correct the statement.",
        "40004 | OFFSET is not supported | use a column and a construct that it knows",
        "80001 | edge | ask again",
        "10000 | Authentication error | give CLOUDFLARE_SQL_TOKEN the permissions",
        "40010 | memory budget exceeded | bound the question by __ingest_ts"
      })
  void saysWhatToDoAboutARefusal(int code, String message, String fix) {
    cloudflare.sql(query -> FakeCloudflare.errors(code, message));

    assertThatThrownBy(() -> ask("SELECT x", Map.of()))
        .isInstanceOf(CloudflareException.class)
        .hasMessageContaining("R2 SQL refused the query (" + code + ": " + message + "); ")
        .hasMessageContaining(fix);
  }

  @Test
  void asksAgainWhenAGatewayOnTheWayFails() {
    cloudflare.refuse("SQL", 502, "<html>").tooMany("SQL", 3);

    ask("SELECT 1", Map.of());
    assertThat(waits).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(3));
    assertThat(cloudflare.queries()).hasSize(1);
  }

  @Test
  void saysWhichVariableHasNoBucket() {
    assertThatThrownBy(() -> ask("SELECT 1", Map.of("CLOUDFLARE_R2_BUCKET", "")))
        .isInstanceOf(CloudflareException.class)
        .hasMessageContaining("CLOUDFLARE_R2_BUCKET is not set");
  }

  @Test
  void tellsWrongSettingsAllAtOnceAndNoToken() {
    Settings settings =
        new Settings(
            Map.of(
                "CLOUDFLARE_ACCOUNT_ID", "https://dash.cloudflare.com/x",
                "CLOUDFLARE_API_TOKEN", "Bearer s3cret",
                "HOGFLARE_CLOUDFLARE_PRODUCT", "d1",
                "HOGFLARE_CLOUDFLARE_NAMESPACE", "a.b"));
    CloudflareConfig.from(settings);
    assertThatThrownBy(settings::check)
        .hasMessageContainingAll(
            "CLOUDFLARE_ACCOUNT_ID",
            "CLOUDFLARE_API_TOKEN holds a blank",
            "HOGFLARE_CLOUDFLARE_PRODUCT is \"d1\"; set it to one of r2, basin",
            "HOGFLARE_CLOUDFLARE_NAMESPACE is \"a.b\"")
        .message()
        .doesNotContain("s3cret");
  }
}
