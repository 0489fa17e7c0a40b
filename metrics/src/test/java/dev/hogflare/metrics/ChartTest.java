// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.metrics.CompiledQuery.Column;
import dev.hogflare.metrics.CompiledQuery.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChartTest {
  private static final Column BROWSER = new Column("browser", Kind.DIMENSION);
  private static final Column DAY = new Column("time", Kind.TIME);
  private static final Column COUNT = new Column("event_count", Kind.FIGURE);
  private static final Column RATE = new Column("bounce_rate", Kind.PERCENT);

  @Test
  void drawsBarsInProportion() {
    assertThat(
            Chart.draw(
                List.of(BROWSER, COUNT),
                List.of(
                    List.of("Chrome", 1_200L),
                    List.of("Firefox", 300L),
                    Arrays.asList(null, 0L),
                    Arrays.asList("bell\u0007", null))))
        .containsExactly(
            "event_count",
            "  Chrome      1,200  ████████████████████████████████████████",
            "  Firefox       300  ██████████",
            "  -               0",
            "  bell\\u0007      -");
  }

  @Test
  void drawsColumnsOverTime() {
    List<String> lines =
        Chart.draw(
            List.of(DAY, RATE),
            List.of(
                List.of("2026-11-20", 0.5),
                List.of("2026-11-21", 0.25),
                List.of("2026-11-22", 0.0)));
    assertThat(lines)
        .containsExactly(
            "bounce_rate",
            "  50.0 % │██",
            "         │██",
            "         │██",
            "         │██",
            "         │██ ██",
            "         │██ ██",
            "         │██ ██",
            "       0 │██ ██",
            "         └─────────",
            "          2026-11-20  2026-11-22");
  }

  @Test
  void drawsALineForEachGroupOverTime() {
    assertThat(
            Chart.draw(
                List.of(DAY, BROWSER, COUNT),
                List.of(
                    List.of("d1", "Chrome", 8L),
                    List.of("d1", "Firefox", 4L),
                    List.of("d2", "Chrome", 4L))))
        .containsExactly(
            "event_count", "  Chrome   █▄  4", "  Firefox  ▄   4", "           d1 to d2");
  }

  @Test
  void putsManyPointsIntoFewColumns() {
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      rows.add(List.of("h" + i, 1L));
    }
    List<String> lines = Chart.draw(List.of(DAY, COUNT), rows);
    assertThat(lines).last().isEqualTo("  each column is the mean of 5 points");
    assertThat(lines.get(1)).isEqualTo("  1 │" + "█".repeat(60));
  }

  @Test
  void needsSomethingToTellBarsApart() {
    assertThatThrownBy(() -> Chart.draw(List.of(COUNT), List.of(List.of(1L))))
        .hasMessageContaining("--by or --granularity");
    assertThat(Chart.draw(List.of(BROWSER, COUNT), List.of())).containsExactly("no rows");
  }

  @Test
  void showsFiguresCalmly() {
    assertThat(Chart.shown(1_234_567L, false)).isEqualTo("1,234,567");
    assertThat(Chart.shown(12.3456, false)).isEqualTo("12.35");
    assertThat(Chart.shown(12.0, false)).isEqualTo("12");
    assertThat(Chart.shown(0.4231, true)).isEqualTo("42.3 %");
    assertThat(Chart.shown(null, true)).isEqualTo("-");
    assertThat(Chart.shown("a\u001b[2J", false)).isEqualTo("a\\u001b[2J");
  }
}
