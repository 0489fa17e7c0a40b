// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Stamp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupReducerTest {
  private static final Stamp EARLY = new Stamp(1_000, 0, 7);
  private static final Stamp LATE = new Stamp(2_000, 3, 1);

  @Test
  void theFirstUpdateCreatesTheGroup() {
    Group group = update(null, "{\"plan\":\"pro\"}", EARLY, 11);

    assertThat(group.createdBy()).isEqualTo(EARLY);
    assertThat(group.createdAt()).isEqualTo(11);
    assertThat(group.version()).isEqualTo(1);
    assertThat(properties(group)).isEqualTo("{\"plan\":\"pro\"}");
  }

  @Test
  void anEmptyUpdateCreatesTheGroupToo() {
    assertThat(properties(update(null, "{}", EARLY, 11))).isEqualTo("{}");
  }

  @Test
  void aLaterUpdateReplacesWholeValuesAndKeepsTheOthers() {
    Group group = update(null, "{\"a\":{\"x\":1,\"y\":2},\"b\":1}", EARLY, 11);

    group = update(group, "{\"a\":{\"z\":3},\"c\":true}", LATE, 12);

    assertThat(properties(group)).isEqualTo("{\"a\":{\"z\":3},\"b\":1,\"c\":true}");
    assertThat(group.version()).isEqualTo(2);
    assertThat(group.createdAt()).isEqualTo(11);
  }

  @Test
  void anOlderUpdateThatArrivesLateFillsOnlyWhatIsMissingAndGivesTheCreation() {
    Group group = update(null, "{\"a\":\"late\"}", LATE, 12);

    group = update(group, "{\"a\":\"early\",\"b\":\"early\"}", EARLY, 11);

    assertThat(properties(group)).isEqualTo("{\"a\":\"late\",\"b\":\"early\"}");
    assertThat(group.createdBy()).isEqualTo(EARLY);
    assertThat(group.createdAt()).isEqualTo(11);
    assertThat(group.version()).isEqualTo(2);
  }

  @Test
  void nullIsStoredAsAValue() {
    Group group = update(update(null, "{\"a\":1}", EARLY, 11), "{\"a\":null}", LATE, 12);

    assertThat(properties(group)).isEqualTo("{\"a\":null}");
  }

  @Test
  void valuesAreKeptAsTheyWereSent() {
    String set = "{\"n\":1.50e3,\"o\":{ \"k\" : [1, 2] },\"s\":\"\\u00e9\"}";

    assertThat(properties(update(null, set, EARLY, 11))).isEqualTo(set);
  }

  @Test
  void theLastOfTwoMentionsInOneUpdateCounts() {
    assertThat(properties(update(null, "{\"a\":1,\"a\":2}", EARLY, 11))).isEqualTo("{\"a\":2}");
  }

  @Test
  void namesOutsideTheBasicPlaneAreKept() {
    assertThat(properties(update(null, "{\"\\ud83d\\ude00\":3}", EARLY, 11)))
        .isEqualTo("{\"\uD83D\uDE00\":3}");
  }

  @Test
  void takesPropertiesOfAnyDepthAndLength() {
    String deep = "[".repeat(5_000) + "]".repeat(5_000);
    String set = "{\"deep\":" + deep + ",\"" + "n".repeat(60_000) + "\":" + "7".repeat(2_000) + "}";

    assertThat(properties(update(null, set, EARLY, 11))).isEqualTo(set);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "1",
        "null",
        "{",
        "{\"a\":}",
        "{\"a\":1",
        "{} {}",
        "{'a':1}",
        "{\"\\ud800\":1}"
      })
  void refusesWhatIsNoJsonObject(String set) {
    assertThatThrownBy(() -> update(null, set, EARLY, 11))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("propert");
  }

  private static Group update(Group before, String set, Stamp stamp, long arrivedAt) {
    return GroupReducer.apply(before, set.getBytes(UTF_8), stamp, arrivedAt);
  }

  private static String properties(Group group) {
    return new String(GroupCodec.properties(GroupCodec.encode(group)), UTF_8);
  }
}
