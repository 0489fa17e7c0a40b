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
    first.save(new Totals.Counts(20, 3, 10));
    Totals second = new Totals(file);
    assertThat(second.of(new Totals.Counts(5, 2, 1))).isEqualTo(new Totals.Counts(25, 5, 11));
    second.save(new Totals.Counts(5, 2, 1));
    assertThat(new Totals(file).of(new Totals.Counts(0, 0, 0)))
        .isEqualTo(new Totals.Counts(25, 5, 11));
  }

  @Test
  void beginAtZeroWithoutAReadableFile() throws Exception {
    Path file = folder.resolve("totals.json");
    for (String content : new String[] {"", "{\"persons\":\"many\"}", "{\"persons\":"}) {
      Files.writeString(file, content);
      assertThat(new Totals(file).of(new Totals.Counts(0, 4, 0)).persons())
          .as(content)
          .isEqualTo(4);
    }
  }

  @Test
  void areWrittenOnlyWhenTheyChange() throws Exception {
    Path file = folder.resolve("totals.json");
    Totals totals = new Totals(file);
    totals.save(new Totals.Counts(0, 0, 0));
    assertThat(file).doesNotExist();
    totals.save(new Totals.Counts(1, 1, 1));
    FileTime old = FileTime.fromMillis(1_000);
    Files.setLastModifiedTime(file, old);
    totals.save(new Totals.Counts(1, 1, 1));
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(old);
    totals.save(new Totals.Counts(1, 1, 2));
    assertThat(Files.getLastModifiedTime(file)).isNotEqualTo(old);
  }
}
