// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TotalsTest {
  @TempDir Path folder;

  @Test
  void goOnWhereTheLastProcessStopped() {
    Path file = folder.resolve("run").resolve("totals.json");
    Totals first = new Totals(file);
    first.save(first.persons(3), first.lakeRows(10));
    Totals second = new Totals(file);
    assertThat(second.persons(2)).isEqualTo(5);
    assertThat(second.lakeRows(1)).isEqualTo(11);
    second.save(second.persons(2), second.lakeRows(1));
    assertThat(new Totals(file).lakeRows(0)).isEqualTo(11);
  }

  @Test
  void beginAtZeroWithoutAReadableFile() throws Exception {
    Path file = folder.resolve("totals.json");
    for (String content : new String[] {"", "{\"persons\":\"many\"}", "{\"persons\":"}) {
      Files.writeString(file, content);
      assertThat(new Totals(file).persons(4)).as(content).isEqualTo(4);
    }
  }

  @Test
  void areWrittenOnlyWhenTheyChange() throws Exception {
    Path file = folder.resolve("totals.json");
    Totals totals = new Totals(file);
    totals.save(0, 0);
    assertThat(file).doesNotExist();
    totals.save(1, 1);
    FileTime old = FileTime.fromMillis(1_000);
    Files.setLastModifiedTime(file, old);
    totals.save(1, 1);
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(old);
    totals.save(1, 2);
    assertThat(Files.getLastModifiedTime(file)).isNotEqualTo(old);
  }
}
