// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.flags.FlagsFixture.Answer;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishedBrowserSdkTest {
  private final PublishedBrowserSdk sdk = new PublishedBrowserSdk();
  private final FlagsFixture flags = new FlagsFixture("[]");

  @AfterEach
  void stop() {
    flags.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "array.js",
        "conversations.js",
        "dead-clicks-autocapture.js",
        "exception-autocapture.js",
        "lazy-recorder.js",
        "logs.js",
        "posthog-recorder.js",
        "product-tours.js",
        "recorder.js",
        "recorder-v2.js",
        "surveys.js",
        "tracing-headers.js",
        "web-vitals.js",
        "web-vitals-with-attribution.js"
      })
  void servesEveryScriptThatBrowsersAskForAsItWasPublished(String name) throws Exception {
    Answer plain = flags.get("/static/" + name, "Origin", "https://shop.example");
    assertThat(plain.status()).isEqualTo(200);
    assertThat(plain.header("content-type")).isEqualTo("application/javascript; charset=utf-8");
    assertThat(plain.header("access-control-allow-origin")).isEqualTo("https://shop.example");
    assertThat(plain.header("content-encoding")).isNull();
    byte[] digest =
        MessageDigest.getInstance("SHA-384").digest(plain.body().getBytes(StandardCharsets.UTF_8));
    assertThat("sha384-" + Base64.getEncoder().encodeToString(digest))
        .isEqualTo(sdk.integrity(name));
  }

  @Test
  void compressesForThoseThatSayThatTheyReadIt() throws Exception {
    Answer gzip = flags.get("/static/surveys.js", "Accept-Encoding", "br, gzip;q=0.5");
    assertThat(gzip.header("content-encoding")).isEqualTo("gzip");
    assertThat(gzip.header("vary")).isEqualTo("Origin, Accept-Encoding");
    for (String refusal : new String[] {"br", "gzip;q=0", "gzip; q=0.0, br", "identity"}) {
      Answer plain = flags.get("/static/surveys.js", "Accept-Encoding", refusal);
      assertThat(plain.header("content-encoding")).as(refusal).isNull();
      assertThat(plain.header("etag")).isEqualTo(gzip.header("etag"));
    }
    BrowserScript script = sdk.find("surveys.js").orElseThrow();
    assertThat(script.gzip().length).isLessThan(script.plain().length / 2);
    assertThat(new GZIPInputStream(new ByteArrayInputStream(script.gzip())).readAllBytes())
        .isEqualTo(script.plain());
  }

  @Test
  void letsItsOwnVersionBeKeptForEverAndOthersForAnHour() {
    assertThat(flags.get("/static/" + sdk.version() + "/surveys.js").header("cache-control"))
        .isEqualTo("public, max-age=31536000, immutable");
    for (String path : new String[] {"/static/1.0.0/surveys.js", "/static/surveys.js?v=1.0.0"}) {
      Answer answer = flags.get(path);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("cache-control")).isEqualTo("public, max-age=3600");
      assertThat(flags.get(path, "If-None-Match", answer.header("etag")).status()).isEqualTo(304);
    }
  }

  @Test
  void givesTheLicenceAlong() {
    assertThat(flags.get("/static/array.js").header("link"))
        .isEqualTo("</static/LICENSE>; rel=\"license\"");
    Answer license = flags.get("/static/LICENSE");
    assertThat(license.status()).isEqualTo(200);
    assertThat(license.header("content-type")).startsWith("text/plain");
    assertThat(license.body()).contains("Posthog / Hiberly", "Apache License");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/static/toolbar.js",
        "/static/1.449.2/nothing.js",
        "/static/integrity.json",
        "/static/surveys.js.gz",
        "/static/../FlagsMain.class",
        "/static/%2e%2e/FlagsMain.class",
        "/static/..%2FFlagsMain.class",
        "/static/a/b/surveys.js",
        "/static//surveys.js",
        "/static/"
      })
  void answers404ForAllElse(String path) {
    Answer answer = flags.get(path, "Origin", "https://shop.example");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://shop.example");
  }

  @Test
  void takesGetAndHeadAlone() {
    assertThat(flags.send("HEAD", "/static/array.js", null).header("content-length"))
        .isEqualTo(Integer.toString(sdk.find("array.js").orElseThrow().plain().length));
    assertThat(flags.post("/static/array.js", "{}").status()).isEqualTo(405);
    assertThat(flags.send("OPTIONS", "/static/array.js", null).status()).isEqualTo(204);
  }
}
