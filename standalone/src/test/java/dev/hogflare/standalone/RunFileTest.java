// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFileTest {
  @TempDir Path folder;

  @Test
  void isReadAsItWasWritten() {
    Path file = folder.resolve("run").resolve("up.json");
    RunFile run = RunFile.ofThisProcess("http://g:1", "k:2", "", "http://a:3");
    run.write(file);
    assertThat(RunFile.read(file)).contains(run);
    assertThat(RunFile.ofRunning(file)).contains(run);
    assertThat(folder.resolve("run")).isDirectoryContaining("glob:**/up.json");
    assertThat(file.resolveSibling("up.json.new")).doesNotExist();
  }

  @Test
  void doesNotTakeAnotherProcessWithTheSameNumberForItsOwn() {
    RunFile now = RunFile.ofThisProcess("g", "k", "l", "a");
    RunFile before = new RunFile(now.pid(), now.startedMillis() - 60_000, "g", "k", "l", "a");
    assertThat(now.alive()).isTrue();
    assertThat(before.alive()).isFalse();
  }

  @Test
  void isNotRunningOnceItsProcessIsGone() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    assertThat(new RunFile(process.pid(), 0, "g", "k", "l", "a").alive()).isFalse();
  }

  @Test
  void isAsGoodAsMissingWhenItIsCutShort() throws Exception {
    Path file = folder.resolve("up.json");
    assertThat(RunFile.read(file)).isEmpty();
    for (String content : new String[] {"", "{", "{\"pid\":1", "[]", "{\"pid\":\"x\"}", "\0\0"}) {
      Files.writeString(file, content);
      assertThat(RunFile.read(file)).as(content).isEmpty();
    }
  }
}
