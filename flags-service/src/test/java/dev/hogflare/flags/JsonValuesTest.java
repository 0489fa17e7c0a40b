// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JsonValuesTest {
  private static String text(String json) {
    return JsonValues.text(Flags.json(json));
  }

  @Test
  void wholeNumbersAndDecimalsStayApart() {
    assertThat(text("1")).isEqualTo("1");
    assertThat(text("1.0")).isEqualTo("1.0");
    assertThat(text("-0.0")).isEqualTo("-0.0");
    assertThat(text("1e3")).isEqualTo("1000.0");
    assertThat(text("12345678901234567890123")).isEqualTo("12345678901234567890123");
  }

  @Test
  void farNumbersHaveAnExponent() {
    assertThat(text("123456789012345.6")).isEqualTo("123456789012345.6");
    assertThat(text("1e15")).isEqualTo("1000000000000000.0");
    assertThat(text("1e16")).isEqualTo("1e16");
    assertThat(text("1.5e300")).isEqualTo("1.5e300");
    assertThat(text("0.001")).isEqualTo("0.001");
    assertThat(text("-0.00001234")).isEqualTo("-0.00001234");
    assertThat(text("0.000001")).isEqualTo("1e-6");
    assertThat(text("-1.25e-7")).isEqualTo("-1.25e-7");
  }

  @Test
  void everythingElseIsCompactJson() {
    assertThat(text("null")).isEqualTo("null");
    assertThat(text("true")).isEqualTo("true");
    assertThat(text("{'a': [1, 'b']}")).isEqualTo("{\"a\":[1,\"b\"]}");
    assertThat(text("'text'")).isEqualTo("text");
  }

  @Test
  void textIsANumberOnlyInPlainForms() {
    for (String number :
        new String[] {"1", "+1", "-1.5", ".5", "5.", "1e3", "1E-3", "inf", "NaN"}) {
      assertThat(JsonValues.number(number)).as(number).isPresent();
    }
    for (String none :
        new String[] {
          "", " 1", "1 ", "0x10", "1f", "1d", "1_000", "1,5", ".", "e5", "1e", "1e5-2", "--1", "+-1"
        }) {
      assertThat(JsonValues.number(none)).as(none).isEmpty();
    }
  }
}
