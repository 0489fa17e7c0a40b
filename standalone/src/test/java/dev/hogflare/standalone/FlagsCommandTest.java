// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlagsCommandTest {
  private static final String FLAGS =
      """
      {"group_type_mapping": {"0": "company"}, "flags": [
       {"key": "pro-flag", "payload": {"tier": "pro"}, "conditions": [{"properties":
         [{"key": "plan", "operator": "eq", "value": "pro"}], "rollout_percentage": 100}]},
       {"key": "big", "id": 2, "active": true, "filters": {"aggregation_group_type_index": 0,
         "groups": [{"properties": [{"key": "seats", "operator": "gt", "value": 10,
           "type": "group", "group_type_index": 0}], "rollout_percentage": 100}]}}]}
      """;

  @TempDir private Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void write() throws Exception {
    Files.writeString(directory.resolve("flags.json"), FLAGS);
    Files.writeString(
        directory.resolve("broken.json"),
        "[{\"key\":\"x\",\"id\":1,\"active\":true,\"filters\":{\"groups\":[{\"properties\":"
            + "[{\"key\":\"a\",\"operator\":\"regex\",\"value\":\"(\"}]}]}},{\"key\":\"x\"}]");
    Files.writeString(directory.resolve("nonsense.json"), "[\n  {\"key\": }]");
  }

  @Test
  void showsItsCommands() {
    assertThat(run("flags")).isZero();
    assertThat(out.toString())
        .contains("put", "list", "delete", "validate", "test", "explain", "Usage: hogflare flags");
    assertThat(run("flags", "test", "--help")).isZero();
    assertThat(out.toString()).contains("--distinct-id", "--properties");
  }

  @Test
  void saysThatADocumentIsFine() {
    assertThat(run("flags", "validate", "flags.json")).isZero();
    assertThat(out).hasToString("Every flag can be evaluated.\n");
  }

  @Test
  void saysWhereADocumentIsWrong() {
    assertThat(run("flags", "validate", "nonsense.json")).isEqualTo(1);
    assertThat(err.toString()).contains("line 2").hasLineCount(1);
    assertThat(run("flags", "validate", "missing.json")).isEqualTo(1);
    assertThat(err.toString()).contains("missing.json");
    assertThat(run("flags", "validate", "broken.json", "--json")).isIn(0, 1);
    assertThat(out.toString()).startsWith("[{\"severity\":").contains("\"flag\":\"x\"");
  }

  @Test
  void triesADocumentForAnId() {
    assertThat(
            run(
                "flags",
                "test",
                "flags.json",
                "--distinct-id",
                "ada",
                "--properties",
                "{\"plan\":\"pro\"}",
                "--group",
                "company=acme",
                "--group-properties",
                "{\"company\":{\"seats\":50}}"))
        .isZero();
    assertThat(out.toString().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("flag").contains("value", "reason", "payload"),
            line -> assertThat(line).matches("pro-flag +true .*\\{\"tier\":\"pro\"}"),
            line -> assertThat(line).matches("big +true +Matched condition set 1"));
    out.getBuffer().setLength(0);
    assertThat(run("flags", "test", "flags.json", "--distinct-id", "ada", "--json")).isZero();
    assertThat(out.toString()).contains("\"pro-flag\":{\"value\":\"false\"");
    assertThat(run("flags", "test", "flags.json", "--distinct-id", "a", "--properties", "[1]"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("--properties must be a JSON object");
  }

  @Test
  void storesNothingWithoutACluster() {
    assertThat(run("flags", "put", "flags.json")).isEqualTo(3);
    assertThat(run("flags", "list")).isEqualTo(3);
    assertThat(run("flags", "explain", "--token", "k", "--distinct-id", "a")).isEqualTo(3);
    assertThat(err.toString().lines()).hasSize(3);
  }

  private int run(String... arguments) {
    Console console = new Console(new PrintWriter(out), new PrintWriter(err), false);
    return Commands.of(new Shell(new HashMap<>(), directory, console)).execute(arguments);
  }
}
