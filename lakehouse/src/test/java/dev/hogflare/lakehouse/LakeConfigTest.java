// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.SettingsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LakeConfigTest {
  @Test
  void hasTheseDefaults() {
    assertThat(LakeConfig.from(new Settings(Map.of())))
        .isEqualTo(
            new LakeConfig(
                Path.of("lake"),
                new HostPort("127.0.0.1", 8088),
                Optional.empty(),
                Duration.ofSeconds(60),
                InvalidRows.REJECT,
                PromotedColumn.STANDARD,
                new LakeConfig.Limits(
                    5_242_880, 1_048_576, 50_331_648, 1_073_741_824, 1_000_000, 268_435_456)));
  }

  @Test
  void readsEveryVariable() {
    Settings settings =
        new Settings(
            Map.of(
                "HOGFLARE_LAKE_DIR", "/data",
                "HOGFLARE_LAKE_HOST", "0.0.0.0",
                "HOGFLARE_LAKE_PORT", "1234",
                "HOGFLARE_LAKE_TOKEN", "secret",
                "HOGFLARE_LAKE_COMMIT_SECONDS", "7",
                "HOGFLARE_LAKE_INVALID_ROWS", "drop",
                "HOGFLARE_LAKE_COLUMNS", "plan=plan, amount:number=Order Amount"));
    LakeConfig config = LakeConfig.from(settings);
    settings.check();
    assertThat(config)
        .isEqualTo(
            new LakeConfig(
                Path.of("/data"),
                new HostPort("0.0.0.0", 1234),
                Optional.of("secret"),
                Duration.ofSeconds(7),
                InvalidRows.DROP,
                further("plan=plan,amount:number=Order Amount"),
                LakeConfig.Limits.DEFAULT));
  }

  @Test
  void addsColumnsThatHaveANameOfTheirOwn() {
    List<PromotedColumn> columns = further("amount:number=Order Amount");
    assertThat(columns).startsWith(PromotedColumn.STANDARD.toArray(new PromotedColumn[0]));
    assertThat(columns.getLast())
        .isEqualTo(
            new PromotedColumn("amount", PromotedColumn.Kind.NUMBER, List.of("Order Amount")));
    assertThat(PromotedColumn.setting(columns)).isEqualTo("amount:number=Order Amount");
    assertThat(PromotedColumn.setting(PromotedColumn.STANDARD)).isEmpty();
    for (String taken : List.of("uuid=x", "browser=x", "__ingest_ts=x", "a=x,a=y")) {
      assertThatThrownBy(() -> further(taken)).hasMessageContaining("exists already");
    }
    for (String malformed : List.of("x", "=x", "X=x", "a=", "a:text=x", "a=b\"c", "a=x,")) {
      assertThatThrownBy(() -> further(malformed)).hasMessageContaining("no column=property");
    }
    String many =
        IntStream.range(0, 40).mapToObj(i -> "c" + i + "=x").collect(Collectors.joining(","));
    assertThatThrownBy(() -> further(many)).hasMessageContaining("names 40 columns; 16 fit");
  }

  private static List<PromotedColumn> further(String setting) {
    return PromotedColumn.standardAnd(setting);
  }

  @Test
  void namesEveryMalformedVariable() {
    Settings settings =
        new Settings(
            Map.of(
                "HOGFLARE_LAKE_PORT", "70000",
                "HOGFLARE_LAKE_COMMIT_SECONDS", "0",
                "HOGFLARE_LAKE_INVALID_ROWS", "ignore"));
    LakeConfig.from(settings);
    assertThatThrownBy(settings::check)
        .isInstanceOf(SettingsException.class)
        .hasMessageContainingAll(
            "HOGFLARE_LAKE_PORT", "HOGFLARE_LAKE_COMMIT_SECONDS", "HOGFLARE_LAKE_INVALID_ROWS");
  }

  @Test
  void doesNotShowItsToken() {
    LakeConfig config = LakeConfig.from(new Settings(Map.of("HOGFLARE_LAKE_TOKEN", "very-secret")));
    assertThat(config.toString()).contains("token=set").doesNotContain("very-secret");
  }

  @Test
  void refusesLimitsThatContradictEachOther() {
    assertThatThrownBy(() -> new LakeConfig.Limits(10, 20, 30, 40, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LakeConfig.Limits(20, 10, 30, 40, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LakeConfig.local(Path.of("x"), 0, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
