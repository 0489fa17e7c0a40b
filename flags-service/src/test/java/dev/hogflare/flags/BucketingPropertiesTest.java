// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;

/** What holds for every id and every percentage, in all three formulas. */
class BucketingPropertiesTest {
  private static final List<String> FORMATS =
      List.of(
          "[{'key': 'f', 'filters': {'groups': [{'rollout_percentage': %s}]}}]",
          "[{'key': 'f', 'rollout_percentage': %s}]",
          "[{'key': 'f', 'bucketing': 'posthog', 'rollout_percentage': %s}]");

  private static final List<String> VARIANTS =
      List.of(
          "[{'key': 'f', 'filters': {'groups': [{}], 'multivariate': {'variants': [{'key': 'a',"
              + " 'rollout_percentage': %1$s}, {'key': 'b', 'rollout_percentage': %2$s}]}}}]",
          "[{'key': 'f', 'variants': [{'key': 'a', 'rollout_percentage': %1$s}, {'key': 'b',"
              + " 'rollout_percentage': %2$s}]}]",
          "[{'key': 'f', 'bucketing': 'posthog', 'variants': [{'key': 'a', 'rollout_percentage':"
              + " %1$s}, {'key': 'b', 'rollout_percentage': %2$s}]}]");

  private static FlagResult result(FlagSet flags, String id) {
    return Flags.result(flags, Flags.request(id), StateSource.empty(), "f");
  }

  @Property(tries = 200, seed = "20260331")
  void whoIsInStaysInWhenTheRolloutGrows(
      @ForAll @NotEmpty String id,
      @ForAll @DoubleRange(max = 100) double one,
      @ForAll @DoubleRange(max = 100) double other) {
    double low = Math.min(one, other);
    double high = Math.max(one, other);
    for (String format : FORMATS) {
      boolean before = result(Flags.parse(format.formatted(low)), id).enabled();
      boolean after = result(Flags.parse(format.formatted(high)), id).enabled();
      assertThat(after || !before).as(format).isTrue();
    }
  }

  @Property(tries = 200, seed = "20260331")
  void everybodyIsInAtAHundredPercent(@ForAll String id) {
    for (String format : FORMATS) {
      assertThat(result(Flags.parse(format.formatted(100)), id).enabled()).as(format).isTrue();
    }
  }

  @Property(tries = 200, seed = "20260331")
  void nobodyIsInAtZeroPercent(@ForAll @NotEmpty String id) {
    for (String format : FORMATS) {
      assertThat(result(Flags.parse(format.formatted(0)), id).enabled()).as(format).isFalse();
    }
  }

  @Property(tries = 200, seed = "20260331")
  void variantsThatAddUpToAHundredLeaveNobodyOut(
      @ForAll String id, @ForAll @IntRange(min = 1, max = 99) int share) {
    for (String format : VARIANTS) {
      assertThat(result(Flags.parse(format.formatted(share, 100 - share)), id).variant())
          .as(format)
          .isPresent();
    }
  }

  @Property(tries = 200, seed = "20260331")
  void whoHasTheFirstVariantKeepsItWhenItsShareGrows(
      @ForAll String id,
      @ForAll @IntRange(min = 1, max = 98) int share,
      @ForAll @IntRange(min = 1, max = 98) int more) {
    int larger = Math.min(share + more, 99);
    for (String format : VARIANTS) {
      boolean before =
          result(Flags.parse(format.formatted(share, 100 - share)), id)
              .variant()
              .filter("a"::equals)
              .isPresent();
      boolean after =
          result(Flags.parse(format.formatted(larger, 100 - larger)), id)
              .variant()
              .filter("a"::equals)
              .isPresent();
      assertThat(after || !before).as(format).isTrue();
    }
  }

  @Property(tries = 20, seed = "20260331")
  void aShareOfIdsIsInThatIsCloseToTheRollout(@ForAll @IntRange(min = 5, max = 95) int rollout) {
    int ids = 20_000;
    for (String format : FORMATS) {
      FlagSet flags = Flags.parse(format.formatted(rollout));
      int in = 0;
      for (int i = 0; i < ids; i++) {
        in += result(flags, "id-" + i).enabled() ? 1 : 0;
      }
      // Five standard deviations of a fair draw at its widest: 5 * sqrt(0.25 / 20,000).
      assertThat((double) in / ids)
          .as(format)
          .isBetween(rollout / 100.0 - 0.018, rollout / 100.0 + 0.018);
    }
  }

  @Property(tries = 5, seed = "20260331")
  void variantsGetTheirShares(@ForAll @IntRange(min = 5, max = 95) int share) {
    int ids = 20_000;
    for (String format : VARIANTS) {
      FlagSet flags = Flags.parse(format.formatted(share, 100 - share));
      Map<String, Integer> counts = new HashMap<>();
      for (int i = 0; i < ids; i++) {
        counts.merge(result(flags, "id-" + i).variant().orElse("none"), 1, Integer::sum);
      }
      assertThat(counts.keySet()).as(format).containsExactlyInAnyOrder("a", "b");
      assertThat((double) counts.get("a") / ids)
          .as(format)
          .isBetween(share / 100.0 - 0.018, share / 100.0 + 0.018);
    }
  }
}
