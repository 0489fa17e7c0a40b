// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import static dev.hogflare.fixtures.Encodings.base64;
import static dev.hogflare.fixtures.Encodings.deflate;
import static dev.hogflare.fixtures.Encodings.gzip;
import static dev.hogflare.fixtures.Encodings.url;
import static dev.hogflare.fixtures.Encodings.utf8;
import static dev.hogflare.fixtures.Encodings.zlib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PostHog's rules of decoding, widened where a client's intention is plain. */
class BodyDecoderTest {
  private static final String JSON = "{\"event\":\"Zoë\"}";
  private static final String FORM = "application/x-www-form-urlencoded";

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/json", "multipart/form-data", ""})
  void takesJsonWhateverItsType(String type) throws Exception {
    assertThat(decode(utf8(JSON), null, type, null)).isEqualTo(JSON);
    assertThat(decode(utf8("\uFEFF \r\n" + JSON), null, type, null)).isEqualTo(JSON);
  }

  @Test
  void takesJsonThatCurlCallsAForm() throws Exception {
    assertThat(decode(utf8(JSON), null, FORM, null)).isEqualTo(JSON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "gzip-js", "GZIP", "x-gzip"})
  void inflatesGzipByTheNameInTheQuery(String name) throws Exception {
    assertThat(decode(gzip(JSON), name, "text/plain", null)).isEqualTo(JSON);
  }

  @Test
  void inflatesGzipByItsFirstBytes() throws Exception {
    assertThat(decode(gzip(JSON), null, "text/plain", null)).isEqualTo(JSON);
    assertThat(decode(gzip(JSON), "base64", null, "identity")).isEqualTo(JSON);
    assertThat(decode(gzip(JSON), "gzip-js", null, "gzip")).isEqualTo(JSON);
  }

  @Test
  void inflatesGzipInGzip() throws Exception {
    assertThat(decode(gzip(gzip(JSON)), "gzip-js", "text/plain", "gzip")).isEqualTo(JSON);
  }

  @Test
  void inflatesDeflateWithAndWithoutAHeader() throws Exception {
    assertThat(decode(zlib(utf8(JSON)), null, null, "deflate")).isEqualTo(JSON);
    assertThat(decode(deflate(utf8(JSON)), null, null, "deflate")).isEqualTo(JSON);
    assertThat(decode(zlib(utf8(JSON)), null, null, null)).isEqualTo(JSON);
    assertThat(decode(zlib(utf8(JSON)), "gzip-js", null, null)).isEqualTo(JSON);
    assertThat(decode(utf8(base64(deflate(utf8(JSON)))), "deflate", null, null)).isEqualTo(JSON);
  }

  @ParameterizedTest
  @CsvSource({"gzip,", "deflate,", ",gzip", ",deflate"})
  void refusesACompressionThatIsNamedAndNotThere(String query, String header) {
    assertThatThrownBy(() -> decode(utf8(JSON), query, null, header))
        .isInstanceOf(RequestRefusedException.class)
        .hasMessageStartingWith("invalid payload: failed to decode");
  }

  @Test
  void letsTheQueryWinOverTheHeader() throws Exception {
    assertThat(decode(utf8(base64(utf8(JSON))), "base64", null, "gzip")).isEqualTo(JSON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"brotli", "undefined", "br", "identity"})
  void ignoresACompressionThatMeansNothing(String name) throws Exception {
    assertThat(decode(utf8(JSON), name, null, null)).isEqualTo(JSON);
    assertThat(decode(utf8(JSON), null, null, name)).isEqualTo(JSON);
  }

  @Test
  void unwrapsBase64WithoutAHint() throws Exception {
    assertThat(decode(utf8(base64(utf8(JSON))), null, "text/plain", null)).isEqualTo(JSON);
    assertThat(decode(utf8(base64(gzip(JSON))), null, "text/plain", null)).isEqualTo(JSON);
    assertThat(decode(utf8(base64(utf8(base64(gzip(JSON))))), null, null, null)).isEqualTo(JSON);
  }

  @Test
  void unwrapsLzStringOnlyWhenItIsNamed() throws Exception {
    String lz = LzStringWriter.toBase64(JSON);
    assertThat(decode(utf8(lz), "lz64", null, null)).isEqualTo(JSON);
    assertThat(decode(utf8("data=" + url(lz) + "&compression=lz64"), null, FORM, null))
        .isEqualTo(JSON);
    assertThat(decode(utf8("compression=lz-string&data=" + lz), null, null, null)).isEqualTo(JSON);
    assertThatThrownBy(() -> decode(utf8(JSON), "lz64", null, null)).hasMessageContaining("lz64");
  }

  @Test
  void readsFormsAndTheirLostPlusSigns() throws Exception {
    String base64 = base64(utf8("{\"event\":\"~~~>>>???\"}"));
    assertThat(base64).contains("+");
    assertThat(decode(utf8("data=" + base64), null, FORM, null))
        .isEqualTo("{\"event\":\"~~~>>>???\"}");
    assertThat(decode(utf8("ip=1&data=" + url(JSON)), null, FORM + "; charset=UTF-8", null))
        .isEqualTo(JSON);
    assertThat(decode(utf8("data=" + url(JSON)), null, "text/plain", null)).isEqualTo(JSON);
    assertThat(decode(gzip("data=" + url(JSON)), null, FORM, "gzip")).isEqualTo(JSON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello", "ip=1&ver=2", "data=", "data"})
  void refusesAFormWithoutData(String form) {
    assertThatThrownBy(() -> decode(utf8(form), null, FORM, null))
        .hasMessage("invalid payload: missing data field in PostHog payload.");
  }

  @Test
  void unwrapsNoMoreThanAFewLayers() throws Exception {
    byte[] wrapped = utf8(JSON);
    for (int i = 0; i < 8; i++) {
      wrapped = gzip(wrapped);
    }
    byte[] onion = wrapped;
    assertThat(decode(onion, null, null, null)).isNotEqualTo(JSON);
  }

  @Test
  void readsThePayloadOfAQuery() throws Exception {
    BodyDecoder decoder = new BodyDecoder(1_000);
    assertThat(text(decoder.decodeQuery(Octets.of(utf8(JSON)), null, MemoryBudget.UNBOUNDED)))
        .isEqualTo(JSON);
    assertThat(
            text(
                decoder.decodeQuery(
                    Octets.of(utf8(base64(gzip(JSON)))), "gzip-js", MemoryBudget.UNBOUNDED)))
        .isEqualTo(JSON);
  }

  private static String decode(byte[] body, String query, String type, String encoding)
      throws RequestRefusedException {
    return text(
        new BodyDecoder(1_000_000)
            .decodeBody(Octets.of(body), query, type, encoding, MemoryBudget.UNBOUNDED));
  }

  private static String text(BodyDecoder.Payload payload) {
    Octets json = payload.json();
    return new String(json.bytes(), json.from(), json.length(), StandardCharsets.UTF_8);
  }
}
