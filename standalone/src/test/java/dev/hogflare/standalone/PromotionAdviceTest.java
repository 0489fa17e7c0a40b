// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Definition;
import dev.hogflare.contract.DefinitionKey;
import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.ValueCounts;
import dev.hogflare.lakehouse.LakeConfig;
import dev.hogflare.runtime.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PromotionAdviceTest {
  private final List<Definition> all = new ArrayList<>();

  private void event(String name, long count) {
    add("t", Kind.EVENT, name, new ValueCounts(0, 0, 0, 0, count));
  }

  private void property(String name, ValueCounts values) {
    add("t", Kind.EVENT_PROPERTY, name, values);
  }

  private void add(String token, Kind kind, String name, ValueCounts values) {
    all.add(Definition.first(new DefinitionKey(token, kind, "", name), values, 0, 0));
  }

  private static ValueCounts texts(long count) {
    return new ValueCounts(0, count, 0, 0, 0);
  }

  private static ValueCounts numbers(long count) {
    return new ValueCounts(0, 0, count, 0, 0);
  }

  private List<String> entries(String setting) {
    return PromotionAdvice.of(all, setting).stream()
        .map(PromotionAdvice.Suggestion::entry)
        .toList();
  }

  @Test
  void theMostUsedThatAreNoColumnsComeFirst() {
    event("e", 1_000);
    property("plan", texts(300));
    property("orderTotal", numbers(400));
    property("mixed", new ValueCounts(0, 1, 499, 0, 0));
    property("$browser", texts(1_000));
    property("$feature/beta", texts(1_000));
    property("rare", texts(9));
    property("object", new ValueCounts(0, 0, 0, 0, 900));
    property("a,b", texts(900));
    assertThat(entries(""))
        .containsExactly("mixed=mixed", "order_total:number=orderTotal", "plan=plan");
    assertThat(PromotionAdvice.of(all, "").getLast().share()).isEqualTo(0.3);
  }

  @Test
  void whatTheSettingHasIsNotSuggestedAgainAndItsColumnsAreKept() {
    event("e", 100);
    property("plan", texts(50));
    property("Plan!", texts(40));
    property("event", texts(30));
    property("1st", texts(20));
    String setting = "plan=other";
    assertThat(entries(setting))
        .containsExactly("plan_2=plan", "plan_3=Plan!", "event_2=event", "p_1st=1st");
    assertThat(PromotionAdvice.setting(setting, PromotionAdvice.of(all, setting)))
        .isEqualTo("plan=other,plan_2=plan,plan_3=Plan!,event_2=event,p_1st=1st");
    assertThat(entries("x=plan")).doesNotContain("plan=plan");
  }

  @Test
  void theLakeTakesTheSettingThatIsSuggested() {
    event("e", 100);
    for (int i = 0; i < 30; i++) {
      property("Eigenschaft über " + i, texts(100 - i));
    }
    List<PromotionAdvice.Suggestion> suggestions = PromotionAdvice.of(all, "");
    assertThat(suggestions).hasSize(10);
    Settings settings =
        new Settings(Map.of("HOGFLARE_LAKE_COLUMNS", PromotionAdvice.setting("", suggestions)));
    LakeConfig.from(settings);
    settings.check();
  }

  @Test
  void projectsAreCountedTogether() {
    add("a", Kind.EVENT, "e", texts(100));
    add("b", Kind.EVENT, "e", texts(100));
    add("a", Kind.EVENT_PROPERTY, "n", numbers(20));
    add("b", Kind.EVENT_PROPERTY, "n", texts(30));
    assertThat(PromotionAdvice.of(all, ""))
        .singleElement()
        .satisfies(suggestion -> assertThat(suggestion.seen()).isEqualTo(50))
        .satisfies(suggestion -> assertThat(suggestion.entry()).isEqualTo("n=n"));
  }
}
