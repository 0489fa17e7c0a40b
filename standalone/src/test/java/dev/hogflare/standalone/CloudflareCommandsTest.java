// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.hogflare.fixtures.FakeCloudflare;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CloudflareCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PERSON = "11111111-2222-5333-8444-555555555555";

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Map<String, String> environment = new HashMap<>();
  private final List<JsonNode> captured = new CopyOnWriteArrayList<>();
  private FakeCloudflare cloudflare;
  private HttpServer gateway;
  private int gatewayStatus = 200;

  @BeforeEach
  void start() throws IOException {
    cloudflare = new FakeCloudflare();
    environment.putAll(cloudflare.environment());
    gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    gateway.createContext(
        "/capture",
        exchange -> {
          try (exchange) {
            captured.add(JSON.readTree(exchange.getRequestBody()));
            byte[] answer = "{\"status\":1}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(gatewayStatus, answer.length);
            exchange.getResponseBody().write(answer);
          }
        });
    gateway.start();
  }

  @AfterEach
  void stop() {
    cloudflare.close();
    gateway.stop(0);
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    Console console = new Console(new PrintWriter(out), new PrintWriter(err, true), false);
    return Commands.of(new Shell(Map.copyOf(environment), directory, console)).execute(arguments);
  }

  private List<String> envFile() throws IOException {
    return Files.readAllLines(directory.resolve("cloudflare.env"));
  }

  @Test
  void provisionsShowsItsPlanAndWritesTheEndpoints() throws IOException {
    environment.put("CLOUDFLARE_PIPELINE_AUTH_TOKEN", "send-token");

    assertThat(run("cloudflare", "provision", "--yes")).as(err.toString()).isZero();
    assertThat(out.toString().lines())
        .startsWith(
            "Cloudflare account "
                + FakeCloudflare.ACCOUNT
                + ", bucket analytics, namespace default",
            "",
            "        what      name")
        .contains(
            "create  stream    hogflare_events                     20 columns, HTTP with a token",
            "create  pipeline  hogflare_events_pipeline            INSERT INTO hogflare_events_sink"
                + " SELECT * FROM hogflare_events;",
            "created stream hogflare_events",
            "created pipeline hogflare_person_overrides_pipeline",
            "wrote " + directory.resolve("cloudflare.env"));
    assertThat(envFile())
        .containsExactly(
            "CLOUDFLARE_PIPELINE_ENDPOINT="
                + cloudflare.thing("streams", "hogflare_events").path("endpoint").asText(),
            "CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT="
                + cloudflare.thing("streams", "hogflare_persons").path("endpoint").asText(),
            "CLOUDFLARE_OVERRIDES_PIPELINE_ENDPOINT="
                + cloudflare
                    .thing("streams", "hogflare_person_overrides")
                    .path("endpoint")
                    .asText(),
            "CLOUDFLARE_ACCOUNT_ID=" + FakeCloudflare.ACCOUNT,
            "CLOUDFLARE_R2_BUCKET=analytics",
            "HOGFLARE_CLOUDFLARE_NAMESPACE=default",
            "HOGFLARE_CLOUDFLARE_PRODUCT=r2",
            "CLOUDFLARE_PIPELINE_AUTH_TOKEN=send-token");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("cloudflare.env"))))
        .isEqualTo("rw-------");
    assertThat(out.toString() + err)
        .doesNotContain(FakeCloudflare.TOKEN)
        .doesNotContain("send-token");
  }

  @Test
  void doesNothingTheSecondTime() throws IOException {
    assertThat(run("cloudflare", "provision", "--yes", "--recordings")).isZero();
    List<String> before = envFile();
    cloudflare.forget();

    // Without --yes: nothing is asked, because nothing would be done.
    assertThat(run("cloudflare", "provision", "--recordings")).isZero();
    assertThat(cloudflare.changes()).isEmpty();
    assertThat(envFile()).isEqualTo(before);
    assertThat(out.toString())
        .contains("keep  stream    hogflare_recordings", "nothing new for ", "everything is there")
        .contains("needs CLOUDFLARE_PIPELINE_AUTH_TOKEN");
  }

  @Test
  void onlyShowsWhatItWouldDo() {
    assertThat(run("cloudflare", "provision", "--dry-run")).isZero();
    assertThat(out.toString()).endsWith("9 changes would be made; nothing was done\n");
    assertThat(cloudflare.changes()).isEmpty();
    assertThat(directory.resolve("cloudflare.env")).doesNotExist();
  }

  @Test
  void namesTheVariableThatIsMissing() {
    environment.remove("CLOUDFLARE_API_TOKEN");
    assertThat(run("cloudflare", "provision", "--yes")).isEqualTo(2);
    assertThat(err.toString()).contains("CLOUDFLARE_API_TOKEN is not set; set it: API token");
    environment.put("CLOUDFLARE_API_TOKEN", "x");
    environment.remove("CLOUDFLARE_R2_BUCKET");
    assertThat(run("cloudflare", "provision", "--yes")).isEqualTo(1);
    assertThat(err.toString()).contains("CLOUDFLARE_R2_BUCKET is not set").hasLineCount(1);
    assertThat(run("cloudflare", "provision", "--yes", "--roll-seconds", "10")).isEqualTo(2);
    assertThat(err.toString()).contains("--roll-seconds is 10; Cloudflare's sinks take 60 to 3600");
  }

  @Test
  void removesWhatIsThereAndSaysSoFirst() {
    run("cloudflare", "provision", "--yes");

    assertThat(run("cloudflare", "deprovision", "--yes")).as(err.toString()).isZero();
    assertThat(out.toString().lines())
        .contains(
            "delete  pipeline  hogflare_events_pipeline",
            "Rows that a stream has not written yet are lost; tables and files stay.",
            "deleted stream hogflare_person_overrides");
    assertThat(out.toString().indexOf("delete  stream"))
        .isLessThan(out.toString().indexOf("deleted pipeline"));
    assertThat(run("cloudflare", "deprovision")).isZero();
    assertThat(out.toString()).endsWith("nothing of ours is there\n");
  }

  private String answer(String query) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < captured.size(); i++) {
      String uuid = captured.get(i).path("uuid").asText();
      rows.add(
          query.contains("hogflare_events")
              ? "{\"uuid\":\"" + uuid + "\",\"person_id\":\"" + PERSON + "\"}"
              : "{\"source_event_uuid\":\""
                  + uuid
                  + "\",\"operation\":\""
                  + (i == 1 ? "identify" : "capture")
                  + "\",\"person_id\":\""
                  + PERSON
                  + "\"}");
    }
    String schema =
        query.contains("hogflare_events")
            ? "[{\"name\":\"uuid\",\"type\":\"Utf8\"},{\"name\":\"person_id\",\"type\":\"Utf8\"}]"
            : "[{\"name\":\"source_event_uuid\",\"type\":\"Utf8\"},"
                + "{\"name\":\"operation\",\"type\":\"Utf8\"},"
                + "{\"name\":\"person_id\",\"type\":\"Utf8\"}]";
    return FakeCloudflare.rows(schema, "[" + String.join(",", rows) + "]");
  }

  private int verify(int wait) {
    return run(
        "cloudflare",
        "verify",
        "--gateway",
        "http://127.0.0.1:" + gateway.getAddress().getPort(),
        "--wait",
        Integer.toString(wait),
        "--every",
        "0");
  }

  @Test
  void asksUntilTheRowsOfTheFlowAreThere() {
    AtomicInteger questions = new AtomicInteger();
    cloudflare.sql(
        query ->
            switch (questions.incrementAndGet()) {
              case 1 -> FakeCloudflare.errors(40004, "table hogflare_events not found");
              case 2, 3 -> FakeCloudflare.rows("[]", "[]");
              default -> answer(query);
            });

    assertThat(verify(60)).as(err + "" + out).isZero();
    assertThat(captured)
        .extracting(event -> event.path("event").asText())
        .containsExactly("verification viewed", "$identify", "verification signed up");
    assertThat(captured.get(1).path("properties").path("$anon_distinct_id"))
        .isEqualTo(captured.get(0).path("distinct_id"));
    assertThat(captured.get(2).path("distinct_id")).isEqualTo(captured.get(1).path("distinct_id"));
    assertThat(out.toString())
        .contains("sent 3 events to http://127.0.0.1", "after 0 s: 0 of 3 events")
        .contains("all rows are there");
  }

  @Test
  void saysWhatIsMissing() {
    run("cloudflare", "provision", "--yes");
    cloudflare
        .thing("pipelines", "hogflare_persons_pipeline")
        .put("status", "failed")
        .put("failure_reason", "the sink's token was revoked");
    cloudflare.sql(
        query ->
            query.contains("hogflare_events")
                ? answer(query)
                : FakeCloudflare.errors(40004, "table hogflare_persons not found"));

    assertThat(verify(0)).isEqualTo(1);
    assertThat(out.toString())
        .contains(
            "missing after",
            "table hogflare_persons not found",
            "pipeline of hogflare_events: initializing",
            "pipeline of hogflare_persons: failed (the sink's token was revoked)");
    cloudflare.sql(
        query ->
            query.contains("hogflare_events") ? answer(query) : FakeCloudflare.rows("[]", "[]"));
    captured.clear();
    assertThat(verify(0)).isEqualTo(1);
    assertThat(out.toString())
        .contains(
            "  the person's snapshot \"identify\" of " + captured.get(1).path("uuid").asText())
        .contains("check CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT");
  }

  @Test
  void doesNotWaitWhereWaitingDoesNotHelp() {
    cloudflare.sql(query -> FakeCloudflare.errors(10000, "Authentication error"));
    assertThat(verify(60)).isEqualTo(1);
    assertThat(err.toString()).contains("give CLOUDFLARE_SQL_TOKEN the permissions");
    gatewayStatus = 401;
    assertThat(verify(60)).isEqualTo(1);
    assertThat(err.toString()).contains("answered 401", "--token").hasLineCount(1);
  }

  @Test
  void theScriptsCallTheCommands() throws IOException {
    Map<String, String> verbs =
        Map.of(
            "provision", "provision", "deprovision", "deprovision", "verify-deployment", "verify");
    for (Map.Entry<String, String> each : verbs.entrySet()) {
      Path script = Path.of("..", "scripts", each.getKey());
      assertThat(script).isExecutable();
      assertThat(Files.readString(script))
          .contains("/../hogflare\" cloudflare " + each.getValue() + " \"$@\"");
    }
  }
}
