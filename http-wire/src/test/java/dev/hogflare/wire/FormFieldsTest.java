// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.fixtures.Encodings;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class FormFieldsTest {

  @Test
  void resolvesEscapes() {
    FormFields form = parse("data=a%2Bb+c%3D&api%5Fkey=k&empty=&=nameless&flag");
    assertThat(form.text("data")).isEqualTo("a+b c=");
    assertThat(form.text("api_key")).isEqualTo("k");
    assertThat(form.text("empty")).isNull();
    assertThat(form.octets("empty").isEmpty()).isTrue();
    assertThat(form.text("absent")).isNull();
    assertThat(form.names()).containsExactly("data", "api_key", "empty", "flag");
  }

  @Test
  void keepsTheLastOfTwo() {
    assertThat(parse("a=1&a=2").text("a")).isEqualTo("2");
  }

  @Test
  void leavesAPercentSignThatBeginsNoEscape() {
    assertThat(parse("a=100%&b=%zz&c=%4&d=%C3%A9").text("a")).isEqualTo("100%");
    assertThat(parse("b=%zz").text("b")).isEqualTo("%zz");
    assertThat(parse("c=%4").text("c")).isEqualTo("%4");
    assertThat(parse("d=%C3%A9").text("d")).isEqualTo("é");
  }

  @Test
  void readsNoMoreThanAThousandFields() {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 5_000; i++) {
      many.append('f').append(i).append("=1&");
    }
    assertThat(parse(many.toString()).names()).hasSize(1_000);
  }

  @Test
  void knowsAFormByItsFirstName() {
    assertThat(FormFields.isForm(Octets.of(Encodings.utf8("data=e30=")))).isTrue();
    assertThat(FormFields.isForm(Octets.of(Encodings.utf8("compression=lz64&data=x")))).isTrue();
    assertThat(FormFields.isForm(Octets.of(Encodings.utf8("{\"data=\":1}")))).isFalse();
    assertThat(FormFields.isForm(Octets.of(Encodings.utf8("dat")))).isFalse();
  }

  @Property
  void readsWhatTheJdkEscapes(@ForAll @StringLength(max = 50) String name, @ForAll String value) {
    String query = "x=1&" + Encodings.url("n" + name) + "=" + Encodings.url(value + "!");
    byte[] expected = (value + "!").getBytes(StandardCharsets.UTF_8);
    Octets found =
        FormFields.ofQuery(query)
            .octets(
                new String(("n" + name).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
    assertThat(new String(found.bytes(), found.from(), found.length(), StandardCharsets.UTF_8))
        .isEqualTo(new String(expected, StandardCharsets.UTF_8));
  }

  private static FormFields parse(String form) {
    return FormFields.parse(Octets.of(Encodings.utf8(form)));
  }
}
