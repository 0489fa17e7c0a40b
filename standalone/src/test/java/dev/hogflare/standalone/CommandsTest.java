// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandsTest {
  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Map<String, String> environment = new HashMap<>();

  @Test
  void listsTheCommandsAndThoseOfTheLauncher() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains("Usage: hogflare <command> [options]")
        .containsPattern("(?m)^  up +Start the whole pipeline")
        .containsPattern("(?m)^  sql +Query the local lake")
        .containsPattern("(?m)^  status +Show")
        .containsPattern("(?m)^  topics +List")
        .containsPattern("(?m)^  load +Send")
        .containsPattern("(?m)^  person +Delete a person")
        .containsPattern("(?m)^  test +Build everything")
        .containsPattern("(?m)^  bench +Measure")
        .doesNotContain("warm-up");
    String help = out.toString();
    out.getBuffer().setLength(0);
    assertThat(run()).isZero();
    assertThat(out).hasToString(help);
  }

  @Test
  void showsTheOptionsOfACommandWithTheirDefaults() {
    assertThat(run("up", "--help")).isZero();
    assertThat(out.toString())
        .contains("Usage: hogflare up")
        .contains("--host", "127.0.0.1", "--port", "8080", "--data", "./data", "--partitions", "4");
  }

  @Test
  void refusesALoadThatCannotBeSent() {
    assertThat(run("load", "--events", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("1 event or more", "--events").hasLineCount(1);
    err.getBuffer().setLength(0);
    assertThat(run("load", "--url", "127.0.0.1:8080")).isEqualTo(2);
    assertThat(err.toString()).contains("--url").hasLineCount(1);
  }

  @Test
  void saysItsVersion() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).startsWith("hogflare ").contains("(Java ");
  }

  @Test
  void suggestsTheNearestCommand() {
    assertThat(run("topic")).isEqualTo(2);
    assertThat(err)
        .hasToString(
            "There is no command 'topic'; did you mean 'topics'?"
                + " 'hogflare --help' lists the commands.\n");
  }

  @Test
  void namesAnUnknownCommandWithoutANearOne() {
    assertThat(run("xyzzy", "--data", "x")).isEqualTo(2);
    assertThat(err.toString()).startsWith("There is no command 'xyzzy'").hasLineCount(1);
  }

  @Test
  void namesAnUnknownOption() {
    assertThat(run("up", "--prot", "1")).isEqualTo(2);
    assertThat(err.toString())
        .contains("'--prot'")
        .contains("'hogflare up --help'")
        .hasLineCount(1);
  }

  @Test
  void namesAnOptionWithAValueThatIsNone() {
    assertThat(run("up", "--port", "http")).isEqualTo(2);
    assertThat(run("up", "--port", "70000")).isEqualTo(2);
    assertThat(run("up", "--partitions", "0")).isEqualTo(2);
    assertThat(run("sql", "select 1", "--format", "xml")).isEqualTo(2);
    assertThat(run("sql")).isEqualTo(2);
    assertThat(err.toString().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("--port").contains("http"),
            line -> assertThat(line).contains("--port is 70000 and must be a number from 0 to"),
            line -> assertThat(line).contains("--partitions is 0 and must be a number from 1 to"),
            line -> assertThat(line).contains("--format").contains("xml"),
            line -> assertThat(line).contains("<query>"));
  }

  @Test
  void deletesNobodyWithoutAName() {
    assertThat(run("person", "delete", "--token", "phc_1")).isEqualTo(2);
    assertThat(run("person", "delete", "--token", "phc_1", "--distinct-id", " ")).isEqualTo(2);
    assertThat(run("person", "delete", "--token", "a\0b", "--distinct-id", "x")).isEqualTo(2);
    assertThat(err.toString().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("--distinct-id"),
            line -> assertThat(line).contains("must not be blank"),
            line -> assertThat(line).contains("--token", "NUL"));
  }

  @Test
  void saysThatNothingRuns() {
    assertThat(run("status")).isEqualTo(3);
    assertThat(run("topics", "--data", "other")).isEqualTo(3);
    assertThat(err.toString().lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .isEqualTo(
                        "Hogflare does not run on the data folder "
                            + directory.resolve("data")
                            + "; start it with 'hogflare up', or name another folder with"
                            + " --data."),
            line -> assertThat(line).contains(directory.resolve("other").toString()));
  }

  @Test
  void saysThatThereIsNoLake() {
    assertThat(run("sql", "select 1")).isEqualTo(1);
    assertThat(err.toString())
        .contains("There is no lake in " + directory.resolve("data").resolve("lake"))
        .hasLineCount(1);
    assertThat(directory.resolve("data")).doesNotExist();
  }

  @Test
  void namesEachVariableThatIsWrong() {
    environment.put("POSTHOG_TEAM_ID", "one");
    environment.put("HOGFLARE_LAKE_COMIT_SECONDS", "1");
    assertThat(run("up")).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("hogflare up cannot start with these environment variables:\n")
        .contains("  POSTHOG_TEAM_ID is \"one\"")
        .contains("  HOGFLARE_LAKE_COMIT_SECONDS is not a variable")
        .contains("HOGFLARE_LAKE_COMMIT_SECONDS");
  }

  @Test
  void saysThatThePortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertThat(run("up", "--port", Integer.toString(port))).isEqualTo(1);
      assertThat(err)
          .hasToString(
              "Port "
                  + port
                  + " on 127.0.0.1 is in use; stop what listens there, or choose another with"
                  + " --port.\n");
    }
    assertThat(directory.resolve("data/kafka")).doesNotExist();
  }

  @Test
  void saysThatTheAddressIsNotOfThisMachine() {
    // 192.0.2.0/24 is reserved for documents.
    assertThat(run("up", "--host", "192.0.2.1", "--port", "8080")).isEqualTo(1);
    assertThat(err.toString()).contains("192.0.2.1:8080").contains("--host").hasLineCount(1);
  }

  @Test
  void saysThatAnotherRunsOnTheFolder() throws Exception {
    try (AutoCloseable lock = new DataFolder(directory.resolve("data")).lock()) {
      assertThat(lock).isNotNull();
      assertThat(run("up")).isEqualTo(1);
    }
    assertThat(err.toString()).contains("is in use by another hogflare up").hasLineCount(1);
  }

  @Test
  void keepsTheStackTraceOfAnUnforeseenFailureInTheLog() throws Exception {
    DataFolder data = new DataFolder(directory.resolve("data"));
    RunFile.ofThisProcess("g", "k", "l", "no url").write(data.runFile());
    assertThat(run("status")).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("hogflare status failed: ")
        .contains("Details are in " + data.log() + ".")
        .hasLineCount(1);
    assertThat(Files.readString(data.log()))
        .contains("ERROR hogflare status: java.lang.IllegalArgumentException")
        .contains("\tat dev.hogflare.standalone.");
  }

  @Test
  void saysThatTheRunningProcessDoesNotAnswer() {
    DataFolder data = new DataFolder(directory.resolve("data"));
    RunFile.ofThisProcess("g", "k", "l", "http://127.0.0.1:" + Ports.free()).write(data.runFile());
    assertThat(run("status")).isEqualTo(1);
    assertThat(err.toString()).contains("runs but does not answer at").hasLineCount(1);
  }

  private int run(String... arguments) {
    Console console = new Console(new PrintWriter(out), new PrintWriter(err), false);
    return Commands.of(new Shell(environment, directory, console)).execute(arguments);
  }
}
