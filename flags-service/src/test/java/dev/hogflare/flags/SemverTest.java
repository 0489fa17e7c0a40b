// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SemverTest {
  @Test
  void preReleasesComeInTheirOrderBeforeTheRelease() {
    List<String> order =
        List.of(
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.0+a",
            "1.0.1");
    for (int i = 0; i < order.size(); i++) {
      for (int j = 0; j < order.size(); j++) {
        assertThat(Integer.signum(version(order.get(i)).compareTo(version(order.get(j)))))
            .as("%s and %s", order.get(i), order.get(j))
            .isEqualTo(Integer.compare(i, j));
      }
    }
  }

  private static Semver version(String text) {
    return Semver.parse(text).orElseThrow();
  }

  @Test
  void whatIsNoVersionIsRefused() {
    for (String text :
        List.of(
            "",
            "v",
            "1.2.3.4",
            "1..3",
            "a.b.c",
            "1.2.3-",
            "1.2.3+",
            "1.2.3-a..b",
            "1.2.3-01",
            "99999999999999999999.0.0",
            "-1.0.0",
            "1.2.3-ä")) {
      assertThat(Semver.parse(text)).as(text).isEmpty();
    }
  }
}
